"""Finds the NVIDIA GPUs and tries what they can do, with the ffmpeg in use, held to what jobs are held to."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vxpipe.engine.media import hardware, trials
from vxpipe.engine.media.hardware import Card, Code, Ended
from vxpipe.engine.media.tools import Tools, within
from vxpipe.engine.media.trials import Trial
from vxpipe.errors import VxError
from vxpipe.ports import Ability, Gpu, Limits

_ASKING = Limits(wall_seconds=3, stall_seconds=3)  # nvidia-smi never answers where a card hangs
_AT_ONCE = 8  # each holds a CUDA context: some hundred MB of a card's memory
_LASTING_SECONDS, _PASSING_SECONDS = 24 * 3600.0, 60.0
_HEAD_BYTES = 16 << 10  # the cause comes first; lists of pixel formats may follow

_Key = tuple[str, int, int, tuple[Card, ...]]


@dataclass(frozen=True, slots=True)
class _Kept:
    key: _Key
    until: float
    gpus: tuple[Gpu, ...]


class Gpus:
    """What the GPUs of this machine can do: tried once, and again where ffmpeg, the driver or the cards are others.

    What is found holds for a day; where something failed that may be over soon, for a minute. `wanted` is
    CUDA_VISIBLE_DEVICES, `devices` the folder of the device files, `seconds` the time for all trials of a kind of card.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        wanted: str | None,
        clock: Callable[[], float],
        devices: Path = Path("/dev"),
        seconds: float = 5.0,
    ) -> None:
        self._tools = tools
        self._wanted = wanted
        self._clock = clock
        self._devices = devices
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._kept: _Kept | None = None

    async def found(self) -> tuple[Gpu, ...]:
        """Every GPU, or one entry that says why there is none; without a device file no program is started.

        Raises VxError `tool_failed` when ffmpeg cannot be started.
        """
        nodes = list(self._devices.glob("nvidia[0-9]*"))
        if not nodes:
            return (_none(),)
        async with self._turn:
            listed = await _listed(self._tools)
            seen = hardware.visible(listed, self._wanted) if listed else tuple(Card(name="nvidia") for _ in nodes)
            key = (*_identity(self._tools.ffmpeg), seen)
            if self._kept is None or self._kept.key != key or self._kept.until < self._clock():
                gpus = await _surveyed(self._tools, seen, self._seconds)
                self._kept = _Kept(key, self._clock() + _seconds_of(gpus), gpus)
            return self._kept.gpus


def encoders(gpus: Sequence[Gpu]) -> tuple[Ability, ...]:
    """Each encoder of NVIDIA's, as it is on the first GPU that has it; where none has, why the first has not."""
    return tuple(_best(name, gpus) for name in trials.ENCODERS)


async def _surveyed(tools: Tools, cards: tuple[Card, ...], seconds: float) -> tuple[Gpu, ...]:
    """Try one card of each kind; the others of its kind can do the same."""
    if not cards:
        return (_none(),)
    kinds: dict[str, Gpu] = {}
    for card in cards:
        if card.name not in kinds:
            kinds[card.name] = await _tried(tools, card, seconds)
    return tuple(
        replace(kinds[card.name], uuid=card.uuid, driver=card.driver, memory_bytes=card.memory_bytes) for card in cards
    )


async def _tried(tools: Tools, card: Card, seconds: float) -> Gpu:
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="vxpipe-gpu-") as name:
        bench = _Bench(tools, card, Path(name), ends=loop.time() + seconds)
        begun = loop.time()
        closed = hardware.verdict(await bench.run(trials.OPEN_DEVICE), None)
        if closed:
            return Gpu(usable=_ability(card.name, closed))
        price = round(loop.time() - begun, 3)
        abilities = await _abilities(bench)
    working = any(each.obstacle is None for each in abilities)
    usable = Ability(card.name) if working else replace(abilities[0], name=card.name)
    return Gpu(usable=usable, context_seconds=price, abilities=abilities)


