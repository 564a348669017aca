"""Every text that a dispatch has: each version of the agency and of each copy, by the names that addresses use."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from copytaster.errors import NotFoundError, UsageError
from copytaster.masking.text import mask_secrets
from newsdesk.web.formatting import name_step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from copytaster.store.dispatches import DispatchRows, VersionRow
    from indexer.record import DispatchRecord, MemberStory, MemberVersion

_VERSION = re.compile(r"(?:.*\s)?v([0-9]{1,18})")
_NUMBERED = re.compile(r"([0-9]{1,18})(?:/([0-9]{1,9}))?")


@dataclass(frozen=True, slots=True)
class PrintedText:
    """One version of a story in the dispatch, with its text; secrets are masked.

    Attributes:
        number: of the version within its story; `of` how many of them are in the dispatch.
        step: the name of the agency's version that it is; None for a copy.
        at: when it was published, or else when we saw it; `at_is_seen` says which.
        relation: of the copy to the text that represents the dispatch.
    """

    version: int
    story: int
    number: int
    of: int
    publisher: str
    step: str | None
    headline: str
    body: str
    dateline: str | None
    signoff: str | None
    language: str | None
    at: datetime
    at_is_seen: bool
    relation: str
    altered: int
    is_canonical: bool
    digest: str

    @property
    def name(self) -> str:
        """As addresses name it: `v34`."""
        return f"v{self.version}"

    @property
    def label(self) -> str:
        """Who printed it, and which of its versions it is."""
        return label_text(self.publisher, self.step, self.number, self.of)

    @property
    def paragraphs(self) -> list[str]:
        """Of the body."""
        return [paragraph for paragraph in self.body.split("\n\n") if paragraph.strip()]


class DispatchTexts:
    """The texts of one dispatch: the agency's versions first, in their order, then the copies in order of publication."""

    def __init__(self, rows: DispatchRows, record: DispatchRecord) -> None:
        self._rows = {version.version_id: version for member in rows.members for version in member.versions}
        self._record = record
        self._steps = {
            step.version: name_step(step.kind, step.number) for step in record.chain if len(record.chain) > 1
        }
        self._places = {
            version.version: (member, version) for member in record.members for version in member.versions
        }
        chain = [step.version for step in record.chain if step.version in self._places]
        self.versions = list(dict.fromkeys([*chain, *self._places]))

    def read(self, version: int, *, is_whole: bool = True) -> PrintedText:
        """The text of a version that is in the dispatch; without its body unless `is_whole`."""
        member, found = self._places[version]
        row = self._rows[version] if is_whole else replace(self._rows[version], body="")
        return _print(row, member, found, self._record, self._steps.get(version))

    def list_names(self) -> list[tuple[str, str]]:
        """The name and the label of each text."""
        return [(f"v{version}", self._label(version)) for version in self.versions]

    def _label(self, version: int) -> str:
        member, found = self._places[version]
        return label_text(member.publisher, self._steps.get(version), found.number, len(member.versions))

    def choose(self, name: str) -> PrintedText:
        """The text that a name means: a version (`v34`), a story (`12`: its newest, `12/2`), or a publisher (its newest).

        Raises:
            UsageError: the name is empty.
            NotFoundError: this dispatch has no such text.
        """
        wanted = name.strip()
        if not wanted:
            raise UsageError("no text is named", resource=self._record.id, hint="e.g. v34")
        version = self._find(wanted)
        if version is None:
            raise NotFoundError(
                f"no text {wanted[:80]!r} in this dispatch",
                resource=self._record.id,
                hint=f"/api/v1/dispatches/{self._record.id}/texts lists them",
            )
        return self.read(version)

    def _find(self, name: str) -> int | None:
        if found := _VERSION.fullmatch(name):
            return int(found[1]) if int(found[1]) in self._places else None
        if found := _NUMBERED.fullmatch(name):
            number = int(found[2]) if found[2] else None
            of_story = [one for member, one in self._places.values() if member.story == int(found[1])]
            return next((one.version for one in reversed(of_story) if number in (None, one.number)), None)
        plain = name.casefold()
        members = [member for member in self._record.members if member.publisher.casefold() == plain]
        return members[0].versions[-1].version if members else None

    @property
    def canonical(self) -> int | None:
        """The version that represents the dispatch."""
        found = self._record.canonical
        return found.version if found else next(iter(self.versions), None)


def label_text(publisher: str, step: str | None, number: int, of: int) -> str:
    """Who printed a text, and which of the versions of its story it is."""
    which = step or (f"version {number}" if of > 1 else "")
    return f"{publisher}, {which}" if which else publisher


def _print(
    row: VersionRow, member: MemberStory, version: MemberVersion, record: DispatchRecord, step: str | None
) -> PrintedText:
    canonical = record.canonical is not None and record.canonical.version == row.version_id
    return PrintedText(
        version=row.version_id,
        story=member.story,
        number=version.number,
        of=len(member.versions),
        publisher=member.publisher,
        step=step,
        headline=mask_secrets(row.headline),
        body=mask_secrets(row.body),
        dateline=_read_dateline(row.dateline),
        signoff=mask_secrets(row.signoff) if row.signoff else None,
        language=row.language,
        at=row.published_at or row.seen_at,
        at_is_seen=row.published_at is None,
        relation="original" if canonical else version.relation,
        altered=version.altered_count,
        is_canonical=canonical,
        digest=row.digest,
    )


def _read_dateline(dateline: Mapping[str, Any] | None) -> str | None:
    raw = (dateline or {}).get("raw")
    return mask_secrets(str(raw)) if raw else None


def choose_pair(
    texts: DispatchTexts, record: DispatchRecord, first: str, second: str
) -> Sequence[PrintedText]:
    """The two texts to compare; where one or both are not named, those that say most about the dispatch.

    Without names: the agency's last change, or else its text and the copy that alters most; one text alone where no
    other is there.

    Raises:
        NotFoundError: a named text is not in the dispatch.
    """
    later = texts.choose(second) if second else None
    earlier = texts.choose(first) if first else None
    if later is None:
        later = texts.read(_find_later(texts, record, earlier))
    if earlier is None:
        earlier = texts.read(_find_earlier(texts, record, later))
    return (earlier,) if earlier.version == later.version and not (first and second) else (earlier, later)


def _find_later(texts: DispatchTexts, record: DispatchRecord, earlier: PrintedText | None) -> int:
    chain = [step.version for step in record.chain]
    if earlier is None and len(chain) > 1:
        return chain[-1]
    against = earlier.version if earlier else texts.canonical
    others = [one for one in record.members if one.versions[-1].version != against]
    apart = [one for one in others if one.altered_count]
    apart += [one for one in others if one.text_relation != "verbatim"]
    return next((one.versions[-1].version for one in [*apart, *others]), against or texts.versions[0])


def _find_earlier(texts: DispatchTexts, record: DispatchRecord, later: PrintedText) -> int:
    chain = [step.version for step in record.chain]
    if later.version in chain[1:]:
        return chain[chain.index(later.version) - 1]
    carried = next((one.carries for one in record.members if one.story == later.story), None)
    for version in (carried, texts.canonical, *texts.versions):
        if version is not None and version in texts.versions and version != later.version:
            return version
    return later.version
