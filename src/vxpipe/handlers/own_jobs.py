"""Whose jobs a caller sees under VXPIPE_ISOLATE_KEYS: its own. All others are answered as if there were none."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from aiohttp import web

from vxpipe.handlers.keys import CALLER, EDGE, SERVICE
from vxpipe.handlers.mount import pattern
from vxpipe.model import Event

_MOST_REMEMBERED = 10_000
_QUIET_SECONDS = 10


def seen_owner(request: web.Request) -> str | None:
    """The key whose jobs the caller may see; None: all jobs."""
    if not request.app[EDGE].isolate_keys or CALLER not in request or request[CALLER].sees_all:
        return None
    return request[CALLER].id


async def check_path(request: web.Request) -> None:
    """Raise NotFound, in the same words for a job of another key and for none, where the path names a job or file."""
    owner, named, path = seen_owner(request), request.match_info.get("id"), pattern(request)
    if owner is None or named is None or path is None:
        return
    if path.startswith("/artifacts/"):
        await request.app[SERVICE].check_artifact_owner(named, owner)
    else:
        await request.app[SERVICE].check_owner(named, owner)


async def of_owner(
    events: AsyncGenerator[Sequence[Event], None], is_seen: Callable[[str], Awaitable[bool]]
) -> AsyncGenerator[Sequence[Event], None]:
    """Of each batch the events of the jobs that are seen; an empty one is the heartbeat.

    Where others' jobs keep the feed busy there is one after a while too, whatever they do.
    """
    clock = asyncio.get_running_loop().time
    known, told_at = dict[str, bool](), clock()
    async with aclosing(events) as heard:
        async for batch in heard:
            for job_id in {event.job_id for event in batch} - known.keys():
                known[job_id] = await is_seen(job_id)
            seen = [event for event in batch if known[event.job_id]]
            if seen or not batch or clock() - told_at > _QUIET_SECONDS:
                yield seen
                told_at = clock()
            if len(known) > _MOST_REMEMBERED:
                known.clear()
