"""Every vendor of ours passes the suite that adapters of one's own do, over deliveries of each verb.

The golden results are written anew by `python -m tests.conformance.golden`; a look at the difference says whether that
is right.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from services.ingest.conformance import TARGET, Sample, VendorConformance, samples_in
from services.ingest.vendors import FETCHED, VENDORS
from services.ingest.verify import Delivery, SignatureRejected, unsigned
from shared.contracts.config import ContentModel
from tests.support.cms import SECRET, signed
from tests.support.deliveries import MODELS

DELIVERIES: Final = Path(__file__).parents[1] / "fixtures/deliveries"
LETTERS: Final = "ein-geheimnis-aus-buchstaben"
HOWTO: Final = Path(__file__).parents[2] / "docs/howto"


class StandardWebhooks(VendorConformance):
    secret = SECRET

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        return signed(body, message_id=f"msg_{hashlib.sha256(body).hexdigest()[:20]}", secret=secret, at_s=int(now_s))


class TestStandard(StandardWebhooks):
    vendor = VENDORS["standard"]
    deliveries = DELIVERIES / "standard"
    people = ("data.authors.*.name", "data.authors.*", "data.credit", "data.image.credit")


class TestWordPress(StandardWebhooks):
    vendor = VENDORS["wordpress"]
    deliveries = DELIVERIES / "wordpress"
    people = ("_embedded.author.*.name",)


class TestNinjs(StandardWebhooks):
    vendor = VENDORS["ninjs"]
    deliveries = DELIVERIES / "ninjs"
    people = ("by", "people.*.name", "infoSources.*.name", "associations.*.by", "copyrightHolder")


class TestGhost(VendorConformance):
    vendor = VENDORS["ghost"]
    secret = LETTERS
    deliveries = DELIVERIES / "ghost"
    people = ("post.current.authors.*.name", "post.current.primary_author.name")

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        stamp = str(int(now_s * 1000))
        mac = hmac.new(secret.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
        return {"content-type": "application/json", "x-ghost-signature": f"sha256={mac}, t={stamp}"}


class TestSuperdesk(VendorConformance):
    vendor = VENDORS["superdesk"]
    secret = LETTERS
    deliveries = DELIVERIES / "superdesk"
    people = ("byline", "authors.*.name", "copyrightholder", "source", "associations.*.byline")

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        mac = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        return {"content-type": "application/json", "x-superdesk-signature": f"sha1={mac}"}


class TestCloudEvents(VendorConformance):
    vendor = VENDORS["cloudevents"]
    secret = LETTERS
    deliveries = DELIVERIES / "cloudevents"
    people = ("data.authors.*.name", "authors.*.name")
    signs_the_body = False

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        return {"authorization": f"Bearer {secret}"}


class TestWpWebhooks(VendorConformance):
    vendor = VENDORS["wp-webhooks"]
    secret = LETTERS
    deliveries = DELIVERIES / "wp-webhooks"
    people = ("taxonomies.author.*.name",)

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return {"content-type": "application/json", "x-wp-webhook-signature": base64.b64encode(mac).decode()}


class TestWordPressCom(VendorConformance):
    vendor = VENDORS["wordpress-com"]
    secret = LETTERS
    deliveries = DELIVERIES / "wordpress-com"
    signs_the_body = False

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        return {}

    def target(self, sample: Sample) -> str:
        return f"{sample.target}?token={self.secret}"


class TestContentful(VendorConformance):
    vendor = VENDORS["contentful"]
    secret = "0123456789abcdef" * 4
    deliveries = DELIVERIES / "contentful"
    people = ("fields.author.*", "fields.authors.*.*")

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        said = {
            "x-contentful-idempotency-key": hashlib.sha256(body).hexdigest(),
            "x-contentful-signed-headers": (
                "x-contentful-idempotency-key,x-contentful-signed-headers,x-contentful-timestamp"
            ),
            "x-contentful-timestamp": str(int(now_s * 1000)),
        }
        head = f"POST\n{TARGET}\n{';'.join(f'{name}:{value}' for name, value in said.items())}\n"
        mac = hmac.new(secret.encode(), head.encode() + body, hashlib.sha256).hexdigest()
        return {"x-contentful-signature": mac, **said}


class TestSanity(VendorConformance):
    vendor = VENDORS["sanity"]
    secret = LETTERS
    deliveries = DELIVERIES / "sanity"
    people = ("author.name", "authors.*.name")

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        stamp = str(int(now_s * 1000))
        mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).digest()
        return {"sanity-webhook-signature": f"t={stamp},v1={base64.urlsafe_b64encode(mac).decode().rstrip('=')}"}


class TestDrupal(VendorConformance):
    vendor = VENDORS["drupal"]
    secret = LETTERS
    deliveries = DELIVERIES / "drupal"
    model = ContentModel.model_validate(MODELS["drupal"])

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        return {"x-hub-signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


class TestStrapi(VendorConformance):
    vendor = VENDORS["strapi"]
    secret = LETTERS
    deliveries = DELIVERIES / "strapi"
    model = ContentModel.model_validate(MODELS["strapi"])
    people = ("entry.author.name", "entry.authors.*.name")
    signs_the_body = False

    @staticmethod
    def signed(body: bytes, *, secret: str, now_s: float) -> Mapping[str, str]:
        return {"authorization": f"Bearer {secret}"}


class TestPayload(StandardWebhooks):
    vendor = VENDORS["payload"]
    deliveries = DELIVERIES / "payload"
    model = ContentModel.model_validate(MODELS["payload"])
    people = ("data.doc.authors.*.name", "data.doc.populatedAuthors.*.name")


class TestFeed(VendorConformance):
    vendor = replace(FETCHED["feed"], verify=unsigned)  # nobody delivers it, and so nobody proves it
    deliveries = DELIVERIES / "feed"
    people = ("authors.*.name", "_credit")
    is_signed = False

    @pytest.mark.parametrize("name", FETCHED)
    def test_whatever_is_delivered_to_a_source_that_is_fetched_is_refused(self, name):
        for headers in ({}, {"authorization": "Bearer x"}):
            with pytest.raises(SignatureRejected, match="takes no deliveries"):
                FETCHED[name].verify(Delivery(headers, b"{}"), keys=(), now_s=0.0)
        with pytest.raises(ValueError, match="remove them"):
            FETCHED[name].key("geheim")


SUITES: Final = [each for each in globals().values() if isinstance(each, type) and hasattr(each, "deliveries")]


@pytest.mark.parametrize("name", [*VENDORS, *FETCHED])
def test_every_vendor_passes_the_suite_and_has_a_page_that_says_how_to_connect_it(name):
    vendor = VENDORS.get(name) or FETCHED[name]
    assert any(suite.vendor.adapt is vendor.adapt for suite in SUITES)
    assert (HOWTO / f"connect-{name}.md").is_file()


def test_every_delivery_has_a_golden_result():
    samples = [sample for suite in SUITES for sample in samples_in(suite.deliveries)]
    assert [sample.name for sample in samples if sample.draft is None] == []
    assert len(samples) > 30
