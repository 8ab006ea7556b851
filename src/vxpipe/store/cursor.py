"""The opaque cursor of a list: where a page ended. Pure."""

import base64
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode_cursor(created_at: datetime, job_id: str) -> str:
    """The position of a job in the newest-first list."""
    milliseconds = (created_at - _EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(f"{milliseconds}.{job_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The reverse; raises ValueError for anything `encode_cursor` did not make."""
    padded = cursor + "=" * (-len(cursor) % 4)
    milliseconds, dot, job_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(".")
    if not dot or not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) <= 14):
        raise ValueError("not a cursor")
    return _EPOCH + timedelta(milliseconds=int(milliseconds)), job_id
