"""Finds the NVIDIA GPUs and tries what they can do, with the ffmpeg in use, held to what jobs are held to."""

import asyncio
import math
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import structlog

from vxpipe.engine import sandbox
from vxpipe.engine.media import hardware, ladder, nvdec_caps, trials
from vxpipe.engine.media.hardware import Card, Code, Ended
from vxpipe.engine.media.tools import Tools, within
from vxpipe.engine.media.trials import Trial
from vxpipe.errors import VxError
from vxpipe.ports import Ability, DecoderBounds, Gpu, Limits

log = structlog.get_logger()

_ASKING = Limits(wall_seconds=3, stall_seconds=3)  # nvidia-smi never answers where a card hangs
ASK_DECODER = (sys.executable, "-I", "-S", nvdec_caps.__file__)
"""Prints what NVDEC says of itself."""
_AT_ONCE = 8  # each holds a CUDA context: some hundred MB of a card's memory
_LASTING_SECONDS, _PASSING_SECONDS, _MOST_PASSING_SECONDS = 24 * 3600.0, 60.0, 3600.0
_CPU_SECONDS = 20.0  # for what the CPU has to make: jobs may have all its cores
_DEVICES = ("nvidia[0-9]*", "dxg")  # under WSL 2 the second stands for all cards
_HEAD_BYTES = 16 << 10  # the cause comes first; lists of pixel formats may follow

