"""Who reads our events: a filter, a stream of its own, and the tokens that open it. Kept in Redis, by name.

A stream holds *references*: which event happened, not its text. The text is put in when it is sent, so that nothing
that was killed meanwhile ever is.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, NewType, Self

from pydantic import Field, StringConstraints

from shared.contracts.article import Kind
from shared.contracts.base import ARTICLE_ID_PATTERN, ArticleId, Contract, PathWord, SiteName
from shared.contracts.revision import Revision
from shared.contracts.verbs import ToldVerb, Verb

SubscriberName = NewType("SubscriberName", str)
SUBSCRIBER_PATTERN = r"^[a-z0-9](?:[a-z0-9_-]{0,62})$"
Name = Annotated[SubscriberName, StringConstraints(pattern=SUBSCRIBER_PATTERN)]

Content = Literal["full", "summary", "teaser"]  # the article · without its text · what lists show of it
Scope = Literal["read", "manage"]


REDIS_USER_PREFIX = "litfass-"  # so that no name of a subscriber can be a user that is there already
EVENT_FIELD = "event"  # of an entry on a direct subscriber's stream: the event as JSON
PUBLIC_NUMBER = 0  # subscribers' numbers begin at 1


def public_name(site: SiteName) -> str:
    """The name of the stream that all readers of a site share; no subscriber can have it."""
    return f"~{site}"


class Wanted(Contract):
    """Which events; an empty field wants all. Fields are joined by *and*, the values of one by *or*."""

    sites: tuple[SiteName, ...] = ()
    sections: tuple[PathWord, ...] = ()
    tags: tuple[PathWord, ...] = ()
    authors: tuple[PathWord, ...] = ()
    kinds: tuple[Kind, ...] = ()
    languages: tuple[str, ...] = Field(default=(), description="BCP 47; `de` wants `de-AT`, too.")
    verbs: tuple[Verb, ...] = Field(default=(), description="Withdrawals come in any case.")


class Token(Contract):
    """What opens a subscriber's streams; the token itself is shown once and stored nowhere."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: tuple[Scope, ...] = ("read",)
    created_ms: int
    expires_ms: int | None = Field(default=None, description="Milliseconds since 1970; set when another replaces it.")


class Secret(Contract):
    """What a webhook's deliveries are signed with: `whsec_` and base64."""

    value: str = Field(pattern=r"^whsec_[A-Za-z0-9+/=]{32,100}$")
    expires_ms: int | None = None


class Webhook(Contract):
    """Where a subscriber's events are delivered to.

    Args:
        secrets: newest first; two while one replaces the other.
        disabled: why nothing is delivered any more; empty = it is.
    """

    url: str
    secrets: tuple[Secret, ...] = Field(min_length=1)
    disabled: str = ""


class Subscriber(Contract):
    """One partner.

    Args:
        number: its place in the bitmaps that say who received an article; never given again.
        signing_key: 64 hex digits; signs its cursors and links.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    name: Name
    number: int = Field(ge=0)
    wanted: Wanted = Wanted()
    content: Content = "full"
    tokens: tuple[Token, ...] = ()
    signing_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    webhook: Webhook | None = None
    is_paused: bool = False
    embargoed: bool = Field(default=False, description="Trusted with articles that are not public yet.")
    is_direct: bool = Field(default=False, description="Reads its stream in Redis itself: entries carry their events.")
    created_ms: int

    @property
    def redis_user(self) -> str:
        """The name by which it logs in to Redis; its tokens are the passwords."""
        return f"{REDIS_USER_PREFIX}{self.name}"


class Reference(Contract):
    """On `out:<name>`: an event, as a place where its text is found, or all that there is to say of a withdrawal.

    Args:
        event_id: the event's id; its payload is kept under it.
        at_ms: when it was accepted, milliseconds since 1970.
        path, revision, note: of a withdrawal, whose article may be gone.
        public_ms: of `embargoed`, when the article becomes public, milliseconds since 1970.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    event_id: str = Field(min_length=1)
    article_id: ArticleId = Field(pattern=ARTICLE_ID_PATTERN)
    site: SiteName
    verb: ToldVerb
    seq: int
    at_ms: int
    traceparent: str = ""
    path: str = ""
    note: str = ""
    revision: Revision | None = None
    public_ms: int | None = None

    def to_wire(self) -> dict[str, str]:
        """Return a stream entry's fields; what is empty is left out."""
        fields = {name: str(value) for name, value in self if value not in ("", None) and name != "revision"}
        if self.revision:
            fields["revision"] = self.revision.model_dump_json()
        return fields

    @classmethod
    def from_wire(cls, fields: Mapping[str, str]) -> Self:
        """Read a stream entry's fields; raises pydantic.ValidationError."""
        data: dict[str, object] = {name: fields[name] for name in cls.model_fields if name in fields}
        if "revision" in data:
            data["revision"] = Revision.model_validate_json(fields["revision"])
        return cls.model_validate(data)
