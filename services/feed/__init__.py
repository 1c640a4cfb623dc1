"""feed: keep every list of articles, and give it to readers' machines.

handlers.py    the only module that the broker calls
  articles, articles-urgent, articles-bulk
    memberships.py   which lists, and where in them?           Document → Memberships (pure)
    index.py         into them, in one script: lists, teasers, versions, announcement
  lists
    files.py         what changed lists have as feeds          list → feed.xml, .atom, .json
sitemaps.py    sitemap.xml and a shard a month of publication (shelf.py: what it shares with news.py)
news.py        news-sitemap.xml: the last 48 hours
timers.py      what the clock does to lists: an event is over, midnight draws the mixed box; and files that are due
pins.py        what editors want at which position of a list; pin_desk.py: for their CMS, by HTTP
gone.py        what was taken back lately, for those who have read it
due.py         which files may have to be written later
formats/       rss, atom, jsonfeed, sitemap, news_sitemap      teasers → bytes (pure); ninjs, of articles

bodies.py      bodies of requests as contracts
api.py         GET /api/v1/articles: pages of lists, by cursor (cursor.py); one article
  query.py         what is asked: list, filters, fields                        (pure)
  finding.py       which articles that is
  items.py         each as our JSON, some fields of it, or ninjs; remembered
limits.py      how many requests a minute, by token and by address
subscribers/   partners: a filter, a stream of its own, ways to read it (its docstring goes on)
hub/           WebSub: every version of a feed to whom it may concern
pings.py       WebSub hubs of others: which feeds changed
indexnow.py    search engines: which pages changed, moved or went
outbound/      requests to addresses that others gave us: guarded, pinned, bounded
documents.py   feeds and sitemaps over HTTP, when no edge serves the files; archives of feeds, and all feeds as OPML
openapi/       what all of this answers, for `/openapi.json` and `/docs`; made from what answers it
rebuild.py     all lists and files again from the documents; swapped in at once
app.py         builds everything; nothing else reads settings
"""
