"""Has a clip written by a GPU where that pays and works, else by the CPU."""

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import structlog

from vxpipe.engine.media.cards import Cards, EncoderOffer
from vxpipe.engine.media.encoding import ON_CPU, Encode, Encoders, by_cpu
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Decode, Gate, Reason, Rung, Way, way
from vxpipe.engine.media.on_card import HardwareFailed, on_card
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.ports import Gpu

log = structlog.get_logger()

_T = TypeVar("_T")
_Attempt = Callable[[Tools, str, Way], Awaitable[_T]]
_OnCpu = Callable[[], Awaitable[_T]]
_OF_ENCODER = frozenset({Code.SESSION_LIMIT, Code.NVENC_NOT_ON_GPU, Code.TIMED_OUT})
_TRIES = 2  # where a session was refused: others may have ended theirs, or half as many are let in


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """By which encoder a clip was written, on which GPU (None: the CPU), and why by no other.

    `failed` are encoders that were tried, `left_out` those that were not.
    """

    encoder: str
    gpu: str | None
    failed: Mapping[str, Reason]
    left_out: Mapping[str, Reason]


@dataclass(frozen=True, slots=True)
class Decoded:
    """On which rung a GPU decoded for its encoder, and which ones failed before."""

    rung: Rung
    failed: Mapping[Rung, Reason]


def other_warning(wanted: str, encoded: Encoded | None) -> dict[str, Any] | None:
    """The warning `other_encoder` where a clip was not written by the one that was named, else None."""
    if encoded is None or wanted in ("auto", encoded.encoder):
        return None
    why = "; ".join(f"{reason.text} ({reason.code})" for reason in {**encoded.left_out, **encoded.failed}.values())
    return {
        "code": "other_encoder",
        "message": f"the clip was written by {encoded.encoder} instead of {wanted}: {why}",
        "wanted": wanted,
        "encoder": encoded.encoder,
    }


@dataclass(frozen=True, slots=True)
class _Failure:
    """A try on a GPU that failed: of its encoder, or of the rung on which it decoded."""

    gpu: Gpu
    encoder: str
    rung: Rung
    error: HardwareFailed

    @property
    def reason(self) -> Reason:
        return Reason(self.error.code.value, self.error.meaning)

    @property
    def is_of_encoder(self) -> bool:
        """Whether no other way of decoding would help: the encoder itself complains, or the GPU hangs."""
        complains = f"[{self.encoder} @" in str(self.error)
        return complains or self.rung is Rung.SOFTWARE or self.error.code in _OF_ENCODER


@dataclass(frozen=True, slots=True)
class _Written(Generic[_T]):
    result: _T
    offer: EncoderOffer
    rung: Rung


async def encoded(
    cards: Cards | None,
    encode: Encode,
    decode: Decode,
    tools: Tools,
    attempt: _Attempt[_T],
    on_cpu: _OnCpu[_T],
    *,
    given_up: Container[Rung] = (),
) -> tuple[_T, Encoded, Decoded | None]:
    """What the first encoder brings that does not fail by hardware, which that was, and how a GPU decoded for it.

    `attempt` writes with an encoder of a GPU, `on_cpu` with that of the CPU. `cards` None: no GPU is used. No GPU
    decodes on the rungs that are `given_up`. Raises VxError `gpu_required` where the CPU must not stand in for the GPU.
    """
    if cards is None:
        return await on_cpu(), _noted(ON_CPU, None, by_cpu(encode, Gate.SWITCHED_OFF), ()), None
    chosen, offers = await cards.encoders(encode, decode)
    offers = tuple(replace(each, rungs=tuple(r for r in each.rungs if r not in given_up)) for each in offers)
    failures: list[_Failure] = []
    while offers and _may_go_on(failures):
        written = await _by_gpu(cards, offers, decode, tools, attempt, failures)
        if written:
            _blame(cards, failures)
            offer = written.offer
            by = _noted(offer.encoders.encoders[0], offer.gpu, offer.encoders, failures)
            return written.result, by, Decoded(written.rung, _by_rung(failures))
    if ON_CPU not in chosen.encoders:
        raise VxError("gpu_required", _told(chosen, failures))
    result = await on_cpu()
    _blame(cards, failures)
    return result, _noted(ON_CPU, None, chosen, failures), None


def _may_go_on(failures: Sequence[_Failure]) -> bool:
    given = [each.error.code for each in failures if each.is_of_encoder]
    return len(given) < _TRIES and all(code is Code.SESSION_LIMIT for code in given)


async def _by_gpu(
    cards: Cards,
    offers: Sequence[EncoderOffer],
    decode: Decode,
    tools: Tools,
    attempt: _Attempt[_T],
    failures: list[_Failure],
) -> _Written[_T] | None:
    """What a GPU writes, decoding what it can; None where its encoder fails."""
    async with cards.place(offers, "decode", "encode") as offer:
        encoder = offer.encoders.encoders[0]
        for each in (*(way(decode, rung) for rung in offer.rungs), BY_CPU):
            try:
                result = await attempt(on_card(tools, offer.gpu), encoder, each)
            except HardwareFailed as exc:
                failures.append(_Failure(offer.gpu, encoder, each.rung, exc))
            else:
                cards.worked(offer.gpu, encoder)
                return _Written(result, offer, each.rung)
            _tell(failures[-1])
            if failures[-1].error.code is Code.SESSION_LIMIT:
                cards.failed(offer.gpu, Code.SESSION_LIMIT)
            if failures[-1].is_of_encoder:
                break
    return None


def _blame(cards: Cards, failures: Sequence[_Failure]) -> None:
    """What else would have been written is: the GPU was at fault."""
    for failure in failures:
        if failure.error.code is not Code.SESSION_LIMIT:  # which was told at once
            cards.failed(failure.gpu, failure.error.code)


def _tell(failure: _Failure) -> None:
    told = {"gpu": failure.gpu.usable.name, "code": failure.reason.code, "reason": failure.reason.text}
    told["said"] = str(failure.error)[-300:]
    if failure.is_of_encoder:
        log.warning("encoder.failed", encoder=failure.encoder, **told)
    else:
        log.warning("rung.failed", use="clip", rung=failure.rung.value, **told)


def _by_rung(failures: Sequence[_Failure]) -> dict[Rung, Reason]:
    return {each.rung: each.reason for each in failures if not each.is_of_encoder}


def _noted(encoder: str, gpu: Gpu | None, chosen: Encoders, failures: Sequence[_Failure]) -> Encoded:
    failed = {each.encoder: each.reason for each in failures if each.is_of_encoder}
    by = gpu.usable.name if gpu else None
    tell = log.info if gpu or failures else log.debug
    tell("encoder.used", encoder=encoder, by=by or "the CPU", why=_why({**chosen.left_out, **failed}))
    return Encoded(encoder=encoder, gpu=by, failed=failed, left_out=chosen.left_out)


def _why(reasons: Mapping[str, Reason]) -> str:
    """The encoders that did not do it in a few words; nothing where there are none."""
    return "".join(f"; {encoder}: {reason.code}" for encoder, reason in reasons.items())


def _told(chosen: Encoders, failures: Sequence[_Failure]) -> str:
    reasons = [f"{each.encoder}: {each.reason.text} ({each.reason.code})" for each in failures if each.is_of_encoder]
    reasons += [f"{encoder}: {reason.text} ({reason.code})" for encoder, reason in chosen.left_out.items()]
    return f"no GPU could encode the clip: {'; '.join(dict.fromkeys(reasons))}"
