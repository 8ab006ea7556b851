"""What every test stands on: nothing is left behind, and aioresponses works with this aiohttp."""

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aioresponses.core
import pytest
import structlog
from aiohttp import ClientResponse
from hypothesis import settings

# A busy machine is no finding: an example may take as long as pytest's own time limit allows.
settings.register_profile("vxpipe", deadline=None)
settings.load_profile("vxpipe")

if "stream_writer" in inspect.signature(ClientResponse.__init__).parameters:
    # aioresponses 0.7.9 does not know the argument that aiohttp 3.14 made mandatory (its issue 289).
    class _Response(ClientResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
            super().__init__(*args, **kwargs)

    aioresponses.core.ClientResponse = _Response  # type: ignore[misc]


@pytest.fixture(autouse=True)
async def _nothing_left_behind() -> AsyncIterator[None]:
    """Fail a test that leaves a task or a child process behind."""
    structlog.contextvars.clear_contextvars()
    before = asyncio.all_tasks()
    yield
    me = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() - before if task is not me and not task.done()]
    if left:
        _, left_after_a_moment = await asyncio.wait(left, timeout=1)
        assert not left_after_a_moment, f"tasks left behind: {left_after_a_moment}"
    assert _children() == [], "child processes left behind"


def _children() -> list[str]:
    """Our child processes, whichever thread started them, zombies too."""
    lists = Path("/proc/self/task").glob("*/children")
    assert sys.platform != "linux" or Path("/proc/thread-self/children").exists()
    return [pid for pids in lists for pid in _read(pids).split() if _is_ours(pid)]


def _read(path: Path) -> str:
    """What a file holds; nothing where its thread has ended meanwhile."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _is_ours(pid: str) -> bool:
    """Playwright's driver and browser live as long as the session."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
    return b"playwright" not in command
