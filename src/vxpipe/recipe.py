"""What a caller may ask for one video: the `options` of a job, checked once at the edge and trusted inside.

The recipe is the one pydantic model below the edges: the wire format and the stored format at once (decision 0004). Its
JSON Schema tells people too what there is to choose, so that a form can be made of it: see `_told`.
"""

import re
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

FRAME_LIMIT = 2000

_T = TypeVar("_T")

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


def _told(title: str, about: str | None = None, *, example: Any = None, **more: Any) -> Any:
    """How a value is told to people, for its schema.

    `example` is where somebody may begin who wants a value that has no default. As `x-` keys: `group`, under what parts
    of a recipe stand together; `words` for each value, or for the model that may stand there; `when`, which values of
    its neighbours let it count at all; `meanings`, what a figure up to `most` means; `step`, for a slider.
    """
    extra = {f"x-{name}": value for name, value in more.items()}
    return Field(
        title=title,
        description=about,
        examples=None if example is None else [example],
        json_schema_extra=extra,
    )


def _meanings(*told: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"most": most, "text": text} for most, text in told]


_FOUND = {"mode": ["scenes", "interval", "keyframes"]}


class Frames(_Part):
    """Which frames: a mode and the figures that belong to it; `min` and `max` bound the number kept.

    Who names a `count` or times gets them all unless `max` is given. `pick` is how mode count chooses: evenly over
    time, or the frames that differ most from each other.
    """

    mode: Annotated[
        Mode,
        _told(
            "Which",
            words={
                "scenes": "One per shot",
                "interval": "Every so many seconds",
                "count": "A fixed number",
                "timestamps": "At given times",
                "keyframes": "Keyframes",
            },
        ),
    ] = Mode.SCENES
    threshold: Annotated[
        float,
        Field(ge=0, le=1),
        _told(
            "Change that makes a cut",
            "How different two pictures have to be for a shot to begin.",
            when={"mode": ["scenes"]},
            step=0.05,
            meanings=_meanings(
                (0.19, "Soft changes count too: more frames"),
                (0.4, "Cuts as an eye sees them"),
                (1, "Hard cuts only: fewer frames"),
            ),
        ),
    ] = 0.3
    every: Annotated[
        Annotated[float, Field(ge=0.04, le=3600, allow_inf_nan=False)] | None,
        _told("Seconds between them", when={"mode": ["interval"]}, example=5),
    ] = None
    count: Annotated[
        Annotated[int, Field(ge=1, le=FRAME_LIMIT)] | None, _told("How many", when={"mode": ["count"]}, example=24)
    ] = None
    pick: Annotated[
        Literal["even", "diverse"],
        _told(
            "Chosen",
            when={"mode": ["count"]},
            words={"even": "Evenly over the time", "diverse": "As different as can be"},
        ),
    ] = "even"
    at: Annotated[
        Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=FRAME_LIMIT)] | None,
        _told("Times", "In seconds from the start.", when={"mode": ["timestamps"]}, example=[0, 12.5, 70]),
    ] = None
    min: Annotated[
        int, Field(ge=0, le=FRAME_LIMIT), _told("At least", "As far as the video has so many that differ.", when=_FOUND)
    ] = 3
    max: Annotated[
        int,
        Field(ge=1, le=FRAME_LIMIT),
        _told("At most", "The default is for what is found: a count or times bring all they name.", when=_FOUND),
    ] = 500

    @property
    def most(self) -> int:
        """How many are kept at most: what was named one by one or by number is no matter of a bound that was not."""
        is_named = self.mode in (Mode.COUNT, Mode.TIMESTAMPS)
        return FRAME_LIMIT if is_named and "max" not in self.model_fields_set else self.max

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
        if "min" in self.model_fields_set and self.min > self.most:
            raise _wrong("min", f"min ({self.min}) is larger than max ({self.most})")
        return self


def given(figure: _T | None) -> _T:
    """A figure that belongs to the mode of its recipe, which has none without it."""
    assert figure is not None
    return figure


def _wrong(name: str, said: str) -> ValidationError:
    """That a figure does not go with another, told at its place."""
    return ValidationError.from_exception_data(
        "Frames", [{"type": PydanticCustomError("misfit", said), "loc": (name,), "input": None}]
    )


class Rectangle(_Part):
    """A fixed crop in pixels of the upright source."""

    x: Annotated[int, Field(ge=0, le=16384), _told("From the left", example=0)]
    y: Annotated[int, Field(ge=0, le=16384), _told("From the top", example=0)]
    width: Annotated[Pixels, _told("Width", "In pixels of the video as it is shown.", example=1280)]
    height: Annotated[Pixels, _told("Height", "In pixels of the video as it is shown.", example=720)]


_RATIO = r"^[1-9][0-9]{0,3}:[1-9][0-9]{0,3}$"


def _ratio(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(_RATIO, value):
        meant = _whole_ratio(value) if isinstance(value, str) else None
        cure = f': write "{meant}"' if meant else ', such as "9:16"'
        raise ValueError(f"expected a ratio of width to height in whole numbers{cure}")
    return value


def _whole_ratio(text: str) -> str | None:
    """The ratio of whole numbers that one of decimals is: 47:20 for 2.35:1."""
    sides = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,4})?):([0-9]{1,4}(?:\.[0-9]{1,4})?)", text)
    if sides is None or not float(sides[1]) or not float(sides[2]):
        return None
    ratio = Fraction(sides[1]) / Fraction(sides[2])
    whole = f"{ratio.numerator}:{ratio.denominator}"
    return whole if re.fullmatch(_RATIO, whole) else None


