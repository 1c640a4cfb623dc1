"""The word over what somebody paid for, by language: on pages, on teasers, in feeds the same one.

German law wants exactly this word (Landespressegesetze § 10, BGH I ZR 2/11: "sponsored by" is not enough); the others
are what AdSense's policy accepts.
"""

from collections.abc import Mapping
from typing import Final

LABELS: Final[Mapping[str, str]] = {
    "de": "Anzeige", "en": "Advertisement", "es": "Publicidad", "fr": "Publicité", "it": "Pubblicità",
    "nl": "Advertentie", "pl": "Reklama", "pt": "Publicidade", "da": "Annonce", "sv": "Annons", "tr": "Reklam",
    "uk": "Реклама", "ru": "Реклама", "ar": "إعلان",
}  # fmt: skip

Label = tuple[str, str]  # the word and its language


def label_of(*languages: str) -> Label:
    """Return the label in the first of `languages` that we know the word of, and which that is."""
    known = (language.partition("-")[0].lower() for language in (*languages, "en"))
    return next((LABELS[language], language) for language in known if language in LABELS)
