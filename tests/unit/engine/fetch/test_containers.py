"""Files that end too early, told by their own headers."""

import struct
from pathlib import Path

import pytest

from vxpipe.engine.fetch.containers import is_cut


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


MP4 = box(b"ftyp", b"isom") + box(b"moov", bytes(50)) + box(b"mdat", bytes(range(256)))
LARGE = box(b"ftyp", b"isom") + struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", 116) + bytes(100)
FRAGMENTS = box(b"styp", b"msdh") + (box(b"moof", bytes(40)) + box(b"mdat", b"\xff" * 300)) * 3
MATROSKA = b"\x1a\x45\xdf\xa3\x83abc" + b"\x18\x53\x80\x67\x40\x64" + bytes(100)
TRANSPORT = (b"\x47" + bytes(187)) * 4


@pytest.mark.parametrize("rest", [bytes(4), b"TAG" + bytes(125), bytes(100)])
def test_what_follows_a_whole_film_does_not_make_it_cut(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "media"
    path.write_bytes(MP4 + rest)

    assert not is_cut(path)


@pytest.mark.parametrize("content", [MP4, LARGE, FRAGMENTS, MATROSKA, TRANSPORT])
def test_a_whole_file_is_not_cut_and_one_without_its_end_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "media"
    path.write_bytes(content)
    whole = is_cut(path)
    path.write_bytes(content[:-50])

    assert (whole, is_cut(path)) == (False, True)


def test_a_fragment_that_lacks_its_end_derails_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "media"
    path.write_bytes(FRAGMENTS[:150] + FRAGMENTS[-356:])

    assert is_cut(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"FLV\x01",
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x83abc" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + bytes(9),
        box(b"ftyp", b"isom") + struct.pack(">I", 0) + b"mdat" + bytes(99),
        b"\x47" + bytes(400),
    ],
)
def test_of_what_tells_no_size_nothing_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "media"
    path.write_bytes(content)

    assert not is_cut(path)
