"""What of a picture is saved and how large: crops, sizes, the contact sheet. Pure."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from vxpipe.errors import VxError
from vxpipe.model import Crop, MediaInfo
from vxpipe.recipe import Aspect, Clip, Image, Mode, Recipe, Rectangle
from vxpipe.values import frozen

_SHEET_CELL = 240


def check_inside(wanted: Rectangle, info: MediaInfo) -> None:
    """Raise VxError `bad_crop` when a fixed crop leaves the picture."""
    if wanted.x + wanted.width > info.width or wanted.y + wanted.height > info.height:
        asked = f"{wanted.x},{wanted.y},{wanted.width},{wanted.height}"
        raise VxError("bad_crop", f"crop {asked} reaches beyond the picture of {info.width}x{info.height}")


def crop_for(info: MediaInfo, recipe: Recipe, detected: Crop | None) -> Crop | None:
    """The crop to apply: the fixed one, the detected one, or an aspect inside the detected picture; None: all of it."""
    wanted = recipe.crop
    if isinstance(wanted, Rectangle):
        fixed = Crop(x=wanted.x, y=wanted.y, width=wanted.width, height=wanted.height, confidence=1.0)
        return None if (fixed.width, fixed.height) == (info.width, info.height) else fixed
    if isinstance(wanted, Aspect):
        whole = Crop(x=0, y=0, width=info.width, height=info.height, confidence=1.0)
        crop = _centred(detected or whole, wanted, info.sar)
        return None if (crop.width, crop.height) == (info.width, info.height) else crop
    return detected


def judged_crop(recipe: Recipe, saved: Crop | None, detected: Crop | None) -> Crop | None:
    """What of the picture frames are judged by: where shots are looked for, all that lies within its borders, whatever
    ratio of that is saved; else what is saved.

    In a narrow part of a picture, whatever moves looks like a cut.
    """
    by_shots = recipe.frames.mode is Mode.SCENES or recipe.frames.pick == "diverse"
    return detected if by_shots and isinstance(recipe.crop, Aspect) else saved


def in_size(recipe: Recipe, first: tuple[int, int], size: tuple[int, int]) -> Recipe:
    """The recipe for what has another size than the first one of the film: a fixed crop takes the same part of it."""
    wanted = recipe.crop
    if not isinstance(wanted, Rectangle) or size == first:
        return recipe
    across, down = (Fraction(other, one) for one, other in zip(first, size, strict=True))
    left, right = _scaled_span(wanted.x, wanted.width, across)
    top, bottom = _scaled_span(wanted.y, wanted.height, down)
    scaled = wanted.model_copy(update={"x": left, "y": top, "width": right - left, "height": bottom - top})
    return recipe.model_copy(update={"crop": scaled})


def frame_size(info: MediaInfo, crop: Crop | None, image: Image) -> tuple[int, int]:
    """Width and height of a saved frame: square pixels, shrunk into the limits, never enlarged by them."""
    width, height = _square(info, crop)
    shares = (Fraction(1), _shrinking(image.max_width, width), _shrinking(image.max_height, height))
    return _scaled(width, height, min(shares))


def clip_size(info: MediaInfo, crop: Crop | None, clip: Clip) -> tuple[int, int]:
    """Width and height of the clip: as a saved frame's, both even, as H.264 in 4:2:0 asks."""
    width, height = _wanted_size(info, crop, clip)
    return max(2, width - width % 2), max(2, height - height % 2)


def evened_warning(info: MediaInfo, crop: Crop | None, clip: Clip) -> dict[str, Any] | None:
    """The warning `clip_evened` where a side of the picture is odd and H.264 in 4:2:0 takes even ones only, else None.

    A picture that is made smaller to a height is rounded anyway.
    """
    (width, height), made = _wanted_size(info, crop, clip), clip_size(info, crop, clip)
    if (width, height) == made or (width, height) != _square(info, crop):
        return None
    return {
        "code": "clip_evened",
        "message": f"the clip shows the picture of {width}x{height} in {made[0]}x{made[1]}: its sides have to be even",
        "wanted": {"width": width, "height": height},
        "made": {"width": made[0], "height": made[1]},
    }


@frozen
class Sheet:
    """A contact sheet: every `step`-th frame in a cell of its own, `gap` pixels around each cell."""

    step: int
    columns: int
    rows: int
    cell: tuple[int, int]
    gap: int = 4

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        across, down = self.columns * (self.cell[0] + self.gap), self.rows * (self.cell[1] + self.gap)
        return across + self.gap, down + self.gap


def sheet_of(sizes: Sequence[tuple[int, int]]) -> Sheet:
    """The sheet of frames of these sizes: a hundred at most, nearly square; a cell has room for each of them."""
    step = -(-len(sizes) // 100)
    shown = -(-len(sizes) // step)
    columns = next(columns for columns in range(1, 11) if columns * columns >= shown)
    return Sheet(step=step, columns=columns, rows=-(-shown // columns), cell=cell_of(sizes))


def cell_of(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The cell of a sheet that has room for frames of each of these sizes."""
    widths, heights = zip(*(_scaled(*size, Fraction(_SHEET_CELL, max(size))) for size in set(sizes)), strict=True)
    return max(widths), max(heights)


def _centred(inside: Crop, aspect: Aspect, sar: float) -> Crop:
    """The largest centred part with the asked ratio, counted in square pixels."""
    across, down = (int(part) for part in aspect.aspect.split(":"))
    ratio = across / down / sar
    width = min(inside.width, max(1, round(inside.height * ratio)))
    height = min(inside.height, max(1, round(inside.width / ratio)))
    return Crop(
        x=inside.x + (inside.width - width) // 2,
        y=inside.y + (inside.height - height) // 2,
        width=width,
        height=height,
        confidence=inside.confidence,
    )


def _scaled_span(begin: int, length: int, share: Fraction) -> tuple[int, int]:
    """Begin and end; not empty, and never beyond what the end is scaled to."""
    end = max(1, round((begin + length) * share))
    return min(round(begin * share), end - 1), end


def _square(info: MediaInfo, crop: Crop | None) -> tuple[int, int]:
    width, height = (crop.width, crop.height) if crop else (info.width, info.height)
    return max(1, round(width * info.sar)), height


def _wanted_size(info: MediaInfo, crop: Crop | None, clip: Clip) -> tuple[int, int]:
    width, height = _square(info, crop)
    return _scaled(width, height, min(Fraction(1), _shrinking(clip.max_height, height)))


def _shrinking(most: int | None, size: int) -> Fraction:
    return Fraction(1) if most is None else Fraction(most, size)


def _scaled(width: int, height: int, share: Fraction) -> tuple[int, int]:
    return max(1, round(width * share)), max(1, round(height * share))
