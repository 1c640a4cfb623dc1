"""A day of a small German paper, as its CMS would send it: for tests that look at pages as readers do.

Dates count back from now, so that nothing lies in the future and the months below a list are never the same one.
"""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.support.cms import a_delivery, signed
from tests.support.newsroom import Newsroom

Payload = dict[str, Any]

CONFIG = """
[redis]
url = "{redis_url}"
[pages]
store = "{store}"
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
theme = "{theme}"
static = "{static}"
description = "Nachrichten aus Ahlenbrück und dem Tal der Wern"
[site.kurier.sections]
stadt = "Stadt"
umland = "Umland"
politik = "Politik"
kultur = "Kultur"
sport = "Sport"
wirtschaft = "Wirtschaft"
meinung = "Meinung"
[source.cms]
site = "kurier"
adapter = "standard"
secrets = ["env:CMS_SECRET"]
"""

IMPRINT = """# Impressum

Angaben nach § 5 DDG

**Der Kurier GmbH**
Am Alten Hafen 3
00000 Ahlenbrück

## Verantwortlich

Ruth Ammer, Anschrift wie oben

## Kontakt

| Stelle | Erreichbar |
|---|---|
| Redaktion | redaktion@kurier.example |
| Anzeigen | anzeigen@kurier.example |
"""

FOLDER = Path(__file__).parents[1] / "fixtures" / "edition"
ARTICLE = "/stadt/wernbruecke/"
MONTH = f"/{datetime.now(UTC) - timedelta(hours=10):%Y/%m}/"  # of most of the edition, also on a first of a month
# Every kind of page that a reader can be on, and where.
PAGES = {
    "front": "/",
    "section": "/stadt/",
    "tag": "/tag/ahlenbrueck/",
    "author": "/author/mara-lindt/",
    "month": MONTH,
    "article": ARTICLE,  # with a correction and every kind of block
    "article-rtl": "/stadt/arabic/",
    "article-plain": "/politik/schwimmbad/",
    "article-members": "/kultur/theater/",
    "article-agency": "/politik/haushalt/",
    "gallery": "/sport/ruderfest/",
    "live": "/umland/warnstreik/",
    "event": "/kultur/konzert/",
    "events": "/events/",
    "corrections": "/corrections/",
    "sponsored": "/wirtschaft/anzeige-kueche/",
    "why": f"{ARTICLE}?ads=why",
    "not-found": "/nirgends/",
    "gone": "/stadt/rueckzug/",
    "imprint": "/imprint/",
}
OLD_ADDRESS = "/sport/rudern-am-sonntag/"  # of the gallery, before it got its slug

BREAKS_S = 30.0

PICTURES = ("bruecke", "markt", "buehne", "platz", "wald", "werk")
PROSE = (FOLDER / "prose.txt").read_text(encoding="utf-8").splitlines()


def an_image(name: str, alt: str, caption: str = "") -> Payload:
    """Return a picture of the site's own."""
    return {
        "url": f"/media/{name}.svg",
        "alt": alt,
        "caption": caption,
        "credit": "Jule Brandt",
        "width": 1200,
        "height": 800,
    }


def paragraphs(count: int, *, first: int = 0) -> str:
    """Return so many paragraphs as HTML."""
    return "".join(f"<p>{text}</p>" for text in itertools.islice(itertools.cycle(PROSE), first, first + count))


def _updates() -> str:
    """Return a live article's body as a desk writes it on: downwards, with a time before each update."""
    updates = ("4:05 Uhr: Die ersten Busse bleiben im Hof", "6.30 Uhr: Die Linie 3 fährt doch", "Was jetzt gilt")
    return paragraphs(1) + "".join(
        f"<h3>{update}</h3>{paragraphs(2, first=number)}" for number, update in enumerate(updates, start=1)
    )


