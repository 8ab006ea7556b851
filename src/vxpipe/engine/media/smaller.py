"""What a GPU can make of a picture before it hands it over. Pure."""

from vxpipe.engine.media.obstacles import Gate
from vxpipe.values import frozen

Box = tuple[int, int, int, int]
Size = tuple[int, int]


@frozen(kw_only=False)
class Smaller:
    """What the GPU can make of a picture before it hands it over: its box (None: all) in these sizes, one by one.

    Each is half of the one before and even. A halving by the GPU's bilinear scaler is the mean of four pixels, as the
    CPU's `area` makes it: of other factors its scalers make other pictures than the CPU's.
    """

    halvings: tuple[Size, ...]
    box: Box | None = None

    @property
    def size(self) -> Size:
        """In which it is handed over."""
        return self.halvings[-1]


def for_averages(size: Size, least: Size) -> Smaller | Gate:
    """What the GPU can do where the averages of a picture are looked at: halve it, to no less than `least`."""
    sizes = _halvings(size, least)
    return Smaller(sizes) if sizes else Gate.NOTHING_SMALLER


def for_image(whole: Size, box: Box | None, size: Size, *, is_corrected: bool) -> Smaller | Gate:
    """What the GPU can do where the box of a picture is saved in a `size`; `is_corrected`: other filters come first.

    Twice the size is left for the CPU's better scaler, so that nobody sees the difference (54 dB and more).
    """
    x, y, width, height = box or (0, 0, *whole)
    if is_corrected or x % 2 or y % 2:
        return Gate.CPU_FILTERS
    sizes = _halvings((width, height), (2 * size[0], 2 * size[1]))
    return Smaller(sizes, box) if sizes else Gate.NOTHING_SMALLER


def _halvings(size: Size, least: Size) -> tuple[Size, ...]:
    """As many as leave no less than `least`."""
    found: list[Size] = []
    width, height = size
    while width % 4 == 0 and height % 4 == 0 and width >= 2 * least[0] and height >= 2 * least[1]:
        width, height = width // 2, height // 2
        found.append((width, height))
    return tuple(found)
