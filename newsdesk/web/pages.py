"""Renders templates, with the filters and globals that every page shares."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from copytaster.masking.text import mask_secrets
from newsdesk.web import formatting
from newsdesk.web.people.preferences import find_zone


def _mask(value: Any) -> Any:
    """Mask secrets in every text that a template shows; markup was masked when it was made."""
    return mask_secrets(value) if type(value) is str else value


class PageRenderer:
    """Renders the templates, with times in the zone of whoever reads.

    Args:
        timezone: IANA name of the zone of who set none.
    """

    def __init__(self, timezone: str) -> None:
        find = partial(find_zone, ZoneInfo(timezone))
        formatter = formatting.ZoneFormatter(find)
        self._environment = Environment(
            loader=PackageLoader("newsdesk.web"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_mask,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            clock=formatter.show,
            full=formatter.full,
            iso=formatting.to_iso,
            chips=formatting.list_chips,
            minutes=formatting.name_minutes,
            seconds=formatting.name_seconds,
        )
        self._environment.globals.update(find_zone=find, version=version("copytaster"))

    def render(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
    ) -> HTMLResponse:
        """Render a template as a response."""
        text = self._environment.get_template(template).render(**values)
        return HTMLResponse(text, status_code=status, headers=headers)
