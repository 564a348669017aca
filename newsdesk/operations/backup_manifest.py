"""The manifest of a backup: what it holds, the digest of each file, and its own."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from copytaster.errors import BackupError, NotFoundError

FORMAT = 1
STORE, SOURCES, MANIFEST = "store.sqlite", "sources.toml", "manifest.json"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeptFile(_Kept):
    """One file of a backup: its size in bytes and its SHA-256 in hexadecimal digits."""

    bytes: int
    sha256: str


class Facts(_Kept):
    """What a store holds at one moment: `change` is the last change number that it gave."""

    schema_revision: str
    epoch: int
    change: int
    counts: dict[str, int]


class Manifest(_Kept):
    """What a backup holds. `sha256` is that of this manifest with an empty `sha256`; `damaged` counts known damage."""

    format: int
    program: str
    created_at: datetime
    facts: Facts
    damaged: int
    files: dict[str, KeptFile]
    sha256: str = ""

    def write_text(self) -> str:
        """The text of the file."""
        return self.model_dump_json(indent=2) + "\n"

    def seal(self) -> Manifest:
        """The same with its own digest."""
        bare = self.model_copy(update={"sha256": ""})
        digest = hashlib.sha256(bare.write_text().encode()).hexdigest()
        return bare.model_copy(update={"sha256": digest})


def check_backup(folder: Path) -> Manifest:
    """Compare every file of a backup with its digest.

    Raises:
        NotFoundError: there is no such folder.
        BackupError: the backup is not whole, or differs from what was written.
    """
    if not folder.is_dir():
        raise NotFoundError("there is no such folder", resource=str(folder))
    try:
        manifest = _read_manifest(folder / MANIFEST)
        for name, kept in manifest.files.items():
            if measure(folder / name) != kept:
                raise explain_damage(folder / name, "its bytes differ from those that were written")
    except OSError as error:
        raise explain_damage(Path(error.filename or folder), error.strerror or str(error)) from error
    return manifest


def _read_manifest(path: Path) -> Manifest:
    if not path.is_file():
        raise BackupError(
            "this is no whole backup: it has no manifest.json",
            resource=str(path.parent),
            hint="a backup that was cut off has none; restore another one",
        )
    text = path.read_bytes()
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise explain_damage(path, "it cannot be read, or a newer program wrote it") from error
    if manifest.format > FORMAT:
        raise BackupError(
            f"its format {manifest.format} is newer than this program",
            resource=str(path),
            hint="upgrade copytaster",
        )
    if manifest.seal().write_text().encode() != text or STORE not in manifest.files:
        raise explain_damage(path, "its bytes differ from those that were written")
    return manifest


def measure(path: Path) -> KeptFile:
    """Size and digest of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return KeptFile(bytes=path.stat().st_size, sha256=digest)


def explain_damage(path: Path, what: str) -> BackupError:
    """The error of a backup that differs from what was written."""
    return BackupError(f"the backup is damaged: {what}", resource=str(path), hint="restore another backup")
