"""SiteAds: what a site's configuration comes to on each kind of page, worked out once; then the slots of each page.

The order of the rules about a whole page: the site, the position there, the article's own word, where advertising is
free, what is sensitive. The first that says no is the reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from zlib import crc32

from services.render.compose.ads import lists, text
from services.render.compose.ads.network import Network, sizes_of
from services.render.compose.ads.reading import head_px
from services.render.compose.ads.rules import Rule, Verdict
from services.render.compose.ads.slots import NO_SLOTS, Heights, Slot, Slots
from services.render.compose.live import newest_first
from services.render.compose.markup import EMPTY, Markup
from shared.contracts import paths
from shared.contracts.ads import AdsConfig, PageKind, RulesConfig, SlotConfig
from shared.contracts.ads.labels import Label, label_of
from shared.contracts.article import Article
from shared.contracts.blocks import Block
from shared.contracts.lists import ListName, kind_and_slug

END: Final = "article-end"
_Look = tuple[Label, int]  # of the slots of one page: their label, and the bucket of their house advertisements
_BETWEEN: Final = frozenset({text.POSITION, lists.POSITION})


@dataclass(frozen=True)
class PageAds:
    """The slots of one page, and why.

    Args:
        blocks: of an article, with the slots between them and without an editor's markers.
        slots: the other ones.
        verdicts: about every place, also those that are empty.
        data_json: what the script of the site's network is told; empty without a network or a slot.
    """

    blocks: Sequence[Block | Slot] = ()
    slots: Slots = NO_SLOTS
    verdicts: Sequence[Verdict] = ()
    data_json: Markup = EMPTY


NO_ADS: Final = PageAds()


@dataclass(frozen=True)
class Place:
    """A place that house advertisements are made for.

    Args:
        key: of its configuration: `in-article`.
        position: `in-article-2`.
        number: counts the places of a page.
    """

    page: PageKind
    section: str
    key: str
    position: str
    number: int
    slot: SlotConfig


@dataclass(frozen=True)
class _Here:
    """What holds on one kind of page in one section."""

    rules: RulesConfig
    slots: Mapping[str, SlotConfig]  # only those that there are
    around: Sequence[str]  # of these, what is neither in the text nor in a list
    sidebars: Sequence[str]  # of these, what is beside the content
    all_around: Sequence[Verdict]  # about these, and those that are only around other pages
    text_px: int  # of one on a phone, label included
    list_px: int
    sticky_px: int


Draw = Callable[[Slot], Markup]


def not_drawn(_: Slot) -> Markup:
    """Draw nothing: for who only asks where slots are."""
    return EMPTY


class SiteAds:
    """The advertising of one site."""

    def __init__(self, config: AdsConfig, *, language: str, draw: Draw = not_drawn) -> None:
        """Work out a site's advertising.

        Args:
            config: what is configured.
            language: the site's.
            draw: how the theme shows a slot.
        """
        self.config = config
        self._language, self._draw = language, draw
        self._free_tags, self._free_authors = frozenset(config.free.tags), frozenset(config.free.authors)
        self._free_sections, self._free_kinds = frozenset(config.free.sections), frozenset(config.free.kinds)
        self._sensitive_tags = frozenset(config.sensitive.tags)
        self._sensitive_sections = frozenset(config.sensitive.sections)
        self._has_house = bool(config.creatives)
        self._network = Network(config)
        self._places: dict[tuple[PageKind, str], _Here] = {}
        self._slot = lru_cache(maxsize=4096)(self._new_slot)
        self._furniture = lru_cache(maxsize=4096)(self._new_furniture)

    def label(self, language: str = "") -> Label:
        """Return the word over advertisements beside a text in `language`, and which language it is in."""
        if self.config.label:
            return self.config.label, self._language
        return label_of(language, self._language) if language else label_of(self._language)

    # --- articles ----------------------------------------------------------------------------------------------------

    def of_article(self, article: Article) -> PageAds:
        """Return the slots of an article's page; of a live article in the order that readers see."""
        article = newest_first(article)
        touchy = self._touchy(article)
        blocks = text.without_markers(article.body) if text.has_markers(article.body) else article.body
        if barred := self._barred(article, touchy):
            return PageAds(blocks, NO_SLOTS, (barred,))
        here, look = self._at("article", article.section), self._look(self.label(article.language), article.id)
        found = self._in_text(article, here, touchy)
        slots, verdicts = self._around_article(article, here, touchy, found, look)
        placed = {verdict.gap: verdict.position for verdict in found.verdicts if verdict.is_accepted}
        parts = self._with_slots(blocks, placed, article.section, look)
        data = self._network.of_article(article, is_sensitive=bool(touchy)) if self._network else EMPTY
        return PageAds(parts, slots, (*verdicts, *found.verdicts), data)

    def _barred(self, article: Article, touchy: str) -> Verdict | None:
        """Return what keeps advertising from the whole page."""
        if not self.config.enabled:
            return _of_page("switched_off")
        if article.ads == "none":
            return _of_page("article_says_none")
        if article.kind in self._free_kinds:
            return _of_page("free_kind", article.kind)
        if article.section in self._free_sections:
            return _of_page("free_section", article.section)
        if self._free_tags and (tag := _first(self._free_tags, (tag.slug for tag in article.tags))):
            return _of_page("free_tag", tag)
        if self._free_authors and (author := _first(self._free_authors, (each.slug for each in article.authors))):
            return _of_page("free_author", author)
        return _of_page("sensitive", touchy) if touchy and self.config.sensitive.leaves == "nothing" else None

    def _touchy(self, article: Article) -> str:
        """Return why an article is sensitive; empty when it is not."""
        if article.sensitive:
            return "the newsroom says so"
        if article.section in self._sensitive_sections:
            return f"the section {article.section}"
        for tag in article.tags:
            if tag.slug in self._sensitive_tags:
                return f"the tag {tag.slug}"
        return ""

    def _in_text(self, article: Article, here: _Here, touchy: str) -> text.TextAds:
        barred = None
        if touchy:
            barred = Verdict("sensitive", -1, text.POSITION, 0, 0, touchy)
        elif text.POSITION not in here.slots:
            barred = Verdict("no_such_slot", -1, text.POSITION)
        is_whole = article.ads == "default"
        column = text.Column(content=head_px(article), ads=here.sticky_px if is_whole else 0, slot=here.text_px)
        most = here.rules.most if is_whole else here.rules.reduced_most
        return text.place(article.body, rules=here.rules, most=most, column=column, barred=barred)

    def _with_slots(
        self, blocks: Sequence[Block], placed: Mapping[int, str], section: str, look: _Look
    ) -> Sequence[Block | Slot]:
        if not placed:
            return blocks
        out: list[Block | Slot] = []
        start = 0
        for gap, position in placed.items():
            out += [*blocks[start:gap], self._slot("article", section, text.POSITION, position, look)]
            start = gap
        return (*out, *blocks[start:])

    def _around_article(
        self, article: Article, here: _Here, touchy: str, found: text.TextAds, look: _Look
    ) -> tuple[Slots, Sequence[Verdict]]:
        """Return what is around the text: `reduced` leaves the top and the first one beside it."""
        refused: dict[str, Verdict] = {}
        if article.ads == "reduced":
            less = (*here.sidebars[1:], END, "sticky")
            refused = {name: Verdict("article_says_reduced", 0, name) for name in less}
        if touchy:
            refused |= {name: Verdict("sensitive", 0, name, 0, 0, touchy) for name in (END, "sticky")}
        if END in here.slots and END not in refused and (verdict := _after_text(here, found)):
            refused[END] = verdict
        return self._around("article", article.section, here, refused, look)

    # --- front page and lists ----------------------------------------------------------------------------------------

    def of_front(self, groups: Sequence[int]) -> PageAds:
        """Return the slots of the front page; `groups` are the numbers of teasers at its top and in each section."""
        barred = None if self.config.enabled else _of_page("switched_off")
        return self._of_teasers("front", "", groups, barred, "front")

    def of_list(self, name: ListName, teasers: int) -> PageAds:
        """Return the slots of a list's page with so many teasers."""
        kind, slug = kind_and_slug(name)
        barred = None
        if not self.config.enabled:
            barred = _of_page("switched_off")
        elif kind == "section" and slug in self._free_sections:
            barred = _of_page("free_section", slug)
        elif kind == "tag" and slug in self._free_tags:
            barred = _of_page("free_tag", slug)
        elif kind == "author" and slug in self._free_authors:
            barred = _of_page("free_author", slug)
        return self._of_teasers("list", slug if kind == "section" else "", [1] * teasers, barred, name)

    def _of_teasers(
        self, page: PageKind, section: str, groups: Sequence[int], barred: Verdict | None, name: str
    ) -> PageAds:
        if barred:
            return PageAds((), Slots(before=(None,) * len(groups)), (barred,))
        here, look = self._at(page, section), self._look(self.label(), name)
        slots, verdicts = self._around(page, section, here, {}, look)
        if lists.POSITION in here.slots:
            most = here.rules.list_most
            found = [*lists.place(groups, rules=here.rules, most=most, slot_px=here.list_px)]
        else:
            found = [Verdict("no_such_slot", -1, lists.POSITION)]
        placed = {verdict.gap: verdict.position for verdict in found if verdict.is_accepted}
        before = [
            self._slot(page, section, lists.POSITION, placed[gap], look) if gap in placed else None
            for gap in range(len(groups))
        ]
        data = self._network.of_list(page, section)
        return PageAds((), replace(slots, before=before), (*verdicts, *found), data)

    # --- worked out once ---------------------------------------------------------------------------------------------

    def _around(
        self, page: PageKind, section: str, here: _Here, refused: Mapping[str, Verdict], look: _Look
    ) -> tuple[Slots, Sequence[Verdict]]:
        """Return the slots that are neither in the text nor in a list, and a verdict about each of them."""
        slots = self._furniture(page, section, frozenset(refused), look)
        if not refused:
            return slots, here.all_around
        return slots, [refused.get(verdict.position, verdict) for verdict in here.all_around]

    def _new_furniture(self, page: PageKind, section: str, refused: frozenset[str], look: _Look) -> Slots:
        here = self._at(page, section)
        slots = {name: self._slot(page, section, name, name, look) for name in here.around if name not in refused}
        sidebars = tuple(slots[name] for name in here.sidebars if name in slots)
        return Slots(slots.get("top"), sidebars, slots.get(END), slots.get("sticky"))

    def places(self, page: PageKind, section: str) -> Iterator[Place]:
        """Give every place that a kind of page can have in a section."""
        here = self._at(page, section)
        most = {text.POSITION: here.rules.most, lists.POSITION: here.rules.list_most}
        number = 0
        for name, slot in here.slots.items():
            for ordinal in range(1, most.get(name, 1) + 1):
                position = f"{name}-{ordinal}" if name in most else name
                yield Place(page, section, name, position, number, slot)
                number += 1

    def _look(self, label: Label, name: str) -> _Look:
        """Return what the slots of a page have in common; `name` tells pages apart."""
        return label, crc32(name.encode()) % paths.AD_BUCKETS if self._has_house else 0

    def _new_slot(self, page: PageKind, section: str, name: str, position: str, look: _Look) -> Slot:
        label, bucket = look
        house = paths.ad_fragment(page, section, position, bucket) if self._has_house else ""
        config = self._at(page, section).slots[name]
        slot = Slot.of(position, config, label, house=house, sizes=sizes_of(config) if self._network else "")
        return replace(slot, html=self._draw(slot))

    def _at(self, page: PageKind, section: str) -> _Here:
        here = self._places.get((page, section))
        if here is None:
            here = self._places[page, section] = _here(self.config, page, section)
        return here


