"""A route at one address.

Starlette tries every route's pattern in turn, and those of the house stand before that of the pages: seven patterns for
each page that somebody reads were a fifth of what its answer costs (ADR-0022). Comparing is a quarter of that.
"""

from starlette.routing import Match, Route
from starlette.types import Scope


class At(Route):
    """A route whose path has no parameters."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether it is this address; the rest is Starlette's."""
        if scope["type"] == "http" and scope["path"] != self.path:
            return Match.NONE, {}
        return super().matches(scope)
