"""Frames by PyAV, as its documentation does it: seek_pyav.py count|interval|keyframes NUMBER VIDEO FOLDER."""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av


def evenly(container: av.container.InputContainer, number: float) -> Iterator[av.VideoFrame]:
    """`number` frames in the middle of as many equal parts: seek to the keyframe before, decode up to the time."""
    stream = container.streams.video[0]
    first = stream.start_time * stream.time_base
    for place in range(int(number)):
        wanted = first + (place + 0.5) / number * (container.duration / av.time_base)
        container.seek(int(wanted / stream.time_base), stream=stream)
        reached = (frame for frame in container.decode(stream) if frame.time >= wanted - 1e-6)
        yield from islice(reached, 1)  # none where a seek in MPEG-TS ends behind the last keyframe


def every(container: av.container.InputContainer, seconds: float) -> Iterator[av.VideoFrame]:
    """The first frame at or after every multiple of `seconds`, in one pass."""
    wanted = None
    for frame in container.decode(video=0):
        wanted = frame.time if wanted is None else wanted
        if frame.time >= wanted - 1e-6:
            yield frame
            wanted += seconds


def keys(container: av.container.InputContainer, _: float) -> Iterator[av.VideoFrame]:
    """Every keyframe."""
    container.streams.video[0].codec_context.skip_frame = "NONKEY"
    return container.decode(video=0)


def main() -> None:
    mode, number, video, folder = sys.argv[1:]
    ways = {"count": evenly, "interval": every, "keyframes": keys}
    with av.open(video) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        first = float(stream.start_time * stream.time_base)
        for frame in ways[mode](container, float(number)):
            frame.to_image().save(Path(folder, f"{frame.time - first:.4f}.jpg"), quality=90)


main()
