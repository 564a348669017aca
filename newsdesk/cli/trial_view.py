"""How `source try` prints what a source would bring: as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from copytaster.values import iso, story_to_json, to_json
from newsdesk.cli.output import plural, print_table
from newsdesk.cli.source_view import print_probe, probe_to_json

if TYPE_CHECKING:
    from newsdesk.operations.trial import Joined, Trial, TriedPage

_FIELDS = ("headline", "agency", "published_at", "language", "byline", "kind", "extractor")


def print_trial(trial: Trial) -> None:
    """Print what was found, the fields of each story, and what it would join."""
    print_probe(trial.probe)
    if trial.probe.robots == "disallowed":
        click.echo("robots.txt disallows the pages: none was fetched")
        return
    for page in trial.pages:
        print_table(("page", page.url), _rows(page))
        click.echo()
    stories = sum(page.story is not None for page in trial.pages)
    pages = plural(len(trial.pages), "page", "pages")
    click.echo(
        f"{stories} of {len(trial.pages)} {pages} gave a story; compared with the newest {trial.compared} versions of the "
        "store; nothing is stored"
    )


def _rows(page: TriedPage) -> list[tuple[str, object]]:
    if page.story is None:
        return [("refused", f"{page.detail} [{page.reason}]")]
    story = page.story
    shown = story_to_json(story)
    rows: list[tuple[str, object]] = [(name, _as_text(shown[name])) for name in _FIELDS]
    dateline = story.dateline.raw if story.dateline else None
    held = iso(story.embargoed_until) or (
        "hour unreadable" if "embargo-unreadable" in story.warnings else None
    )
    rows += [
        ("dateline", dateline),
        ("body", f"{len(story.body)} characters in {len(story.body.split(chr(10) * 2))} paragraphs"),
        ("embargo", held),
        ("warnings", ", ".join(story.warnings)),
        ("would join", _describe_join(page.joins)),
    ]
    return [(name, value) for name, value in rows if value not in (None, "")]


def _as_text(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _describe_join(found: Joined | None) -> str:
    if found is None:
        return "nothing: it would wait in quarantine"
    if found.id is None:
        return "no dispatch: it would found its own"
    return f"{found.id} of {found.versions} {plural(found.versions, 'version', 'versions')}: {found.headline}"


def trial_to_json(trial: Trial) -> dict[str, Any]:
    """What a source would bring, as JSON."""
    return {
        "probe": probe_to_json(trial.probe),
        "compared": trial.compared,
        "pages": [
            {
                "url": page.url,
                "reason": page.reason,
                "detail": page.detail,
                "story": story_to_json(page.story) if page.story else None,
                "joins": to_json(page.joins),
            }
            for page in trial.pages
        ],
    }
