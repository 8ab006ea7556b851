"""Films made on the spot by the wheel's ffmpeg, and the whole extraction run over them."""

from collections.abc import Mapping
from json import dumps
from pathlib import Path
from typing import Any

from vxpipe.engine.media.extract import Extraction, extract
from vxpipe.engine.media.tools import Tools
from vxpipe.ports import Limits
from vxpipe.recipe import Recipe

LIMITS = Limits(wall_seconds=120)


async def ffmpeg(tools: Tools, *arguments: str) -> None:
    """Run ffmpeg, which must have nothing to complain of."""
    line = [str(tools.ffmpeg), "-nostdin", "-v", "error", "-y", *arguments]
    done = await tools.runner.run(line, limits=LIMITS)
    assert done.returncode == 0, done.stderr_tail


async def run(tools: Tools, path: Path, out: Path, options: Mapping[str, Any] | None = None) -> Extraction:
    """What is extracted into the folder `out`, as a recipe in JSON says."""
    out.mkdir(exist_ok=True)
    recipe = Recipe.model_validate_json(dumps(options or {}))
    return await extract(tools, path, recipe, out, report=lambda _stage, _fraction, **_facts: None)


def box(result: Extraction) -> tuple[int, int, int, int] | None:
    """x, y, width, height of the crop."""
    return result.crop.box if result.crop else None
