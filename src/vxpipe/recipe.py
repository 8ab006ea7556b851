"""What a caller may ask for one video: the `options` of a job, checked once at the edge and trusted inside.

The recipe is the one pydantic model below the edges: the wire format and the stored format at once (decision 0004).
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

FRAME_LIMIT = 2000
_MOST_BITS = 64
# What is wrong is told up to here, and what was meant is guessed for so many names, none of them longer: a request of a
# megabyte holds 70,000 unknown names, of which the guesses took 4 seconds.
_MOST_FAULTS = 1000
_MOST_GUESSES = 10
_LONGEST_GUESSED = 40

Seconds = Annotated[float, Field(ge=0, le=7 * 24 * 3600, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=16, le=16384)]


class Mode(StrEnum):
    """How the frames of a video are chosen."""

    SCENES = "scenes"
    INTERVAL = "interval"
    COUNT = "count"
    TIMESTAMPS = "timestamps"
    KEYFRAMES = "keyframes"


_FIGURES = {Mode.INTERVAL: "every", Mode.COUNT: "count", Mode.TIMESTAMPS: "at"}


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True, use_enum_values=False
    )


class Frames(_Part):
    """Which frames: a mode and the figures that belong to it; `min` and `max` bound the number kept.

    `pick` is how mode count chooses: evenly over time, or the frames that differ most from each other.
    """

    mode: Mode = Mode.SCENES
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.3
    every: Annotated[float, Field(ge=0.04, le=3600, allow_inf_nan=False)] | None = None
    count: Annotated[int, Field(ge=1, le=FRAME_LIMIT)] | None = None
    pick: Literal["even", "diverse"] = "even"
    at: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=FRAME_LIMIT)] | None = None
    min: Annotated[int, Field(ge=0, le=FRAME_LIMIT)] = 3
    max: Annotated[int, Field(ge=1, le=FRAME_LIMIT)] = 500

    @model_validator(mode="after")
    def _figures_fit_the_mode(self) -> Self:
        for mode, figure in _FIGURES.items():
            given = getattr(self, figure) is not None
            if mode is self.mode and not given:
                raise _wrong(figure, f"mode {mode.value} needs `{figure}`")
            if given and mode is not self.mode:
                raise _wrong(figure, f"`{figure}` belongs to mode {mode.value}, the mode here is {self.mode.value}")
        if self.pick == "diverse" and self.mode is not Mode.COUNT:
            raise _wrong("pick", f"`pick` diverse belongs to mode count, the mode here is {self.mode.value}")
        if "min" in self.model_fields_set and self.min > self.max:
            raise _wrong("min", f"min ({self.min}) is larger than max ({self.max})")
        return self


def _wrong(name: str, said: str) -> ValidationError:
    """That a figure does not go with another, told at its place."""
    return ValidationError.from_exception_data(
        "Frames", [{"type": PydanticCustomError("misfit", said), "loc": (name,), "input": None}]
    )


class Rectangle(_Part):
    """A fixed crop in pixels of the upright source."""

    x: Annotated[int, Field(ge=0, le=16384)]
    y: Annotated[int, Field(ge=0, le=16384)]
    width: Pixels
    height: Pixels


_RATIO = r"^[1-9][0-9]{0,3}:[1-9][0-9]{0,3}$"


def _ratio(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(_RATIO, value):
        raise ValueError('expected a ratio of width to height in whole numbers, such as "9:16"')
    return value


class Aspect(_Part):
    """A centred crop to a ratio of width to height, inside the detected picture."""

    aspect: Annotated[str, Field(pattern=_RATIO), BeforeValidator(_ratio)]


class Dedupe(_Part):
    """Frames whose 64-bit dHash differs in at most `distance` bits show the same picture."""

    enabled: bool = True
    distance: Annotated[int, Field(ge=0, le=64)] = 6


class Drop(_Part):
    """Kinds of frames that are left out."""

    blank: bool = True
    blurry: bool = False


class Image(_Part):
    """The format of the saved frames; a size limit shrinks, nothing is ever enlarged."""

    format: Literal["jpg", "png", "webp"] = "jpg"
    quality: Annotated[int, Field(ge=1, le=100)] = 90
    max_width: Pixels | None = None
    max_height: Pixels | None = None


class Clip(_Part):
    """The cropped video, audio kept.

    `encoder` auto is h264_nvenc where a GPU really encodes and is quicker, else libx264. One of the GPU's that is named
    is refused where this machine has it not; where it fails at work, libx264 stands in for it. `quality` is the crf of
    libx264: of the others what gives about the same picture.
    """

    encoder: Literal["auto", "libx264", "h264_nvenc", "hevc_nvenc", "av1_nvenc"] = "auto"
    quality: Annotated[int, Field(ge=0, le=51)] = 23
    max_height: Pixels | None = None


def _form_of_crop(value: Any) -> str:
    """Which form of crop is meant, so that what is wrong with it is said of that form alone."""
    if isinstance(value, Aspect) or (isinstance(value, dict) and "aspect" in value):
        return "ratio"
    return "rectangle" if isinstance(value, Rectangle | dict) else "word"


def _word_of_crop(value: Any) -> Any:
    if value not in ("auto", "none"):
        raise ValueError('crop is "auto", "none", {"x", "y", "width", "height"} in pixels, or {"aspect": "9:16"}')
    return value


class Recipe(_Part):
    """Everything a caller may choose for one video; the defaults are what most people want."""

    frames: Frames = Frames()
    crop: Annotated[
        Annotated[Literal["auto", "none"], BeforeValidator(_word_of_crop), Tag("word")]
        | Annotated[Rectangle, Tag("rectangle")]
        | Annotated[Aspect, Tag("ratio")],
        Discriminator(_form_of_crop),
    ] = "auto"
    dedupe: Dedupe = Dedupe()
    drop: Drop = Drop()
    image: Image = Image()
    sheet: bool = True
    clip: Clip | None = None


def overridden(recipe: Recipe, own: Recipe | None) -> Recipe:
    """`recipe` with the parts that `own` names in place of its own; a part is replaced whole."""
    return recipe.model_copy(update={name: getattr(own, name) for name in own.model_fields_set}) if own else recipe


def told(recipe: Recipe) -> dict[str, Any]:
    """A recipe as its caller gave it: without what was left to the defaults."""
    return recipe.model_dump(mode="json", by_alias=True, exclude_unset=True)


def rendition(recipe: Recipe) -> tuple[int | None, bool]:
    """What must be downloaded for it: the wanted height (None: the best), and whether sound is needed."""
    return recipe.image.max_height, recipe.clip is not None


OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "Recipe": '{"frames": {"max": 40}}',
        "Frames": '{"mode": "interval", "every": 10}',
        "Dedupe": '{"distance": 6}',
        "Drop": '{"blurry": true}',
        "Image": '{"format": "png"}',
        "Clip": '{"quality": 23}',
    }
)
"""By the name of its model, an object that may stand where something else came."""

_PARTS: tuple[type[_Part], ...] = (Recipe, Frames, Rectangle, Aspect, Dedupe, Drop, Image, Clip)
_NAMES = tuple(field.alias or name for part in _PARTS for name, field in part.model_fields.items())
# By pydantic's names of errors; in braces what it says of them.
_SENTENCES = {
    "missing": "this is missing",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a number",
    "string_type": "expected a text",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected an object",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "greater_than_equal": "expected {ge:g} or more",
    "less_than_equal": "expected {le:g} or less",
    "too_short": "expected at least {min_length}",
    "too_long": "expected at most {max_length}",
    "string_too_long": "expected at most {max_length} characters",
    "string_pattern_mismatch": "expected a text of the form {pattern}",
}


def faults(exc: ValidationError, objects: Mapping[str, str] = OBJECTS) -> list[tuple[tuple[int | str, ...], str]]:
    """What is wrong, and where; nothing about a list or a part in which something is wrong already.

    `objects` are examples of what may stand in place of what is no object, by the name of the model. Of very many
    faults the last is the number of those that are not told.
    """
    errors = exc.errors(include_url=False)
    whole = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    found = [error for error in errors if error["loc"] not in whole]
    told, untold = found[:_MOST_FAULTS], len(found) - _MOST_FAULTS
    unknown = [str(error["loc"][-1]) for error in told if error["type"] == _UNKNOWN][:_MOST_GUESSES]
    meant = {name: near for name in unknown if (near := _near(name))}
    said = [(error["loc"], _sentence(error, objects, meant)) for error in told]
    return [*said, ((), f"{untold} more are wrong")] if untold > 0 else said


_UNKNOWN = "extra_forbidden"


def _near(name: str) -> str | None:
    """The name that may be meant by one that is unknown."""
    near = get_close_matches(name, _NAMES, n=2) if len(name) <= _LONGEST_GUESSED else []
    return next((other for other in near if other != name), None)


def _sentence(error: ErrorDetails, objects: Mapping[str, str], meant: Mapping[str, str]) -> str:
    """What was expected, with the number that came, where it can be read; other values may be secrets."""
    kind, facts, came = error["type"], error.get("ctx", {}), error["input"]
    if kind == _UNKNOWN:
        near = meant.get(str(error["loc"][-1]))
        return "nothing of this name is known here" + (f"; did you mean {near}?" if near else "")
    if kind == "model_type":
        like = objects.get(facts["class_name"])
        return f"expected an object like {like}" if like else "expected an object"
    said = _SENTENCES[kind].format(**facts) if kind in _SENTENCES else error["msg"].removeprefix("Value error, ")
    is_short = isinstance(came, float) or (isinstance(came, int) and came.bit_length() <= _MOST_BITS)
    if not is_short or isinstance(came, bool):
        return said
    written = f"{came:.15g}" if isinstance(came, float) else came
    return f"{said}, not {written}" + (f': write "{written}"' if kind == "string_type" else "")
