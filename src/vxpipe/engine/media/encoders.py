"""Has a clip written by a GPU where that pays and works, else by the CPU."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

import structlog

from vxpipe.engine.media.cards import Cards, Resting
from vxpipe.engine.media.encoding import ON_CPU, Encode, Encoded, Encoders, resting
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Decode, Rung, Way, way
from vxpipe.engine.media.obstacles import Obstacle, why
from vxpipe.engine.media.offers import EncoderOffer, key_of
from vxpipe.engine.media.on_card import HardwareFailed, nothing_came, on_card, some_lacks
from vxpipe.engine.media.tools import Tools
from vxpipe.engine.media.tries import Failure, Tries
from vxpipe.errors import VxError
from vxpipe.facts import Gpu
from vxpipe.values import frozen

log = structlog.get_logger()

_T = TypeVar("_T")
_SESSIONS = 2  # so often one is asked for: others may have ended theirs by then, or half as many of ours are let in


@frozen(kw_only=False)
class Decoded:
    """On which rung a GPU decoded for its encoder, and which ones failed before."""

    rung: Rung
    failed: Mapping[Rung, Obstacle]


@frozen
class Job(Generic[_T]):
    """A clip, and how it is tried: `attempt` writes with an encoder of a GPU, `on_cpu` with that of the CPU.

    `is_sound`: whether what was written lacks nothing of the film.
    """

    encode: Encode
    decode: Decode
    tools: Tools
    attempt: Callable[[Tools, str, Way], Awaitable[_T]]
    on_cpu: Callable[[], Awaitable[_T]]
    is_sound: Callable[[_T], bool]


@frozen(kw_only=False)
class _Written(Generic[_T]):
    result: _T
    gpu: Gpu
    encoder: str
    rung: Rung
    chosen: Encoders


async def encoded(cards: Cards, tries: Tries, job: Job[_T]) -> tuple[_T, Encoded, Decoded | None]:
    """What the first encoder brings that does not fail by hardware, which that was, and how a GPU decoded for it.

    What failed for the item before, as `tries` tell, is not tried for it. Raises VxError `gpu_required` or
    `gpu_unavailable` where the CPU must not stand in for the GPU.
    """
    chosen, offers = await cards.encoders(job.encode, job.decode)
    failures: list[Failure] = []
    while left := _left(offers, failures, is_barred=ON_CPU not in chosen.encoders):
        try:
            written = await _by_gpu(cards, tries, left, job, failures)
        except Resting:
            chosen = resting(chosen)
            break
        if written:
            by = _noted(written.encoder, written.gpu, written.chosen, failures)
            return written.result, by, Decoded(written.rung, _by_rung(failures))
    if ON_CPU not in chosen.encoders:
        tries.blame(failures)
        reasons = [each.reason for each in failures if each.is_of_encoder]
        raise tries.missing("encode the clip", [*reasons, *chosen.left_out.values()])
    result = await job.on_cpu()
    tries.blame(failures if job.is_sound(result) else ())
    return result, _noted(ON_CPU, None, chosen, failures), None


def _left(offers: Sequence[EncoderOffer], failures: Sequence[Failure], *, is_barred: bool) -> list[EncoderOffer]:
    """The cards that may still try: those that refused the fewest sessions, and did not fail otherwise.

    Where the CPU may do it, it does after any other failure, and once enough sessions were refused by whichever cards;
    where it must not (`is_barred`), each card may refuse as many.
    """
    refused, failed = Counter[str](), set[str]()
    for each in failures:
        if each.is_of_encoder and each.code is Code.SESSION_LIMIT:
            refused[key_of(each.gpu)] += 1
        elif each.is_of_encoder:
            failed.add(key_of(each.gpu))
    if not is_barred and (failed or refused.total() >= _SESSIONS):
        return []
    left = {key_of(each.gpu): each for each in offers if key_of(each.gpu) not in failed}
    fewest = min((refused[key] for key in left), default=0)
    return [offer for key, offer in left.items() if refused[key] == fewest < _SESSIONS]


async def _by_gpu(
    cards: Cards, tries: Tries, offers: Sequence[EncoderOffer], job: Job[_T], failures: list[Failure]
) -> _Written[_T] | None:
    """What a GPU writes, decoding what it can; None where its encoder fails."""
    async with cards.place(offers, "decode", "encode") as offer:
        gpu, encoder = offer.gpu, offer.encoders.encoders[0]
        for each in (*(way(job.decode, rung) for rung in tries.left(gpu, offer.ladder.rungs)), BY_CPU):
            try:
                result = await _on_gpu(job, gpu, encoder, each)
            except HardwareFailed as exc:
                failure = Failure(use="clip", gpu=gpu, rung=each.rung, error=exc, encoder=encoder)
                failures.append(tries.note(failure))
                if failure.is_of_encoder:
                    break
            else:
                tries.blame(failures if job.is_sound(result) else (), by=gpu)
                cards.worked(gpu, encoder, *({each.rung} - {Rung.SOFTWARE}))
                return _Written(result, gpu, encoder, each.rung, offer.encoders)
    return None


async def _on_gpu(job: Job[_T], gpu: Gpu, encoder: str, decoded: Way) -> _T:
    """What the GPU writes; raises HardwareFailed, also where there is no clip, or what it decoded is not all in it."""
    try:
        result = await job.attempt(on_card(job.tools, gpu), encoder, decoded)
    except VxError as exc:
        if exc.code != "tool_failed":
            raise
        raise nothing_came(exc) from exc
    if decoded.rung is not Rung.SOFTWARE and not job.is_sound(result):
        raise some_lacks()
    return result


def _by_rung(failures: Sequence[Failure]) -> dict[Rung, Obstacle]:
    return {each.rung: each.reason for each in failures if not each.is_of_encoder}


def _of_encoders(failures: Sequence[Failure]) -> dict[str, Obstacle]:
    return {each.encoder: each.reason for each in failures if each.encoder and each.is_of_encoder}


def _noted(encoder: str, gpu: Gpu | None, chosen: Encoders, failures: Sequence[Failure]) -> Encoded:
    failed, by = _of_encoders(failures), gpu.usable.name if gpu else None
    left_out = {name: reason for name, reason in chosen.left_out.items() if name not in failed}
    tell = log.info if gpu or failures else log.debug
    tell("encoder.used", encoder=encoder, by=by or "the CPU", why=why({**left_out, **failed}.items()))
    return Encoded(encoder=encoder, gpu=by, failed=failed, left_out=left_out)