_Key = tuple[str, int, int, tuple[Card, ...]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What nvidia-smi told, and how often in a row it hung."""

    cards: tuple[Card, ...] = ()
    until: float = -math.inf
    hung: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the trials told, and how often in a row something failed in them that may be over soon."""

    key: _Key
    gpus: tuple[Gpu, ...]
    until: float
    failed: int


class Gpus:
    """What the GPUs of this machine can do: tried once, and again where ffmpeg, the driver or the cards are others.

    What is found holds for a day; where something failed that may be over soon, for a minute, then twice as long each
    time, up to an hour; up to a day where it hung: nobody can end what hangs in the driver, and each try may leave a
    process behind. `wanted` is CUDA_VISIBLE_DEVICES, `devices` the folder of the device files, `seconds` the time for
    opening a card, and again for all that it is tried with.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        wanted: str | None,
        clock: Callable[[], float],
        devices: Path = Path("/dev"),
        seconds: float = 5.0,
        ask_decoder: Sequence[str] = ASK_DECODER,
    ) -> None:
        self._tools = tools
        self._wanted = wanted
        self._clock = clock
        self._devices = devices
        self._seconds = seconds
        self._ask_decoder = ask_decoder
        self._listed = _Listed()
        self._kept: _Kept | None = None

    async def found(self) -> tuple[Gpu, ...]:
        """Every GPU, or one entry that says why there is none; without a device file no program is started.

        Where the machine does not even let the trials begin (a full disk, no thread left, an ffmpeg that is being
        replaced), that is the reason, and the next caller tries. Not to be called by two at once: see Cards.
        """
        try:
            nodes = self._nodes()
            return await self._looked(len(nodes)) if nodes else (_none(),)
        except Exception as exc:  # the last door: a driver can do anything, and the work is done without a GPU
            log.warning("gpus.unknown", reason=f"{type(exc).__name__}: {exc}")
            return (Gpu(usable=_ability("nvidia", Code.NOT_STARTED)),)

    def at_once(self) -> tuple[Gpu, ...] | None:
        """What is known without a wait: that there is no device, or what was found last; None: nothing yet."""
        if not self._nodes():
            return (_none(),)
        return self._kept.gpus if self._kept else None

    def _nodes(self) -> list[Path]:
        return [node for pattern in _DEVICES for node in self._devices.glob(pattern)]

    async def opens(self, gpu: Gpu) -> Code | None:
        """Try anew whether this very card can be opened; why not."""
        card = Card(name=gpu.usable.name, uuid=gpu.uuid)
        ends = asyncio.get_running_loop().time() + self._seconds
        try:
            with tempfile.TemporaryDirectory(prefix="vxpipe-gpu-") as name:
                ended = await _Bench(self._tools, card, Path(name)).run(trials.OPEN_DEVICE, ends=ends)
        except Exception as exc:  # see found
            log.warning("gpus.unknown", reason=f"{type(exc).__name__}: {exc}")
            return Code.NOT_STARTED
        return hardware.verdict(ended, None)

    async def _looked(self, nodes: int) -> tuple[Gpu, ...]:
        listed = await self._cards()
        seen = hardware.visible(listed, self._wanted) if listed else (Card(name="nvidia"),) * nodes
        return await self._found((*_identity(self._tools.ffmpeg), seen), self._kept)

    async def _cards(self) -> tuple[Card, ...]:
        """The cards as nvidia-smi tells of them; none where it does not answer."""
        if self._listed.until < self._clock():
            cards = await _listed(self._tools)
            hung = self._listed.hung + 1 if cards is None else 0
            until = self._clock() + _pause(hung, _LASTING_SECONDS)
            self._listed = _Listed(cards=cards or (), until=until, hung=hung)
        return self._listed.cards

    async def _found(self, key: _Key, kept: _Kept | None) -> tuple[Gpu, ...]:
        """What was found of these cards before, while it holds, or else is found now."""
        before = kept.failed if kept and kept.key == key else 0
        if kept is None or kept.key != key or kept.until < self._clock():
            gpus = await self._surveyed(key[-1])
            if kept and kept.key == key:
                gpus = tuple(map(_with_sessions, gpus, kept.gpus))
            failed = before + 1 if _codes(gpus) & hardware.PASSING else 0
            kept = self._kept = _Kept(key=key, gpus=gpus, until=self._clock() + _holds(gpus, failed), failed=failed)
        return kept.gpus

    async def _surveyed(self, cards: tuple[Card, ...]) -> tuple[Gpu, ...]:
        """Try one card of each kind; the others of its kind can do the same."""
        if not cards:
            return (_none(),)
        kinds: dict[str, Gpu] = {}
        for card in cards:
            if card.name not in kinds:
                kinds[card.name] = await self._tried(card)
        return tuple(
            replace(kinds[card.name], uuid=card.uuid, driver=card.driver, memory_bytes=card.memory_bytes)
            for card in cards
        )

    async def _tried(self, card: Card) -> Gpu:
        loop = asyncio.get_running_loop()
        with tempfile.TemporaryDirectory(prefix="vxpipe-gpu-") as name:
            bench = _Bench(self._tools, card, Path(name))
            begun = loop.time()
            closed = hardware.verdict(await bench.run(trials.OPEN_DEVICE, ends=begun + self._seconds), None)
            if closed:
                return Gpu(usable=_ability(card.name, closed))
            price = round(loop.time() - begun, 3)
            bounds = await told_bounds(self._tools, card.uuid, self._seconds, asking=self._ask_decoder)
            abilities = await _abilities(bench, self._seconds)
        working = any(each.obstacle is None for each in abilities)
        usable = Ability(card.name) if working else replace(abilities[0], name=card.name)
        return Gpu(usable=usable, context_seconds=price, abilities=abilities, bounds=bounds)


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


def environment(uuid: str | None) -> Mapping[str, str]:
    """What a child process is told of the card that it is to use: the only one that it sees, and so number 0."""
    return {"CUDA_VISIBLE_DEVICES": uuid} if uuid else {}


def encoders(gpus: Sequence[Gpu]) -> tuple[Ability, ...]:
    """Each encoder of NVIDIA's, as it is on the first GPU that has it; where none has, why one has not."""
    return tuple(_best(name, gpus) for name in trials.ENCODERS)


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


async def _listed(tools: Tools) -> tuple[Card, ...] | None:
    """The cards as nvidia-smi tells of them; none where it is not there or fails, None where it hangs."""
    said = bytearray()
    try:
        await tools.runner.run(["nvidia-smi", *hardware.QUERY], limits=_ASKING, on_stdout=said.extend)
    except OSError:
        return ()
    except VxError as exc:
        return () if exc.code == "tool_failed" else None
    return hardware.cards(said.decode("utf-8", "replace"))


def _best(name: str, gpus: Sequence[Gpu]) -> Ability:
    """Of the first GPU that has it, else of one that may have it soon, else of the first."""

    def is_lacking(each: Ability) -> tuple[bool, bool]:
        return each.obstacle is not None, each.code not in hardware.PASSING

    return min((_encoder_of(gpu, name) for gpu in gpus), key=is_lacking)


def _encoder_of(gpu: Gpu, name: str) -> Ability:
    """What is known of it; of a GPU that was not tried, why not."""
    return next((each for each in gpu.abilities if each.name == name), replace(gpu.usable, name=name))


def _with_sessions(now: Gpu, before: Gpu) -> Gpu:
    """The same, with the encoders that worked before and are refused a session only: it may be clips of ours that hold
    them, for a trial takes none of their slots.
    """
    worked = {each.name for each in before.abilities if each.obstacle is None}
    abilities = (
        Ability(each.name) if each.code == Code.SESSION_LIMIT and each.name in worked else each
        for each in now.abilities
    )  # fmt: skip
    return replace(now, abilities=tuple(abilities))


def _identity(program: Path) -> tuple[str, int, int]:
    facts = program.stat()
    return str(program), facts.st_size, facts.st_mtime_ns


def _holds(gpus: tuple[Gpu, ...], failed: int) -> float:
    """How long what was found is believed."""
    if not failed:
        return _LASTING_SECONDS
    return _pause(failed, _LASTING_SECONDS if Code.TIMED_OUT in _codes(gpus) else _MOST_PASSING_SECONDS)


def _pause(failed: int, most: float) -> float:
    """How long to leave alone what failed so often in a row."""
    return min(_PASSING_SECONDS * 2.0 ** max(0, failed - 1), most)


def _codes(gpus: tuple[Gpu, ...]) -> set[str | None]:
    return {each.code for gpu in gpus for each in (gpu.usable, *gpu.abilities)}


def _none() -> Gpu:
    return Gpu(usable=_ability("nvidia", Code.GPU_ABSENT))


def _ability(name: str, code: Code | None) -> Ability:
    return Ability(name) if code is None else Ability(name, hardware.SENTENCES[code], code.value)
