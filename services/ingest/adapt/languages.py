"""Languages as CMSs write them: BCP 47, or nearly."""

import re
from collections.abc import Iterable
from typing import Final

from services.ingest.adapt.fields import Fields, described

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}")


def language_of(fields: Fields, name: str) -> str:
    """Return the language at `name`; empty = the site's, with a warning when something else stands there."""
    given = fields.text(name, length=200)
    tag = tag_of(given)
    if given and not tag:
        fields.warn(name, f"{described(given)} is no BCP 47 tag such as de or pt-BR; the site's was taken")
    return tag


def tag_of(text: str) -> str:
    """Return a BCP 47 tag; empty when it is none. Some write `de_DE`."""
    tag = text.strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""


def nearest(wanted: str, offered: Iterable[str]) -> str:
    """Return the offered locale that is `wanted`, or is of the same language; empty when none is."""
    locales = sorted(offered)
    tags = {locale: locale.replace("_", "-").lower() for locale in locales}
    tag = wanted.replace("_", "-").lower()
    same = [locale for locale in locales if tags[locale] == tag]
    alike = [locale for locale in locales if tags[locale].partition("-")[0] == tag.partition("-")[0]]
    return next(iter((*same, *alike)), "")
