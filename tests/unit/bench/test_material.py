"""A benchmark whose articles the newsroom refuses would measure how fast it says no."""

import json
import time

from bench import material
from services.ingest.verify import Delivery
from services.ingest.verify.standard import key, verify


def test_a_body_has_about_the_size_that_was_asked_for():
    for size in (5_000, 200_000):
        assert abs(len(material.body_html(size).encode()) - size) < 400


def test_a_request_is_signed_as_the_newsroom_wants_it():
    head, _, body = material.post("/webhooks/cms", b'{"a": 1}', message_id="msg_1").partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])

    proof = verify(Delivery(headers, body), keys=[key(material.SECRET)], now_s=time.time())

    assert proof.delivery_id == "msg_1"
    assert int(headers["content-length"]) == len(body)


def test_a_page_is_recognised_by_its_revision():
    article = material.an_article(7, prefix="x", revision=2)
    assert material.marker(7, 2).decode() in article["headline"]
    assert material.marker(7, 1).decode() not in article["headline"]
    assert material.path_of(7, prefix="x") == f"/{article['section']}/{article['slug']}/"


def test_a_batch_has_one_delivery_a_line():
    body = material.batch("/webhooks/cms/batch", range(3), prefix="x").partition(b"\r\n\r\n")[2]
    assert [json.loads(line)["data"]["id"] for line in body.split(b"\n")] == ["x-0", "x-1", "x-2"]
