"""Every CMS that can be played is understood by the ingest service, and what is wrong on purpose is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from litfass.cli import app
from litfass.cms import CMSS
from litfass.cms.program import Tricks, forged
from litfass.cms.signing import Attempt, SecretFault
from litfass.cms.story import ACTIONS, Story
from litfass.operate.send import Unanswered, is_on_this_machine, secret_at, send
from services.ingest.vendors import VENDORS
from shared.contracts.config import RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import SITE
from tests.support.cms import SECRET
from tests.support.ingest import Ingest

LETTERS = "0123456789abcdef" * 4
SECRETS = {name: SECRET if name in {"standard", "wordpress", "ninjs", "payload"} else LETTERS for name in CMSS}
SIGN_THEIR_TIME = {"standard", "wordpress", "ninjs", "payload", "ghost", "contentful", "sanity"}
CAN_KILL = {"standard", "superdesk", "ninjs", "cloudevents"}
# A space in English on a German site, a form without sections, and authors that are only numbers.
SAID_OF_SUCH_CMSS = ("fields: have no 'de'", "section: is missing", "post.post_author: is only a number")
NOON = datetime(2025, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
async def ingest(redis: Redis, redis_config: RedisConfig) -> AsyncIterator[Ingest]:
    """A newsroom with a source for each CMS, at noon."""
    sources = {name: {"site": SITE, "adapter": name, "secrets": [f"env:{name.upper()}"]} for name in CMSS}
    environ = {name.upper(): secret for name, secret in SECRETS.items()}
    ingest = Ingest(redis, redis_config, sources=sources, environ=environ)
    ingest.now_ms = int(NOON.timestamp() * 1000)
    yield ingest
    await ingest.http.aclose()


async def sent(ingest: Ingest, cms: str, action: Any = "published", **options: Any) -> list[dict[str, Any]]:
    tricks = Tricks(**{name: options.pop(name) for name in Tricks.__dataclass_fields__ if name in options})
    given = {"name": "1", "section": "stadt", "count": 1, "secret": SECRETS[cms]} | options
    url = f"http://ingest.example/webhooks/{cms}"
    ingest.now_ms += 1500
    return [
        answer
        async for answer in send(
            ingest.http, url, adapter=cms, action=action, tricks=tricks, clock=lambda: ingest.now_ms, **given
        )
    ]


async def outcomes(ingest: Ingest, cms: str, action: Any = "published", **options: Any) -> list[tuple[int, str]]:
    answers = await sent(ingest, cms, action, **options)
    assert [answer for answer in answers if not answer["is_expected"]] == []
    return [(answer["status"], answer["outcome"]) for answer in answers]


def test_every_vendor_of_ours_can_be_played():
    assert set(CMSS) == set(VENDORS)


@pytest.mark.parametrize("cms", CMSS)
async def test_an_article_is_published_edited_and_taken_back(ingest: Ingest, redis: Redis, cms):
    published = await sent(ingest, cms)
    assert [(answer["status"], answer["outcome"]) for answer in published] == [(202, "accepted")]
    assert published[0]["advice"] == "https://kurier.example/stadt/trying-a-connection-1/"
    assert await outcomes(ingest, cms, "edited") == [(202, "accepted")]
    assert await outcomes(ingest, cms, "killed") == [(202, "accepted")]
    (key,) = await redis.keys("litfass:{s1}:article:*")
    (document,) = await Articles(redis, shards=1).newest(SITE, [key.decode().rpartition(":")[2]])
    assert document.state == ("killed" if cms in CAN_KILL else "unpublished")


@pytest.mark.parametrize("cms", CMSS)
async def test_an_article_comes_whole_and_without_warnings_about_its_text(ingest: Ingest, redis: Redis, cms):
    (answer,) = await sent(ingest, cms)
    assert [text for text in answer["warnings"] if not text.startswith(SAID_OF_SUCH_CMSS)] == []
    (key,) = await redis.keys("litfass:{s1}:article:*")
    (document,) = await Articles(redis, shards=1).newest(SITE, [key.decode().rpartition(":")[2]])
    assert (document.article.section, document.article.standfirst) == ("stadt", Story("1", 1, NOON, NOON).standfirst)
    assert len(document.article.body) == 2


@pytest.mark.parametrize("cms", CMSS)
async def test_the_second_of_two_changes_nothing(ingest: Ingest, cms):
    (first, second) = await outcomes(ingest, cms, doubled=True)
    assert first == (202, "accepted")
    assert second[0] == 200


@pytest.mark.parametrize("cms", CMSS)
async def test_the_earlier_edition_is_too_late(ingest: Ingest, cms):
    assert await outcomes(ingest, cms, reordered=True) == [(202, "accepted"), (200, "stale")]


@pytest.mark.parametrize("cms", CMSS)
async def test_a_late_one_is_refused_where_the_cms_signs_its_time(ingest: Ingest, cms):
    refused = [(401, "signature_rejected")]
    assert await outcomes(ingest, cms, late=True) == (refused if cms in SIGN_THEIR_TIME else [(202, "accepted")])


@pytest.mark.parametrize("cms", CMSS)
async def test_a_forged_one_is_refused(ingest: Ingest, cms):
    (answer,) = await sent(ingest, cms, forged=True)
    assert (answer["status"], answer["is_expected"]) == (401, True)
    assert "litfass verify-delivery" in answer["advice"]


async def test_a_huge_one_is_refused(ingest: Ingest):
    assert await outcomes(ingest, "standard", huge=True) == [(413, "too_large")]


async def test_so_many_articles_are_so_many(ingest: Ingest, redis: Redis):
    assert await outcomes(ingest, "ghost", count=5, doubled=True) == [(202, "accepted"), (200, "duplicate")] * 5
    assert len(await redis.keys("litfass:{s1}:article:*")) == 5


async def test_an_answer_that_is_not_the_right_one_is_said_to_be_so(ingest: Ingest, redis: Redis, redis_config):
    careless = {"standard": {"site": SITE, "adapter": "standard", "allow_unsigned": True}}
    ingest = Ingest(redis, redis_config, sources=careless)
    (answer,) = await sent(ingest, "standard", forged=True)
    assert (answer["status"], answer["is_expected"], answer["expected"]) == (202, False, [401, 403])


async def test_each_answer_says_what_to_do(ingest: Ingest):
    await sent(ingest, "standard", "killed")
    (killed,) = await sent(ingest, "standard")
    assert "litfass release a" in killed["advice"]
    (unknown,) = await sent(ingest, "ghost", section="nirgendwo")
    assert any("nirgendwo" in text for text in unknown["warnings"])


async def test_nobodys_answer_is_told_from_litfass_own(ingest: Ingest):
    async def another(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="<h1>Hello</h1>")

    ingest.http = httpx.AsyncClient(transport=httpx.MockTransport(another))
    (answer,) = await sent(ingest, "standard")
    assert "no answer of Litfass" in answer["advice"]


async def test_where_nobody_answers_it_says_so(ingest: Ingest):
    async def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    ingest.http = httpx.AsyncClient(transport=httpx.MockTransport(nobody))
    with pytest.raises(Unanswered, match="does not answer: refused"):
        await sent(ingest, "standard")


@pytest.mark.parametrize("cms", CMSS)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_delivery_is_the_same_bytes_for_the_same_story(cms, action):
    story = Story("1", 1, NOON - timedelta(hours=1), NOON)
    assert CMSS[cms].play(action, story) == CMSS[cms].play(action, story)


def test_a_forgers_secret_is_of_the_same_kind_and_another():
    assert VENDORS["standard"].key(forged(SECRET)) != VENDORS["standard"].key(SECRET)
    assert len(forged(LETTERS)) == 64
    assert VENDORS["contentful"].key(forged(LETTERS)) != VENDORS["contentful"].key(LETTERS)


def test_a_secret_that_the_cms_could_not_have_is_a_fault():
    with pytest.raises(SecretFault, match="whsec_ and base64"):
        CMSS["standard"].sign(Attempt(b"{}", "/", "m", 0), secret="whsec_§")


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8080/webhooks/cms", True),
        ("http://localhost/webhooks/cms", True),
        ("http://[::1]:8080/webhooks/cms", True),
        ("https://staging.kurier.example/webhooks/cms", False),
        ("http://127.0.0.1.example/webhooks/cms", False),
        ("http://10.0.0.1/webhooks/cms", False),
    ],
)
def test_another_machine_is_told_from_this_one(url, is_here):
    assert is_on_this_machine(url) is is_here


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["published", "--to", "https://staging.example/webhooks/cms"], "say --yes if it is meant"),
        (["published", "--to", "127.0.0.1/webhooks/cms"], "must be a URL"),
        (["deleted", "--to", "http://127.0.0.1:1/webhooks/cms"], "must be one of published, edited, killed"),
        (["published", "--as", "typo3", "--to", "http://127.0.0.1:1/webhooks/cms"], "there is no 'typo3'"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(words, message):
    result = CliRunner().invoke(app, ["send", *words], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert message in result.output


def test_a_secret_comes_from_where_it_is(tmp_path):
    (tmp_path / "secret").write_text("whsec_x\n")
    assert secret_at(f"file:{tmp_path / 'secret'}", {}) == "whsec_x"
    assert secret_at("env:A", {"A": "b"}) == "b"
    for reference, message in (
        ("env:A", "is not set"),
        ("file:/nowhere", "cannot be read"),
        ("whsec_x", "env:NAME or"),
    ):
        with pytest.raises(ConfigurationFault, match=message):
            secret_at(reference, {})
