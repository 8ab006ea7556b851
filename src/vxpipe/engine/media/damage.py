"""What a caller must be warned of: damage, times beyond the end, few or blank frames, colours. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vxpipe.engine.media.arrays import Flags
from vxpipe.engine.media.correction import guesses_colours
from vxpipe.model import MediaInfo
from vxpipe.recipe import Frames, Mode, given
from vxpipe.words import counted

_WHOLE = 0.98  # of what was promised: so much counts as all of it,
_LEAST_LOSS_SECONDS = 0.5  # and to lack less than that is no loss either
_LEAST_SHORTFALL_SECONDS = 2.0  # platforms tell whole seconds, and round as they like
_CLOSE = 0.001  # seconds: who asks for the very end of a film may have rounded
# Decoder and filter run side by side: a complaint was heard up to 2 frames from the first damaged picture, in all of
# 11 damaged stretches of H.264.
_HEARD_NEAR = 3
# Whose decoders complain, and do not tell which frames lack something: x265's showed half of a film smeared without it.
_NOT_TOLD = frozenset({"av1", "hevc", "vp8", "vp9"})


def spoilt_frames(complaints: Sequence[int], keys: Flags) -> Flags | None:
    """The frames that may be damaged: from each complaint up to the next keyframe; None where there was no complaint.

    A complaint is told as the number of frames that had come before it.
    """
    if not complaints:
        return None
    starts = np.append(np.flatnonzero(keys), len(keys))
    spoilt = np.zeros(len(keys), np.bool_)
    for heard in sorted({min(number, len(keys)) for number in complaints}):
        place = int(np.searchsorted(starts, heard + _HEARD_NEAR))
        spoilt[max(0, heard - _HEARD_NEAR) : starts[min(place, len(starts) - 1)]] = True
    return spoilt


def suspected_frames(codec: str, keys: Flags, complaints: Sequence[int], *, lacking: Sequence[int]) -> int:
    """How many frames may look damaged without the decoder telling which: by any complaint of those that never tell,
    else by those that a frame is `lacking` what it refers to.

    What it says before the first frame is of a stream that begins between two keyframes, as broadcasts do.
    """
    within = [heard for heard in (complaints if codec in _NOT_TOLD else lacking) if heard]
    spoilt = spoilt_frames(within, keys)
    return 0 if spoilt is None else int(spoilt.sum())


def damage_warning(
    info: MediaInfo,
    *,
    frames: int,
    seconds: float,
    errors: int,
    patched: int = 0,
    suspected: int = 0,
    cropped: bool = False,
) -> dict[str, Any] | None:
    """The warning `damaged_source` when noticeably less was decoded than the container promised, when the decoder had
    to patch frames, or may have shown some as they were, else None. `cropped`: borders were told from such frames,
    for want of others.

    Fewer frames alone mean nothing (an edit list hides some): the decoder must have complained as well.
    """
    promised = info.duration or 0.0
    lost_time = promised - seconds
    lost_frames = (info.frames or 0) - frames
    is_all = frames == info.frames and not errors  # of a single frame nobody knows how long it lasts
    short = seconds < _WHOLE * promised and lost_time > _LEAST_LOSS_SECONDS and not is_all
    holes = errors > 0 and frames < _WHOLE * (info.frames or 0) and lost_frames > _LEAST_LOSS_SECONDS * (info.fps or 25)
    if not short and not holes and not patched and not suspected:
        return None
    of = counted(frames, "frame")
    spoilt = f"; saved ones may look spoilt{', and the crop may be wrong' if cropped else ''}"
    lost = f"only {of} ({seconds:.2f} s) of the promised {promised:.2f} s could be decoded"
    torn = f"only {of} of the promised {info.frames} could be decoded"
    mended = f"{patched} of {of} {'is' if patched == 1 else 'are'} damaged, others may look so up to the next keyframe"
    smeared = f"the decoder complained: up to {suspected} of {of} may look damaged"
    said = lost if short else torn if holes else mended if patched else smeared
    return {
        "code": "damaged_source",
        "message": f"{said}{spoilt if patched or suspected else ''}",
        "decodedFrames": frames,
        "promisedFrames": info.frames,
        "decodedSeconds": round(seconds, 3),
        "promisedSeconds": round(promised, 3) or None,
        "decoderErrors": errors,
        "patchedFrames": patched,
        "suspectedFrames": suspected,
    }


def shortfall_warning(info: MediaInfo, told: float | None) -> dict[str, Any] | None:
    """The warning `shorter_than_told` when the platform promised noticeably more seconds than there are, else None.

    A segment in the middle that holds nothing is skipped by ffmpeg without a word.
    """
    seconds = info.duration or 0.0
    if not told or not seconds or told - seconds <= max(_LEAST_SHORTFALL_SECONDS, (1 - _WHOLE) * told):
        return None
    return {
        "code": "shorter_than_told",
        "message": f"the platform speaks of {told:.2f} s and {seconds:.2f} s came: some of the video may be missing",
        "toldSeconds": round(told, 3),
        "seconds": round(seconds, 3),
    }


def beyond_end_warning(at: Sequence[float], seconds: float, *, last: float) -> dict[str, Any] | None:
    """The warning `beyond_end` when the frame that begins `last` stands for times after the end of the film, else None.

    What people are told is where that frame is: how long it lasts the film, its file and its packets tell differently.
    """
    beyond = [time for time in at if time > seconds + _CLOSE]
    if not beyond:
        return None
    return {
        "code": "beyond_end",
        "message": f"the last frame, at {last:.3f} s, stands for {len(beyond)} of {counted(len(at), 'time')} "
        "asked for: no other comes after it",
        "times": beyond,
        "seconds": round(last, 3),
    }


def too_few_warning(frames: Frames, kept: int, *, explained: bool = False) -> dict[str, Any] | None:
    """The warning `too_few_frames` when there are fewer frames than were asked for, or than mode `scenes` is to give
    where nobody said how many and nothing else has `explained` it, else None.
    """
    there = f"there {'is' if kept == 1 else 'are'} {kept}"
    if frames.mode is Mode.COUNT and kept < min(given(frames.count), frames.most):
        said = f"{frames.count} frames were asked for, and {there}: the film has no others that are wanted"
        return {"code": "too_few_frames", "message": said, "count": frames.count, "kept": kept}
    least, is_asked_for = min(frames.min, frames.most), "min" in frames.model_fields_set
    if kept < least and (is_asked_for or (frames.mode is Mode.SCENES and not explained)):
        wanted = f"{counted(least, 'frame')} at least {'were asked for' if is_asked_for else 'are wanted'}"
        said = (
            f"{wanted}, and {there}: no others are good and differ; mode interval without dedupe gives more of the same"
        )
        return {"code": "too_few_frames", "message": said, "min": least, "kept": kept}
    return None


def blank_warning(kept: int) -> dict[str, Any]:
    """The warning `only_blank` of so many kept frames that show nothing."""
    those = "the only frame that was kept shows" if kept == 1 else f"all {kept} frames that were kept show"
    return {"code": "only_blank", "message": f"{those} nothing but one colour", "kept": kept}


def colours_warning(info: MediaInfo) -> dict[str, Any] | None:
    """The warning `guessed_colours` when the video is coded in a matrix that no tool here can read, else None."""
    if not guesses_colours(info):
        return None
    return {
        "code": "guessed_colours",
        "message": f"its colours are coded as {info.matrix}, which cannot be read: they may be wrong",
        "matrix": info.matrix,
    }
