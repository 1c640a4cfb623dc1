"""Languages as CMSs write them: BCP 47, or nearly."""

import re
from typing import Final

from services.ingest.adapt.fields import Fields, described

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}")


def language_of(fields: Fields, name: str) -> str:
    """Return the language at `name`; empty = the site's, with a warning when something else stands there."""
    given = fields.text(name, length=200).replace("_", "-")
    if given and not _LANGUAGE.fullmatch(given):
        fields.warn(name, f"{described(given)} is no BCP 47 tag such as de or pt-BR; the site's was taken")
        return ""
    return given