def payloads(now: datetime | None = None) -> Iterator[tuple[str, Payload]]:
    """Give (verb, ARTICLE) in the order in which the newsroom sent them, oldest first."""
    now = (now or datetime.now(UTC)).replace(second=0, microsecond=0)
    yield from (("published", article) for article in _archive(now))
    yield from (("published", article) for article in _today(now))
    correction = {
        "text": "In einer früheren Fassung stand, der Zuschuss sei bewilligt. Er ist beantragt.",
        "at": now.isoformat(),
    }
    yield "corrected", _bridge(now) | {"revision": 2, "updated_at": now.isoformat(), "correction": correction}
    yield "published", _gallery(now) | {"slug": "rudern-am-sonntag"}
    yield "updated", _gallery(now) | {"revision": 2}
    yield "published", _article("rueckzug", now - timedelta(hours=9), "stadt", "Ein Beitrag, den es nicht geben sollte")
    note = "Die Redaktion hat diesen Beitrag zurückgezogen, weil er auf einer gefälschten Mitteilung beruhte."
    yield "killed", {"id": "rueckzug", "revision": 2, "note": note}


def _article(slug: str, at: datetime, section: str, headline: str, **more: Any) -> Payload:
    return {
        "id": slug,
        "slug": slug,
        "section": section,
        "headline": headline,
        "body": paragraphs(5, first=len(slug)),
        "published_at": at.isoformat(),
        "updated_at": at.isoformat(),
        "revision": 1,
        "language": "de",
        "authors": [{"name": "Mara Lindt"}],
        "tags": ["Ahlenbrück"],
    } | more


def _bridge(now: datetime) -> Payload:
    return _article(
        "wernbruecke",
        now - timedelta(minutes=35),
        "stadt",
        "Die Wernbrücke wird neu gebaut – und ein Jahr lang fährt niemand hinüber",
        kicker="Verkehr",
        location="Ahlenbrück",
        body=(FOLDER / "wernbruecke.html").read_text(encoding="utf-8"),
        tags=["Wernbrücke", "Verkehr", "Rat"],
        authors=[{"name": "Mara Lindt"}, {"name": "Jonas Ferber"}],
        standfirst="Der Rat hat mit knapper Mehrheit für den Abriss gestimmt. Händler fürchten um ihr Geschäft, "
        "die Stadt verspricht einen Steg.",
        image=an_image("bruecke", "Die alte Wernbrücke im Morgenlicht", "Noch bis März steht die alte Wernbrücke."),
    )


def _gallery(now: datetime) -> Payload:
    pictures = [an_image(name, f"Bild vom Ufer: {name}", f"Ansicht {name}") for name in PICTURES]
    return _article(
        "ruderfest",
        now - timedelta(hours=11),
        "sport",
        "Das Ruderfest in Bildern",
        kicker="Bilderstrecke",
        standfirst="Zwölf Boote, ein Regenbogen, kein Schiedsrichter.",
        body=[
            {"type": "paragraph", "html": "Am Sonntag gehörte die Wern den Booten."},
            {"type": "gallery", "images": pictures},
            {"type": "paragraph", "html": "Im nächsten Jahr wird an einem Samstag gerudert."},
        ],
    )


