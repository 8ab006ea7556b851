"""The flags that say what is wanted of a video, in one place for every command that takes them."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vxpipe.values import frozen

if TYPE_CHECKING:
    from vxpipe.recipe import Recipe  # not loaded before a command begins: see cli.main


@frozen
class Options:
    """What the flags say, None or False where one was not given. The help shows the default of what is asked for."""

    mode: Annotated[
        str | None,
        typer.Option(
            help="scenes, interval, count, timestamps or keyframes; --every, --count and --at choose theirs.",
            show_default="scenes",
        ),
    ] = None
    threshold: Annotated[
        float | None, typer.Option(help="0..1: how different two shots must be.", show_default="0.3")
    ] = None
    every: Annotated[float | None, typer.Option(help="A frame every so many seconds.")] = None
    count: Annotated[int | None, typer.Option(help="So many frames, evenly spread.")] = None
    pick: Annotated[
        str | None,
        typer.Option(help="With --count: even (over time) or diverse (most different).", show_default="even"),
    ] = None
    at: Annotated[
        list[str] | None, typer.Option(help="Frames at these seconds: comma-separated, or the flag again.")
    ] = None
    min_frames: Annotated[
        int | None,
        typer.Option(
            "--min", help="At least so many frames, where the film has so many that differ.", show_default="3"
        ),
    ] = None
    max_frames: Annotated[
        int | None,
        typer.Option("--max", help="At most so many frames.", show_default="500; of --count and --at all they name"),
    ] = None
    crop: Annotated[
        str | None, typer.Option(help="auto, none, X,Y,W,H or a ratio such as 9:16.", show_default="auto")
    ] = None
    distance: Annotated[
        int | None,
        typer.Option(
            help="In how many of the 64 bits of dHash two pictures may differ and be one, light and colour likewise: "
            "0 in none, 6 as far as they look the same, 64 as far as they are composed alike.",
            show_default="6",
        ),
    ] = None
    no_dedupe: Annotated[bool, typer.Option("--no-dedupe", help="Keep duplicates.")] = False
    keep_blank: Annotated[bool, typer.Option("--keep-blank", help="Keep black, white and solid frames.")] = False
    drop_blurry: Annotated[bool, typer.Option("--drop-blurry", help="Leave blurry frames out.")] = False
    image_format: Annotated[str | None, typer.Option("--format", help="jpg, png or webp.", show_default="jpg")] = None
    quality: Annotated[int | None, typer.Option(help="1..100, of jpg and webp.", show_default="90")] = None
    max_width: Annotated[int | None, typer.Option(help="Shrink frames wider than this.")] = None
    max_height: Annotated[int | None, typer.Option(help="Shrink frames higher than this.")] = None
    no_sheet: Annotated[bool, typer.Option("--no-sheet", help="Make no contact sheet.")] = False
    clip: Annotated[bool, typer.Option("--clip", help="Write the cropped video as well.")] = False
    encoder: Annotated[
        str | None,
        typer.Option(help="A clip by auto, libx264, h264_nvenc, hevc_nvenc or av1_nvenc.", show_default="auto"),
    ] = None
    clip_quality: Annotated[
        int | None, typer.Option(help="0..51, less is better: the crf of a clip.", show_default="23")
    ] = None
    clip_max_height: Annotated[int | None, typer.Option(help="Shrink a clip higher than this.")] = None

    def recipe(self) -> "Recipe":
        """What they ask for. Raises ConfigError."""
        from vxpipe import flags

        return flags.recipe(
            frames=self._frames(),
            crop=flags.crop(self.crop),
            dedupe={"enabled": False if self.no_dedupe else None, "distance": self.distance},
            drop={"blank": False if self.keep_blank else None, "blurry": self.drop_blurry or None},
            image=self._image(),
            sheet=False if self.no_sheet else None,
            clip=self._clip(),
        )

    def _frames(self) -> dict[str, Any]:
        from vxpipe import flags

        return {
            "mode": self.mode, "threshold": self.threshold, "every": self.every, "count": self.count,
            "pick": self.pick, "at": flags.seconds("--at", *self.at or ()),
            "min": self.min_frames, "max": self.max_frames,
        }  # fmt: skip

    def _image(self) -> dict[str, Any]:
        return {
            "format": self.image_format, "quality": self.quality,
            "maxWidth": self.max_width, "maxHeight": self.max_height,
        }  # fmt: skip

    def _clip(self) -> dict[str, Any]:
        """A figure of the clip asks for one; {} is a clip by the defaults."""
        told = {"encoder": self.encoder, "quality": self.clip_quality, "maxHeight": self.clip_max_height}
        is_plain = all(figure is None for figure in told.values())
        return {} if self.clip and is_plain else told


def parameters() -> list[inspect.Parameter]:
    """The options as a command takes them."""
    return [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type)
        for each in fields(Options)
    ]


def takes_recipe(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes the options beside its own and is handed, as `recipe`, what makes the recipe of them."""
    shared = parameters()
    own = [each for each in inspect.signature(command).parameters.values() if each.name != "recipe"]

    @wraps(command)
    def taking(**given: Any) -> None:
        options = {each.name: given.pop(each.name) for each in shared}
        command(**given, recipe=lambda: Options(**options).recipe())

    taking.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    taking.__annotations__ = {each.name: each.annotation for each in (*own, *shared)}
    return taking
