"""Several things that a connection does at once: when one of them ends, so do the others."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(name: str, **works: Coroutine[Any, Any, Any]) -> None:
    """Run these until the first of them ends, and raise what ended it; of several, what the first in line says."""
    tasks = [asyncio.create_task(work, name=f"{name}-{what}") for what, work in works.items()]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
