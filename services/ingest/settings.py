"""The ingest service's own settings."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.senders import Networks

MIB = 1024 * 1024


class IngestSettings(BaseSettings):
    """Read from `LITFASS_INGEST_…`, once, in app.py."""

    model_config = SettingsConfigDict(env_prefix="LITFASS_INGEST_", frozen=True, extra="forbid")

    body_bytes: int = Field(default=5 * MIB, ge=1024, le=64 * MIB, description="Largest body of one delivery.")
    batch_bytes: int = Field(default=64 * MIB, ge=1024, le=512 * MIB, description="Largest body of a batch.")
    dedupe_window_s: int = Field(
        default=3 * 86_400,
        ge=60,
        description="Seconds that a delivery's id is remembered; longer than any CMS retries.",
    )
    schedule_look_s: float = Field(
        default=0.1,
        ge=0.05,
        le=5.0,
        description="Seconds between two looks at what is to be published or to expire; bounds how late it can be.",
    )
    space_folder: Path | None = Field(
        default=None, description="Folder on the disk that Redis writes to, when it is this machine's."
    )
    space_floor_bytes: int = Field(
        default=256 * MIB, ge=0, description="Below so much free space nothing is accepted (503): Redis would exit."
    )
    trusted_proxies: Networks = Field(
        default=(),
        description="Networks of proxies whose X-Forwarded-For says where a delivery comes from, comma-separated.",
    )
    rejected_days: int = Field(default=7, ge=1, le=30, description="Days that a refused delivery is kept for a look.")
    rejected_count: int = Field(
        default=200, ge=1, le=2_000, description="Refused deliveries of each source that are kept with their body."
    )
    rejected_bytes: int = Field(
        default=16 * MIB, ge=MIB, le=1024 * MIB, description="Bytes that they may take, for each source, compressed."
    )
    reconcile_look_s: float = Field(
        default=15.0, ge=0.05, le=3600, description="Seconds between two looks whether a CMS's list is due."
    )
