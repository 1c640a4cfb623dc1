"""Somebody else's content: whose it is, and the address that a reader can open."""

import re
from typing import Final
from urllib.parse import urlsplit

from shared.contracts.blocks import Embed

_URL: Final = re.compile(r"^https?://[^\s<>\"]{3,2000}$")
_PROVIDERS: Final = {
    "youtube.com": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "youtu.be": "YouTube",
    "vimeo.com": "Vimeo",
    "twitter.com": "X",
    "x.com": "X",
    "instagram.com": "Instagram",
    "facebook.com": "Facebook",
    "tiktok.com": "TikTok",
    "soundcloud.com": "SoundCloud",
    "spotify.com": "Spotify",
    "bsky.app": "Bluesky",
    "datawrapper.de": "Datawrapper",
    "dwcdn.net": "Datawrapper",
    "flourish.studio": "Flourish",
    "openstreetmap.org": "OpenStreetMap",
    "google.com": "Google",
    "dailymotion.com": "Dailymotion",
    "podigee.io": "Podigee",
    "podcasts.apple.com": "Apple Podcasts",
}
# Pages that show one thing: a link to it alone in a paragraph means "put it here", as WordPress does.
_ONE_THING: Final = re.compile(
    r"^https?://(?:www\.|m\.)?(?:youtube\.com/(?:watch\?|shorts/|live/)|youtu\.be/|vimeo\.com/\d|(?:twitter|x)\.com/\w+/status/"
    r"|instagram\.com/(?:p|reel)/|tiktok\.com/@[\w.-]+/video/|soundcloud\.com/[\w-]+/|open\.spotify\.com/|bsky\.app/profile/[^/]+/post/)"
)
# Players' addresses → what a person would open.
_PAGES: Final = (
    (re.compile(r"^https?://www\.youtube(?:-nocookie)?\.com/embed/([\w-]{6,20})(?:[?#].*)?$"), r"https://www.youtube.com/watch?v=\1"),
    (re.compile(r"^https?://player\.vimeo\.com/video/(\d+)(?:[?#].*)?$"), r"https://vimeo.com/\1"),
    (re.compile(r"^https?://open\.spotify\.com/embed/(.+?)(?:[?#].*)?$"), r"https://open.spotify.com/\1"),
)  # fmt: skip


def embed_of(url: str, *, title: str = "") -> Embed | None:
    """Return the embed for an address; None when it is no http(s) address."""
    url = url.strip()
    if not _URL.match(url):
        return None
    for player, page in _PAGES:
        url = player.sub(page, url)
    return Embed(url=url, provider=provider_of(url), title=title)


def provider_of(url: str) -> str:
    """Return who is behind an address, by name when we know it, else by host; empty for what is no address."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    labels = host.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = _PROVIDERS.get(".".join(labels[start:]))
        if name:
            return name
    return host


def shows_one_thing(url: str) -> bool:
    """Say whether a link to this address, alone in a paragraph, stands for the thing itself."""
    return _ONE_THING.match(url) is not None and _URL.match(url) is not None
