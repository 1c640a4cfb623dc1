"""render: turn each change of an article into files that readers fetch.

    handlers.py     the only module that the broker calls: load → compose → put → look again
      affects.py      which pages does a change of lists touch?      ListsChanged → jobs     (pure)
      list_writer.py  when are they written: at once, or a little later?
      compose/        article and teasers → view → bytes, with slots                         (pure)
    theming.py      themes while they are in use: read again when they change, the last good one when broken
      rerender.py     every page once more in a new theme, newest first, after the news
    furniture.py    what every site has before the first article: styles, navigation, static pages, error pages
    serve.py        the page server: files with their fragments; on a miss on demand, 301, 404, 410
      includes.py     put fragments into pages (SSI)                                         (pure)
    static_pages.py imprint, privacy …: Markdown → HTML

What decides does no I/O. app.py builds everything; nothing else reads settings.
"""
