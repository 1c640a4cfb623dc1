"""What `litfass send` sends, in order, and which answer each of it should get. Pure, but for chance.

doubled     every delivery twice, as after an answer that was lost: the second changes nothing
reordered   a later edition first: the earlier one is too late
late        signed ten minutes ago: refused where the CMS signs a time
forged      signed with another secret: refused
huge        six megabytes: refused
"""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from litfass.cms import Cms
from litfass.cms.signing import Attempt
from litfass.cms.story import Action, Post, Story

LATE_S: Final = 600  # more than any window for replays
HUGE_BYTES: Final = 6 * 1024 * 1024  # more than a delivery may have
EARLIER: Final = timedelta(minutes=1)

TAKEN: Final = frozenset({200, 202})
KNOWN: Final = frozenset({200})
UNPROVED: Final = frozenset({401, 403})
TOO_LARGE: Final = frozenset({413})


@dataclass(frozen=True)
class Tricks:
    """What is to be wrong with the deliveries."""

    doubled: bool = False
    reordered: bool = False
    late: bool = False
    forged: bool = False
    huge: bool = False


@dataclass(frozen=True)
class Shot:
    """One request to come.

    Args:
        words: what it is, for people.
        secret: what it is signed with; empty = it is not signed.
        at_ms: when it says that it was signed, milliseconds since 1970.
        expected: the statuses that are right.
    """

    words: str
    post: Post
    delivery_id: str
    secret: str
    at_ms: int
    expected: frozenset[int]

    def headers(self, cms: Cms, *, target: str) -> dict[str, str]:
        """All headers; raises SecretFault."""
        attempt = Attempt(self.post.body, target, self.delivery_id, self.at_ms)
        return {**self.post.headers, **(cms.sign(attempt, secret=self.secret) if self.secret else {})}


def program(
    cms: Cms, action: Action, tricks: Tricks, *, name: str, section: str, count: int, secret: str, now_ms: int
) -> Iterator[Shot]:
    """Give every request of `count` articles, in the order in which they are sent.

    Args:
        name: of the articles; with more than one, each has its number behind it.
    """
    now = datetime.fromtimestamp(now_ms / 1000, tz=UTC)
    for number in range(1, count + 1):
        story = Story(
            name=f"{name}-{number}" if count > 1 else name,
            edition=2 if action == "edited" or tricks.reordered else 1,
            published_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
            updated_at=now,
            section=section,
            filler_bytes=HUGE_BYTES if tricks.huge else 0,
        )
        for words, post, expected in _editions(cms, action, tricks, story):
            shot = Shot(words, post, f"send_{secrets.token_hex(8)}", secret, now_ms, expected)
            yield from _with_tricks(cms, tricks, shot)


def _editions(cms: Cms, action: Action, tricks: Tricks, story: Story) -> Iterator[tuple[str, Post, frozenset[int]]]:
    """Give the story, and after it, when the order is wrong, what came before it."""
    if not tricks.reordered:
        yield f"{action} {story.name}", cms.play(action, story), TAKEN
        return
    later: Action = "killed" if action == "killed" else "edited"
    earlier = replace(story, edition=1, updated_at=story.updated_at - EARLIER)
    yield f"{later} {story.name}, the later edition", cms.play(later, story), TAKEN
    yield f"published {story.name}, the earlier edition", cms.play("published", earlier), KNOWN


def _with_tricks(cms: Cms, tricks: Tricks, shot: Shot) -> Iterator[Shot]:
    if tricks.late:
        shot = replace(shot, words=f"{shot.words}, late", at_ms=shot.at_ms - LATE_S * 1000)
        if _signs_its_time(cms, shot):
            shot = replace(shot, expected=UNPROVED)
    if tricks.forged:
        shot = replace(shot, words=f"{shot.words}, forged", secret=forged(shot.secret), expected=UNPROVED)
    if tricks.huge:
        shot = replace(shot, words=f"{shot.words}, huge", expected=TOO_LARGE)
    yield shot
    if tricks.doubled:
        expected = KNOWN if shot.expected <= TAKEN else shot.expected
        yield replace(shot, words=f"{shot.words}, again", expected=expected)


def _signs_its_time(cms: Cms, shot: Shot) -> bool:
    if not shot.secret:
        return False
    return shot.headers(cms, target="/") != replace(shot, at_ms=shot.at_ms - 60_000).headers(cms, target="/")


def forged(secret: str) -> str:
    """Return another secret of the same kind."""
    if not secret or secret.startswith("whsec_"):
        return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    return secrets.token_hex(len(secret))[: len(secret)]
