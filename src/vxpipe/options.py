"""The flags that say what is wanted of a video, in one place for every command that takes them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from vxpipe.recipe import Recipe  # not loaded before a command begins: see cli.main


def chosen_recipe(
    mode: Annotated[
        str | None,
        typer.Option(
            help="scenes, interval, count, timestamps or keyframes; --every, --count and --at choose theirs.",
            show_default="scenes",
        ),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="0..1: how different two shots must be.", show_default="0.3")
    ] = None,
    every: Annotated[float | None, typer.Option(help="A frame every so many seconds.")] = None,
    count: Annotated[int | None, typer.Option(help="So many frames, evenly spread.")] = None,
    pick: Annotated[
        str | None,
        typer.Option(help="With --count: even (over time) or diverse (most different).", show_default="even"),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(help="Frames at these seconds: comma-separated, or the flag again.")
    ] = None,
    min_frames: Annotated[
        int | None,
        typer.Option(
            "--min", help="At least so many frames, where the film has so many that differ.", show_default="3"
        ),
    ] = None,
    max_frames: Annotated[
        int | None,
        typer.Option("--max", help="At most so many frames.", show_default="500; of --count and --at all they name"),
    ] = None,
    crop: Annotated[
        str | None, typer.Option(help="auto, none, X,Y,W,H or a ratio such as 9:16.", show_default="auto")
    ] = None,
    distance: Annotated[
        int | None,
        typer.Option(
            help="How far two pictures may be apart and be one: bits of dHash, light and colour likewise.",
            show_default="6",
        ),
    ] = None,
    no_dedupe: Annotated[bool, typer.Option("--no-dedupe", help="Keep duplicates.")] = False,
    keep_blank: Annotated[bool, typer.Option("--keep-blank", help="Keep black, white and solid frames.")] = False,
    drop_blurry: Annotated[bool, typer.Option("--drop-blurry", help="Leave blurry frames out.")] = False,
    image_format: Annotated[str | None, typer.Option("--format", help="jpg, png or webp.", show_default="jpg")] = None,
    quality: Annotated[int | None, typer.Option(help="1..100, of jpg and webp.", show_default="90")] = None,
    max_width: Annotated[int | None, typer.Option(help="Shrink frames wider than this.")] = None,
    max_height: Annotated[int | None, typer.Option(help="Shrink frames higher than this.")] = None,
    no_sheet: Annotated[bool, typer.Option("--no-sheet", help="Make no contact sheet.")] = False,
    clip: Annotated[bool, typer.Option("--clip", help="Write the cropped video as well.")] = False,
    encoder: Annotated[
        str | None,
        typer.Option(help="A clip by auto, libx264, h264_nvenc, hevc_nvenc or av1_nvenc.", show_default="auto"),
    ] = None,
    clip_quality: Annotated[
        int | None, typer.Option(help="0..51, less is better: the crf of a clip.", show_default="23")
    ] = None,
    clip_max_height: Annotated[int | None, typer.Option(help="Shrink a clip higher than this.")] = None,
) -> "Recipe":
    """The recipe that the flags ask for. Raises ConfigError."""
    from vxpipe import flags

    of_clip = {"encoder": encoder, "quality": clip_quality, "maxHeight": clip_max_height}
    is_plain = all(figure is None for figure in of_clip.values())
    return flags.recipe(
        frames={
            "mode": mode, "threshold": threshold, "every": every, "count": count, "pick": pick,
            "at": flags.seconds("--at", *at or ()), "min": min_frames, "max": max_frames,
        },
        crop=flags.crop(crop),
        dedupe={"enabled": False if no_dedupe else None, "distance": distance},
        drop={"blank": False if keep_blank else None, "blurry": drop_blurry or None},
        image={"format": image_format, "quality": quality, "maxWidth": max_width, "maxHeight": max_height},
        sheet=False if no_sheet else None,
        clip={} if clip and is_plain else of_clip,
    )  # fmt: skip


def takes_recipe(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes the flags above beside its own and is handed them as `recipe`, which makes the recipe."""
    shared = inspect.signature(chosen_recipe).parameters.values()
    own = [each for each in inspect.signature(command).parameters.values() if each.name != "recipe"]

    @wraps(command)
    def taking(**given: Any) -> None:
        flags = {each.name: given.pop(each.name) for each in shared}
        command(**given, recipe=lambda: chosen_recipe(**flags))

    taking.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    taking.__annotations__ = {each.name: each.annotation for each in (*own, *shared)}
    return taking
