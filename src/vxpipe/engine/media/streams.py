"""Which of the moving pictures in a file is taken, and which sound goes with it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from vxpipe.model import Taken

Stream = Mapping[str, Any]
"""A stream as ffprobe tells of it; a program, `streams` and all, likewise."""

_ALONE = "there is no other"
_MARKED = "the file marks it as the default"
_LARGEST_MARKED = "it is the largest that the file marks"
_LARGEST = "it is the largest"
_FIRST = "it comes first of the largest"


def taken(streams: Sequence[Stream], programs: Sequence[Stream] = ()) -> Taken | None:
    """The picture that the file marks as the default, else the largest, of several such the first; None: none moves.

    A mark on all of them means nothing, and a still beside others does not count. The sound is the first of a program
    that the picture belongs to, else the first that belongs to none.
    """
    pictures = [stream for stream in streams if _is_picture(stream)]
    sized = [stream for stream in pictures if stream.get("width")]
    moving = [stream for stream in sized if stream.get("nb_frames") != "1"] or sized
    if not moving:
        return None
    marked = [stream for stream in moving if _disposed(stream, "default")] or moving
    largest = max(map(_size, marked))
    chosen = next(stream for stream in marked if _size(stream) == largest)
    return Taken(
        number=pictures.index(chosen),
        of=len(moving),
        because=_reason(len(moving), len(marked), sum(_size(stream) == largest for stream in marked)),
        sound=_sound_with(chosen, streams, programs),
    )


def picture(streams: Sequence[Stream], number: int) -> Stream:
    """The moving picture of that number."""
    return [stream for stream in streams if _is_picture(stream)][number]


def sound(streams: Sequence[Stream], number: int) -> Stream:
    """The sound of that number."""
    return [stream for stream in streams if _is_sound(stream)][number]


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a picture that goes with the file, and does not move."""
    return _disposed(stream, "attached_pic")


def _reason(moving: int, marked: int, largest: int) -> str:
    if moving == 1:
        return _ALONE
    if largest > 1:
        return _FIRST
    if marked == moving:
        return _LARGEST
    return _MARKED if marked == 1 else _LARGEST_MARKED


def _sound_with(chosen: Stream, streams: Sequence[Stream], programs: Sequence[Stream]) -> int | None:
    """The number of its sound; a picture of no program, as most are, goes with every sound."""
    sounds = [stream for stream in streams if _is_sound(stream)]
    listed = [_members(program) for program in programs]
    own = set[int]().union(*(members for members in listed if chosen.get("index") in members))
    others = set[int]().union(*listed) - own if own else set[int]()
    fitting = [n for n, each in enumerate(sounds) if each.get("index") not in others]
    return min(fitting, key=lambda n: sounds[n].get("index") not in own, default=None)


def _members(program: Stream) -> set[int]:
    return {stream["index"] for stream in program.get("streams") or []}


def _is_picture(stream: Stream) -> bool:
    return stream.get("codec_type") == "video" and not is_cover(stream)


def _is_sound(stream: Stream) -> bool:
    return stream.get("codec_type") == "audio"


def _disposed(stream: Stream, how: str) -> bool:
    return bool((stream.get("disposition") or {}).get(how))


def _size(stream: Stream) -> int:
    return int(stream["width"]) * int(stream["height"])
