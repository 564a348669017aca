"""Applies the settings of sources.toml to Scrapy when its own command starts a crawl."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from settings import load_settings, scrapy_settings


class FromConfiguration:
    """A Scrapy add-on; `-s NAME=value` on the command line still wins."""

    @classmethod
    def update_pre_crawler_settings(cls, settings: Any) -> None:
        """Read SOURCES_FILE before the resolver and the spiders are made."""
        ours = load_settings(Path(settings["SOURCES_FILE"]))
        settings.setdict(scrapy_settings(ours), priority="spider")
