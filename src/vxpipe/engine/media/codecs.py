"""Which of the codecs that matter to us the ffmpeg in use has."""

from vxpipe.engine.media import spoken
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.tools import Tools, within
from vxpipe.errors import VxError
from vxpipe.facts import Ability
from vxpipe.ports import Limits

_QUICK = Limits(wall_seconds=20, stall_seconds=20)

# What frames, sheets and clips are written with.
_ENCODERS = ("mjpeg", "png", "libwebp", "libx264", "aac")
# What videos come in, and which decoders of ffmpeg do it without a GPU: its own for AV1 needs one.
_DECODERS = {
    "h264": ("h264",),
    "hevc": ("hevc",),
    "vp8": ("vp8", "libvpx"),
    "vp9": ("vp9", "libvpx-vp9"),
    "av1": ("libdav1d", "libaom-av1"),
    "mpeg1": ("mpeg1video",),
    "mpeg2": ("mpeg2video",),
    "mpeg4": ("mpeg4",),
    "vc1": ("vc1",),
    "theora": ("theora",),
    "prores": ("prores",),
    "mjpeg": ("mjpeg",),
}


async def encoders(tools: Tools) -> tuple[Ability, ...]:
    """Every encoder that we use."""
    listed = await _listed(tools, "-encoders")
    return tuple(_ability(name, (name,), listed) for name in _ENCODERS)


async def decoders(tools: Tools) -> tuple[Ability, ...]:
    """Every codec that videos commonly come in."""
    listed = await _listed(tools, "-decoders")
    return tuple(_ability(codec, names, listed) for codec, names in _DECODERS.items())


def _ability(name: str, wanted: tuple[str, ...], listed: frozenset[str]) -> Ability:
    if listed.intersection(wanted):
        return Ability(name)
    return Ability(name, f"this ffmpeg has no {' or '.join(wanted)}", Code.FFMPEG_LACKS_CODEC.value)


async def _listed(tools: Tools, what: str) -> frozenset[str]:
    """The names that `ffmpeg -encoders` or `-decoders` shows. Raises VxError `tool_failed`."""
    said = bytearray()
    tools = within(tools)
    done = await tools.runner.run(
        [str(tools.ffmpeg), "-hide_banner", "-v", "error", what], limits=_QUICK, on_stdout=said.extend
    )
    if done.returncode != 0:
        raise VxError("tool_failed", f"{tools.ffmpeg} {what} does not answer as it should")
    return spoken.codecs(said.decode("utf-8", "replace"))
