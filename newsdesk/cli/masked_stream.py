"""The last filter of the command line: whatever a command writes to stdout or stderr passes it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from copytaster.masking.text import mask_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO


class MaskedStream:
    """A text stream that masks secrets in each piece of text written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text with its secrets masked; returns the length of the text given."""
        self._stream.write(mask_secrets(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write every line."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def masked_output() -> Iterator[None]:
    """Mask secrets in everything written to stdout and stderr inside, tracebacks included."""
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(MaskedStream(sys.stdout)))
        stack.enter_context(redirect_stderr(MaskedStream(sys.stderr)))
        yield
