"""Finds the NVIDIA GPUs, has tried what they can do, and knows for how long that is to be believed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from vxpipe.engine.media import hardware
from vxpipe.engine.media.hardware import Card, Code
from vxpipe.engine.media.presets import NVENC
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.facts import Ability, Gpu
from vxpipe.ports import Limits
from vxpipe.values import frozen

log = structlog.get_logger()

_ASKING = Limits(wall_seconds=3, stall_seconds=3)  # nvidia-smi never answers where a card hangs
_LASTING_SECONDS, _PASSING_SECONDS, _MOST_PASSING_SECONDS = 24 * 3600.0, 60.0, 3600.0
_DEVICES = ("nvidia[0-9]*", "dxg")  # under WSL 2 the second stands for all cards

_Key = tuple[str, int, int, tuple[Card, ...]]


@frozen
class _Listed:
    """What nvidia-smi told, and how often in a row it hung."""

    cards: tuple[Card, ...] = ()
    until: float = -math.inf
    hung: int = 0


@frozen
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
        ask_decoder: Sequence[str] | None = None,
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
        replaced), that is the reason, and the next caller tries. Two at once would try everything twice: Cards has them
        share it.
        """
        try:
            nodes = self._nodes()
            return await self._looked(len(nodes)) if nodes else (_none(Code.GPU_ABSENT),)
        except Exception as exc:  # the last door: a driver can do anything, and the work is done without a GPU
            log.warning("gpus.unknown", reason=f"{type(exc).__name__}: {exc}")
            return (_none(Code.NOT_STARTED),)

    def at_once(self) -> tuple[Gpu, ...] | None:
        """What is known without a wait: that there is no device, or what was found last; None: nothing yet."""
        if not self._nodes():
            return (_none(Code.GPU_ABSENT),)
        return self._kept.gpus if self._kept else None

    def _nodes(self) -> list[Path]:
        return [node for pattern in _DEVICES for node in self._devices.glob(pattern)]

    async def opens(self, gpu: Gpu) -> Code | None:
        """Try anew whether this very card can be opened; why not."""
        from vxpipe.engine.media.survey import opening

        try:
            return await opening(self._tools, Card(name=gpu.usable.name, uuid=gpu.uuid), self._seconds)
        except Exception as exc:  # see found
            log.warning("gpus.unknown", reason=f"{type(exc).__name__}: {exc}")
            return Code.NOT_STARTED

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
            gpus = await self._surveyed(key[-1]) if key[-1] else (_none(Code.GPU_ABSENT),)
            if kept and kept.key == key:
                gpus = tuple(map(_with_sessions, gpus, kept.gpus))
            failed = before + 1 if _codes(gpus) & hardware.PASSING else 0
            kept = self._kept = _Kept(key=key, gpus=gpus, until=self._clock() + _holds(gpus, failed), failed=failed)
        return kept.gpus

    async def _surveyed(self, cards: Sequence[Card]) -> tuple[Gpu, ...]:
        from vxpipe.engine.media.survey import ASK_DECODER, survey

        return await survey(self._tools, cards, self._seconds, asking=self._ask_decoder or ASK_DECODER)


def encoders(gpus: Sequence[Gpu]) -> tuple[Ability, ...]:
    """Each encoder of NVIDIA's, as it is on the first GPU that has it; where none has, why one has not."""
    return tuple(_best(name, gpus) for name in NVENC)


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


def _none(why: Code) -> Gpu:
    return Gpu(usable=Ability("nvidia", hardware.SENTENCES[why], why.value))
