"""Has a clip written by a GPU where that pays and works, else by the CPU."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from vxpipe.engine.media.cards import Cards, EncoderOffer
from vxpipe.engine.media.encoding import ON_CPU, Encode, Encoders, by_cpu
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import Gate, Reason
from vxpipe.engine.media.on_card import HardwareFailed, on_card
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.ports import Gpu

log = structlog.get_logger()

_T = TypeVar("_T")
_Attempt = Callable[[Tools, str], Awaitable[_T]]
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
    gpu: Gpu
    encoder: str
    error: HardwareFailed


async def encoded(cards: Cards | None, encode: Encode, tools: Tools, attempt: _Attempt[_T]) -> tuple[_T, Encoded]:
    """What the first encoder brings that does not fail by hardware, and which that was. `cards` None: no GPU is used.

    Raises VxError `gpu_required` where the CPU must not stand in for the GPU.
    """
    if cards is None:
        return await attempt(tools, ON_CPU), _noted(ON_CPU, None, by_cpu(encode, Gate.SWITCHED_OFF), ())
    chosen, offers = await cards.encoders(encode)
    failures: list[_Failure] = []
    while offers and _may_go_on(failures):
        came = await _by_gpu(cards, offers, tools, attempt)
        if not isinstance(came, _Failure):
            result, offer = came
            return result, _noted(offer.encoders.encoders[0], offer.gpu, offer.encoders, failures)
        failures.append(came)
    if ON_CPU not in chosen.encoders:
        raise VxError("gpu_required", _told(chosen, failures))
    result = await attempt(tools, ON_CPU)
    for failure in failures:
        if failure.error.code is not Code.SESSION_LIMIT:
            cards.failed(failure.gpu, failure.error.code)
    return result, _noted(ON_CPU, None, chosen, failures)


def _may_go_on(failures: Sequence[_Failure]) -> bool:
    return len(failures) < _TRIES and all(each.error.code is Code.SESSION_LIMIT for each in failures)


async def _by_gpu(
    cards: Cards, offers: Sequence[EncoderOffer], tools: Tools, attempt: _Attempt[_T]
) -> tuple[_T, EncoderOffer] | _Failure:
    async with cards.place(offers, "encode") as offer:
        encoder = offer.encoders.encoders[0]
        try:
            result = await attempt(on_card(tools, offer.gpu), encoder)
        except HardwareFailed as exc:
            failure = _Failure(offer.gpu, encoder, exc)
            _tell(failure)
            if exc.code is Code.SESSION_LIMIT:
                cards.failed(offer.gpu, exc.code)
            return failure
    cards.worked(offer.gpu, encoder)
    return result, offer


def _tell(failure: _Failure) -> None:
    error = failure.error
    log.warning(
        "encoder.failed",
        encoder=failure.encoder, gpu=failure.gpu.usable.name, code=error.code.value, reason=error.meaning,
        said=str(error)[-300:],
    )  # fmt: skip


def _noted(encoder: str, gpu: Gpu | None, chosen: Encoders, failures: Sequence[_Failure]) -> Encoded:
    failed = {each.encoder: Reason(each.error.code.value, each.error.meaning) for each in failures}
    by = gpu.usable.name if gpu else None
    tell = log.info if gpu or failures else log.debug
    tell("encoder.used", encoder=encoder, by=by or "the CPU", why=_why({**chosen.left_out, **failed}))
    return Encoded(encoder=encoder, gpu=by, failed=failed, left_out=chosen.left_out)


def _why(reasons: Mapping[str, Reason]) -> str:
    """The encoders that did not do it in a few words; nothing where there are none."""
    return "".join(f"; {encoder}: {reason.code}" for encoder, reason in reasons.items())


def _told(chosen: Encoders, failures: Sequence[_Failure]) -> str:
    reasons = [f"{each.encoder}: {each.error.meaning} ({each.error.code})" for each in failures]
    reasons += [f"{encoder}: {reason.text} ({reason.code})" for encoder, reason in chosen.left_out.items()]
    return f"no GPU could encode the clip: {'; '.join(dict.fromkeys(reasons))}"
