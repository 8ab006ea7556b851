"""What the small planted clips show: shots, the turns between them, how they are coded, and the truth of it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from reels import Rect

SIZE = (640, 360)
FULL = Rect(x=0, y=0, width=640, height=360)
SEEN_AT = 0.1  # of a turn: before and after this much of it, a frame shows one shot for whoever looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Footage or a drawn source, as `reels` knows it, and how the camera moves."""

    name: str
    film: str = "hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One colour."""

    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A slide: `deck` picks the template, a line with tabs is a row of a table, `marked` is a line that stands out."""

    deck: int
    heading: str
    lines: tuple[str, ...]
    marked: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that moves before a ground: `name` is one of `paint.ACTS`."""

    name: str
    ground: "Scene"
    seed: int = 1


Scene = Look | Plain | Page | Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """`frames` frames of a scene behind a turn of `turn_frames`; `either`: a frame of it is no fault, nor is none.

    `goes_on`: the scene of the shot before runs on, as behind a flash.
    """

    group: str | None
    scene: Scene
    frames: int
    turn: str = "cut"
    turn_frames: int = 0
    either: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """What is seen of the picture, `rect`, and of it from the middle shot on, `later`; around it a colour or `blurred`.

    Four colours are left, top, right, bottom.
    """

    size: tuple[int, int] = SIZE
    rect: Rect = FULL
    later: Rect | None = None
    fill: str | tuple[str, str, str, str] = "black"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The flags of `vxpipe run`, and the seconds that they name; `frames`: how many come, None: one a keyframe."""

    flags: tuple[str, ...]
    seconds: tuple[float, ...] = ()
    frames: int | None = None


NONE = Border()
SCENES = Asked(flags=("--min", "1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A clip to make."""

    name: str
    shots: tuple[Shot, ...]
    coder: tuple[str, ...]
    suffix: str = "mp4"
    fps: int = 25
    vfr: bool = False
    border: Border = NONE
    asked: Asked = SCENES

    @property
    def family(self) -> str:
        return self.name.partition("-")[0]

    @property
    def frames(self) -> int:
        return _length(self.shots)

    @property
    def middle(self) -> int:
        """The frame at which the shot in the middle begins."""
        return _length(self.shots[: len(self.shots) // 2])


def _length(shots: Sequence[Shot]) -> int:
    return sum(shot.turn_frames + shot.frames for shot in shots)


X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-bf", "3")
LONG_GROUPS = (*X264, "-g", "250")
FIXED_GROUPS = (*X264, "-g", "50", "-sc_threshold", "0")
HEVC = ("-c:v", "libx265", "-preset", "veryfast", "-crf", "27", "-tag:v", "hvc1",
        "-x265-params", "frame-threads=2:log-level=error")  # fmt: skip
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "7", "-crf", "36", "-b:v", "0")
AV1 = ("-c:v", "libsvtav1", "-preset", "10", "-crf", "38")
FILM_FPS = 25


def frames(chance: Random, least: float, most: float, fps: int) -> int:
    """A length between two in seconds, never under the least that is promised (0.4 s)."""
    return round(chance.uniform(least, most) * fps + 0.5)


def truth(plot: Plot) -> dict[str, Any]:
    """What a clip shows, as truth files have it.

    A row with `between` is the middle of a turn. `either`: a frame of that row, or the whole picture with its border,
    is no fault, nor is its absence.
    """
    seconds = ({side: round(row[side] / plot.fps, 6) for side in ("start", "end")} for row in _rows(plot.shots))
    timed = [{**row, **both} for row, both in zip(_rows(plot.shots), seconds, strict=True)]
    size, rect = plot.border.size, plot.border.rect
    whole = {"whole": "either"} if plot.border.fill == "blurred" else {}
    box = [rect.x, rect.y, rect.width, rect.height]
    return {"size": list(size), "rect": box, **whole, "fps": plot.fps, "shots": timed}


def _rows(shots: Sequence[Shot]) -> Iterator[dict[str, Any]]:
    """Shots and the middles of their turns, in frames; the ends of a turn belong to the shots that they still show."""
    begins = [0, *accumulate(shot.turn_frames + shot.frames for shot in shots)]
    rims = [*(_rim(shot.turn_frames) for shot in shots), 0]
    for place, shot in enumerate(shots):
        begin, clear = begins[place] + rims[place], begins[place] + shot.turn_frames - rims[place]
        if begin < clear:
            yield {"start": begin, "end": clear, "group": None, "between": [shots[place - 1].group, shot.group]}
        either = {"either": True} if shot.either else {}
        yield {"start": clear, "end": begins[place + 1] + rims[place + 1], "group": shot.group, **either}


def _rim(turn_frames: int) -> int:
    """How many frames at each end of a turn hardly show the other shot."""
    return sum(turned(frame, turn_frames) < SEEN_AT for frame in range(turn_frames))


def turned(frame: int, turn_frames: int) -> float:
    """How much of a turn is done at a frame of it, between 0 and 1 exclusive."""
    return (frame + 1) / (turn_frames + 1)
