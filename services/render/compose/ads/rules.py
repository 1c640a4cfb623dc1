"""Every rule by its name, and what a verdict is. The names are labels of a metric: never renamed."""

from typing import Final, Literal, NamedTuple

Rule = Literal[
    "placed", "marked",
    "switched_off", "no_such_slot", "article_says_none", "article_says_reduced", "free_kind", "free_section",
    "free_tag", "free_author", "sensitive", "article_too_short",
    "no_ads_range", "no_text_beside", "short_text_beside", "leads_on", "clearance", "too_soon", "too_near", "too_late",
    "enough", "too_dense", "markers_decide", "at_the_edge",
]  # fmt: skip

ACCEPTED: Final = frozenset({"placed", "marked"})


class Verdict(NamedTuple):
    """What was decided about one place.

    Args:
        gap: before which block of the body, or which teaser of a list; -1 for all of them.
        position: the slot that was placed, or the position that the verdict is about; empty for one refused gap, and
            for what is about the whole page.
        have, need: the numbers of the rule; what they count depends on it (`said`).
        what: what stands beside, or what else the rule names.
    """

    rule: Rule
    gap: int
    position: str = ""
    have: float = 0
    need: float = 0
    what: str = ""

    @property
    def is_accepted(self) -> bool:
        """Say whether there is a slot."""
        return self.rule in ACCEPTED


_SAID: Final[dict[Rule, str]] = {
    "placed": "nothing speaks against it",
    "marked": "an editor's marker `ad:here`",
    "switched_off": "advertising is switched off for this site",
    "no_such_slot": "this position is switched off on pages of this kind or in this section",
    "article_says_none": "the article says `ads = none`",
    "article_says_reduced": "the article says `ads = reduced`",
    "free_kind": "articles of kind {what} are free of advertising",
    "free_section": "the section {what} is free of advertising",
    "free_tag": "articles with the tag {what} are free of advertising",
    "free_author": "articles by {what} are free of advertising",
    "sensitive": "sensitive: {what}",
    "article_too_short": "the article has {have} words, {need} are needed",
    "no_ads_range": "inside a range that an editor marked `noads`",
    "no_text_beside": "beside a {what}; both neighbours must be paragraphs of text",
    "short_text_beside": "a paragraph beside it has {have} characters, {need} are needed",
    "leads_on": "a paragraph beside it ends in a colon and leads on",
    "clearance": "{have} paragraphs between it and a {what}, {need} are needed",
    "too_soon": "only {have} {what} before it, {need} are needed",
    "too_near": "only {have} {what} since the last one, {need} are needed",
    "too_late": "only {have} {what} after it, {need} are needed",
    "enough": "there are {have} already, {need} is the most",
    "too_dense": "advertisements would fill {have:.0%} of the column on a phone, {need:.0%} is the most",
    "markers_decide": "an editor's markers say where advertisements go",
    "at_the_edge": "a marker before the first or after the last block",
}


def said(verdict: Verdict) -> str:
    """Return the rule in words, with its numbers."""
    if verdict.rule == "placed" and verdict.what:
        return (
            f"all rules hold: {verdict.have:g} {verdict.what} since the start or the last one, {verdict.need:g} needed"
        )
    have = verdict.have if verdict.rule == "too_dense" else f"{verdict.have:g}"
    need = verdict.need if verdict.rule == "too_dense" else f"{verdict.need:g}"
    return _SAID[verdict.rule].format(have=have, need=need, what=verdict.what)
