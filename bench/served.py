"""The web application in a process of its own, for measures that read it as a browser does."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from settings import Settings


@dataclass(frozen=True, slots=True)
class Served:
    """Where it listens, and its process."""

    address: str
    pid: int

    def read_cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(settings: Settings) -> Iterator[Served]:
    """Serve until the context ends."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_run, args=(settings, theirs), daemon=True)
    process.start()
    try:
        port = ours.recv()
        assert process.pid is not None
        yield Served(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.join()


def _run(settings: Settings, pipe: Any) -> None:
    """Serve until terminated; send the port through the pipe once the server listens."""
    import asyncio

    import uvicorn

    from copytaster.logs import set_up
    from copytaster.store.engine import Store
    from indexer.factory import open_index
    from newsdesk.web.app import create_app
    from newsdesk.web.listening.listener import listen
    from spiders.sources.config import Sources

    set_up("WARNING", "text")
    app = create_app(Store(settings.store_url), open_index(settings), settings, Sources())
    listener = listen("127.0.0.1", 0)
    pipe.send(listener.getsockname()[1])
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve([listener]))  # the loop of the service
