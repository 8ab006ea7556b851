"""What ffmpeg works out anew for each frame or packet, as search trees.

A flat sum is refused beyond 100 terms, and would cost each of them all of its terms. Pure.
"""

from collections.abc import Sequence

from vxpipe.engine.media.packets import Span


def sign_of_life(every: int) -> str:
    """A sum's term that is 0 and has a line printed now and then: nothing else is heard of frames that are passed over.

    ffmpeg's own `-progress` would speak of frames that came out only, and go on while a decoder is stuck.
    """
    return f"if(mod(n,{every}),0,0*print(n))"


def one_of(counter: str, values: Sequence[int]) -> str:
    """Whether the counter is one of the rising values."""
    return _last_begun(counter, values, [f"eq({counter},{value})" for value in values])


def latest(counter: str, values: Sequence[int]) -> str:
    """The last of the rising values that the counter has reached; before all of them the first."""
    return _last_begun(counter, values, [f"{value}" for value in values])


def in_turn(counter: str, values: Sequence[int]) -> str:
    """The value in the place that the counter tells, from 0; of a counter beyond the last place the last one."""
    return _last_begun(counter, range(len(values)), [f"{value}" for value in values])


def within(spans: Sequence[Span]) -> str:
    """Whether packet `n` lies in one of the spans, which rise and do not overlap."""
    return _last_begun("n", [first for first, _ in spans], [f"between(n,{first},{last})" for first, last in spans])


def _last_begun(counter: str, begins: Sequence[int], terms: Sequence[str]) -> str:
    """Of the terms, each of which holds from where it begins, the last that the counter has reached."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    earlier, later = (_last_begun(counter, begins[half], terms[half]) for half in (slice(middle), slice(middle, None)))
    return f"if(lt({counter},{begins[middle]}),{earlier},{later})"
