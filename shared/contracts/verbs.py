"""The six things that can happen to an article (after IPTC's pubStatus and newswire practice)."""

from typing import Literal, get_args

Verb = Literal["published", "updated", "corrected", "unpublished", "killed", "moved"]
DeclaredVerb = Literal["published", "updated", "corrected", "unpublished", "killed"]  # what a CMS can say
VERBS: tuple[Verb, ...] = get_args(Verb)
ToldVerb = Verb | Literal["embargoed"]  # what subscribers hear: some, trusted with it, of what waits for its time
WITHDRAWALS: frozenset[ToldVerb] = frozenset({"unpublished", "killed"})
