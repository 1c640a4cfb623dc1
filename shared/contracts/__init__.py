"""What travels between the services, to the stores and to partners. pydantic, and nothing else.

base        Contract, ids, moments, path words
blocks      the body: one discriminated union; media: pictures
article     the canonical article; revision: which delivery is newer; document: what the store holds of it
teaser      what lists show of an article
verbs       the six things that happen; events: them as CloudEvents; signals: the small notes on streams
lists       names of lists; paths: where everything is on a site
keys        every Redis key; config: litfass.toml
upcast      reading what another version wrote; jsonschema/: generated from all of it (`make schemas`)
"""

from shared.contracts.article import Article, Author, Correction, EventDetails, Tag
from shared.contracts.base import ArticleId, Contract, SiteName, SourceName, UrlPath
from shared.contracts.blocks import Block
from shared.contracts.config import LitfassConfig, SiteConfig, SourceConfig
from shared.contracts.document import Document
from shared.contracts.keys import Keys
from shared.contracts.media import Image
from shared.contracts.revision import Revision
from shared.contracts.signals import ListsChanged, PagesWritten, Signal
from shared.contracts.teaser import Teaser, teaser_of
from shared.contracts.verbs import DeclaredVerb, Verb

__all__ = [
    "Article",
    "ArticleId",
    "Author",
    "Block",
    "Contract",
    "Correction",
    "DeclaredVerb",
    "Document",
    "EventDetails",
    "Image",
    "Keys",
    "ListsChanged",
    "LitfassConfig",
    "PagesWritten",
    "Revision",
    "Signal",
    "SiteConfig",
    "SiteName",
    "SourceConfig",
    "SourceName",
    "Tag",
    "Teaser",
    "UrlPath",
    "Verb",
    "teaser_of",
]
