"""Applies the settings of sources.toml to Scrapy when its own command starts a crawl."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

import structlog

from copytaster.masking.text import mask_secrets
from copytaster.private_files import make_files_private
from settings import load_settings, scrapy_settings


class FromConfiguration:
    """A Scrapy add-on; `-s NAME=value` on the command line still wins."""

    @classmethod
    def update_pre_crawler_settings(cls, settings: Any) -> None:
        """Read SOURCES_FILE before the resolver and the spiders are made."""
        ours = load_settings(Path(settings["SOURCES_FILE"]))
        make_files_private(ours.data_dir)
        _mask_logs()
        settings.setdict(scrapy_settings(ours), priority="spider")


def _mask_logs() -> None:
    """Mask secrets in what a crawl logs, in Scrapy's own form; a record is masked where it is made."""
    make = logging.getLogRecordFactory()

    def make_masked(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        record.msg, record.args = mask_secrets(record.getMessage()), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = mask_secrets("".join(traceback.format_exception(record.exc_info[1])).rstrip())
        return record

    logging.setLogRecordFactory(make_masked)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
