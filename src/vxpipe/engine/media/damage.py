"""What a caller must be warned of: a damaged source, times beyond its end, colours nobody knows. Pure."""

from collections.abc import Sequence
from typing import Any

from vxpipe.engine.media.correction import guesses_colours
from vxpipe.model import MediaInfo

_WHOLE = 0.98
_LEAST_LOSS_SECONDS = 0.5
_CLOSE = 0.001  # seconds: who asks for the very end of a film may have rounded


def damage_warning(info: MediaInfo, *, frames: int, seconds: float, errors: int) -> dict[str, Any] | None:
    """The warning `damaged_source` when noticeably less was decoded than the container promised, else None.

    Fewer frames alone mean nothing (an edit list hides some): the decoder must have complained as well.
    """
    promised = info.duration or 0.0
    lost_time = promised - seconds
    lost_frames = (info.frames or 0) - frames
    short = seconds < _WHOLE * promised and lost_time > _LEAST_LOSS_SECONDS
    holes = errors > 0 and frames < _WHOLE * (info.frames or 0) and lost_frames > _LEAST_LOSS_SECONDS * (info.fps or 25)
    if not short and not holes:
        return None
    return {
        "code": "damaged_source",
        "message": f"only {frames} frames ({seconds:.2f} s) of the promised {promised:.2f} s could be decoded",
        "decodedFrames": frames,
        "promisedFrames": info.frames,
        "decodedSeconds": round(seconds, 3),
        "promisedSeconds": round(promised, 3) or None,
        "decoderErrors": errors,
    }


def beyond_end_warning(at: Sequence[float], seconds: float) -> dict[str, Any] | None:
    """The warning `beyond_end` when the last frame stands for times that come after it, else None."""
    beyond = [time for time in at if time > seconds + _CLOSE]
    if not beyond:
        return None
    return {
        "code": "beyond_end",
        "message": f"{len(beyond)} of {len(at)} times lie beyond the end of the video at {seconds:.3f} s: "
        "its last frame stands for them",
        "times": beyond,
        "seconds": round(seconds, 3),
    }


def colours_warning(info: MediaInfo) -> dict[str, Any] | None:
    """The warning `guessed_colours` when the video is coded in a matrix that no tool here can read, else None."""
    if not guesses_colours(info):
        return None
    return {
        "code": "guessed_colours",
        "message": f"its colours are coded as {info.matrix}, which cannot be read: they may be wrong",
        "matrix": info.matrix,
    }
