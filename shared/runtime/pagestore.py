"""The page store: files that readers fetch, put whole or not at all, and left alone when they are equal.

One folder a site. A local folder by default; S3, Google Cloud Storage or Azure by its URL, through obstore.
Only stream workers put files; whoever serves pages only reads.
"""

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from shared.contracts.base import SiteName
from shared.runtime.errors import StoreAway

_LEFTOVER = re.compile(r"#\d+$")  # what an interrupted put leaves: index.html#1
LEFTOVER_AGE_S: Final = 10.0  # younger ones may be a put that is running, in this process or another


class PageStore:
    """Files by site and path; every method raises StoreAway when the store cannot be used now."""

    def __init__(self, url: str) -> None:
        """Open the store at `url` (file://, s3://, gs://, az://, memory://); a local folder is made."""
        self.folder = Path(url.removeprefix("file://")) if url.startswith("file://") else None
        self._root = None if self.folder is None else str(self.folder)
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as cause:
                raise StoreAway(f"{self.folder}: cannot be made ({cause.strerror})") from cause
            self._store: Any = LocalStore(self.folder)
        else:
            self._store = from_url(url)

    async def put(self, site: SiteName, path: str, data: bytes) -> bool:
        """Put a file whole; False when the stored bytes are equal already and it was left alone."""
        if await self.get(site, path) == data:
            return False
        key = _key(site, path)
        before = self._modified_s(key)
        try:
            await obstore.put_async(self._store, key, data)
            self._move_modified(key, before)
        except (BaseError, OSError) as cause:
            raise StoreAway(f"{key}: cannot be written: {_first_line(cause)}") from cause
        return True

    async def get(self, site: SiteName, path: str) -> bytes | None:
        """Return a file's bytes, None when there is none."""
        key = _key(site, path)
        if self.folder is not None:
            return _read(self.folder / key)
        try:
            answer = await obstore.get_async(self._store, key)
            return bytes(await answer.bytes_async())
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as cause:
            raise StoreAway(f"{key}: cannot be read: {_first_line(cause)}") from cause

    def stamp(self, site: SiteName, path: str) -> tuple[int, int] | None:
        """What changes whenever a local file does (time in ns, size); None when it is not there or not local."""
        if self._root is None:
            return None
        try:
            status = os.stat(f"{self._root}/{_key(site, path)}")  # noqa: PTH116 -- 2 µs; with a Path 8, and a page has 7 of them
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size

    async def delete(self, site: SiteName, paths: Iterable[str]) -> None:
        """Take files away; those that are not there count as taken away."""
        for path in paths:
            if self._root is not None and not os.path.exists(f"{self._root}/{_key(site, path)}"):  # noqa: PTH110 -- see `stamp`
                continue  # a look costs 2 µs, a vain delete through a thread 100
            try:
                await obstore.delete_async(self._store, _key(site, path))
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as cause:
                raise StoreAway(f"{path}: cannot be deleted: {_first_line(cause)}") from cause

    async def paths(self, site: SiteName, under: str = "/") -> AsyncIterator[str]:
        """Give every file of a site below a folder, as paths that `get` takes."""
        prefix = f"{site}{under}".rstrip("/")
        try:
            async for batch in obstore.list(self._store, prefix=prefix):
                for item in batch:
                    yield str(item["path"]).removeprefix(site)
        except (BaseError, OSError) as cause:
            raise StoreAway(f"{prefix}: cannot be listed: {_first_line(cause)}") from cause

    async def sweep_leftovers(self) -> int:
        """Delete what interrupted puts left behind `LEFTOVER_AGE_S` ago; return how many. Local folders only."""
        return await asyncio.to_thread(_sweep, self.folder) if self.folder is not None else 0

    def _modified_s(self, key: str) -> int:
        if self.folder is None:
            return 0
        try:
            return int((self.folder / key).stat().st_mtime)
        except OSError:
            return 0

    def _move_modified(self, key: str, before_s: int) -> None:
        """Let the modification time move a second at least: nginx's ETag is made of it and the size."""
        if self.folder is not None and before_s and self._modified_s(key) <= before_s:
            os.utime(self.folder / key, (before_s + 1, before_s + 1))


def _key(site: SiteName, path: str) -> str:
    return f"{site}{path if path.startswith('/') else '/' + path}"


def _read(file: Path) -> bytes | None:
    # Straight from the page cache: 15 µs, where a thread and back are 100.
    try:
        with file.open("rb") as handle:
            return handle.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as cause:
        raise StoreAway(f"{file}: cannot be read ({cause.strerror})") from cause


def _sweep(folder: Path) -> int:
    swept, newest_s = 0, time.time() - LEFTOVER_AGE_S
    for root, _, names in os.walk(folder):
        for file in (Path(root) / name for name in names if _LEFTOVER.search(name)):
            with contextlib.suppress(FileNotFoundError):  # its put has ended meanwhile
                if file.stat().st_mtime < newest_s:
                    file.unlink()
                    swept += 1
    return swept


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
