"""Town CMS (an invented one) for Litfass: `{"nr": 7, "status": "online", "titel": "…", "text": "<p>…</p>", …}`.

    online     the article
    offline    unpublished: it may return
    gesperrt   killed: it must not be used again

It signs `<seconds>.<body>` with HMAC-SHA256, as hex, in `x-town-signature: t=<seconds>,v=<hex>`.
"""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.html import blocks_of
from services.ingest.adapt.people import author, merged, tags_of
from services.ingest.adapt.pictures import address, image_of
from services.ingest.adapt.slugs import slug_of
from services.ingest.adapt.times import instant, orders, plausible
from services.ingest.adapt.withdrawals import withdrawal
from services.ingest.draft import Content, Draft, Ignored
from services.ingest.vendor import Vendor
from services.ingest.verify import Delivery, SignatureRejected, Verified, body_id, require_recent
from services.ingest.verify.hmacs import any_matches, key_of_letters, signatures
from shared.contracts.article import Author
from shared.contracts.media import Image
from shared.contracts.verbs import DeclaredVerb

_FORM: Final = re.compile(r"t=([0-9]{1,12}),v=([0-9a-f]{64})")
_WITHDRAWN: Final[dict[str, DeclaredVerb]] = {"offline": "unpublished", "gesperrt": "killed"}


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when there are none."""
    return key_of_letters(secret, where="Schlüssel in Town CMS")


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
    """Return the proof. Raises SignatureRejected saying what to check, and never what would have been right."""
    found = _FORM.fullmatch(delivery.headers.get("x-town-signature", ""))
    if not found:
        raise SignatureRejected("x-town-signature must be t=<seconds>,v=<64 hex digits>.")
    stamp, given = found[1], bytes.fromhex(found[2])
    require_recent(int(stamp), now_s=now_s, what="t in x-town-signature")
    # All keys and all signatures are compared, in constant time, over the bytes as they came.
    if not any_matches(signatures(keys, (stamp.encode(), b".", delivery.body), digest="sha256"), [given]):
        raise SignatureRejected("No secret of this source made the x-town-signature. Check that both are the same.")
    return Verified(delivery_id=body_id(delivery.body))


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()  # collects faults and warnings, so that a sender learns all at once
    item = Fields(payload, findings)
    status = item.choice("status", ("online", "offline", "gesperrt", "entwurf"), "online")
    changed = item.moment("geaendert")
    if status == "entwurf":
        return Ignored("A draft says nothing to readers; only published articles are needed.")
    if status in _WITHDRAWN:  # refused for nothing but its id
        return withdrawal(item, circumstances, name="nr", at="geaendert", changed=changed, verb=_WITHDRAWN[status])
    source_id = item.identifier("nr")
    changed = orders(item, "geaendert", changed, now_ms=circumstances.now_ms)
    content = _content(item, circumstances)
    return Draft(
        verb="published",
        source_id=source_id,
        content=content,
        ordered_by=changed,  # which of two deliveries is the newer one
        sent_ms=circumstances.sent_ms,
        warnings=findings.settle(),  # raises PayloadRejected when anything was wrong
    )


def _content(item: Fields, circumstances: Circumstances) -> Content:
    headline = item.needed_text("titel", length=2_000)
    published_at = plausible(item, "erschienen", item.needed_moment("erschienen"), now_ms=circumstances.now_ms)
    section, text = item.spare_text("ressort", length=200), item.required("text")
    if text is not None and not isinstance(text, str):
        item.fault("text", f"must be HTML, not {described(text)}")
    return Content(
        headline=headline,
        slug=slug_of(headline, circumstances.language),
        slug_is_made=True,  # Town CMS has none: a new headline must not move the article
        published_at=published_at or instant(circumstances.now_ms),
        sections=(section,) if section else (),
        standfirst=item.spare_text("vorspann"),
        body=blocks_of(text, item.findings, where="text") if isinstance(text, str) else (),
        authors=_authors(item, circumstances.language),
        tags=tags_of(item, "themen", language=circumstances.language),
        image=_image(item),
        noindex=circumstances.options.get("suchmaschinen") == "nein",
    )


def _authors(item: Fields, language: str) -> tuple[Author, ...]:
    """Return who wrote it: `author` leaves e-mail addresses out, and is None where nothing else was in a name."""
    people = (author(each.spare_text("name"), language=language) for each in item.spare_objects("autoren"))
    return merged([who for who in people if who])


def _image(item: Fields) -> Image | None:
    picture = item.inner("bild")
    if picture is None:
        return None
    url = address(picture.raw("adresse"))
    if not url:
        picture.warn("adresse", "is no http(s) address; the picture was left out")
        return None
    return image_of(url, alt=picture.spare_text("beschreibung"), caption=picture.spare_text("unterschrift"))


VENDOR: Final = Vendor(key, verify, adapt, options={"suchmaschinen": ("ja", "nein")})
