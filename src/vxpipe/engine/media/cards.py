"""The GPUs at work: what each could do for a decode or a clip, who gets one, and which one is left alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from vxpipe.engine.media import encoding, ladder
from vxpipe.engine.media.encoding import Encode, Encoders
from vxpipe.engine.media.flights import Flights
from vxpipe.engine.media.fuse import Fuse, State
from vxpipe.engine.media.gpus import Gpus, encoders
from vxpipe.engine.media.hardware import OF_THE_FILM, Code
from vxpipe.engine.media.ladder import Accel, Decode, Ladder, Rung
from vxpipe.engine.media.obstacles import GATES, Gate
from vxpipe.engine.media.offers import EncoderOffer, Offer, key_of
from vxpipe.engine.media.presets import NVENC
from vxpipe.engine.media.slots import Slots, Step
from vxpipe.facts import Ability, Gpu, GpuWork

_REQUEST_SECONDS = 5.0


class Resting(Exception):
    """Every card that was offered failed again and again since, and is left alone."""


_NOT_YET = Gpu(usable=Ability("nvidia", GATES[Gate.NOT_YET], Gate.NOT_YET.value))
_AnyOffer = TypeVar("_AnyOffer", bound=Offer)


class Cards:
    """Spreads decodes and encodes over the GPUs, the least loaded first, and keeps away from those that fail.

    Three failures within ten minutes and it rests for five; then it is opened anew, and used until it fails once more.
    A rung that fails again and again where the card goes on by another one rests by itself. Who asks in a request
    waits `request_seconds` for the trials at most.
    """

    def __init__(
        self, gpus: Gpus, *, accel: Accel, clock: Callable[[], float], request_seconds: float = _REQUEST_SECONDS
    ) -> None:
        self._gpus = gpus
        self.accel: Accel = accel
        self._clock = clock
        self._request_seconds = request_seconds
        self._flights = Flights()
        self._fuses: dict[tuple[str, str | None], Fuse] = {}
        self._opened: dict[str, Fuse] = {}
        self._slots = Slots(clock)
        self._done: dict[str, Counter[str]] = {}

    async def keep_looking(self) -> None:
        """While this runs, what GPUs can do is found out beside the work: nobody waits who does not require one."""
        await self._flights.keep()

    async def offers(self, decode: Decode) -> tuple[Ladder, tuple[Offer, ...]]:
        """The ladder without any of the cards, and what those offer that could help.

        No card is looked for where none could pay.
        """
        if self.accel == "off":
            return ladder.barred(Gate.SWITCHED_OFF), ()
        if self.accel == "auto" and not ladder.may_pay(decode):
            return ladder.barred(Gate.NOT_WORTH_IT), ()
        gpus = await self._known(is_needed=False)
        if gpus is None:
            return ladder.barred(Gate.NOT_YET), ()
        found = [Offer(gpu, await self._ladder(decode, gpu)) for gpu in gpus]
        useful = tuple(offer for offer in found if set(offer.ladder.rungs) - {Rung.SOFTWARE})
        return ladder.without_cards([offer.ladder for offer in found]), useful

    async def encoders(self, encode: Encode, decode: Decode) -> tuple[Encoders, tuple[EncoderOffer, ...]]:
        """The encoders for a clip without any of the cards, and what those offer that could help.

        No card is looked for where none could pay. One that is opened for its encoder decodes at no further price.
        """
        if self.accel == "off" or encode.wanted == encoding.ON_CPU:
            return encoding.by_cpu(encode, Gate.SWITCHED_OFF), ()
        if self.accel == "auto" and not encoding.may_pay(encode):
            return encoding.by_cpu(encode, Gate.NOT_WORTH_IT), ()
        gpus = await self._known(is_needed=encode.wanted != "auto")
        if gpus is None:
            return encoding.by_cpu(encode, Gate.NOT_YET), ()
        found = [EncoderOffer(gpu, self._open_ladder(decode, gpu), await self._encoders(encode, gpu)) for gpu in gpus]
        useful = tuple(offer for offer in found if offer.encoders.encoders[:1] not in ((), (encoding.ON_CPU,)))
        return encoding.without_cards([offer.encoders for offer in found]), useful

    async def refusals(self, wanted: AbstractSet[str]) -> dict[str, str]:
        """Those of the encoders that somebody names and that cannot be had here, each with why, and which can.

        One look for all of them; nobody is refused while nobody knows.
        """
        named = wanted & set(NVENC)
        if not named:
            return {}
        there = tuple(map(Ability, NVENC)) if self.accel == "off" else encoders(await self._asked())
        answers = {encoder: encoding.refusal(encoder, there, self.accel) for encoder in sorted(named)}
        return {encoder: reason for encoder, reason in answers.items() if reason}

    def place(self, offers: Sequence[_AnyOffer], *steps: Step) -> AbstractAsyncContextManager[_AnyOffer]:
        """One of the offers, when its card has a slot for each of these steps; raises Resting."""
        return self._slots.place(partial(self._awake, offers), *steps)

    def worked(self, gpu: Gpu, *what: str) -> None:
        """The card did what it was told: `what` are the rung and the encoder."""
        for each in (None, *what):
            self._fuses[key_of(gpu), each] = self._fuse(gpu, each).worked(self._clock())
        self._done.setdefault(key_of(gpu), Counter()).update(map(str, what))

    def failed(self, gpu: Gpu, code: Code, *, rung: Rung | None = None, film: str | None = None) -> None:
        """The card did not do what it was told; `rung`: it did, but not on this one.

        A film that it does not take says nothing against it, and any other `film` counts once.
        """
        if code is Code.SESSION_LIMIT:
            self._slots.refused(gpu)
        elif code not in OF_THE_FILM:
            self._fuses[key_of(gpu), rung] = self._fuse(gpu, rung).failed(self._clock(), film)

    def rest_seconds(self) -> float | None:
        """When the next one that rests is used again; None: none rests."""
        now = self._clock()
        open_ones = (fuse.rests_until for fuse in self._fuses.values() if fuse.state(now) is State.OPEN)
        return min((until - now for until in open_ones if until is not None), default=None)

    async def obstacle(self) -> str | None:
        """Why no GPU can be used, once that is known; None: one can."""
        found = [gpu.usable for gpu in await self._gpus.found()]
        told = "; ".join(f"{each.obstacle} ({each.code})" for each in found if each.obstacle)
        return told if all(each.obstacle for each in found) else None

    async def found(self) -> tuple[Gpu, ...]:
        """Every GPU with what it does and did, or one entry that says why there is none."""
        return tuple(
            gpu if gpu.usable.obstacle or self.accel == "off" else replace(gpu, work=self._work(gpu))
            for gpu in await self._asked()
        )

    def _work(self, gpu: Gpu) -> GpuWork:
        now, fuse = self._clock(), self._fuse(gpu)
        until = fuse.rests_until if fuse.state(now) is State.OPEN else None
        return GpuWork(
            decoding=self._slots.busy(gpu, "decode"), decode_slots=self._slots.of(gpu, "decode"),
            encoding=self._slots.busy(gpu, "encode"), encode_slots=self._slots.of(gpu, "encode"),
            breaker=fuse.state(now).value, rests_seconds=None if until is None else round(until - now, 1),
            done=dict(self._done.get(key_of(gpu), Counter())),
        )  # fmt: skip

    async def _known(self, *, is_needed: bool) -> tuple[Gpu, ...] | None:
        """The GPUs, for an item; None: nobody knows yet, and the work can be done without."""
        return await self._within(None if is_needed or self.accel == "require" else 0.0)

    async def _asked(self) -> tuple[Gpu, ...]:
        """The GPUs, for a request: where it takes longer to know, that is the answer."""
        return await self._within(self._request_seconds) or (_NOT_YET,)

    async def _within(self, seconds: float | None) -> tuple[Gpu, ...] | None:
        """The GPUs as they are now, or as they were found last where that is not known after so many seconds."""
        return await self._flights.result("look", self._gpus.found, seconds=seconds) or self._gpus.at_once()

    async def _ladder(self, decode: Decode, gpu: Gpu) -> Ladder:
        is_resting = not gpu.usable.obstacle and await self._rests(gpu)
        return ladder.ladder(decode, gpu, self.accel, is_resting=is_resting, tired=self._tired(gpu))

    def _open_ladder(self, decode: Decode, gpu: Gpu) -> Ladder:
        """How a card decodes that is opened whatever that costs."""
        return ladder.ladder(decode, gpu, "require", tired=self._tired(gpu))

    def _tired(self, gpu: Gpu) -> list[Rung]:
        """The rungs that are left alone on this card."""
        return [rung for rung in (Rung.CUDA, Rung.NVDEC) if self._fuse(gpu, rung).state(self._clock()) is State.OPEN]

    async def _encoders(self, encode: Encode, gpu: Gpu) -> Encoders:
        is_resting = not gpu.usable.obstacle and await self._rests(gpu)
        return encoding.encoders(encode, gpu, self.accel, is_resting=is_resting)

    async def _rests(self, gpu: Gpu) -> bool:
        """Whether the card is left alone; where its time is up, it is opened anew, for all who ask meanwhile."""
        if self._fuse(gpu).state(self._clock()) is State.TRIAL:
            await self._flights.result(f"open {key_of(gpu)}", partial(self._open_anew, gpu))
        return self._fuse(gpu).state(self._clock()) is State.OPEN

    async def _open_anew(self, gpu: Gpu) -> None:
        key, fuse = key_of(gpu), self._fuse(gpu)
        if fuse.state(self._clock()) is not State.TRIAL or self._opened.get(key) == fuse:
            return
        if await self._gpus.opens(gpu) is None:
            self._opened[key] = fuse
        else:
            self._fuses[key, None] = fuse.failed(self._clock())

    def _awake(self, offers: Sequence[_AnyOffer]) -> Sequence[_AnyOffer]:
        """Those of cards that do not rest by now: who waited for a slot may have been offered one that does."""
        now = self._clock()
        awake = [offer for offer in offers if self._fuse(offer.gpu).state(now) is not State.OPEN]
        if not awake:
            raise Resting
        return awake

    def _fuse(self, gpu: Gpu, what: str | None = None) -> Fuse:
        """Of the card, or of one thing that it does."""
        return self._fuses.get((key_of(gpu), what), Fuse())
