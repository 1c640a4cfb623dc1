"""Read what the process is told, once, at start: `litfass.toml`, the environment, secrets.

A misspelt key, a missing secret or an impossible value stops the start, all faults in one message.
`LITFASS_REDIS__URL=…` sets `[redis] url`; `LITFASS_RENDER_BATCH_SIZE=…` sets a service's own setting.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from shared.contracts.config import LitfassConfig, SourceConfig
from shared.runtime.errors import ConfigurationFault

PREFIX = "LITFASS_"
NESTING = "__"
LISTS = frozenset(
    {"secrets", "hosts", "hubs", "allow_from", "types"}
)  # keys whose values are parted by commas in a variable
SERVICE_PREFIXES = ("LITFASS_INGEST_", "LITFASS_RENDER_", "LITFASS_FEED_", "LITFASS_DELIVERY_")
# Read elsewhere: tests' failpoints and CI flag, the admin token, where the configuration is, how to log.
OTHER_VARIABLES = frozenset(
    {
        "LITFASS_FAILPOINTS",
        "LITFASS_CI",
        "LITFASS_ADMIN_TOKEN",
        "LITFASS_CONFIG",
        "LITFASS_LOG_FORMAT",
        "LITFASS_LOG_LEVEL",
    }
)

S = TypeVar("S", bound=BaseSettings)


def load_config(path: Path, environ: Mapping[str, str] = os.environ) -> LitfassConfig:
    """Return the configuration in `path` with the environment's changes laid over it.

    Raises ConfigurationFault naming every fault: unreadable file, unknown key, impossible value, missing secret,
    misspelt variable.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ConfigurationFault(
            f"{path}: cannot be read ({cause.strerror}). Say where it is with --config."
        ) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigurationFault(f"{path}: is not TOML: {cause}") from cause
    faults = _overlay(data, environ)
    try:
        config = LitfassConfig.model_validate(data)
    except ValidationError as cause:
        raise ConfigurationFault(_message(path, faults + list(_faults(cause)))) from cause
    faults += unknown_variables(environ, config)
    faults += [fault for name, source in config.source.items() for fault in _secret_faults(name, source, environ)]
    if faults:
        raise ConfigurationFault(_message(path, faults))
    return config


def load_settings(cls: type[S], environ: Mapping[str, str] = os.environ) -> S:
    """Return a service's own settings from `environ`; raises ConfigurationFault with all faults."""
    prefix = str(cls.model_config.get("env_prefix", ""))
    names = {f"{prefix}{name}".upper(): name for name in cls.model_fields}
    faults = [
        f"{name}: there is no such setting; did you mean {_nearest(name, names)}?"
        for name in sorted(environ)
        if name.startswith(prefix) and name not in names
    ]
    try:
        settings = cls.model_validate({names[name]: environ[name] for name in names if name in environ})
    except ValidationError as cause:
        faults += [f"{prefix}{fault.upper() if ':' not in fault else _upper_key(fault)}" for fault in _faults(cause)]
        raise ConfigurationFault(_message(None, faults)) from cause
    if faults:
        raise ConfigurationFault(_message(None, faults))
    return settings


def secrets_of(source: SourceConfig, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the source's secrets, newest first; raises ConfigurationFault when one is missing."""
    faults = _secret_faults("", source, environ)
    if faults:
        raise ConfigurationFault(_message(None, faults))
    return tuple(_secret(reference, environ) for reference in source.secrets)


def key_of(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret that `env:NAME` or `file:PATH` leads to; empty for an empty reference."""
    return _secret(reference, environ) if reference else ""


def unknown_variables(environ: Mapping[str, str], config: LitfassConfig) -> list[str]:
    """Name variables under our prefix that nothing reads: almost always a typo."""
    secrets = {
        reference.removeprefix("env:")
        for source in config.source.values()
        for reference in (*source.secrets, source.reconcile.key if source.reconcile else "")
        if reference.startswith("env:")
    }
    return [
        f"{name}: nothing reads this variable; is it a typo?"
        for name in sorted(environ)
        if name.startswith(PREFIX)
        and name not in OTHER_VARIABLES
        and name not in secrets
        and not name.startswith(SERVICE_PREFIXES)
        and NESTING not in name
    ]


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Write `LITFASS_A__B=x` into data["a"]["b"]; lists are comma-separated; return what could not be placed."""
    faults: list[str] = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or NESTING not in name or name.startswith(SERVICE_PREFIXES):
            continue
        *tables, key = name.removeprefix(PREFIX).lower().split(NESTING)
        target = data
        for table in tables:
            target = target.setdefault(table, {})
            if not isinstance(target, dict):
                faults.append(f"{name}: {table!r} is not a table")
                break
        else:
            value = environ[name]
            target[key] = [part.strip() for part in value.split(",")] if key in LISTS else value
    return faults


def _faults(error: ValidationError) -> Iterable[str]:
    for item in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in item["loc"] if part != "[key]")
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "there is no such key; is it a typo?"
        yield f"{where}: {message}" if where else message


def _upper_key(fault: str) -> str:
    key, _, rest = fault.partition(":")
    return f"{key.upper()}:{rest}"


def _nearest(name: str, names: Iterable[str]) -> str:
    return (difflib.get_close_matches(name, list(names), n=1, cutoff=0) or ["none"])[0]


def _secret_faults(name: str, source: SourceConfig, environ: Mapping[str, str]) -> list[str]:
    faults = [_secret_fault(f"source.{name}.secrets", reference, environ) for reference in source.secrets]
    if source.reconcile and source.reconcile.key:
        faults.append(_secret_fault(f"source.{name}.reconcile.key", source.reconcile.key, environ))
    return [fault for fault in faults if fault]


def _secret_fault(where: str, reference: str, environ: Mapping[str, str]) -> str:
    """Say why a secret cannot be had; empty = it can."""
    try:
        secret = _secret(reference, environ)
    except KeyError:
        return f"{where}: the variable {reference.removeprefix('env:')} is not set"
    except OSError as cause:
        return f"{where}: {reference.removeprefix('file:')} cannot be read ({cause.strerror})"
    return "" if secret else f"{where}: {reference} is empty"


def _secret(reference: str, environ: Mapping[str, str]) -> str:
    kind, _, where = reference.partition(":")
    return environ[where].strip() if kind == "env" else Path(where).read_text(encoding="utf-8").strip()


def _message(path: Path | None, faults: list[str]) -> str:
    head = f"{path}: cannot start, {len(faults)} fault{'s' if len(faults) != 1 else ''}:" if path else "Cannot start:"
    return "\n".join([head, *(f"  - {fault}" for fault in faults)])
