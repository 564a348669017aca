"""Parsing a version's raw page again, for the columns of its row as the store would write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.errors import NotFoundError
from copytaster.identity import content_digest
from copytaster.store.intake import version_values
from copytaster.store.raw_pages import read_raw_page
from copytaster.store.shown import find_source
from copytaster.store.tables import versions
from spiders.page_context import stored_context
from spiders.page_templates import with_template
from spiders.publishers import Publishers
from spiders.sandbox.pool import ParsingWorker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from copytaster.store.sealed_rows import SealedRow
    from settings import Settings
    from spiders.sources.config import Source


class PageParser:
    """Parses raw pages as a crawl of their source would; starts its process with the first page. Close it after use."""

    def __init__(self, settings: Settings, sources: Iterable[Source]) -> None:
        crawl = settings.crawl
        self._worker = ParsingWorker(cpu_s=crawl.parse_cpu_s, memory_bytes=crawl.parse_memory_bytes)
        self._sources = {source.name: source for source in sources}
        self._publishers = Publishers(self._sources.values())

    def parse_version(self, connection: Connection, row: SealedRow) -> dict[str, Any]:
        """The columns of a version that follow from its raw page, as SQLite stores them.

        Raises:
            CopytasterError: the page is not there, is damaged, or gives no story.
        """
        page_id, story_id = row.value("raw_page_id"), row.value("story_id")
        if not isinstance(page_id, int) or not isinstance(story_id, int):
            raise NotFoundError("its raw page is not known", resource=f"version {row.key}")
        page = read_raw_page(connection, page_id)
        source = self._sources.get(find_source(connection, story_id) or "")
        context, _ = stored_context(page, self._publishers, source)
        if row.value("extractor") == "learned":
            context = with_template(connection, page, context)
        story = self._worker.parse(page, context)
        values = version_values(story, content_digest(story))
        values["template_version"] = row.value(
            "template_version"
        )  # templates change; which one read it is lost with it
        dialect = connection.dialect
        stored: dict[str, Any] = {}
        for name, value in values.items():
            process = versions.c[name].type.dialect_impl(dialect).bind_processor(dialect)
            stored[name] = value if process is None else process(value)
        return {name: value for name, value in stored.items() if name in row.table.columns}

    def close(self) -> None:
        """End the parsing process."""
        self._worker.close()
