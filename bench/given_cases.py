"""The cases of grouping given beside the checkout: pages of a kind of fault, and which of them are one dispatch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.store.engine import Store
from copytaster.store.memberships import read_dispatch_refs
from copytaster.store.tables import raw_pages, versions
from dedup.grouping.grouper import group_waiting
from settings import load_settings
from spiders.ingest import ingest_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES = Path(__file__).resolve().parents[1].parent / "shared" / "cases" / "grouping"
_UNSCORED = "?"  # begins a label of a page that may be anywhere


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case was grouped.

    Attributes:
        joined: pairs of files in one dispatch that are two.
        missed: pairs of files in two dispatches that are one.
        refused: files that are no story to the parser.
    """

    name: str
    joined: tuple[tuple[str, str], ...]
    missed: tuple[tuple[str, str], ...]
    refused: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """True if every page is stored, with the pages of its dispatch and no other."""
        return not (self.joined or self.missed or self.refused)


def list_cases() -> list[str]:
    """Names of the given cases; none where the folder is absent."""
    return sorted(path.parent.name for path in CASES.glob("*/expected.json"))


def run_case(name: str) -> CaseResult:
    """Ingest the pages of a case in the order of their names, group them, and compare.

    A case that says `one_by_one` is ingested and grouped a page at a time.
    """
    folder = CASES / name
    case = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    expected: dict[str, str] = case["groups"]
    found = _group([folder / page for page in sorted(expected)], one_by_one=case["one_by_one"])
    scored = [page for page, label in expected.items() if not label.startswith(_UNSCORED)]
    joined: list[tuple[str, str]] = []
    missed: list[tuple[str, str]] = []
    for one, other in combinations((page for page in scored if page in found), 2):
        together = found[one] == found[other]
        if together != (expected[one] == expected[other]):
            (joined if together else missed).append((one, other))
    refused = tuple(page for page in expected if page not in found)
    return CaseResult(name, tuple(joined), tuple(missed), refused)


def _group(paths: list[Path], *, one_by_one: bool) -> Mapping[str, str]:
    """File name -> dispatch id."""
    with TemporaryDirectory(prefix="copytaster-bench-", ignore_cleanup_errors=True) as data_dir:
        settings = load_settings(data_dir=Path(data_dir))
        store = Store(settings.store_url)
        try:
            for part in [[path] for path in paths] if one_by_one else [paths]:
                ingest_paths(part, store=store, settings=settings)
                for _ in group_waiting(store, settings.grouping):
                    pass
            return _read_dispatches(store, paths)
        finally:
            store.close()


def _read_dispatches(store: Store, paths: list[Path]) -> dict[str, str]:
    pages = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in paths}
    with store.read() as connection:
        rows = connection.execute(
            select(versions.c.id, raw_pages.c.sha256).join(
                raw_pages, raw_pages.c.id == versions.c.raw_page_id
            )
        ).all()
        places = read_dispatch_refs(connection, [version for version, _ in rows])
    return {pages[digest]: places[version].dispatch_id for version, digest in rows}
