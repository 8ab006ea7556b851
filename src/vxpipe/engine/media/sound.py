"""The sound of a film that came in a file of its own. Pure."""

from pathlib import Path
from typing import Any

from vxpipe.values import frozen

# Two files that begin further apart do not tell of one clock.
_MOST_APART_SECONDS = 10.0
# What a whole sound may lack at its end: coders pad, films end in silence; a broken download mostly lacks more.
_LEAST_LACK_SECONDS, _LEAST_LACK = 1.0, 0.05


@frozen
class Sound:
    """The file at `path`, the codec of its first sound, the second of its clock at which it begins (None: untold).

    Renditions that belong together share a clock (RFC 8216, 6.2.4; ISO/IEC 23009-1, 4.3).
    """

    path: Path
    codec: str
    begins: float | None

    def delays(self, picture_begins: float | None) -> tuple[float, float]:
        """By how many seconds the picture and the sound come later than the other, where both are moved to 0."""
        if self.begins is None or picture_begins is None:
            return 0.0, 0.0
        apart = self.begins - picture_begins
        if abs(apart) > _MOST_APART_SECONDS:
            return 0.0, 0.0
        return max(0.0, -apart), max(0.0, apart)


def unreadable_warning(given: Path | None, read: Sound | None) -> dict[str, Any] | None:
    """The warning `sound_unreadable` where a file was given and no sound is in it, else None."""
    if given is None or read is not None:
        return None
    return {"code": "sound_unreadable", "message": "the file that came with the sound holds none: the clip is silent"}


def short_warning(picture_ends: float, sound_ends: float) -> dict[str, Any] | None:
    """The warning `sound_short` where the sound of a clip ends (seconds) long before its picture, else None."""
    if picture_ends - sound_ends <= max(_LEAST_LACK_SECONDS, _LEAST_LACK * picture_ends):
        return None
    return {
        "code": "sound_short",
        "message": f"the sound ends at {sound_ends:.2f} s of {picture_ends:.2f} s: the rest of the clip is silent",
        "soundSeconds": round(sound_ends, 3),
        "clipSeconds": round(picture_ends, 3),
    }
