"""The options and arguments that more than one command has, each said once."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

DATA: Final = Path(".litfass")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="litfass.toml; default: the running `up`, or ./litfass.toml.")
]
RedisOption = Annotated[str | None, typer.Option("--redis", help="Redis by URL, instead of the configuration's.")]
DataOption = Annotated[Path, typer.Option("--data", help="The data folder of `litfass up`.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
SiteOption = Annotated[str | None, typer.Option("--site", help="Which site; default: the first.")]
HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
ArticleArgument = Annotated[str, typer.Argument(help="Id, path or address.")]


def in_utc(when: datetime) -> datetime:
    """The moment that an option names; without a zone it is meant in UTC."""
    return when.replace(tzinfo=when.tzinfo or UTC)
