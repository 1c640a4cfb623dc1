"""Is there room on the disk that Redis writes to? With `appendfsync always` it exits when there is none."""

import os
import time
from pathlib import Path
from typing import Final

from shared.runtime.errors import Unavailable

LOOK_EVERY_S: Final = 1.0


class DiskFull(Unavailable):
    """There is too little room on the disk."""

    reason = "disk_full"


class Space:
    """Looks at a disk once a second at most."""

    def __init__(self, folder: Path | None, *, floor_bytes: int) -> None:
        """Watch the disk of `folder`; None = it is not this machine's, and Redis speaks for itself."""
        self._folder, self._floor_bytes = folder, floor_bytes
        self._free_bytes = floor_bytes
        self._looked_s = float("-inf")

    def require(self) -> None:
        """Raise DiskFull when there is less room than the floor."""
        if self._folder is None:
            return
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            status = os.statvfs(self._folder)
            self._free_bytes, self._looked_s = status.f_bavail * status.f_frsize, now_s
        if self._free_bytes < self._floor_bytes:
            raise DiskFull(
                f"Only {self._free_bytes // 2**20} MiB are free where articles are kept, fewer than "
                f"{self._floor_bytes // 2**20}; nothing is accepted until there is room again."
            )
