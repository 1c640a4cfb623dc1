"""What render answers, as a part of the process's OpenAPI document: pages, and what is left when they are not there."""

from typing import Final

from shared.runtime.openapi import Json, Part, parameter

_HTML: Final[Json] = {"text/html": {"schema": {"type": "string"}}}
_TO: Final[Json] = {"Location": {"description": "Where it is.", "required": True, "schema": {"type": "string"}}}
_WAIT: Final[Json] = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "string"}}
}
_EXPLANATION: Final = (
    "`/`, `/{section}/`, `/{section}/{slug}/`, `/tag/{tag}/`, `/author/{author}/`, each with months `…/{yyyy}/{mm}/`, "
    "`/events/`, `/corrections/`, static pages; fragments below `/_fragments/`; `/robots.txt`, `/ads.txt`, "
    "`/app-ads.txt`, `/sellers.json` and a theme's files. The site is that of the host."
)

PART: Final = Part(
    paths={
        "/{path}": {
            "get": {
                "summary": "A page, or a file of the site.",
                "description": _EXPLANATION,
                "operationId": "show_page_at",
                "tags": ["render"],
                "parameters": [
                    parameter("path", "All of the path, slashes included.", schema={"type": "string"}),
                    parameter(
                        "ads", "`why`: say at every place why there is an advertisement or none.", where="query",
                        schema={"const": "why"},
                    ),
                ],
                "responses": {
                    "200": {
                        "description": "The page or the file.",
                        "content": {**_HTML, "*/*": {"schema": {"type": "string"}}},
                    },
                    "301": {"description": "It has another address for good.", "headers": _TO},
                    "302": {"description": "A click on a house advertisement leads on.", "headers": _TO},
                    "404": {"description": "There is nothing; the page has the newest articles.", "content": _HTML},
                    "410": {"description": "It was withdrawn for good; the page has the note.", "content": _HTML},
                    "503": {"description": "It cannot be made at the moment.", "headers": _WAIT, "content": _HTML},
                },
            }
        }
    }
)  # fmt: skip
