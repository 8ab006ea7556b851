"""Whether a media file ends before its container says it does, told from sizes in its headers. Pure but for reading.

For answers whose end nobody announced: HTTP cannot tell there that a connection was lost.
"""

import struct
from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 1 << 20
_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"free", b"skip", b"wide"})
_FILM = frozenset({b"moov", b"mdat"})
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_TS_PACKET, _TS_MARK = 188, 0x47


def is_cut(path: Path) -> bool:
    """True where something is missing at the end or in the middle; False also where nobody can tell."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_TS_PACKET + 1)
        if head[4:8] in _BOXES:
            return _boxes_end(file, size) != size
        if head.startswith(_EBML):
            return _segment_end(file) > size
        is_ts = len(head) > _TS_PACKET and head[0] == head[_TS_PACKET] == _TS_MARK
        return is_ts and size % _TS_PACKET != 0


def _boxes_end(file: BinaryIO, size: int) -> int:
    """Where the boxes of ISO 14496-12, 4.2 end, one after the other; what follows a whole film does not count."""
    place, passed = 0, set[bytes]()
    for _ in range(_MOST_BOXES):
        if place >= size:
            return place
        if _FILM <= passed and b"moof" not in passed:
            return size
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            return -1
        length = int.from_bytes(head[:4], "big")
        if length == 0:  # to the end of the file, wherever that is
            return size
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack(">Q", head[8:])
        if length < 8:
            return -1
        passed.add(head[4:8])
        place += length
    return size


def _segment_end(file: BinaryIO) -> int:
    """Where the segment of a Matroska file ends (RFC 8794, 4 and RFC 9559, 4.5); 0 where it does not say."""
    file.seek(len(_EBML))
    header = _length(file)
    if header is None:
        return 0
    file.seek(header, 1)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        return 0
    length = _length(file)
    return 0 if length is None else file.tell() + length


def _length(file: BinaryIO) -> int | None:
    """A number of one to eight bytes, as many as its first byte has leading zeros and one; None: unknown."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    more = 8 - first[0].bit_length()
    bits = 7 * (more + 1)
    number = int.from_bytes(first + file.read(more), "big") & ((1 << bits) - 1)
    return None if number == (1 << bits) - 1 else number
