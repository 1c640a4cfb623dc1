"""What a running `litfass up` leaves in its data folder for the other commands, and how its configuration is read."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from shared.contracts.config import LitfassConfig
from shared.runtime.errors import ConfigurationFault
from shared.runtime.settings import load_config

RUN_FILE: Final = "run.json"
SECRET_FILE: Final = "demo-secret"  # noqa: S105 -- the name of a file
DEMO_SECRET: Final = "LITFASS_DEMO_SECRET"  # noqa: S105 -- the name of a variable


@dataclass(frozen=True)
class Running:
    """Where a running newsroom is.

    Args:
        is_demo_site: the configuration is the demo's, whose site is wherever it runs.
    """

    redis_url: str
    config: str
    url: str
    store: str
    pid: int
    is_demo_site: bool

    @classmethod
    def read(cls, data: Path) -> "Running | None":
        """Return what `up` wrote into its data folder; None when none runs there."""
        try:
            return cls(**json.loads((data / RUN_FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as cause:
            raise ConfigurationFault(
                f"{data / RUN_FILE}: cannot be used ({cause}). Start `litfass up` again."
            ) from cause

    def is_of(self, config: Path) -> bool:
        """Whether it runs, now, with this configuration."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False  # it was killed, and could not take its file away
        except PermissionError:  # somebody else's
            pass
        return config.resolve() == Path(self.config).resolve()

    def write(self, data: Path) -> None:
        """Leave it for the other commands."""
        (data / RUN_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def load(self, data: Path, environ: Mapping[str, str]) -> LitfassConfig:
        """Return the configuration as the running newsroom has it; raises ConfigurationFault.

        Args:
            environ: a Redis said here, as by `--redis`, goes before the run's own.
        """
        ours = {"LITFASS_REDIS__URL": self.redis_url, "LITFASS_PAGES__EDGE": self.url}
        environ = {**ours, **environ, "LITFASS_PAGES__STORE": self.store}
        if not self.is_demo_site:
            return load_as_run(Path(self.config), environ)
        return load_as_run(Path(self.config), {**demo_secret(data, environ), **environ}, demo_url=self.url)


def demo_secret(data: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The demo source's secret: made up at the first start, kept in the data folder."""
    if environ.get(DEMO_SECRET):
        return {}
    file = data / SECRET_FILE
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}\n", encoding="utf-8")
    return {DEMO_SECRET: file.read_text(encoding="utf-8").strip()}


def load_as_run(path: Path, environ: Mapping[str, str], *, demo_url: str = "") -> LitfassConfig:
    """Return the configuration in `path`; the demo's sites are at `demo_url`, their static pages beside the file."""
    config = load_config(path, environ)
    if not demo_url:
        return config
    changes = {f"LITFASS_SITE__{name.upper()}__URL": demo_url for name in config.site}
    changes |= {f"LITFASS_SITE__{name.upper()}__STATIC": str(path.parent / "pages") for name in config.site}
    return load_config(path, {**environ, **changes})
