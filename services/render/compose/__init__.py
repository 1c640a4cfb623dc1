"""compose: what is known about an article or a list → the bytes of a page. Pure: no clock, no store, no network.

    dates      moments → "4. Juli 2025, 14:03 Uhr" in the site's language and zone
    markup     the few places where text becomes HTML without the template engine: addresses, JSON, sanitised HTML
    ads        blocks → blocks with slots between them
    chrome     everything that the pages of a site share, made once
    page       Document → ArticleView;  body: its blocks
    counting   the pixels that count a page's readers
    live       the updates of a live article, newest first
    listing    teasers → views of front page, lists, fragments
    seo        JSON-LD, Open Graph, canonical address, robots
    html       Theme: views → bytes
    rehearsal  every page of a theme once at start, so that a broken template never meets a reader

Equal arguments give equal bytes, on any machine and on any day. The only file access is `Theme.load`.
Views are typed dicts: making one costs 0.4 µs where a frozen dataclass of 30 fields costs 21, and the template
engine reads both equally fast.
"""
