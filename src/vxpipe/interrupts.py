"""Ctrl-C and SIGTERM for a command that is one task."""

import asyncio
import signal
from collections.abc import Callable


def cancel_on_signals() -> None:
    """Cancel the present task at Ctrl-C and SIGTERM, also where whoever started us had Ctrl-C ignored."""
    task = asyncio.current_task()
    assert task is not None
    cancel: Callable[[], object] = task.cancel
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, cancel)