def _today(now: datetime) -> Iterator[Payload]:
    def ago(**span: float) -> datetime:
        return now - timedelta(**span)

    yield _article(
        "haushalt",
        ago(hours=20),
        "politik",
        "Kreistag streitet über den Haushalt",
        kicker="Kreistag",
        standfirst="Die Umlage steigt, die Gemeinden protestieren.",
        credit="dpa",
        authors=[],
    )
    yield _article(
        "baecker",
        ago(hours=18),
        "wirtschaft",
        "Backen bis in die fünfte Generation",
        kicker="Handwerk",
        standfirst="Familie Imhof übergibt den Ofen.",
        image=an_image("werk", "Ein altes Backhaus mit zwei Schornsteinen"),
    )
    yield _article(
        "wald",
        ago(hours=14),
        "umland",
        "Der Forst pflanzt Eichen, wo die Fichten standen",
        kicker="Wernauer Wald",
        standfirst="Nach drei trockenen Sommern beginnt der Umbau.",
        image=an_image("wald", "Junger Mischwald am Hang"),
    )
    yield _article(
        "solar",
        ago(hours=12),
        "wirtschaft",
        "Stadtwerke legen Solarpark auf die alte Deponie",
        kicker="Energie",
        standfirst="Strom für 900 Haushalte, wenn das Netz ihn aufnimmt.",
    )
    yield _article(
        "kommentar",
        ago(hours=10),
        "meinung",
        "Wer baut, muss reden",
        kicker="Kommentar",
        authors=[{"name": "Ruth Ammer"}],
        standfirst="Die Stadt hat gut gerechnet und schlecht erklärt.",
    )
    yield _article(
        "anzeige-kueche",
        ago(hours=8),
        "wirtschaft",
        "Drei Dinge, die vor dem Küchenkauf geklärt sein sollten",
        kind="sponsored",
        authors=[],
        credit="Küchenhaus Brandt",
        standfirst="Maße, Anschlüsse, Geduld: ein Ratgeber.",
        image=an_image("werk", "Eine Küche"),
    )
    yield _article(
        "derby",
        ago(hours=7),
        "sport",
        "3:2 nach 0:2: Der TSV dreht das Derby in der Nachspielzeit",
        kicker="Fußball",
        standfirst="Ein Eckball, ein Torwart im Strafraum, ein Dorf im Ausnahmezustand.",
        tags=["Fußball", "TSV"],
        image=an_image("platz", "Fußballplatz am Wernufer"),
    )
    yield _article(
        "konzert",
        ago(hours=6),
        "kultur",
        "Bach am Fluss: Der Kammerchor singt in der Hafenhalle",
        kind="event",
        kicker="Konzert",
        standfirst="Drei Motetten, kein Eintritt, warme Decken.",
        event={
            "starts_at": (now + timedelta(days=9)).isoformat(),
            "ends_at": (now + timedelta(days=9, hours=2)).isoformat(),
            "place": "Hafenhalle",
        },
        image=an_image("buehne", "Eine Sängerin im Licht auf einer dunklen Bühne"),
    )
    yield _article(
        "flohmarkt",
        ago(hours=5),
        "stadt",
        "Flohmarkt auf dem Alten Markt",
        kind="event",
        standfirst="Stände ab acht Uhr.",
        event={"starts_at": (now + timedelta(days=4)).isoformat(), "place": "Alter Markt"},
    )
    yield _article(
        "english",
        ago(hours=4),
        "stadt",
        "New in town? The registry office now speaks English",
        language="en",
        kicker="Service",
        standfirst="Appointments can be booked on Tuesdays.",
        body="<p>From December on, the office answers in English.</p>",
    )
    yield _article(
        "arabic",
        ago(hours=3.5),
        "stadt",
        "مكتب جديد للقادمين الجدد في وسط المدينة",
        language="ar",
        standfirst="يفتح المكتب أبوابه كل يوم ثلاثاء من الساعة التاسعة.",
        body="<p>يفتح المكتب أبوابه كل يوم ثلاثاء، ولا حاجة إلى موعد.</p>" * 3,
    )
    yield _article(
        "markt",
        ago(hours=3),
        "stadt",
        "Der Markt bekommt sein Dach zurück",
        kicker="Innenstadt",
        standfirst="Nach dem Sturm stand das Gerüst zwei Jahre leer.",
        image=an_image("markt", "Giebelhäuser am Alten Markt"),
    )
    yield _article(
        "warnstreik",
        ago(hours=2),
        "umland",
        "Busfahrer im Warnstreik: Welche Linien heute ausfallen",
        kind="live",
        kicker="Nahverkehr",
        standfirst="Seit vier Uhr stehen die meisten Busse im Hof.",
        body=_updates(),
    )
    yield _article(
        "theater",
        ago(hours=1.5),
        "kultur",
        "Das Stadttheater spielt „Die Dürre“ – und trifft die Stadt ins Mark",
        kicker="Premiere",
        standfirst="Ein Abend über Wasser, Neid und Nachbarn.",
        members_only=True,
        image=an_image("buehne", "Szene auf dunkler Bühne"),
    )
    yield _article(
        "schwimmbad",
        ago(hours=1),
        "politik",
        "Freibad: Bürgerentscheid im Mai",
        kicker="Abstimmung",
        standfirst="4312 Unterschriften sind gültig.",
    )
    yield _bridge(now)


