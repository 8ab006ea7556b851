"""A stream of bytes becomes pieces of whole frames."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.feed import Feed

FRAME_BYTES = 3


def _feed(chunks: list[bytes], take: Callable[[bytes], None], frames: int = 1) -> None:
    with Feed(take, frame_bytes=FRAME_BYTES, frames=frames) as feed:
        for chunk in [*chunks, b""]:
            feed(chunk)
        feed.finish()


def _pieces(chunks: list[bytes], frames: int) -> list[bytes]:
    pieces: list[bytes] = []
    _feed(chunks, pieces.append, frames)
    return pieces


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=8), st.integers(1, 4))
def test_pieces_do_not_depend_on_how_the_bytes_come(chunks: list[bytes], frames: int) -> None:
    whole = b"".join(chunks)
    size = FRAME_BYTES * frames

    pieces = _pieces(chunks, frames)

    assert whole[: len(whole) // FRAME_BYTES * FRAME_BYTES] == b"".join(pieces)
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces[-1:])


def test_a_failure_of_the_taker_comes_out() -> None:
    def refuse(_piece: bytes) -> None:
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        _feed([b"abc"], refuse)
