"""Sanity's quirks: operations in two places, deletions with nothing but an id, whole seconds."""

import pytest

from tests.support.vendors import content_of, drafted, faults_of, reason_of, told

CREATE, UPDATE, DELETE = "sanity-create", "sanity-update", "sanity-delete"
SENT_MS = 1_795_423_511_250


def test_what_is_signed_says_more_than_a_header():
    assert drafted(told(UPDATE, headers={"sanity-operation": "delete"})).verb == "updated"
    assert drafted(told(CREATE, changes={"op": "delete"})).verb == "unpublished"


def test_a_field_that_happens_to_be_called_operation_is_no_operation():
    assert drafted(told(CREATE, changes={"operation": "am offenen Herzen"})).verb == "published"


def test_a_deletion_that_sends_the_whole_document_is_one():
    assert drafted(told(CREATE, headers={"sanity-operation": "delete"})).content is None


def test_a_deletion_is_never_later_than_it_was_signed():
    headers = {"sanity-operation": "delete", "sanity-transaction-time": "2026-11-23T12:00:00Z"}
    assert drafted(told(DELETE, headers=headers, sent_ms=SENT_MS)).sent_ms == SENT_MS


def test_a_deletion_that_is_repeated_late_is_as_old_as_its_transaction():
    late = drafted(told(DELETE, sent_ms=SENT_MS + 3_600_000))
    assert late.sent_ms == drafted(told(DELETE)).sent_ms, "the document may have come back since"


def test_of_two_edits_in_one_second_the_one_that_was_signed_later_wins():
    one, two = (drafted(told(UPDATE, sent_ms=SENT_MS + later)) for later in (0, 400))
    assert one.ordered_by < two.ordered_by
    next_second = told(UPDATE, changes={"_updatedAt": "2026-11-23T08:45:11Z"}, sent_ms=SENT_MS)
    assert two.ordered_by < drafted(next_second).ordered_by


@pytest.mark.parametrize("document_id", ["drafts.artikel-markt", "versions.r1.artikel-markt"])
@pytest.mark.parametrize("name", [UPDATE, DELETE])
def test_drafts_and_releases_are_nobodys_business(name, document_id):
    assert "draft or a version" in reason_of(told(name, changes={"_id": document_id}))


def test_an_operation_that_does_not_exist_is_a_fault():
    assert "sanity-operation" in faults_of(told(CREATE, headers={"sanity-operation": "upsert"}))


@pytest.mark.parametrize("project", ["", "../evil", "UPPER"])
def test_a_picture_whose_project_nobody_knows_is_left_out_with_advice(project):
    draft = drafted(told(CREATE, headers={"sanity-project-id": project, "sanity-dataset": "production"}))
    assert draft.content is not None
    assert draft.content.image is None
    assert any("write base_url" in warning for warning in draft.warnings)


def test_where_pictures_are_can_be_written_down():
    delivery = told(CREATE, headers={}, model={"base_url": "https://cdn.sanity.io/images/p/d/"})
    assert content_of(delivery).image.url.startswith("https://cdn.sanity.io/images/p/d/a1b2c3")


def test_a_picture_that_was_projected_has_its_own_address():
    asset = {"url": "https://cdn.sanity.io/images/p/d/x.jpg", "metadata": {"dimensions": {"width": 3, "height": 2}}}
    image = content_of(told(CREATE, changes={"mainImage": {"alt": "Markt", "asset": asset}})).image
    assert (image.url, image.width, image.height, image.alt) == (
        "https://cdn.sanity.io/images/p/d/x.jpg",
        3,
        2,
        "Markt",
    )


def test_an_author_that_was_not_projected_is_told():
    draft = drafted(told(CREATE, changes={"author": {"_type": "reference", "_ref": "person-ana"}}))
    assert any("author: is only a reference" in warning for warning in draft.warnings)


def test_without_a_date_of_its_own_a_document_is_as_old_as_its_creation():
    content = content_of(told(CREATE, changes={"publishedAt": None}))
    assert content.published_at.isoformat() == "2026-11-23T07:40:11+00:00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"_updatedAt": "2026-11-26T08:30:00Z"}, "_updatedAt"),
        ({"_createdAt": []}, "_createdAt"),
        ({"publishedAt": "2026-13-01T00:00:00Z"}, "publishedAt"),
        ({"_createdAt": None, "_updatedAt": None, "publishedAt": None}, "published_at"),
    ],
)
def test_a_fault_is_named_by_its_field(changes, field):
    assert field in faults_of(told(CREATE, changes=changes))