class Aspect(_Part):
    """A centred crop to a ratio of width to height, inside the detected picture."""

    aspect: Annotated[str, Field(pattern=_RATIO), BeforeValidator(_ratio), _told("Width : height", example="9:16")]


class Dedupe(_Part):
    """Frames whose 64-bit dHash differs in at most `distance` bits show the same picture."""

    enabled: Annotated[bool, _told("No repeats")] = True
    distance: Annotated[
        int,
        Field(ge=0, le=64),
        _told(
            "How much repeats may differ",
            "In bits of a 64-bit dHash, light and colour likewise.",
            when={"enabled": [True]},
            step=1,
            meanings=_meanings(
                (0, "Not at all"), (8, "As far as they look the same"), (64, "As far as they are similar: fewer frames")
            ),
        ),
    ] = 6


class Drop(_Part):
    """Kinds of frames that are left out."""

    blank: Annotated[bool, _told("No blank pictures")] = True
    blurry: Annotated[bool, _told("No blurry pictures")] = False


class Image(_Part):
    """The format of the saved frames; a size limit shrinks, nothing is ever enlarged."""

    format: Annotated[
        Literal["jpg", "png", "webp"], _told("Format", words={"jpg": "JPEG", "png": "PNG", "webp": "WebP"})
    ] = "jpg"
    quality: Annotated[
        int,
        Field(ge=1, le=100),
        _told(
            "Quality",
            when={"format": ["jpg", "webp"]},
            step=1,
            meanings=_meanings(
                (69, "Small files, with losses to be seen"),
                (89, "Losses that are hardly seen"),
                (100, "Losses that are not seen"),
            ),
        ),
    ] = 90
    max_width: Annotated[Pixels | None, _told("Largest width")] = None
    max_height: Annotated[Pixels | None, _told("Largest height")] = None


class Clip(_Part):
    """The cropped video, audio kept.

    `encoder` auto is h264_nvenc where a GPU really encodes and is quicker, else libx264. One of the GPU's that is named
    is refused where this machine has it not; where it fails at work, libx264 stands in for it. `quality` is the crf of
    libx264: of the others what gives about the same picture.
    """

    encoder: Annotated[
        Literal["auto", "libx264", "h264_nvenc", "hevc_nvenc", "av1_nvenc"],
        _told(
            "Encoder of the clip",
            words={
                "auto": "The quickest that is here",
                "libx264": "H.264, by the CPU",
                "h264_nvenc": "H.264, by an NVIDIA GPU",
                "hevc_nvenc": "HEVC, by an NVIDIA GPU",
                "av1_nvenc": "AV1, by an NVIDIA GPU",
            },
        ),
    ] = "auto"
    quality: Annotated[
        int,
        Field(ge=0, le=51),
        _told(
            "CRF of the clip",
            step=1,
            meanings=_meanings(
                (17, "Losses that are not seen: a large file"),
                (27, "Losses that are hardly seen"),
                (51, "A small file, with losses to be seen"),
            ),
        ),
    ] = 23
    max_height: Annotated[Pixels | None, _told("Largest height of the clip")] = None


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

    frames: Annotated[Frames, _told("Frames", group="Frames")] = Frames()
    crop: Annotated[
        Annotated[Literal["auto", "none"], BeforeValidator(_word_of_crop), Tag("word")]
        | Annotated[Rectangle, Tag("rectangle")]
        | Annotated[Aspect, Tag("ratio")],
        Discriminator(_form_of_crop),
        _told(
            "Crop",
            group="Pictures",
            words={
                "auto": "Without borders",
                "none": "Uncropped",
                "Aspect": "Cut to a ratio",
                "Rectangle": "Cut to a box",
            },
        ),
    ] = "auto"
    dedupe: Annotated[Dedupe, _told("Repeats", group="Left out")] = Dedupe()
    drop: Annotated[Drop, _told("Useless pictures", group="Left out")] = Drop()
    image: Annotated[Image, _told("Pictures", group="Pictures")] = Image()
    sheet: Annotated[bool, _told("Contact sheet", group="Besides")] = True
    clip: Annotated[Clip | None, _told("The cropped video as a clip", "With its sound.", group="Besides")] = None


def overridden(recipe: Recipe, own: Recipe | None) -> Recipe:
    """`recipe` with the parts that `own` names in place of its own; a part is replaced whole."""
    return recipe.model_copy(update={name: getattr(own, name) for name in own.model_fields_set}) if own else recipe


def told(recipe: Recipe) -> dict[str, Any]:
    """A recipe as its caller gave it: without what was left to the defaults."""
    return recipe.model_dump(mode="json", by_alias=True, exclude_unset=True)


def whole(recipe: Recipe) -> dict[str, Any]:
    """A recipe with all that holds for it, what was left to the defaults too."""
    values = recipe.model_dump(mode="json", by_alias=True)
    return values | {"frames": values["frames"] | {"max": recipe.frames.most}}


def rendition(recipe: Recipe) -> tuple[int | None, bool]:
    """What must be downloaded for it: the wanted height (None: the best), and whether sound is needed."""
    return recipe.image.max_height, recipe.clip is not None
