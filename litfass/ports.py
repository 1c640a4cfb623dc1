"""Find a port for `litfass up` that nobody has, and keep it from others that look for one at the same moment.

Granian binds with SO_REUSEPORT, so two newsrooms would share a port without a word, each getting half of the readers.
A look shows who listens; a lock, held as long as the newsroom runs, shows who is about to.
"""

import contextlib
import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO, Final

from shared.runtime.errors import ConfigurationFault

DEFAULT_PORT: Final = 8080
PORTS_TRIED: Final = 50


def claim_port(host: str, port: int | None) -> tuple[int, IO[str]]:
    """Return the port to use and its claim, to be closed at the end; raises ConfigurationFault.

    Args:
        port: the one to take; 0 = any; None = the first free one from 8080 on.
    """
    if port == 0:
        port = _any_free(host)
    for candidate in [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        claim = _claim(candidate)
        if claim and _is_free(host, candidate):
            return candidate, claim
        if claim:
            claim.close()
    if port is not None:
        raise ConfigurationFault(f"Port {port} on {host} is taken. Stop what uses it, or take another with --port.")
    raise ConfigurationFault(f"No port from {DEFAULT_PORT} on is free on {host}. Name one with --port.")


def _claim(port: int) -> IO[str] | None:
    """Lock the port for this process; None when another newsroom of this user has it."""
    lock = (Path(tempfile.gettempdir()) / f"litfass-{os.getuid()}-port-{port}.lock").open("a", encoding="utf-8")
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    lock.close()
    return None


def _is_free(host: str, port: int) -> bool:
    with _probe(host) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _any_free(host: str) -> int:
    with _probe(host) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _probe(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
