"""The tabs of the dispatch page: their names, the parameters of its address, and the values of the tab that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlencode

from pydantic import ConfigDict, Field

from newsdesk.web.dispatch.carriers import CarrierParameters
from newsdesk.web.dispatch.changes_tab import describe_changes
from newsdesk.web.dispatch.texts import DispatchTexts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.dispatches import DispatchRows
    from indexer.record import DispatchRecord
    from settings import GroupingSettings

Tab = Literal["text", "changes", "carriers", "why"]
LABELS: dict[Tab, str] = {"text": "Text", "changes": "Changes", "carriers": "Carriers", "why": "Why"}
TABS: tuple[Tab, ...] = get_args(Tab)
MAX_NAME = 512  # characters of the name of a text


class DispatchParameters(CarrierParameters):
    """Parameters of the dispatch page: the tab, and what is chosen on it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    tab: Tab | None = None
    of: str = Field("", max_length=MAX_NAME)  # the text to read, or to explain
    first: str = Field("", max_length=MAX_NAME, alias="from")  # the texts to compare
    second: str = Field("", max_length=MAX_NAME, alias="to")
    third: str = Field("", max_length=MAX_NAME)

    @property
    def open_tab(self) -> Tab:
        """The tab to show: the one named, or else the one whose parameters are there."""
        if self.tab:
            return self.tab
        if self.first or self.second or self.third:
            return "changes"
        return "carriers" if self.carriers != CarrierParameters() else "text"

    @property
    def carriers(self) -> CarrierParameters:
        """Those of the Carriers tab."""
        return CarrierParameters(**{name: getattr(self, name) for name in CarrierParameters.model_fields})


def describe_tabs(
    dispatch_id: str, parameters: DispatchParameters, counts: dict[Tab, int]
) -> list[dict[str, Any]]:
    """The links between the tabs; each keeps what another tab may need: the texts that are compared."""
    return [
        {
            "name": tab,
            "label": LABELS[tab],
            "count": counts.get(tab),
            "href": f"/dispatches/{dispatch_id}?{urlencode({'tab': tab})}",
            "chosen": tab == parameters.open_tab,
        }
        for tab in TABS
    ]


def describe_open_tab(
    connection: Connection,
    rows: DispatchRows,
    record: DispatchRecord,
    parameters: DispatchParameters,
    settings: GroupingSettings,
) -> dict[str, Any]:
    """The values that only the open tab needs.

    Raises:
        NotFoundError: a text that the address names is not in the dispatch.
    """
    texts = DispatchTexts(rows, record)
    match parameters.open_tab:
        case "text":
            shown = texts.choose(parameters.of) if parameters.of else None
            return {"shown": shown}
        case "changes":
            return {
                "changes": describe_changes(
                    texts, record, parameters.first, parameters.second, parameters.third
                )
            }
        case "why":
            from newsdesk.web.dispatch.why_tab import (
                describe_why,  # the rules are compiled code: only where they are shown
            )

            return {"why": describe_why(connection, texts, record, parameters.of, settings)}
        case "carriers":
            return {}
