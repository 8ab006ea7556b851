"""Really tries what a card can do, with the ffmpeg in use, held to what jobs are held to.

Loaded where there is a device only: `vxpipe run` on a machine without one does not pay for it.
"""

import asyncio
import sys
import tempfile
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from vxpipe.engine import sandbox
from vxpipe.engine.media import hardware, ladder, nvdec_caps, trials
from vxpipe.engine.media.hardware import Card, Code, Ended, environment
from vxpipe.engine.media.tools import Tools, within
from vxpipe.engine.media.trials import Trial
from vxpipe.errors import VxError
from vxpipe.facts import Ability, DecoderBounds, Gpu
from vxpipe.ports import Limits

ASK_DECODER = (sys.executable, "-I", "-S", nvdec_caps.__file__)
"""Prints what NVDEC says of itself."""
_AT_ONCE = 8  # each holds a CUDA context: some hundred MB of a card's memory
_CPU_SECONDS = 20.0  # for what the CPU has to make: jobs may have all its cores
_HEAD_BYTES = 16 << 10  # the cause comes first; lists of pixel formats may follow

_T = TypeVar("_T")


async def survey(
    tools: Tools, cards: Sequence[Card], seconds: float, *, asking: Sequence[str] = ASK_DECODER
) -> tuple[Gpu, ...]:
    """Try one card of each kind; the others of its kind can do the same.

    Each has so many seconds to be opened, and again for all that it is tried with; `asking` see told_bounds.
    """
    kinds: dict[str, Gpu] = {}
    for card in cards:
        if card.name not in kinds:
            kinds[card.name] = await _tried(tools, card, seconds, asking)
    return tuple(
        replace(kinds[card.name], uuid=card.uuid, driver=card.driver, memory_bytes=card.memory_bytes) for card in cards
    )


async def opening(tools: Tools, card: Card, seconds: float) -> Code | None:
    """Try whether this very card can be opened; why not."""
    ends = asyncio.get_running_loop().time() + seconds
    with tempfile.TemporaryDirectory(prefix="vxpipe-gpu-") as name:
        return hardware.verdict(await _Bench(tools, card, Path(name)).run(trials.OPEN_DEVICE, ends=ends), None)


async def told_bounds(
    tools: Tools, uuid: str | None, seconds: float, *, asking: Sequence[str] = ASK_DECODER
) -> Mapping[str, DecoderBounds]:
    """The bounds of a card's decoders, as a program prints them that is confined as ffmpeg is; nothing if it fails."""
    wrote, limits = bytearray(), Limits(wall_seconds=seconds, stall_seconds=seconds)
    python = within(tools, read=(*sandbox.paths_of_this_python(), Path(nvdec_caps.__file__)))
    try:
        done = await python.runner.run(asking, limits=limits, env=environment(uuid), on_stdout=wrote.extend)
    except (VxError, OSError):
        return {}
    return ladder.told_bounds(wrote.decode("utf-8", "replace")) if done.returncode == 0 else {}


async def _tried(tools: Tools, card: Card, seconds: float, asking: Sequence[str]) -> Gpu:
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="vxpipe-gpu-") as name:
        bench = _Bench(tools, card, Path(name))
        begun = loop.time()
        closed = hardware.verdict(await bench.run(trials.OPEN_DEVICE, ends=begun + seconds), None)
        if closed:
            return Gpu(usable=_ability(card.name, closed))
        price = round(loop.time() - begun, 3)
        bounds = await told_bounds(tools, card.uuid, seconds, asking=asking)
        abilities = await _abilities(bench, seconds)
    working = any(each.obstacle is None for each in abilities)
    usable = Ability(card.name) if working else replace(abilities[0], name=card.name)
    return Gpu(usable=usable, context_seconds=price, abilities=abilities, bounds=bounds)


async def _abilities(bench: "_Bench", seconds: float) -> tuple[Ability, ...]:
    """What the CPU makes first, in its own time; then whatever can be tried of the GPU, all at once."""
    loop, tried = asyncio.get_running_loop(), trials.trials()
    patience = loop.time() + _CPU_SECONDS
    lacking = dict(zip(trials.CLIPS, await _all(_clip(bench, codec, patience) for codec in trials.CLIPS), strict=True))
    wanted = await _all(_reference(bench, trial, lacking, patience) for trial in tried)
    ends = loop.time() + seconds
    return await _all(_ability_of(bench, *each, ends) for each in zip(tried, wanted, strict=True))


async def _clip(bench: "_Bench", codec: str, ends: float) -> Code | None:
    """Make the clip of a codec; why it could not be made."""
    made = await bench.run(trials.made(codec, trials.clip_of(codec)), ends=ends)
    return None if made.returncode == 0 else hardware.verdict(made, None)


async def _reference(
    bench: "_Bench", trial: Trial, lacking: Mapping[str, Code | None], ends: float
) -> bytes | Code | None:
    """The pictures of the CPU, or why there are none."""
    code = lacking[trial.clip] if trial.clip else None
    if code:
        return code
    ended = await bench.run(trial.reference, ends=ends)
    return ended.wrote if ended.returncode == 0 else hardware.verdict(ended, None)


async def _ability_of(bench: "_Bench", trial: Trial, wanted: bytes | Code | None, ends: float) -> Ability:
    if not isinstance(wanted, bytes):
        return _ability(trial.name, wanted)
    ended = await bench.run(trial.arguments, ends=ends)
    if trial.shown and ended.returncode == 0:
        ended = await bench.run(trial.shown, ends=ends + _CPU_SECONDS)
    return _ability(trial.name, await asyncio.to_thread(hardware.verdict, ended, wanted))


async def _all(calls: Iterable[Coroutine[Any, Any, _T]]) -> tuple[_T, ...]:
    """What comes of calls that are made at once."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call) for call in calls]
    return tuple(task.result() for task in tasks)


class _Bench:
    """Where the trials of a card run: a folder, and a number of places."""

    def __init__(self, tools: Tools, card: Card, folder: Path) -> None:
        self._tools = within(tools, read=(folder,), write=(folder,))
        self._folder = folder
        self._env = environment(card.uuid)
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, arguments: tuple[str, ...], *, ends: float) -> Ended:
        """Run ffmpeg, by the loop's time no longer than to `ends`."""
        wrote, said = bytearray(), bytearray()
        line = [str(self._tools.ffmpeg), *trials.QUIET, *arguments]

        def heard(chunk: bytes) -> None:
            said.extend(chunk[: _HEAD_BYTES - len(said)])

        async with self._places:
            left = max(0.01, ends - asyncio.get_running_loop().time())
            limits = Limits(wall_seconds=left, stall_seconds=left)
            try:
                done = await self._tools.runner.run(
                    line, limits=limits, cwd=self._folder, env=self._env, on_stdout=wrote.extend, on_stderr=heard
                )
            except VxError as exc:
                started = exc.code != "tool_failed"
                return Ended(returncode=None if started else 1, wrote=b"", said=str(exc))
            except OSError as exc:  # too many open files, say
                return Ended(returncode=1, wrote=b"", said=f"ffmpeg could not be started: {exc}")
        return Ended(returncode=done.returncode, wrote=bytes(wrote), said=said.decode("utf-8", "replace"))


def _ability(name: str, code: Code | None) -> Ability:
    return Ability(name) if code is None else Ability(name, hardware.SENTENCES[code], code.value)