def _archive(now: datetime) -> Iterator[Payload]:
    themes = (
        ("stadt", "Was die Stadt mit dem alten Postamt vorhat"),
        ("kultur", "Eine Orgel, hundert Jahre, ein Stimmer"),
        ("sport", "Ruderinnen holen Silber auf dem Bodensee"),
        ("umland", "Wernau feiert seine neue Feuerwache"),
        ("politik", "Bürgermeisterin kündigt Sparkurs an"),
        ("wirtschaft", "Die Ziegelei stellt auf Holz um"),
        ("meinung", "Mehr Bänke, bitte"),
        ("sport", "Handball: Derby endet mit Gerangel"),
        ("kultur", "Lesung im Leerstand"),
        ("umland", "Der Storch ist zurück"),
        ("stadt", "Parken wird teurer, Busfahren nicht"),
        ("politik", "Schulausschuss vertagt sich"),
        ("wirtschaft", "Hofladen mit Automat"),
        ("kultur", "Chor sucht Bässe"),
        ("stadt", "Die Uhr am Rathaus geht wieder"),
        ("stadt", "Ein Brunnen wird hundert"),
        ("stadt", "Wo im Winter die Boote liegen"),
        ("stadt", "Stadtarchiv zeigt alte Pläne"),
    )
    pictures = itertools.cycle(PICTURES)
    for number, (section, headline) in enumerate(reversed(themes)):
        at = now - timedelta(days=26 * (len(themes) - number))
        more = {"image": an_image(next(pictures), "Ansicht")} if number % 2 else {}
        yield _article(f"archiv-{number}", at, section, headline, standfirst="Aus dem Archiv des Kuriers.", **more)


class Edition(Newsroom):
    """A newsroom whose paper looks like one."""

    theme = "default"

    def write_config(self) -> None:
        static = self.folder / "static"
        static.mkdir(parents=True, exist_ok=True)
        (static / "imprint.md").write_text(IMPRINT)
        (static / "privacy.md").write_text("# Datenschutz\n\nWir speichern nichts, was Sie nicht selbst schicken.\n")
        store = (self.folder / "site").as_uri()
        text = CONFIG.format(redis_url=self.valkey.url, store=store, static=static, theme=self.theme)
        self.config.write_text(text)
        media = self.site / "media"
        media.mkdir(parents=True, exist_ok=True)
        for name in PICTURES:
            shutil.copy(FOLDER / f"{name}.svg", media)

    async def preview(self) -> str:
        """Send a draft as a CMS's preview button does; return the path of the page that shows it."""
        draft = {"id": "entwurf", "section": "kultur", "headline": "Noch nicht fertig", "body": paragraphs(6)}
        body = a_delivery("published", draft, at=datetime.now(UTC).isoformat())
        async with httpx.AsyncClient(timeout=10) as cms:
            headers = signed(body, message_id="edition-preview")
            answer = await cms.post(f"{self.url('ingest')}/preview/cms", content=body, headers=headers)
        assert answer.status_code == 303, answer.text
        return urlsplit(answer.headers["location"]).path

    async def break_news(self, path: str) -> None:
        """Put the headline of an article above every page, and wait until it is there."""
        until = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"
        command = [sys.executable, "-m", "litfass", "pins", "set", path, "--list", "breaking", "--until", until]
        subprocess.run([*command, "--config", str(self.config)], env=os.environ | self.environ, check=True, timeout=60)
        banner, end = self.site / "_fragments" / "breaking.html", time.monotonic() + BREAKS_S
        while not (banner.exists() and path in banner.read_text(encoding="utf-8")):
            assert time.monotonic() < end, self.log("render")
            await asyncio.sleep(0.05)

    async def print(self) -> None:
        """Send the whole edition and wait until every page is written."""
        async with httpx.AsyncClient(timeout=10) as cms:
            for number, (verb, article) in enumerate(payloads()):
                body = a_delivery(verb, article, at=article.get("updated_at", datetime.now(UTC).isoformat()))
                headers = signed(body, message_id=f"edition-{number}")
                answer = await cms.post(f"{self.url('ingest')}/webhooks/cms", content=body, headers=headers)
                assert answer.status_code == 202, answer.text
        await self.drained()
