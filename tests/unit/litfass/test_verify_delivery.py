"""Recorded deliveries, as integrators have them, looked at from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from litfass.cli import app
from litfass.recording import RecordingFault, read_recording
from tests.support.cms import SECRET, a_delivery, an_article_payload, signed
from tests.support.ingest import AT, NOW_S

BODY = a_delivery("published", an_article_payload(published_at=AT, updated_at=AT), at=AT)
CONFIG = """
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
[site.kurier.sections]
stadt = "Stadt"
[source.cms]
site = "kurier"
adapter = "standard"
secrets = ["env:CMS_SECRET"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "litfass.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CMS_SECRET", SECRET)
    return tmp_path


def a_request(body: bytes = BODY, *, line_end: str = "\r\n", target: str = "/webhooks/cms", **changes: str) -> bytes:
    headers = signed(body, message_id="msg_1", at_s=NOW_S) | {k.replace("_", "-"): v for k, v in changes.items()}
    head = [f"POST {target} HTTP/1.1", "Host: ingest.example", *(f"{name}: {value}" for name, value in headers.items())]
    return line_end.join([*head, "", ""]).encode() + body


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["verify-delivery", "--source", "cms", "--at", "2025-11-20T09:00:05", *words])


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_request_is_read_to_the_last_byte(tmp_path, line_end):
    file = tmp_path / "request.http"
    file.write_bytes(a_request(BODY + b"\r\n\r\n\n", line_end=line_end, target="/webhooks/blog/post.published?x=1"))
    recording = read_recording(file)
    assert recording.body == BODY + b"\r\n\r\n\n"
    assert recording.headers["host"] == "ingest.example"
    assert (recording.target, recording.event) == ("/webhooks/blog/post.published?x=1", "post.published")


@pytest.mark.parametrize("wrap", [lambda headers: headers, lambda headers: {"headers": headers, "secret": "x"}])
def test_a_body_takes_its_headers_from_the_file_beside_it(tmp_path, wrap):
    (tmp_path / "a.body").write_bytes(BODY)
    (tmp_path / "a.headers.json").write_text(json.dumps(wrap({"Webhook-Id": "msg_1"})))
    assert read_recording(tmp_path / "a.body").headers == {"webhook-id": "msg_1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BODY, "is no HTTP request"),
        (b"POST /webhooks/cms HTTP/1.1\r\nhost: a\r\n", "no empty line"),
        (b"POST /webhooks/cms HTTP/1.1\r\nhost a\r\n\r\n{}", "request.http:2: 'host a' is no header"),
        (b"POST /webhooks/cms HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}", "still in chunks"),
    ],
    ids=["a-body-alone", "no-body", "no-header", "chunked"],
)
def test_a_recording_that_cannot_be_read_says_why(tmp_path, content, message):
    file = tmp_path / "request.http"
    file.write_bytes(content)
    with pytest.raises(RecordingFault, match=message):
        read_recording(file)


def test_a_good_delivery_ends_with_0(folder):
    (folder / "request.http").write_bytes(a_request())
    result = run("request.http")
    assert result.exit_code == 0
    assert "✓ signature made with secret 1 of 1, env:CMS_SECRET" in result.output
    assert "✓ article   published: Der Markt bekommt ein Dach" in result.output


def test_a_wrong_one_ends_with_1_and_says_what_would_match(folder):
    (folder / "request.http").write_bytes(a_request() + b"\n")
    result = run("request.http")
    assert result.exit_code == 1
    assert "→ The signature is right without the line end at the body's end" in result.output
    assert SECRET not in result.output


def test_it_answers_in_json_as_well(folder):
    (folder / "a.body").write_bytes(BODY)
    (folder / "h.json").write_text(json.dumps(signed(BODY, message_id="msg_1", at_s=NOW_S)))
    answer = json.loads(run("a.body", "--headers", "h.json", "--json").output)
    assert (answer["is_taken"], answer["adapter"]) == (True, "standard")


def test_an_unknown_source_and_a_missing_file_are_faults_in_one_sentence(folder):
    assert "nowhere.http: cannot be read" in str(run("nowhere.http").exception)
    (folder / "request.http").write_bytes(a_request())
    assert str(run("request.http", "--source", "csm").exception) == "There is no source 'csm'; there are cms."
