"""WordPress's raw row: what an editor typed → what readers see. Whole deliveries are in tests/fixtures/deliveries."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.ingest.adapt import Circumstances, PayloadRejected, wordpress, wordpress_com, wp_webhooks
from services.ingest.adapt.fields import Fields, Findings
from services.ingest.adapt.wp_rows import rendered
from services.ingest.draft import Draft, Ignored

DELIVERIES = Path(__file__).parents[3] / "fixtures/deliveries"
UPDATE = (DELIVERIES / "wp-webhooks/published.body.json").read_text(encoding="utf-8")
NOW_MS = 1_795_507_200_000  # 2026-11-24 08:00 UTC


def an_update(hook: str = "post_update", *, before: str = "publish", **post: Any) -> Draft | Ignored:
    payload: dict[str, Any] = json.loads(UPDATE)
    payload["post"] |= post
    payload["post_before"]["post_status"] = before
    return wp_webhooks.adapt(payload, Circumstances(now_ms=NOW_MS, headers={"x-wp-webhook-name": hook}))


def typed(markup: str) -> tuple[str, tuple[str, ...]]:
    findings = Findings()
    return rendered(Fields({}, findings), markup), tuple(findings.warnings)


@pytest.mark.parametrize(
    "text", ["Er sagte [sic] nichts.", "Fußnote [1]", "[…]", "ein [Link](https://a.example)", "a[i]"]
)
def test_brackets_that_are_words_of_the_text_stay(text):
    assert typed(text) == (f"<p>{text}</p>", ())


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ('Vorher [button url="https://a.example/?a=1" color="red"] nachher', "<p>Vorher  nachher</p>"),
        ("[box]Wichtig[/box]", "<p>Wichtig</p>"),
        ("A\n\n[gallery]\n\nB", "<p>A</p>\n<p>B</p>"),
        ("[embed]https://a.example/x[/embed]", "<p>https://a.example/x</p>"),
    ],
)
def test_shortcodes_go_and_what_stands_between_them_stays(markup, html):
    assert typed(markup)[0] == html


def test_what_was_left_out_is_named():
    assert typed("[gallery]")[1] == ("post_content: shortcodes were left out: gallery",)
    assert "latest-posts" in typed("<!-- wp:latest-posts /--><p>A</p>")[1][0]


def test_a_caption_without_a_picture_is_text_and_one_without_an_end_too():
    assert typed("[caption]Nur Text[/caption]")[0] == "<p>Nur Text</p>"
    assert "Ohne Ende" in typed('[caption id="1"]Ohne Ende')[0]


def test_block_markup_and_html_keep_their_own_paragraphs():
    for markup in ("<!-- wp:paragraph --><p>A</p><!-- /wp:paragraph -->\n\nB", "<P>A</P>\n\nB"):
        assert typed(markup)[0] == markup


@pytest.mark.parametrize(
    "markup",
    [
        "[caption " * 1_999,
        "[caption a]" * 1_999 + "x" * 500_000,
        "<!-- wp:a " * 1_999 + "x" * 500_000,
        "[embed]" * 1_999 + "x" * 500_000,
        "[" * 900_000,
        "\n \n" * 300_000 + "x",
        "[a b=" + "x" * 900_000,
    ],
    ids=["unopened", "captions", "comments", "embeds", "brackets", "blank-lines", "attribute"],
)
def test_markup_made_to_be_slow_is_read_all_the_same(markup):
    assert typed(markup)[0]


@pytest.mark.parametrize("status", ["draft", "pending", "private", "trash", "a-plugins-own"])
def test_what_was_public_is_unpublished_and_what_never_was_is_nobodys_business(status):
    gone = an_update(post_status=status)
    assert isinstance(gone, Draft)
    assert gone.verb == "unpublished"
    assert isinstance(an_update(post_status=status, before="draft"), Ignored)


@pytest.mark.parametrize("hook", ["post_trash", "post_delete"])
def test_the_bin_is_unpublishing_whatever_the_row_says(hook):
    gone = an_update(hook)
    assert isinstance(gone, Draft)
    assert gone.verb == "unpublished"


def test_a_withdrawal_is_refused_for_nothing_but_its_id():
    gone = an_update(post_status="trash", post_modified_gmt="gestern", post_title=5)
    assert isinstance(gone, Draft)
    assert (gone.verb, gone.source_id, gone.ordered_by) == ("unpublished", "815", None)


def test_behind_a_password_there_is_nothing():
    draft = an_update(post_password="geheim", post_content="<p>Das Geheimnis</p>", post_excerpt="Das Geheimnis")
    assert "eheim" not in repr(draft)


def test_the_rest_adapter_says_which_one_takes_a_raw_row():
    with pytest.raises(PayloadRejected, match="wp-webhooks"):
        wordpress.adapt(json.loads(UPDATE), Circumstances(now_ms=NOW_MS))


def test_a_form_names_the_fields_that_were_not_ticked():
    with pytest.raises(PayloadRejected, match="tick it") as raised:
        wordpress_com.adapt({"hook": "publish_post"}, Circumstances(now_ms=NOW_MS))
    assert {fault.field for fault in raised.value.faults} == {"ID", "post_title", "post_content", "post_date_gmt"}
