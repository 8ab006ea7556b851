"""The wire format of server-sent events (WHATWG HTML, section 9.2). Pure."""

from typing import Any

import orjson

HEARTBEAT = b": hb\n\n"


def retry(milliseconds: int) -> bytes:
    """How long a browser waits before it connects again."""
    return b"retry: %d\n\n" % milliseconds


def frame(event: str, data: Any, *, seq: int | None = None) -> bytes:
    """One event; JSON holds no line feed, so one data line is enough. `seq` becomes the id a reader resumes from."""
    head = b"" if seq is None else b"id: %d\n" % seq
    return head + b"event: " + event.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
