"""What feed has to write later: how its members of `Keys.due(site)` begin.

`feed:<list>`, `notice:<list>`, `sitemap:<yyyy-mm>`, `sitemap:index` and `news:sitemap` stand beside the clock's own
`event:<id>`, `breaking:<id>`, `resurface:<id>` and `mixed` (over.lua, draw.lua).
"""

from typing import Final

FEED: Final = "feed:"
NOTICE: Final = "notice:"  # a notice of a kill in this list's feeds is a day old
SITEMAP: Final = "sitemap:"
SITEMAP_INDEX: Final = "index"  # stands where a month would
NEWS: Final = "news:"
NEWS_SITEMAP: Final = "sitemap"
