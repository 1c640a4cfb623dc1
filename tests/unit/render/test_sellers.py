"""ads.txt, app-ads.txt, sellers.json: who may sell this site's advertising."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.furniture import write_furniture
from services.render.sellers import NOBODY, authorised, faults_of, files_of
from shared.contracts.ads import AuthorisedConfig
from tests.support.articles import a_site

GOOGLE = "google.com, pub-0000000000000000, DIRECT, f08c47fec0942fa0"


def written(*records: str, **fields) -> list[str]:
    return authorised(AuthorisedConfig(records=records, **fields), host="kurier.example").decode().splitlines()


def test_without_a_seller_the_file_says_that_nobody_may_sell():
    assert NOBODY in written()
    assert NOBODY in written("nonsense")
    assert NOBODY not in written(GOOGLE)


def test_records_stand_there_as_they_were_given():
    assert GOOGLE in written(GOOGLE)
    assert "ssp.example, 1, reseller  # ours".replace("  ", " ") in written("ssp.example, 1, reseller  # ours")


def test_what_is_said_of_the_site_stands_above_the_records():
    lines = written(
        GOOGLE, manager_domains=("netz.example, DE",), contacts=("a@b.example",), subdomains=("shop.kurier.example",)
    )
    assert lines[1:6] == [
        "OWNERDOMAIN=kurier.example", "MANAGERDOMAIN=netz.example, DE", "CONTACT=a@b.example",
        "SUBDOMAIN=shop.kurier.example", "",
    ]  # fmt: skip


def test_a_number_is_nobodys_domain():
    assert not any("OWNERDOMAIN" in line for line in authorised(AuthorisedConfig(), host="127.0.0.1").decode().split())


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ("google.com, pub-1", "has 2 fields instead of 3 or 4"),
        ("https://google.com, pub-1, DIRECT", "'https://google.com' is no domain"),
        ("google.com, , DIRECT", "the account is missing"),
        ("google.com, pub-1, DIREKT", "'DIREKT' is neither DIRECT nor RESELLER"),
        ("google.com, pub-1, DIRECT, zertifikat", "'zertifikat' is no certification authority's id"),
        ("<html>", "has 1 fields"),
        ("OWNERDOMAIN=netz.example", "OWNERDOMAIN has a key of its own"),
    ],
)
def test_a_line_that_no_buyer_understands_is_a_comment_and_named(record, fault):
    lines = written(GOOGLE, record)
    assert record not in lines
    assert any(line.startswith("# left out, ") and line.endswith(record) for line in lines)
    site = a_site(ads={"ads_txt": {"records": [GOOGLE, record]}})
    (found,) = faults_of(site)
    assert found.startswith("ads.ads_txt.records: line 2, ")
    assert fault in found


def test_the_same_twice_is_named_once_and_stands_there_once():
    again = GOOGLE.replace("google.com", "Google.com")
    assert "stands there twice" in next(faults_of(a_site(ads={"ads_txt": {"records": [GOOGLE, again]}})))
    assert [line for line in written(GOOGLE, again) if not line.startswith("#")].count(again) == 0


def test_a_list_may_be_pasted_as_one_text():
    site = a_site(ads={"ads_txt": {"records": f"\ufeff# Netz A\r\n{GOOGLE}\r\n\r\nssp.example, 1, RESELLER\r\n"}})
    assert list(faults_of(site)) == []
    assert files_of(site)["/ads.txt"].decode().splitlines()[-3:] == [
        "# Netz A", GOOGLE, "ssp.example, 1, RESELLER",
    ]  # fmt: skip


@given(st.lists(st.text(max_size=60), max_size=8))
def test_whatever_is_pasted_no_line_of_the_file_is_anything_but_a_comment_a_variable_or_a_record(records):
    for line in written(*records):
        if line and not line.startswith("#") and "=" not in line.partition(",")[0]:
            fields = [field.strip() for field in line.partition("#")[0].partition(";")[0].split(",")]
            assert len(fields) in {3, 4}
            assert fields[2].upper() in {"DIRECT", "RESELLER"}


def test_sellers_json_names_who_is_sold_for():
    sellers = [
        {"seller_id": "1", "name": "Der Kurier GmbH", "domain": "kurier.example"},
        {"seller_id": "2", "seller_type": "BOTH", "is_confidential": True, "name": "Geheim"},
    ]
    site = a_site(ads={"sellers_json": {"contact_email": "a@b.example", "sellers": sellers}})
    assert list(faults_of(site)) == []
    assert json.loads(files_of(site)["/sellers.json"]) == {
        "contact_email": "a@b.example",
        "version": "1.0",
        "sellers": [
            {"seller_id": "1", "seller_type": "PUBLISHER", "name": "Der Kurier GmbH", "domain": "kurier.example"},
            {"seller_id": "2", "seller_type": "BOTH", "is_confidential": 1},
        ],
    }


def test_sellers_without_a_name_or_with_the_id_of_another_are_named():
    site = a_site(ads={"sellers_json": {"sellers": [{"seller_id": "1"}, {"seller_id": "1", "is_confidential": True}]}})
    assert [fault.partition(": ")[2] for fault in faults_of(site)] == [
        "needs name and domain, or is_confidential = true", "the id stands there twice",
    ]  # fmt: skip


def test_domains_are_domains():
    site = a_site(ads={"ads_txt": {"owner_domain": "https://kurier.example/", "manager_domains": ["netz.example, DE"]}})
    assert [fault.partition(":")[0] for fault in faults_of(site)] == ["ads.ads_txt.owner_domain"]


def test_a_site_with_a_network_and_no_record_has_no_ads_txt_that_forbids_it_and_is_told():
    network = {"provider": "tag", "consent": {"cmp": "/cmp.js"}, "tag": {"html": "a"}}
    assert files_of(a_site(ads=network))["/ads.txt"] is None
    assert "sells, but no line says that it may" in next(faults_of(a_site(ads=network)))
    allowed = a_site(ads=network | {"ads_txt": {"records": [GOOGLE]}})
    assert GOOGLE.encode() in files_of(allowed)["/ads.txt"]
    assert list(faults_of(allowed)) == []


async def test_only_the_files_that_there_are_are_written_and_one_that_is_no_longer_goes(paper):
    await paper.store.put(paper.site.name, "/sellers.json", b"{}")
    await write_furniture(paper.site, paper.store)
    files = await paper.everything()
    assert "/ads.txt" in files
    assert not {"/app-ads.txt", "/sellers.json"} & set(files)
    async with paper.reader() as reader:
        answer = await reader.get("/ads.txt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "OWNERDOMAIN=kurier.example" in answer.text
