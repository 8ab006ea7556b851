"""Why a frame that was considered is kept or dropped, as manifests tell it. Pure."""

from enum import StrEnum


class Reason(StrEnum):
    """The rule by which a frame is kept; from BLANK on, by which it is dropped."""

    SHOT = "shot"
    OPENING_SHOT = "opening_shot"
    FILL = "fill"
    INTERVAL = "interval"
    COUNT = "count"
    DIVERSE = "diverse"
    TIMESTAMP = "timestamp"
    KEYFRAME = "keyframe"
    ONLY_FRAME = "only_frame"
    BLANK = "blank"
    DUPLICATE = "duplicate"
    RESUMED = "resumed"
    OVER_MAX = "over_max"
    LESS_SHARP = "less_sharp"
    LESS_DIFFERENT = "less_different"
    BLURRY = "blurry"