async def _abilities(bench: "_Bench") -> tuple[Ability, ...]:
    """Whatever can be tried, all at once."""
    async with asyncio.TaskGroup() as group:
        clips = {codec: group.create_task(_clip(bench, codec)) for codec in trials.CLIPS}
        tried = [group.create_task(_ability_of(bench, trial, clips)) for trial in trials.trials()]
    return tuple(task.result() for task in tried)


async def _clip(bench: "_Bench", codec: str) -> Code | None:
    """Make the clip of a codec; why it could not be made."""
    made = await bench.run(trials.made(codec, trials.clip_of(codec)))
    return None if made.returncode == 0 else hardware.verdict(made, None)


async def _ability_of(bench: "_Bench", trial: Trial, clips: Mapping[str, "asyncio.Task[Code | None]"]) -> Ability:
    lacking = await clips[trial.clip] if trial.clip else None
    if lacking:
        return _ability(trial.name, lacking)
    ended = await bench.run(trial.arguments)
    if trial.shown and ended.returncode == 0:
        ended = await bench.run(trial.shown)
    reference = await bench.run(trial.reference) if ended.returncode == 0 else ended
    if reference.returncode != 0:
        return _ability(trial.name, hardware.verdict(reference, None))
    return _ability(trial.name, await asyncio.to_thread(hardware.verdict, ended, reference.wrote))


class _Bench:
    """Where the trials of a card run: a folder, a number of places, and the time they have together."""

    def __init__(self, tools: Tools, card: Card, folder: Path, *, ends: float) -> None:
        self._tools = within(tools, read=(folder,), write=(folder,))
        self._folder = folder
        self._ends = ends
        self._env = {"CUDA_VISIBLE_DEVICES": card.uuid} if card.uuid else {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, arguments: tuple[str, ...]) -> Ended:
        """Run ffmpeg."""
        wrote, said = bytearray(), bytearray()
        line = [str(self._tools.ffmpeg), *trials.QUIET, *arguments]

        def heard(chunk: bytes) -> None:
            said.extend(chunk[: _HEAD_BYTES - len(said)])

        async with self._places:
            left = max(0.01, self._ends - asyncio.get_running_loop().time())
            limits = Limits(wall_seconds=left, stall_seconds=left)
            try:
                done = await self._tools.runner.run(
                    line, limits=limits, cwd=self._folder, env=self._env, on_stdout=wrote.extend, on_stderr=heard
                )
            except VxError as exc:
                if exc.code == "tool_failed":
                    raise
                return Ended(returncode=None, wrote=b"", said="")
        return Ended(returncode=done.returncode, wrote=bytes(wrote), said=said.decode("utf-8", "replace"))


async def _listed(tools: Tools) -> tuple[Card, ...]:
    """The cards as nvidia-smi tells of them; none where it does not answer."""
    said = bytearray()
    try:
        await tools.runner.run(["nvidia-smi", *hardware.QUERY], limits=_ASKING, on_stdout=said.extend)
    except VxError:
        return ()
    return hardware.cards(said.decode("utf-8", "replace"))


def _best(name: str, gpus: Sequence[Gpu]) -> Ability:
    tried = [each for gpu in gpus for each in gpu.abilities if each.name == name]
    lacking = tried[0] if tried else replace(gpus[0].usable, name=name)
    return next((each for each in tried if each.obstacle is None), lacking)


def _identity(program: Path) -> tuple[str, int, int]:
    facts = program.stat()
    return str(program), facts.st_size, facts.st_mtime_ns


def _seconds_of(gpus: tuple[Gpu, ...]) -> float:
    passing = any(each.code in hardware.PASSING for each in _all_of(gpus))
    return _PASSING_SECONDS if passing else _LASTING_SECONDS


def _all_of(gpus: tuple[Gpu, ...]) -> Iterator[Ability]:
    for gpu in gpus:
        yield gpu.usable
        yield from gpu.abilities


def _none() -> Gpu:
    return Gpu(usable=_ability("nvidia", Code.GPU_ABSENT))


def _ability(name: str, code: Code | None) -> Ability:
    return Ability(name) if code is None else Ability(name, hardware.SENTENCES[code], code.value)
