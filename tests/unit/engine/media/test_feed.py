"""A stream of bytes becomes pieces of whole frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media.feed import Feed

FRAME_BYTES = 3


def _pieces(chunks: list[bytes], frames: int) -> list[bytes]:
    pieces: list[bytes] = []
    with Feed(pieces.append, frame_bytes=FRAME_BYTES, frames=frames) as feed:
        for chunk in [*chunks, b""]:
            feed(chunk)
        feed.finish()
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

    with Feed(refuse, frame_bytes=FRAME_BYTES) as feed, pytest.raises(ValueError, match="enough"):
        feed(b"abc")  # tells it where the thread was quick enough,
        feed.finish()  # and this at the latest
