"""Asking a CMS: patient, bounded, and never where we must not go."""

import gzip

import pytest

from services.ingest.reconcile import CmsAway, CmsRefused, CmsUnreadable
from services.ingest.reconcile.web import Web
from shared.runtime.addresses import AddressForbidden
from tests.support.cms_api import Fixed, Reply, serving


@pytest.fixture
def site():
    with serving(Fixed({})) as served:
        yield served


@pytest.fixture
async def web():
    asking = Web(allow_private=True, timeout_s=5.0)
    yield asking
    await asking.aclose()


async def test_an_answer_comes_whole_with_its_status_and_headers(site, web):
    site.api.files["/a"] = Reply(200, b'{"a": 1}', {"X-WP-TotalPages": "3"})
    answer = await web.get(f"{site.url}/a", {"b": "ä c"})
    assert (answer.json(), answer.headers["x-wp-totalpages"]) == ({"a": 1}, "3")
    assert site.asked[0].query == {"b": "ä c"}
    assert site.asked[0].headers["host"] == site.url.removeprefix("http://")


async def test_a_host_in_our_own_network_is_never_asked_unless_the_operator_says_so(site):
    careful = Web()
    with pytest.raises(AddressForbidden):
        await careful.get(f"http://localhost:{site.port}/a")
    await careful.aclose()
    assert site.asked == []


async def test_a_redirect_goes_through_the_same_gate_and_takes_no_key_along(site, web):
    with serving(Fixed({"/b": Reply(200, b"there")})) as other:
        site.api.files["/a"] = Reply(301, b"", {"location": f"{other.url}/b"})
        assert (await web.get(f"{site.url}/a", headers={"authorization": "Token x"})).body == b"there"
        assert "authorization" not in other.asked[0].headers


async def test_a_redirect_within_the_host_keeps_the_key(site, web):
    site.api.files |= {"/a": Reply(308, b"", {"location": "/a/"}), "/a/": Reply(200, b"x")}
    await web.get(f"{site.url}/a", headers={"authorization": "Token x"})
    assert site.asked[-1].headers["authorization"] == "Token x"


@pytest.mark.parametrize("location", ["/a", "ftp://a.example/", "http://[::1", ""])
async def test_a_redirect_that_leads_nowhere_is_an_error_and_no_loop(site, web, location):
    site.api.files["/a"] = Reply(302, b"", {"location": location})
    with pytest.raises((CmsRefused, CmsAway)):
        await web.get(f"{site.url}/a")
    assert len(site.asked) <= 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, CmsAway),
        (503, CmsAway),
        (429, CmsAway),
        (401, CmsRefused),
        (403, CmsRefused),
        (404, CmsRefused),
        (410, CmsRefused),
    ],
)
async def test_statuses_say_whether_it_is_worth_trying_again(site, web, status, kind):
    site.api.files["/a"] = Reply(status)
    with pytest.raises(kind, match=str(status)):
        await web.get(f"{site.url}/a")


@pytest.mark.parametrize(
    ("said", "wait_s"), [("7", 7), ("999999999999", 3600), ("morgen", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("", 0)]
)
async def test_a_cms_that_asks_for_patience_gets_it_within_reason(site, web, said, wait_s):
    site.api.files["/a"] = Reply(429, b"", {"retry-after": said})
    with pytest.raises(CmsAway) as caught:
        await web.get(f"{site.url}/a")
    assert caught.value.retry_after_s == wait_s


async def test_a_cms_that_never_answers_is_away(site):
    hasty = Web(allow_private=True, timeout_s=0.2)
    site.api.files["/a"] = Reply(hangs=True)
    with pytest.raises(CmsAway):
        await hasty.get(f"{site.url}/a")
    await hasty.aclose()


async def test_an_answer_that_drips_for_ever_ends(site):
    hasty = Web(allow_private=True, timeout_s=10.0, answer_s=0.2)
    site.api.files["/a"] = Reply(hangs=True)
    with pytest.raises(CmsAway, match="no whole answer"):
        await hasty.get(f"{site.url}/a")
    await hasty.aclose()


async def test_an_answer_that_is_cut_off_is_away(site, web):
    site.api.files["/a"] = Reply(200, b'{"posts": [', announced=1000)
    with pytest.raises(CmsAway):
        await web.get(f"{site.url}/a")


async def test_nobody_listens_there(web):
    with serving(Fixed({})) as gone:
        url = gone.url
    with pytest.raises(CmsAway):
        await web.get(f"{url}/a")


async def test_an_answer_of_any_length_is_read_only_so_far(site):
    small = Web(allow_private=True, page_bytes=1000)
    site.api.files |= {
        "/a": Reply(200, b"x" * 1001),
        "/b": Reply(200, gzip.compress(b"x" * 1001), {"content-encoding": "gzip"}),
        "/c": Reply(200, b"x" * 1000),
    }
    for path in ("/a", "/b"):
        with pytest.raises(CmsUnreadable, match="more than"):
            await small.get(site.url + path)
    assert len((await small.get(f"{site.url}/c")).body) == 1000
    await small.aclose()


@pytest.mark.parametrize("body", [gzip.compress(b"x" * 5000)[:-9], b"not packed"], ids=["cut-off", "none"])
async def test_a_broken_packing_is_said(site, web, body):
    site.api.files["/a"] = Reply(200, body, {"content-encoding": "gzip"})
    with pytest.raises(CmsUnreadable):
        await web.get(f"{site.url}/a")


async def test_a_packing_that_nobody_asked_for_is_said(site, web):
    site.api.files["/a"] = Reply(200, b"x", {"content-encoding": "br"})
    with pytest.raises(CmsUnreadable, match="'br'"):
        await web.get(f"{site.url}/a")


async def test_what_did_not_change_is_not_sent_again(site, web):
    site.api.files["/a"] = Reply(200, b"list", {"etag": '"1"'})
    assert [(await web.get(f"{site.url}/a")).body for _ in range(2)] == [b"list", b"list"]
    assert "if-none-match" not in site.asked[0].headers
    assert site.asked[1].headers["if-none-match"] == '"1"'
    site.api.files["/a"] = Reply(200, b"new", {"etag": '"2"'})
    assert (await web.get(f"{site.url}/a")).body == b"new"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b"[" * 100_000, b"\xff"])
async def test_what_is_no_json_is_said(site, web, body):
    site.api.files["/a"] = Reply(200, body)
    with pytest.raises(CmsUnreadable, match="no JSON"):
        (await web.get(f"{site.url}/a")).json()


async def test_a_key_in_an_address_is_in_no_message(site, web):
    with pytest.raises(CmsRefused) as caught:
        await web.get(f"{site.url}/a", {"key": "geheim"})
    assert "geheim" not in str(caught.value)
