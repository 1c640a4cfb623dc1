"""richtext: an editor's tree as JSON → our blocks, directly.

    portable_text   Sanity                 one dialect a file: their node → `Node`
    contentful      Contentful
    strapi          Strapi 5's blocks
    lexical         Payload

      node          what every dialect is read into
      walk          nodes → blocks: paragraphs, lists in lists, tables; pictures stand on their own
      parts         components of a newsroom's own: a quotation, a gallery, a player … by what they hold
      inline        marks and links → the markup that blocks hold: exactly what the sanitiser would leave as it is
      story         the blocks while they are being made, and what had to be left out
      written       text fields: HTML or Markdown

Nothing that can be read is lost: an unknown node keeps its text, with a warning. Links that nobody should follow
become their text.
"""
