"""What stands in the way of a GPU, or of a rung or an encoder of it. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from vxpipe.engine.media import hardware
from vxpipe.values import frozen


class Gate(StrEnum):
    """What keeps a decode from a GPU that could be used; what is wrong with the GPU itself is a `hardware.Code`."""

    SWITCHED_OFF = "SWITCHED_OFF"
    NOT_YET = "NOT_YET"
    RESTING = "RESTING"
    OTHER_FORMAT = "OTHER_FORMAT"
    OTHER_SIZE = "OTHER_SIZE"
    IRREGULAR = "IRREGULAR"
    ROTATED = "ROTATED"
    NOT_WORTH_IT = "NOT_WORTH_IT"
    NOTHING_SMALLER = "NOTHING_SMALLER"
    CPU_FILTERS = "CPU_FILTERS"


GATES = {
    Gate.SWITCHED_OFF: "GPUs are not used: VXPIPE_ACCEL is off",
    Gate.NOT_YET: "what the GPUs can do is being tried, and the CPU works meanwhile",
    Gate.RESTING: "the GPU failed several times and is left alone for some minutes",
    Gate.OTHER_FORMAT: "nobody tried whether the GPU decodes this codec, profile or pixel format as the CPU does",
    Gate.OTHER_SIZE: "the GPU takes no pictures of this size",
    Gate.IRREGULAR: "the frames cannot be told by the times of their packets, or change their size",
    Gate.ROTATED: "the file asks for its pictures to be turned",
    Gate.NOT_WORTH_IT: "the CPU is done with it before a GPU is at work",
    Gate.NOTHING_SMALLER: "there is nothing for the GPU to make smaller",
    Gate.CPU_FILTERS: "filters that only the CPU has come first",
}


@frozen(kw_only=False)
class Obstacle:
    """Why a rung is not used: a `Gate` or a `hardware.Code`, and what it means."""

    code: str
    text: str


def gate(code: Gate) -> Obstacle:
    """A gate as the reason for a rung that is left out."""
    return Obstacle(code.value, GATES[code])


def is_passing(obstacle: Obstacle) -> bool:
    """Whether it may be over soon."""
    return obstacle.code in {Gate.NOT_YET, Gate.RESTING} or obstacle.code in hardware.PASSING


def why(obstacles: Iterable[tuple[str, Obstacle]]) -> str:
    """Who did not do it in a few words; nothing where there is nobody."""
    return "".join(f"; {name}: {each.code}" for name, each in obstacles)
