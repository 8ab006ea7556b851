"""How the decodes of one item come down their ladders: who was tried, why not others, and who did it in the end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from vxpipe.engine.media import encoders
from vxpipe.engine.media.cards import Cards, Offer
from vxpipe.engine.media.encoders import Encoded
from vxpipe.engine.media.encoding import ON_CPU, Encode
from vxpipe.engine.media.ladder import BY_CPU, Decode, Gate, Ladder, Reason, Rung, Way, barred, way
from vxpipe.engine.media.on_card import HardwareFailed, on_card
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.ports import Gpu

log = structlog.get_logger()

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A decode as it was run: what for, on which rung, by which GPU (None: the CPU), and why on no quicker one.

    `failed` are the rungs that were tried, `left_out` those that were not.
    """

    use: str
    rung: Rung
    gpu: str | None
    failed: Mapping[Rung, Reason]
    left_out: Mapping[Rung, Reason]


class Descent:
    """The ladders of one item; a rung that failed is not tried again for it. `cards` None: no GPU is used."""

    def __init__(self, cards: Cards | None = None) -> None:
        self._cards = cards
        self._given_up: dict[Rung, Reason] = {}
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

        A GPU is blamed where a later rung then brought something `is_sound`: else it may be the film's fault. Raises
        VxError `gpu_required` where the CPU is no rung and no GPU did it.
        """
        ladder, offers = await self._offers(decode)
        failures: list[_Failure] = []
        async with self._place(offers) as offer:
            for rung in self._rungs(offer):
                assert offer is not None
                try:
                    result = await attempt(on_card(tools, offer.gpu), way(decode, rung))
                except HardwareFailed as exc:
                    failures.append(self._given(use, _Failure(offer.gpu, rung, exc)))
                    continue
                self._note(use, rung, offer.ladder, failures, gpu=offer.gpu)
                self._blame(failures)
                return result
        ladder = offer.ladder if offer else ladder
        _demand_cpu(use, ladder, failures)
        result = await attempt(tools, BY_CPU)
        self._note(use, Rung.SOFTWARE, ladder, failures)
        self._blame(failures if is_sound(result) else ())
        return result

    async def encode(
        self, encode: Encode, decode: Decode, tools: Tools, attempt: Callable[[Tools, str, Way], Awaitable[_T]]
    ) -> _T:
        """What the first encoder writes that does not fail by hardware; see encoders.encoded.

        A GPU that encodes decodes for it too where it can; for the CPU's encoder it is decoded as all else is.
        """

        async def on_cpu() -> _T:
            return await self.run("clip", decode, tools, lambda tools, way: attempt(tools, ON_CPU, way))

        result, by, decoded = await encoders.encoded(
            self._cards, encode, decode, tools, attempt, on_cpu, given_up=self._given_up
        )
        if decoded:
            step = Step(use="clip", rung=decoded.rung, gpu=by.gpu, failed=decoded.failed, left_out={})
            self.steps.append(step)
        self.encoded = by
        return result

    async def _offers(self, decode: Decode) -> tuple[Ladder, Sequence[Offer]]:
        if self._cards is None:
            return barred(Gate.SWITCHED_OFF), ()
        ladder, offers = await self._cards.offers(decode)
        return ladder, [offer for offer in offers if self._rungs(offer)]

    @asynccontextmanager
    async def _place(self, offers: Sequence[Offer]) -> AsyncIterator[Offer | None]:
        if self._cards is None or not offers:
            yield None
            return
        async with self._cards.place(offers, "decode") as offer:
            yield offer

    def _rungs(self, offer: Offer | None) -> Sequence[Rung]:
        """Those of a GPU that are left to this item."""
        rungs = offer.ladder.rungs if offer else ()
        return [rung for rung in rungs if rung is not Rung.SOFTWARE and rung not in self._given_up]

    def _given(self, use: str, failure: "_Failure") -> "_Failure":
        """The failure, told and remembered."""
        self._given_up[failure.rung] = failure.reason
        log.warning(
            "rung.failed",
            use=use, rung=failure.rung.value, gpu=failure.gpu.usable.name, code=failure.reason.code,
            reason=failure.reason.text, said=str(failure.error)[-300:],
        )  # fmt: skip
        return failure

    def _note(
        self, use: str, rung: Rung, ladder: Ladder, failures: "Sequence[_Failure]", *, gpu: Gpu | None = None
    ) -> None:
        failed = {failure.rung: failure.reason for failure in failures}
        left_out = {**ladder.left_out, **{each: why for each, why in self._given_up.items() if each not in failed}}
        by = gpu.usable.name if gpu else None
        self.steps.append(Step(use=use, rung=rung, gpu=by, failed=failed, left_out=left_out))
        tell = log.info if gpu or failures else log.debug
        tell("rung.used", use=use, rung=rung.value, by=by or "the CPU", why=_why(failed, left_out))
        if gpu and self._cards:
            self._cards.worked(gpu, rung)

    def _blame(self, failures: "Sequence[_Failure]") -> None:
        for failure in failures:
            assert self._cards is not None
            self._cards.failed(failure.gpu, failure.error.code)


@dataclass(frozen=True, slots=True)
class _Failure:
    gpu: Gpu
    rung: Rung
    error: HardwareFailed

    @property
    def reason(self) -> Reason:
        return Reason(self.error.code.value, self.error.meaning)


def _demand_cpu(use: str, ladder: Ladder, failures: "Sequence[_Failure]") -> None:
    if Rung.SOFTWARE in ladder.rungs:
        return
    reasons = [failure.reason for failure in failures] or list(dict.fromkeys(ladder.left_out.values()))
    told = "; ".join(f"{reason.text} ({reason.code})" for reason in reasons)
    raise VxError("gpu_required", f"no GPU could decode the {use}: {told}")


def _why(failed: Mapping[Rung, Reason], left_out: Mapping[Rung, Reason]) -> str:
    """The other rungs in a few words; nothing where there are none."""
    return "".join(f"; {rung.value}: {reason.code}" for rung, reason in {**left_out, **failed}.items())
