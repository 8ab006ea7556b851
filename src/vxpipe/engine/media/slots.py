"""How many decodes and encodes a card does at a time, and who waits until one has room."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

from vxpipe.engine.media.offers import Offer, key_of
from vxpipe.facts import Gpu

SLOTS_A_DECODER = 2
"""As many processes keep one hardware decoder busy: while one reads and downloads, the other decodes."""
UNTOLD_DECODERS = 2
ENCODE_SLOTS = 4
"""Where nothing else is known; a card or driver that allows less says so, and is believed for a while."""
_LIMIT_SECONDS = 3600.0  # whoever held the other sessions may have ended

Step = Literal["decode", "encode"]
_AnyOffer = TypeVar("_AnyOffer", bound=Offer)


class Slots:
    """Of each card 2 for each of its decoders, and for encodes a number that halves where a session is refused."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._busy = Counter[tuple[str, Step]]()
        self._encodes: dict[str, tuple[int, float]] = {}
        self._freed = asyncio.Event()

    def of(self, gpu: Gpu, step: Step) -> int:
        """How many the card has."""
        if step == "encode":
            slots, until = self._encodes.get(key_of(gpu), (ENCODE_SLOTS, 0.0))
            return slots if self._clock() < until else ENCODE_SLOTS
        told = [bounds.decoders for bounds in gpu.bounds.values() if bounds.decoders]
        return SLOTS_A_DECODER * max(told, default=UNTOLD_DECODERS)

    def busy(self, gpu: Gpu, step: Step) -> int:
        """How many of them are in use."""
        return self._busy[key_of(gpu), step]

    def refused(self, gpu: Gpu) -> None:
        """The card let in no further encode: it gets half as many at once for an hour."""
        self._encodes[key_of(gpu)] = (max(1, self.of(gpu, "encode") // 2), self._clock() + _LIMIT_SECONDS)

    @asynccontextmanager
    async def place(self, offers: Callable[[], Sequence[_AnyOffer]], *steps: Step) -> AsyncIterator[_AnyOffer]:
        """One of the offers, which are asked for whenever a slot was freed, once its card has one for each step."""
        while (offer := self._least_loaded(offers(), steps)) is None:
            self._freed.clear()
            await self._freed.wait()
        taken = [(key_of(offer.gpu), step) for step in steps]
        self._busy.update(taken)
        try:
            yield offer
        finally:
            self._busy.subtract(taken)
            self._freed.set()

    def _least_loaded(self, offers: Sequence[_AnyOffer], steps: Sequence[Step]) -> _AnyOffer | None:
        free = [offer for offer in offers if all(self._load(offer.gpu, step) < 1 for step in steps)]
        return min(free, key=lambda offer: self._burden(offer.gpu, steps[-1]), default=None)

    def _burden(self, gpu: Gpu, step: Step) -> tuple[float, int]:
        """The least is that of the card with the most room; of those that are idle, of the one with the most slots."""
        return self._load(gpu, step), -self.of(gpu, step)

    def _load(self, gpu: Gpu, step: Step) -> float:
        return self.busy(gpu, step) / self.of(gpu, step)
