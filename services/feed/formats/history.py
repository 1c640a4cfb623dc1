"""What an XML feed says of its history (RFC 5005): an archive, or everything there is."""

from xml.etree.ElementTree import Element

from services.feed.formats import Feed
from services.feed.formats.xml import add


def add_history(parent: Element, feed: Feed) -> None:
    """Append `fh:archive` to an archive and `fh:complete` to a feed that has no other articles."""
    if feed.month:
        add(parent, "fh:archive")
    elif feed.is_complete:
        add(parent, "fh:complete")
