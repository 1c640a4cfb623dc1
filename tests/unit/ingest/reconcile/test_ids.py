"""Which id the CMS's own webhook would give: only where the CMS writes it down."""

import pytest

from services.ingest.reconcile.ids import is_to_be_proved, source_id_of, source_id_on_page, why_unknown

GUID = {"id": "https://amt.example/?p=4711", "url": "https://amt.example/markt/"}
GHOST = "6748592f4b9c0a0001f3d2a1"


@pytest.mark.parametrize(
    ("adapter", "item", "source_id"),
    [
        ("feed", GUID, GUID["id"]),
        ("feed", {"url": "https://amt.example/markt/"}, "https://amt.example/markt/"),
        ("wordpress", GUID, "4711"),
        ("wp-webhooks", GUID, "4711"),
        ("wordpress-com", GUID, "4711"),
        ("wordpress", {"id": "https://amt.example/?page_id=3"}, "3"),
        ("wordpress", {"id": "https://amt.example/?post_type=ort&p=3"}, "3"),
        ("wordpress", {"id": "https://alt.example/?p=9", "_post_id": "4711"}, "4711"),
        ("wordpress", {"id": "https://amt.example/?p=0"}, ""),
        ("wordpress", {"id": "https://amt.example/?p=4711&lang=de"}, ""),
        ("wordpress", {"id": "4711"}, ""),
        ("ghost", {"id": GHOST}, GHOST),
        ("ghost", {"id": "https://blog.example/markt/"}, ""),
        ("strapi", GUID, ""),
        ("drupal", {"id": "12 at https://amt.example"}, ""),
        ("standard", GUID, ""),
    ],
)
def test_an_id_is_known_only_where_the_cms_writes_it_down(adapter, item, source_id):
    assert source_id_of(adapter, item) == source_id


def test_a_guid_of_wordpress_wants_a_proof_and_its_own_number_does_not():
    assert is_to_be_proved("wordpress", GUID) == GUID["id"]
    assert is_to_be_proved("wordpress", {**GUID, "_post_id": "4711"}) == ""
    assert is_to_be_proved("ghost", {"id": GHOST}) == ""


@pytest.mark.parametrize(
    ("links", "source_id"),
    [
        (["https://amt.example/?p=7"], "7"),
        (["https://amt.example/wp-json/wp/v2/posts/7", "https://amt.example/?p=7"], "7"),
        (["https://amt.example/wp-json/wp/v2/categories/7"], ""),
        (["https://amt.example/?p=7", "https://amt.example/?p=8"], ""),
        ([], ""),
    ],
)
def test_a_page_says_its_number_when_its_links_agree(links, source_id):
    assert source_id_on_page("wordpress", links) == source_id
    assert source_id_on_page("ghost", links) == ""


@pytest.mark.parametrize("adapter", ["wordpress", "strapi"])
def test_who_cannot_know_says_what_to_do(adapter):
    assert "send it again from the CMS" in why_unknown(adapter)
