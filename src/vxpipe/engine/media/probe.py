"""Asks ffprobe what a file holds, and when its packets are shown."""

import asyncio
from dataclasses import replace
from pathlib import Path

import structlog

from vxpipe.engine.media import argv, inputs, kinds, parse, spoken
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import is_headed
from vxpipe.engine.media.sound import Sound
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.model import MediaInfo
from vxpipe.ports import Limits

log = structlog.get_logger()

_LIMITS = Limits(wall_seconds=60, stall_seconds=60)
_PACKET_LIMITS = Limits(wall_seconds=600, stall_seconds=60)  # the whole file is read


async def probe(tools: Tools, path: Path) -> tuple[MediaInfo, str | None]:
    """The facts about the moving picture that is taken of a file, and the version of the ffprobe that found them.

    Raises VxError `file_missing`, `unreadable_media` (empty, or nothing ffprobe accepts) or `no_video_stream`.
    """
    head = _head(path)
    said = bytearray()
    done = await tools.runner.run(argv.probe(tools.ffprobe, path), limits=_LIMITS, on_stdout=said.extend)
    if done.returncode != 0:
        raise _refusal(path, head, done.stderr_tail)
    text = said.decode("utf-8", "replace")
    info = parse.media_info(text)
    seconds = info.duration and round(info.duration, 3)
    log.info(
        "video.probed",
        codec=info.codec, width=info.width, height=info.height, duration=seconds, fps=info.fps,
        rotation=info.rotation,
    )  # fmt: skip
    if info.taken.of > 1:
        log.info("picture.chosen", number=info.taken.number + 1, of=info.taken.of, because=info.taken.because)
    return info, parse.prober(text)


async def probe_sound(tools: Tools, path: Path) -> Sound | None:
    """The first sound of a file that may hold nothing else; None where it holds none that ffprobe can read."""
    said = bytearray()
    done = await tools.runner.run(argv.probe_sound(tools.ffprobe, path), limits=_LIMITS, on_stdout=said.extend)
    found = parse.sound_info(said.decode("utf-8", "replace")) if done.returncode == 0 else None
    return Sound(path=path, codec=found[0], begins=found[1]) if found else None


async def probe_ends(tools: Tools, clip: Path) -> tuple[float, float]:
    """When the picture and the sound of a clip of ours end, in seconds."""
    said = bytearray()
    done = await tools.runner.run(argv.probe(tools.ffprobe, clip), limits=_LIMITS, on_stdout=said.extend)
    if done.returncode != 0:
        raise VxError("tool_failed", f"{clip.name} cannot be read: {spoken.said(done.stderr_tail)[-300:]}")
    return parse.ends(said.decode("utf-8", "replace"))


async def probe_packets(tools: Tools, file: inputs.File, container: str = "") -> PacketMap | None:
    """The packets of the moving picture, read without decoding (0.01 of a decode); None where they tell no times.

    The `container`, as ffprobe calls it, tells how much there is to be read of it first. A file of which ffprobe cannot
    list the packets can still be decoded from end to end: no reason to fail.
    """
    said = bytearray()
    line = argv.packets(tools.ffprobe, file, by_header=is_headed(container))
    done = await tools.runner.run(line, limits=_PACKET_LIMITS, on_stdout=said.extend)
    if done.returncode != 0:
        return None
    return await asyncio.to_thread(parse.packet_map, said.decode("utf-8", "replace"))


def demand_moving(path: Path, packets: PacketMap | None) -> None:
    """Raises VxError `unreadable_media` for a file of pictures that holds only one."""
    kind = kinds.picture_of(_head(path))
    if kind and packets is not None and len(packets) == 1:
        raise VxError("unreadable_media", f"{_name(path)} is {kind} that does not move; give {kinds.WANTED}")


async def with_disposable(tools: Tools, file: inputs.File, packets: PacketMap) -> PacketMap:
    """The packets with the mark of those that no other frame needs; as they are where nobody can tell.

    Read from the headers of the frames, without decoding (0.01 of a decode).
    """
    said = bytearray()
    done = await tools.runner.run(argv.references(tools.ffmpeg, file), limits=_PACKET_LIMITS, on_stdout=said.extend)
    needed = await asyncio.to_thread(parse.copied_pts, said.decode("utf-8", "replace"))
    if done.returncode != 0 or not among(packets.key_pts, needed).all():
        return packets
    return replace(packets, disposable=~among(packets.pts, needed))


def _head(path: Path) -> bytes:
    """The first bytes of a file that must have some."""
    if not path.is_file():
        raise VxError("file_missing", f"{_name(path)} is not there or is no file")
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise VxError("unreadable_media", f"{_name(path)} is empty (0 bytes): fetch or copy it again")
    return head


def _name(path: Path) -> str:
    """As its owner knows it: the pipeline works on a link to a file of theirs, and names what it fetched itself."""
    return path.readlink().name if path.is_symlink() else "the file"


def _refusal(path: Path, head: bytes, said: str) -> VxError:
    name, kind, sound = _name(path), kinds.kind_of(head), kinds.sound_of(head)
    if sound:
        return VxError("no_video_stream", f"expected a video stream, found only: audio ({name} is {sound})")
    if kind:
        return VxError("unreadable_media", f"{name} is {kind}, not a video file; give {kinds.WANTED}")
    if other := kinds.refused_format(said):
        return VxError("unreadable_media", f'{name} is a "{other}" to ffmpeg, which is not taken; give {kinds.WANTED}')
    if "moov atom not found" in said:
        lost = f"the end of {name} is missing, and with it the index of the video"
        return VxError("unreadable_media", lost, hint="The file is cut off: fetch or copy it again.")
    why = f"{name} is no video that ffmpeg can open ({_reason(said, path)}): it may be cut off or damaged"
    return VxError("unreadable_media", why)


def _reason(said: str, path: Path) -> str:
    """ffprobe's last line, without the place of the file: that is nobody's business outside."""
    return spoken.said(said.splitlines()[-1]).replace(f"file:{path.absolute()}: ", "") if said else "no reason given"
