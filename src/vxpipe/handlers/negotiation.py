"""Which of the forms that an answer has a caller wants (RFC 9110, section 12.5.1). Pure."""

from collections.abc import Sequence

_MOST_RANGES = 50


def preferred(accept: str | None, offers: Sequence[str]) -> str | None:
    """The media type of `offers` that fits best; None where none does.

    Of two of the same quality the one that is named more exactly, of two named alike the earlier one.
    """
    ranges = [_range(part) for part in (accept or "*/*").split(",")[:_MOST_RANGES] if part.strip()]
    quality, _, place = max((*_fit(offer, ranges), -place) for place, offer in enumerate(offers))
    return offers[-place] if quality > 0 else None


def _range(text: str) -> tuple[str, float]:
    """A media range and its quality; a quality that is no number counts as none at all."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return name, 0.0


def _fit(offer: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """The quality that the most exact of the ranges that hold `offer` gives it, and how exact that is."""
    family = offer.partition("/")[0]
    for exactness, fitting in ((2, offer), (1, f"{family}/*"), (0, "*/*")):
        for name, quality in ranges:
            if name == fitting:
                return quality, exactness
    return 0.0, 0
