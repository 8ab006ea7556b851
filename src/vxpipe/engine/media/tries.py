"""What GPUs were given to do for one item and failed at: it is told, not tried again, and held against them once."""

from collections.abc import Collection, Iterable, Sequence

import structlog

from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.hardware import OF_THE_FILM, SENTENCES, Code
from vxpipe.engine.media.ladder import Rung
from vxpipe.engine.media.obstacles import Obstacle, is_passing
from vxpipe.engine.media.offers import key_of
from vxpipe.engine.media.on_card import HardwareFailed
from vxpipe.errors import VxError
from vxpipe.facts import Gpu
from vxpipe.values import frozen

log = structlog.get_logger()

_OF_ENCODER = frozenset({Code.SESSION_LIMIT, Code.NVENC_NOT_ON_GPU, Code.TIMED_OUT})
_NOT_BLAMED = OF_THE_FILM | {Code.SESSION_LIMIT, Code.NOT_STARTED}  # the card is told of the former at once


@frozen
class Failure:
    """A try on a GPU that failed: of its encoder, where it had one to run, or of the rung on which it decoded."""

    use: str
    gpu: Gpu
    rung: Rung
    error: HardwareFailed
    encoder: str | None = None

    @property
    def code(self) -> Code:
        """What it was."""
        return self.error.code

    @property
    def reason(self) -> Obstacle:
        """The same as the reason for not being used."""
        return Obstacle(self.code.value, SENTENCES[self.code])

    @property
    def is_of_encoder(self) -> bool:
        """Whether no other way of decoding would help: the encoder itself complains, or the GPU hangs."""
        complains = f"[{self.encoder} @" in str(self.error)
        return self.encoder is not None and (complains or self.rung is Rung.SOFTWARE or self.code in _OF_ENCODER)


class Tries:
    """The tries of one item; `cards` None: no GPU is used. `film`: what tells it from others, at another try too."""

    def __init__(self, cards: Cards | None, film: str | None = None) -> None:
        self._cards = cards
        self._film = film
        self._failed: dict[tuple[str, Rung], Obstacle] = {}
        self._blamed: set[str] = set()

    def left(self, gpu: Gpu, rungs: Iterable[Rung]) -> tuple[Rung, ...]:
        """The rungs on which this card may still decode for the item."""
        return tuple(rung for rung in rungs if rung is not Rung.SOFTWARE and (key_of(gpu), rung) not in self._failed)

    def given_up(self, *, but: Collection[Rung]) -> dict[Rung, Obstacle]:
        """Other rungs that failed, on whichever card."""
        return {rung: reason for (_, rung), reason in self._failed.items() if rung not in but}

    def note(self, failure: Failure) -> Failure:
        """Tell of a failure and remember it; gives it back."""
        is_of_decoder = failure.rung is not Rung.SOFTWARE
        if is_of_decoder and (not failure.is_of_encoder or failure.code is Code.TIMED_OUT):
            self._failed[key_of(failure.gpu), failure.rung] = failure.reason
        if failure.code is Code.SESSION_LIMIT and self._cards:
            self._cards.failed(failure.gpu, failure.code)
        told = {"gpu": failure.gpu.usable.name, "code": failure.reason.code, "reason": failure.reason.text}
        told["said"] = str(failure.error)[-300:]
        if failure.is_of_encoder:
            log.warning("encoder.failed", encoder=failure.encoder, **told)
        else:
            log.warning("rung.failed", use=failure.use, rung=failure.rung.value, **told)
        return failure

    def blame(self, failures: Sequence[Failure], *, by: Gpu | None = None) -> None:
        """Hold failures against the cards, once for each: another did what they did not, or nobody else may.

        Where the same card did it otherwise (`by`), only the rung that failed is held against it.
        """
        for failure in failures:
            key = key_of(failure.gpu)
            if self._cards is None or failure.code in _NOT_BLAMED:
                continue
            if by and key == key_of(by):
                self._cards.failed(failure.gpu, failure.code, rung=failure.rung, film=self._film)
            elif key not in self._blamed:
                self._blamed.add(key)
                self._cards.failed(failure.gpu, failure.code, film=self._film)

    def missing(self, what: str, reasons: Iterable[Obstacle]) -> VxError:
        """The failure of an item that needs a GPU: `gpu_unavailable` if that may be over soon, else `gpu_required`."""
        found = list(dict.fromkeys(reasons))
        told = f"no GPU could {what}: {'; '.join(f'{reason.text} ({reason.code})' for reason in found)}"
        if not any(map(is_passing, found)):
            return VxError("gpu_required", told)
        return VxError("gpu_unavailable", told, retry_after=self._cards.rest_seconds() if self._cards else None)
