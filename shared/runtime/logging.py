"""Structured logs: events are constants `noun.verb_past`, data in keywords with units in their names.

JSON when nobody watches, aligned and coloured at a terminal. The list of events is docs/reference/log-events.md.
"""

import logging
import sys
from typing import Any

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(*, form: str = "", level: str = "info") -> None:
    """Set the process's logging up: `form` is `json`, `console` or empty (json unless stderr is a terminal)."""
    as_json = form == "json" or (form != "console" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=shared + last,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS.get(level, logging.INFO)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)


def get_logger() -> Any:  # structlog's lazy proxy has no useful type
    """A logger that is configured when it is first used."""
    return structlog.get_logger()
