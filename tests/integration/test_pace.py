"""Films of which every frame must be decoded are measured ten times a second, and nothing is lost by that."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from integration.extraction import LIMITS, ffmpeg, run
from vxpipe.engine.media.extract import Extraction
from vxpipe.engine.media.plan import Look
from vxpipe.engine.media.tools import Tools

WIDTH, HEIGHT, FPS, BITS = 192, 128, 30, 12
CODED = {
    "film.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "3M", "-g", "999"),
    "film.mkv": ("-c:v", "mpeg2video", "-q:v", "3", "-g", "600", "-bf", "2"),
    "film.mov": ("-c:v", "mpeg4", "-q:v", "3", "-g", "600", "-bf", "2"),
}


class Film:
    """Sceneries shown for some frames each, and the numbers of frames that are left out: the one before stays."""

    def __init__(self) -> None:
        self.shown = list[int]()
        self.left_out = set[int]()

    def show(self, scenery: int, frames: int) -> None:
        self.shown += [scenery] * frames

    def hold(self, scenery: int, frames: int) -> None:
        """One frame that stays for so long."""
        self.left_out |= set(range(len(self.shown) + 1, len(self.shown) + frames))
        self.show(scenery, frames)

    async def write(self, tools: Tools, path: Path) -> None:
        raw, left_out = path.with_suffix(".raw"), "+".join(f"eq(n,{number})" for number in self.left_out) or "0"
        raw.write_bytes(b"".join(_picture(scenery, n).tobytes() for n, scenery in enumerate(self.shown)))
        await ffmpeg(
            tools, "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", str(raw),
            "-vf", f"select='not({left_out})',format=yuv420p", "-fps_mode", "passthrough", *CODED[path.name], str(path),
        )  # fmt: skip


def _picture(scenery: int, number: int) -> NDArray[np.uint8]:
    """Patches of the scenery, which sway, above the number of the frame in black and white."""
    patches = np.random.default_rng(scenery).integers(20, 236, (4, 6)).astype(np.uint8)
    swaying = np.roll(np.kron(patches, np.ones((28, 32), np.uint8)), abs(number % 12 - 6), axis=1)
    bits = np.array([255 * (number >> bit & 1) for bit in range(BITS)], np.uint8)
    return np.concatenate([swaying, np.kron(bits, np.ones((16, 16), np.uint8))])


async def _numbers(tools: Tools, out: Path, result: Extraction) -> dict[int, float | None]:
    """The numbers that the kept frames show, and the time that is told of each."""
    found = dict[int, float | None]()
    for file in result.files:
        if file.kind == "frame":
            seen, gray = bytearray(), ("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
            line = [str(tools.ffmpeg), "-v", "error", "-i", str(out / file.name), *gray]
            await tools.runner.run(line, limits=LIMITS, on_stdout=seen.extend)
            bits = np.frombuffer(seen, np.uint8).reshape(HEIGHT, BITS, 16)[-12:-4, :, 4:-4].mean(axis=(0, 2)) > 128
            found[int((1 << np.flatnonzero(bits)).sum())] = file.t
    return found


@pytest.mark.parametrize("name", CODED)
async def test_each_shot_is_found_wherever_it_begins_and_flashes_are_none(
    name: str, tools: Tools, tmp_path: Path
) -> None:
    """Of three frames one is measured."""
    film = Film()
    film.show(1, 31)
    for scenery in (2, 3, 4):
        film.show(scenery, 12)
        film.show(1, 20)
    for scenery in (5, 6, 7):
        film.show(scenery, 1)
        film.show(1, 18)
    await film.write(tools, tmp_path / name)

    result = await run(tools, tmp_path / name, tmp_path / "out", {"frames": {"min": 0}, "crop": "none"})

    kept = await _numbers(tools, tmp_path / "out", result)
    assert (Look.EVERYTHING, 0.1) == (result.plan.look, result.plan.unseen_seconds)
    assert [1, 2, 3, 4] == [film.shown[number] for number in kept]
    assert [pytest.approx(number / FPS, abs=0.0011) for number in kept] == list(kept.values())


async def test_a_frame_that_stays_is_found_wherever_it_comes(tools: Tools, tmp_path: Path) -> None:
    film = Film()
    film.show(1, 31)
    for scenery in (2, 3, 4):
        film.hold(scenery, 15)
        film.show(1, 21)
    await film.write(tools, tmp_path / "film.webm")

    result = await run(tools, tmp_path / "film.webm", tmp_path / "out", {"frames": {"min": 0}, "crop": "none"})

    kept = await _numbers(tools, tmp_path / "out", result)
    assert result.plan.pace
    assert [1, 2, 3, 4] == [film.shown[number] for number in kept]
    assert [pytest.approx(number / FPS, abs=0.0011) for number in kept] == list(kept.values())