def _here(config: AdsConfig, page: PageKind, section: str) -> _Here:
    every = config.slots_at(page, section)
    fitting = {name: slot for name, slot in every.items() if _may_be(name, page)}
    slots = {name: slot for name, slot in fitting.items() if _is_there(slot, page, section)}
    return _Here(
        rules=config.rules_at(page, section),
        slots=slots,
        around=[name for name in slots if name not in _BETWEEN],
        sidebars=[name for name in slots if name.startswith("sidebar-")],
        all_around=[
            Verdict("placed" if name in slots else "no_such_slot", 0, name) for name in fitting if name not in _BETWEEN
        ],
        text_px=_phone_px(slots.get(text.POSITION)),
        list_px=_phone_px(slots.get(lists.POSITION)),
        sticky_px=_phone_px(slots.get("sticky")),
    )


def _may_be(name: str, page: PageKind) -> bool:
    if name in {text.POSITION, END}:
        return page == "article"
    return name != lists.POSITION or page != "article"


def _is_there(slot: SlotConfig, page: PageKind, section: str) -> bool:
    if not slot.enabled or page not in (slot.pages or ()) or (slot.sections and section not in slot.sections):
        return False
    return any(screen and screen.sizes for screen in (slot.phone, slot.tablet, slot.desktop))


def _phone_px(slot: SlotConfig | None) -> int:
    return Heights.of(slot).phone if slot else 0


def _after_text(here: _Here, found: text.TextAds) -> Verdict | None:
    """Return why there is no slot below the text: as far from the last one as those in it, and within the share."""
    rules = here.rules
    if found.is_open:
        return Verdict("no_ads_range", 0, END)
    if found.words < rules.words_before:
        return Verdict("too_soon", 0, END, found.words, rules.words_before, "words")
    if found.words_since < rules.words_between and found.words_since < found.words:
        return Verdict("too_near", 0, END, found.words_since, rules.words_between, "words")
    share = text.share_of(found.ads_px + _phone_px(here.slots[END]), found.px)
    return Verdict("too_dense", 0, END, share, rules.density) if share > rules.density else None


def _first(wanted: frozenset[str], given: Iterable[str]) -> str:
    return next((each for each in given if each in wanted), "")


def _of_page(rule: Rule, what: str = "") -> Verdict:
    return Verdict(rule, -1, "", 0, 0, what)
