"""The model that finds languages, unpacked once: the library's own file takes .4 s of a processor to unpack."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from copytaster.mapped_arrays import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FILE = "language-model"


def load_identifier(languages: Sequence[str], folder: Path | None = None) -> LanguageIdentifier:
    """An identifier of these languages, as far as the model knows them.

    Args:
        languages: two-letter codes.
        folder: where an unpacked copy is kept, which only this user can write; None for none. A copy that is damaged, or of
            another model or of other languages, is replaced.
    """
    if folder is None:
        return _unpack(languages)
    path, facts = folder / FILE, _describe(languages)
    found = read_arrays(path, fits=lambda kept: {**facts, "classes": kept["classes"]} == kept)
    if found is not None:
        return _assemble(found[0]["classes"], found[1])
    identifier = _unpack(languages)
    facts["classes"] = identifier.nb_classes
    with suppress(OSError):  # it only saves time
        write_arrays(path, facts, _take_apart(identifier), go_on=lambda: True)
    return identifier


def _describe(languages: Sequence[str]) -> dict[str, Any]:
    """What a copy was made of."""
    packed = (MODEL_DIR / MODEL_FILE).read_bytes()
    return {
        "model": xxhash.xxh3_64_hexdigest(packed),
        "library": version("py3langid"),
        "languages": sorted(languages),
    }


def _unpack(languages: Sequence[str]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.nb_classes)
    identifier.set_languages([code for code in languages if code in known])
    return identifier


def _take_apart(identifier: LanguageIdentifier) -> list[NDArray[Any]]:
    return [
        np.ascontiguousarray(identifier.nb_ptc).reshape(-1),
        np.asarray(identifier.nb_pc),
        np.asarray(identifier.tk_nextmove, dtype=np.uint32),
        np.asarray(identifier.tk_output, dtype=np.int32),
        np.asarray(identifier.tk_row, dtype=np.uint32),
    ]


def _assemble(classes: list[str], arrays: Sequence[NDArray[Any]]) -> LanguageIdentifier:
    chances, shares, moves, output, rows = arrays
    return LanguageIdentifier(
        chances.reshape(-1, len(classes)),
        shares,
        classes,
        moves.data,  # read one by one, as plain numbers: an array of NumPy is several times as slow
        output.tolist(),
        norm_probs=True,
        tk_row=rows.tolist(),
    )
