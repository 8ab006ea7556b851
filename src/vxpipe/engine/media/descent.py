"""How the decodes of one item come down their ladders: who was tried, why not others, and who did it in the end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

import structlog

from vxpipe.engine.media.cards import Cards, Resting
from vxpipe.engine.media.encoding import ON_CPU, Encode, Encoded, by_cpu
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Decode, Ladder, Rung, Way, barred, resting, way
from vxpipe.engine.media.obstacles import Gate, Obstacle, why
from vxpipe.engine.media.offers import Offer
from vxpipe.engine.media.on_card import HardwareFailed, nothing_came, on_card, some_lacks
from vxpipe.engine.media.tools import Tools
from vxpipe.engine.media.tries import Failure, Tries
from vxpipe.errors import VxError
from vxpipe.facts import Gpu
from vxpipe.values import frozen

log = structlog.get_logger()

_T = TypeVar("_T")
_NOTHING_CAME = frozenset({"damaged_media", "tool_failed"})


@frozen
class Step:
    """A decode as it was run: what for, on which rung, by which GPU (None: the CPU), and why on no quicker one.

    `failed` are the rungs that were tried, `left_out` those that were not.
    """

    use: str
    rung: Rung
    gpu: str | None
    failed: Mapping[Rung, Obstacle]
    left_out: Mapping[Rung, Obstacle]


class Descent:
    """The ladders of one item; a rung that failed on a card is not tried again there for it.

    `cards` None: no GPU is used. `film`: what tells the item's film from others, at another try of it too.
    """

    def __init__(self, cards: Cards | None = None, *, film: str | None = None) -> None:
        self._cards = cards
        self._tries = Tries(cards, film)
        self.steps: list[Step] = []
        self.encoded: Encoded | None = None

    async def run(
        self,
        use: str,
        decode: Decode,
        tools: Tools,
        attempt: Callable[[Tools, Way], Awaitable[_T]],
        *,
        is_sound: Callable[[_T], bool] = lambda _: True,
    ) -> _T:
        """What the first rung brings that does not fail by hardware.

        What a GPU brings has to be `is_sound`, else the CPU does it again. A GPU is blamed where a later rung then
        brought something sound: else it may be the film's fault. Where the CPU is no rung, each card is tried, what is
        not sound is given as it is, and all are blamed where none did it; raises VxError `gpu_required` or
        `gpu_unavailable` then.
        """
        job, failures = _Job(use, decode, tools, attempt, is_sound), list[Failure]()
        without_cards, offers = await self._offers(decode)
        ladder = without_cards
        while left := [offer for offer in offers if self._tries.left(offer.gpu, offer.ladder.rungs)]:
            try:
                ladder, brought = await self._by_gpu(job, left, failures)
            except Resting:
                ladder = without_cards = resting(ladder)
                break
            if brought:
                return brought[0]
            if Rung.SOFTWARE in ladder.rungs:
                break
        self._demand_cpu(use, without_cards, failures)
        result = await attempt(tools, BY_CPU)
        self._note(use, Rung.SOFTWARE, ladder, failures)
        self._tries.blame(failures if is_sound(result) else ())
        return result

    async def encode(
        self,
        encode: Encode,
        decode: Decode,
        tools: Tools,
        attempt: Callable[[Tools, str, Way], Awaitable[_T]],
        *,
        is_sound: Callable[[_T], bool] = lambda _: True,
    ) -> _T:
        """What the first encoder writes that does not fail by hardware; see encoders.encoded.

        A GPU that encodes decodes for it too where it can; for the CPU's encoder it is decoded as all else is. Where
        pictures are missing in what a GPU decoded, the CPU decodes it again, though GPUs be required: it is then a film
        that is not in order.
        """

        async def on_ladder(decode: Decode) -> _T:
            return await self.run(
                "clip", decode, tools, lambda tools, way: attempt(tools, ON_CPU, way), is_sound=is_sound
            )  # fmt: skip

        async def on_cpu() -> _T:
            result = await on_ladder(decode)
            is_done = is_sound(result) or self.steps[-1].rung is Rung.SOFTWARE
            return result if is_done else await on_ladder(replace(decode, is_regular=False))

        if self._cards is None:
            left_out = by_cpu(encode, Gate.SWITCHED_OFF).left_out
            self.encoded = Encoded(encoder=ON_CPU, gpu=None, failed={}, left_out=left_out)
            return await on_cpu()
        from vxpipe.engine.media.encoders import Job, encoded  # for clips only

        job = Job(encode=encode, decode=decode, tools=tools, attempt=attempt, on_cpu=on_cpu, is_sound=is_sound)
        result, by, decoded = await encoded(self._cards, self._tries, job)
        if decoded:
            step = Step(use="clip", rung=decoded.rung, gpu=by.gpu, failed=decoded.failed, left_out={})
            self.steps.append(step)
        self.encoded = by
        return result

    async def _offers(self, decode: Decode) -> tuple[Ladder, Sequence[Offer]]:
        if self._cards is None:
            return barred(Gate.SWITCHED_OFF), ()
        return await self._cards.offers(decode)

    async def _by_gpu(
        self, job: "_Job[_T]", offers: Sequence[Offer], failures: list[Failure]
    ) -> tuple[Ladder, tuple[_T] | None]:
        """The ladder of the card that was given, and what it brought; None: nothing."""
        assert self._cards is not None
        async with self._cards.place(offers, "decode") as offer:
            for rung in self._tries.left(offer.gpu, offer.ladder.rungs):
                try:
                    result = await _on_rung(job, offer, rung)
                except HardwareFailed as exc:
                    failures.append(self._tries.note(Failure(use=job.use, gpu=offer.gpu, rung=rung, error=exc)))
                    if exc.code is Code.INCOMPLETE:
                        break  # it may be the film's fault: the CPU is asked at once
                else:
                    self._note(job.use, rung, offer.ladder, failures, gpu=offer.gpu)
                    if job.is_sound(result):
                        self._tries.blame(failures, by=offer.gpu)
                        self._cards.worked(offer.gpu, rung)
                    return offer.ladder, (result,)
        return offer.ladder, None

    def _demand_cpu(self, use: str, ladder: Ladder, failures: Sequence[Failure]) -> None:
        if Rung.SOFTWARE not in ladder.rungs:
            self._tries.blame(failures)
            reasons = [failure.reason for failure in failures]
            raise self._tries.missing(f"decode the {use}", [*reasons, *ladder.left_out.values()])

    def _note(
        self, use: str, rung: Rung, ladder: Ladder, failures: Sequence[Failure], *, gpu: Gpu | None = None
    ) -> None:
        failed = {failure.rung: failure.reason for failure in failures}
        before = self._tries.given_up(but={rung, *failed})
        left_out, by = {**ladder.left_out, **before}, gpu.usable.name if gpu else None
        self.steps.append(Step(use=use, rung=rung, gpu=by, failed=failed, left_out=left_out))
        tell = log.info if gpu or failures else log.debug
        tell("rung.used", use=use, rung=rung.value, by=by or "the CPU", why=why({**left_out, **failed}.items()))


@frozen(kw_only=False)
class _Job(Generic[_T]):
    """A decode, how it is tried, and when what comes of it is whole."""

    use: str
    decode: Decode
    tools: Tools
    attempt: Callable[[Tools, Way], Awaitable[_T]]
    is_sound: Callable[[_T], bool]


async def _on_rung(job: _Job[_T], offer: Offer, rung: Rung) -> _T:
    """What a rung brings; raises HardwareFailed, also where that is not whole and the CPU may do it again."""
    may_do_it_again = Rung.SOFTWARE in offer.ladder.rungs
    try:
        result = await job.attempt(on_card(job.tools, offer.gpu), way(job.decode, rung))
    except VxError as exc:
        if exc.code not in _NOTHING_CAME:
            raise
        nothing = nothing_came(exc)
        if may_do_it_again or nothing.code is Code.NOT_STARTED:
            raise nothing from exc
        raise
    if may_do_it_again and not job.is_sound(result):
        raise some_lacks()
    return result
