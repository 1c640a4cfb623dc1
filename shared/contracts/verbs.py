"""The six things that can happen to an article (after IPTC's pubStatus and newswire practice)."""

from typing import Literal, get_args

Verb = Literal["published", "updated", "corrected", "unpublished", "killed", "moved"]
DeclaredVerb = Literal["published", "updated", "corrected", "unpublished", "killed"]  # what a CMS can say
VERBS: tuple[Verb, ...] = get_args(Verb)
WITHDRAWALS: frozenset[Verb] = frozenset({"unpublished", "killed"})
