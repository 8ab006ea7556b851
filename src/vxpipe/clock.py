"""The real clock, chance and maker of ids. Only the composition roots use them; all others take them as arguments."""

import random
import secrets
import time
import uuid
from datetime import UTC, datetime


def now() -> datetime:
    """The time in UTC, cut to milliseconds: what is stored and what is shown are then equal."""
    moment = datetime.now(UTC)  # noqa: TID251 - this is the clock
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def chance() -> float:
    """A number from 0 to 1."""
    return random.random()  # noqa: S311, TID251 - it spreads pauses, it keeps no secret


def new_secret() -> str:
    """256 random bits in hexadecimal."""
    return secrets.token_hex(32)


def new_key_id() -> str:
    """The public part of a key."""
    return secrets.token_hex(6)


def new_id() -> str:
    """A UUID version 7 (RFC 9562, section 5.7): sorts by the time it was made, the rest is random."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
