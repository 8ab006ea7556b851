"""Frames by OpenCV, as everybody does it: seek_opencv.py count|interval NUMBER VIDEO FOLDER."""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2

Found = tuple[float, cv2.typing.MatLike]


def evenly(video: cv2.VideoCapture, number: float) -> Iterator[Found]:
    """`number` frames in the middle of as many equal parts, each by a seek."""
    seconds = video.get(cv2.CAP_PROP_FRAME_COUNT) / video.get(cv2.CAP_PROP_FPS)
    for place in range(int(number)):
        video.set(cv2.CAP_PROP_POS_MSEC, (place + 0.5) / number * seconds * 1000)
        there, picture = video.read()
        if there:
            yield video.get(cv2.CAP_PROP_POS_MSEC) / 1000, picture


def every(video: cv2.VideoCapture, seconds: float) -> Iterator[Found]:
    """The first frame at or after every multiple of `seconds`: all are decoded, only those are converted."""
    wanted = 0.0
    while video.grab():
        now = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if now >= wanted - 1e-6:
            yield now, video.retrieve()[1]
            wanted += seconds


def main() -> None:
    mode, number, path, folder = sys.argv[1:]
    ways = {"count": evenly, "interval": every}
    for second, picture in ways[mode](cv2.VideoCapture(path), float(number)):
        cv2.imwrite(str(Path(folder, f"{second:.4f}.jpg")), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


main()
