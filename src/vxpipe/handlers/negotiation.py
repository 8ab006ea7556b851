"""Which of the forms that an answer has a caller wants (RFC 9110, section 12.5.1). Pure."""

from collections.abc import Sequence

_MOST_RANGES = 50


def preferred(accept: str | None, offers: Sequence[str]) -> str | None:
    """The media type of `offers` that fits best, the earlier one of two that fit alike; None where none does."""
    ranges = [_range(part) for part in (accept or "*/*").split(",")[:_MOST_RANGES] if part.strip()]
    wanted = [(_quality(offer, ranges), -place) for place, offer in enumerate(offers)]
    quality, place = max(wanted)
    return offers[-place] if quality > 0 else None


def _range(text: str) -> tuple[str, float]:
    """A media range and its quality; a quality that is no number counts as none at all."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return name, 0.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """What the most exact of the ranges that hold `offer` says of it."""
    family = offer.partition("/")[0]
    for fitting in (offer, f"{family}/*", "*/*"):
        for name, quality in ranges:
            if name == fitting:
                return quality
    return 0.0
