"""A store that refuses is asked again: its mood may cost no item and end no worker."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from typing import TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")

_PAUSES = (0.5, 2.0, 10.0, 30.0)  # seconds, the last one again and again


async def insist(event: str, ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` gives, asked until it gives something or the service stops; `event` is said for every refusal."""
    pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
    while True:
        try:
            return await ask()
        except Exception:
            pause = next(pauses)
            log.exception(event, again_in=pause)
        await asyncio.sleep(pause)
