"""Say of a recorded delivery which check it passes, which not, and why. Asks no Redis."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from litfass.house import House
from litfass.recording import read_recording
from litfass.running import SECRET_FILE, demo_secret
from services.ingest.diagnose import Secret, diagnose
from services.ingest.settings import IngestSettings
from services.ingest.verify import Delivery
from shared.contracts.base import SourceName
from shared.contracts.config import SourceConfig
from shared.runtime.errors import ConfigurationFault
from shared.runtime.settings import load_settings, secrets_of


def verify_delivery(
    house: House,
    file: Path,
    *,
    source: str,
    headers: Path | None,
    event: str,
    now_ms: int,
    data: Path,
    environ: Mapping[str, str],
) -> dict[str, Any]:
    """Return every check of the delivery; raises ConfigurationFault for an unknown source, RecordingFault.

    Args:
        headers: for a file that is only the body.
        event: the event's name in the URL, when the recording does not say.
        now_ms: when it is to have arrived.
    """
    sources = house.config.sources()
    if source not in sources:
        raise ConfigurationFault(f"There is no source {source!r}; there are {', '.join(sources)}.")
    if (data / SECRET_FILE).exists():
        environ = {**demo_secret(data, environ), **environ}
    recording = read_recording(file, headers=headers)
    event = event or recording.event
    target = recording.target or "/".join(filter(None, ("/webhooks", source, event)))
    checks = diagnose(
        house.config,
        SourceName(source),
        Delivery(recording.headers, recording.body, target),
        event=event,
        secrets={name: _secrets(each, environ) for name, each in sources.items()},
        now_ms=now_ms,
        body_limit=load_settings(IngestSettings, environ).body_bytes,
    )
    return {
        "source": source,
        "adapter": sources[SourceName(source)].adapter,
        "is_taken": all(check.is_passed for check in checks),
        "checks": [asdict(check) for check in checks],
    }


def _secrets(source: SourceConfig, environ: Mapping[str, str]) -> list[Secret]:
    pairs = zip(source.secrets, secrets_of(source, environ), strict=True)
    return [Secret(reference, text) for reference, text in pairs]
