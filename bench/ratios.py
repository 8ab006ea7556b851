"""What many rounds say together: medians of per-round ratios, and whether the machine was quiet enough. Pure."""

from collections.abc import Sequence
from statistics import median


def median_ratio(values: Sequence[float], wholes: Sequence[float]) -> float:
    """The median over the rounds of value / whole, each taken in the same round."""
    return median(value / whole for value, whole in zip(values, wholes, strict=True))


def spread(values: Sequence[float]) -> float:
    """The largest by the smallest: 1.0 where every round cost the same."""
    return max(values) / min(values)


def refusal(fulls: Sequence[float], limit: float) -> str:
    """Why no ratio may be printed, given what the full decode cost in every round; empty: they may be."""
    if spread(fulls) <= limit:
        return ""
    least, most = min(fulls), max(fulls)
    return (
        f"no ratios: a full decode cost {least:.2f} to {most:.2f} CPU s, a spread of {spread(fulls):.2f}; "
        f"the limit is {limit:g}"
    )
