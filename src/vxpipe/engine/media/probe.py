"""Asks ffprobe what a file holds."""

from pathlib import Path

import structlog

from vxpipe.engine.media import argv, parse
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.model import MediaInfo
from vxpipe.ports import Limits

log = structlog.get_logger()

_LIMITS = Limits(wall_seconds=60, stall_seconds=60)


async def probe(tools: Tools, path: Path) -> MediaInfo:
    """The facts about the first moving picture in a file.

    Raises VxError `file_missing`, `unreadable_media` (empty, or nothing ffprobe accepts) or `no_video_stream`.
    """
    _demand_bytes(path)
    said = bytearray()
    done = await tools.runner.run(argv.probe(tools.ffprobe, path), limits=_LIMITS, on_stdout=said.extend)
    if done.returncode != 0:
        raise VxError("unreadable_media", f"ffprobe refused {path.name}: {_last_line(done.stderr_tail)}")
    info = parse.media_info(said.decode("utf-8", "replace"))
    log.info(
        "video.probed",
        codec=info.codec, width=info.width, height=info.height, duration=info.duration, fps=info.fps,
        rotation=info.rotation,
    )  # fmt: skip
    return info


def _demand_bytes(path: Path) -> None:
    if not path.is_file():
        raise VxError("file_missing", f"{path.name} is not there or is no file")
    if path.stat().st_size == 0:
        raise VxError("unreadable_media", f"{path.name} holds no bytes")


def _last_line(text: str) -> str:
    return text.splitlines()[-1] if text else "no reason given"
