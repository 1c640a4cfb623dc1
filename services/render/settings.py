"""The render service's own settings."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RenderSettings(BaseSettings):
    """Read from `LITFASS_RENDER_…`, once, in app.py."""

    model_config = SettingsConfigDict(env_prefix="LITFASS_RENDER_", frozen=True, extra="forbid")

    theme_folder: Path | None = Field(default=None, description="Folder whose files go before the theme's own.")
    theme_look_s: float = Field(
        default=2.0, ge=0.05, le=3600, description="Seconds between two looks at the folders of themes of one's own."
    )
    theme_shipped: bool = Field(
        default=False, description="Look at the themes that come with Litfass too: for whoever works on one."
    )
    list_length: int = Field(default=30, ge=5, le=200, description="Articles on a list's first page.")
    month_length: int = Field(default=1000, ge=50, le=10_000, description="Articles on a month's page at most.")
    front_apart_s: float = Field(
        default=0.2,
        ge=0,
        le=60,
        description="Seconds between two versions of the front page, or of a box; a kill does not wait.",
    )
    list_apart_s: float = Field(default=1.0, ge=0, le=60, description="The same for the page of a list.")
    month_apart_s: float = Field(default=10.0, ge=0, le=3600, description="The same for the page of a month.")
    list_duty: float = Field(
        default=0.33, gt=0, le=1, description="Share of the time that list pages may take while more of them wait."
    )
