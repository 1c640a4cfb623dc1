"""ads: where advertisements stand, decided on the server; and why, at every place, there is one or is none.

    slots      a place: its height at each width, its label; nothing in it moves the page
    reading    blocks → what the rules look at: words, paragraphs, neighbours, height on a phone
    rules      every rule by its name, and what it says to a reader of `?ads=why`
    text       the text: gaps between blocks → verdicts, greedy from the top (ADR-0011)
    lists      front page and lists: gaps between teasers → verdicts
    explain    verdicts → what `?ads=why` and the command line show
    house      the site's own creatives: which one stands at a place at a moment
    network    what the script of a network is told
    plan       SiteAds: a site's configuration, worked out once → the slots of each page

Pure, as all of compose: equal arguments give equal slots.
"""

from services.render.compose.ads.explain import Gap
from services.render.compose.ads.house import CreativeView, House
from services.render.compose.ads.plan import NO_ADS, PageAds, Place, SiteAds
from services.render.compose.ads.slots import LABEL_PX, NO_SLOTS, Heights, Slot, Slots

__all__ = [
    "LABEL_PX",
    "NO_ADS",
    "NO_SLOTS",
    "CreativeView",
    "Gap",
    "Heights",
    "House",
    "PageAds",
    "Place",
    "SiteAds",
    "Slot",
    "Slots",
]
