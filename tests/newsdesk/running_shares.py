"""Shares of a role's work, taken and given back while a test looks on."""

import asyncio
from contextlib import asynccontextmanager

PATIENCE_S = 60


@asynccontextmanager
async def running(shares):
    """Runs the shares of one process, and gives them back at the end."""
    task = asyncio.create_task(shares.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    finally:
        shares.stop()
        await task


async def until(condition):
    """Look again and again, in a thread: the tasks go on meanwhile, and each look is a question to the database."""
    while not await asyncio.to_thread(condition):
        pass
