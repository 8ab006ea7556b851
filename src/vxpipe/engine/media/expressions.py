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
    if len(values) == 1:
        return f"eq({counter},{values[0]})"
    middle = len(values) // 2
    lower, upper = one_of(counter, values[:middle]), one_of(counter, values[middle:])
    return f"if(lt({counter},{values[middle]}),{lower},{upper})"


def latest(counter: str, values: Sequence[int]) -> str:
    """The last of the values that the counter has reached; before all of them the first."""
    if len(values) == 1:
        return f"{values[0]}"
    middle = len(values) // 2
    earlier, later = latest(counter, values[:middle]), latest(counter, values[middle:])
    return f"if(lt({counter},{values[middle]}),{earlier},{later})"


def in_turn(counter: str, values: Sequence[int], first: int = 0) -> str:
    """The value in the place that the counter tells, from `first` on."""
    if len(values) == 1:
        return f"{values[0]}"
    middle = len(values) // 2
    later = in_turn(counter, values[middle:], first + middle)
    return f"if(lt({counter},{first + middle}),{in_turn(counter, values[:middle], first)},{later})"


def within(spans: Sequence[Span]) -> str:
    """Whether packet `n` lies in one of the spans."""
    if len(spans) == 1:
        return f"between(n,{spans[0][0]},{spans[0][1]})"
    middle = len(spans) // 2
    return f"if(lt(n,{spans[middle][0]}),{within(spans[:middle])},{within(spans[middle:])})"
