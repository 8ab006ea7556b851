"""What is done to the frames of a stream: filters at the end of a graph. Pure."""

from collections.abc import Sequence
from typing import Any

from vxpipe.engine.media import expressions
from vxpipe.engine.media.correction import Correction, Filter
from vxpipe.engine.media.framing import cell_of
from vxpipe.engine.media.ladder import Rung, Way
from vxpipe.engine.media.presets import IMAGES, ImageKind
from vxpipe.engine.media.reading import Picks
from vxpipe.model import MediaInfo

Box = tuple[int, int, int, int]
"""x, y, width, height in upright pixels."""
Size = tuple[int, int]
"""Width and height in upright pixels."""
NO_CORRECTION = Correction()
CELL_FORMAT = "yuvj420p"
"""The pixels of a cell of the contact sheet."""

_FRAMES_A_SIGN = 25  # the slowest decoders give a frame in two seconds


def picked(stream: Any, picks: Picks) -> Any:
    """The picked frames."""
    return selected(stream, expressions.one_of(picks.counter, picks.values))


def selected(stream: Any, wanted: str) -> Any:
    """The frames for which the expression is not 0."""
    return stream.filter("select", f"{expressions.sign_of_life(_FRAMES_A_SIGN)}+{wanted}")


def sized(stream: Any, size: Size) -> Any:
    """In the size the probe told: a stream may go on in another one. No work where it is the same."""
    return stream.filter("scale", *size, interl=-1)


def planar(stream: Any, size: Size) -> Any:
    """As yuv420p pictures of this size."""
    return sized(stream, size).filter("format", "yuv420p")


def fitted(stream: Any, shape: Size) -> Any:
    """Every frame fitted into `shape` and filled up with black; both sides even, as `pad` makes odd ones smaller.

    Scaled first: filled up to the ratio of 32x4096, a picture of 4096x32 would have 524 288 lines.
    """
    width, height = shape
    share = f"min({width}/iw,{height}/ih)"
    sides = {"w": f"max(2,round(iw*{share}))", "h": f"max(2,round(ih*{share}))"}
    inside = stream.filter("scale", eval="frame", interl=-1, **sides)
    return inside.filter("pad", width + width % 2, height + height % 2, -1, -1, eval="frame")


def shaped(stream: Any, box: Box | None, size: Size) -> Any:
    """What lies inside the box, in this size."""
    if box is not None:
        x, y, width, height = box
        if any(side % 2 for side in box):  # with shared chroma an odd edge would move by a pixel
            stream = stream.filter("format", "yuv444p")
        stream = stream.filter("crop", width, height, x, y, exact=1)
    return stream.filter("scale", *size, flags="lanczos").filter("setsar", 1)


def small(stream: Any, size: Size, way: Way, *, halved: bool, whole: Size | None = None) -> Any:
    """As small yuv420p pictures, told of on stderr before they are scaled: in their own size.

    The averages cost a tenth of a decode; to leave lines out costs nothing, but wants frames of one size: `whole`,
    where filters are not set up anew for frames of another.
    """
    if way.smaller is None:
        told = brought(stream, way).filter("showinfo", checksum=0)
        told = sized(told, whole) if whole else told
        told = told.filter("field", type="top") if halved else told
    else:
        told = brought(made_smaller(stream.filter("showinfo", checksum=0), way), way)
    return told.filter("scale", *size, flags="area").filter("format", "yuv420p")


def brought(stream: Any, way: Way) -> Any:
    """In the memory of the CPU, as its own decoder gives it: these changes of format move samples only."""
    if way.rung is Rung.SOFTWARE:
        return stream
    deeply = ("p010le", "yuv420p10le") if way.is_deep else ("nv12", "yuv420p")
    return untagged(stream.filter("hwdownload").filter("format", deeply[0]).filter("format", deeply[1]))


def made_smaller(stream: Any, way: Way) -> Any:
    """Cut and scaled by the GPU: there `crop` only notes what the first scaler after it has to keep to."""
    assert way.smaller is not None
    if way.smaller.box:
        x, y, width, height = way.smaller.box
        stream = stream.filter("crop", width, height, x, y)
    for size in way.smaller.halvings:
        stream = stream.filter("scale_cuda", *size, interp_algo="bilinear", format="nv12", passthrough=0)
    return stream


def untagged(stream: Any) -> Any:
    """Without the tag of its matrix: the scaler refuses those it does not know, even to change no more than the size.

    A `Correction` knows better what to do with them.
    """
    return stream.filter("setparams", colorspace="unknown")


def corrected(stream: Any, info: MediaInfo, correction: Correction) -> Any:
    """What looks at several frames at once wants them in one size."""
    return _filtered(sized(stream, (info.width, info.height)), correction.of_all) if correction.of_all else stream


def put_right(stream: Any, correction: Correction) -> Any:
    """What is put right for saving, in a matrix that the scaler knows where it is known at all."""
    right = _filtered(stream, correction.of_chosen)
    return right.filter("setparams", colorspace=correction.matrix) if correction.matrix else right


def coloured(stream: Any, size: Size, matrix: str | None, kind: ImageKind) -> Any:
    """In the matrix and the range of the image; primaries and curve are left alone, whatever they are.

    The scaler would do it by way of RGB, 1.6 of 255 too dark and in 4.8 ms for 1920x816 against 0.7; but `colorspace`
    refuses odd sizes: those are made even, and the crop that follows takes it back.
    """
    if any(side % 2 for side in size):
        stream = stream.filter("format", "yuv444p").filter("pad", *(side + side % 2 for side in size))
    as_it_is = dict.fromkeys(("iprimaries", "primaries", "itrc", "trc"), "bt709")
    return stream.filter("colorspace", ispace=matrix or kind.matrix, space=kind.matrix, range=kind.range, **as_it_is)


def as_cell(stream: Any, size: Size, cell: Size) -> Any:
    """What the sheet shows of an image: 0.3 ms from the picture of 1080p in memory, 3 from its JPEG."""
    whole = stream if cell_of([size]) == cell else fitted(stream, cell)
    flags = "area" if max(size) > max(cell) else "bicubic"
    # Named, as an image of RGB still has the film's own matrix written beside it.
    read_as = {"out_color_matrix": IMAGES["jpg"].matrix, "out_range": IMAGES["jpg"].range}
    return whole.filter("scale", *cell, flags=flags, **read_as).filter("format", CELL_FORMAT)


def _filtered(stream: Any, filters: Sequence[Filter]) -> Any:
    for each in filters:
        stream = stream.filter(each.name, **each.options)
    return stream
