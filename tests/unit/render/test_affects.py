"""Which files does a change of lists touch?"""

import pytest

from services.render.affects import Job, jobs_for, lists_of
from services.render.listing import file_of
from shared.contracts import lists


def test_an_article_in_a_section_touches_the_front_page_once():
    jobs = jobs_for([lists.RECENT, lists.section("sport")], ["2026-11"])
    assert jobs.count(Job("front", lists.RECENT)) == 1


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (lists.RECENT, {"/index.html", "/_fragments/recent.html", "/2026/11/index.html"}),
        (
            lists.section("sport"),
            {"/index.html", "/sport/index.html", "/_fragments/related/section/sport.html", "/sport/2026/11/index.html"},
        ),
        (
            lists.tag("markt"),
            {"/tag/markt/index.html", "/_fragments/related/tag/markt.html", "/tag/markt/2026/11/index.html"},
        ),
        (lists.author("ana"), {"/author/ana/index.html", "/author/ana/2026/11/index.html"}),
        (lists.EVENTS, {"/events/index.html", "/_fragments/events.html"}),
        (lists.MIXED, {"/_fragments/mixed.html"}),
        (lists.CORRECTIONS, {"/corrections/index.html"}),
    ],
)
def test_each_list_has_its_files(name, files):
    assert {file_of(job) for job in jobs_for([name], ["2026-11"])} == files


def test_the_front_page_is_old_when_any_section_changed():
    assert lists_of(Job("front", lists.RECENT), ["stadt", "sport"]) == ["recent", "section:stadt", "section:sport"]
