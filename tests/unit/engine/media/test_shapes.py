"""What is said of a film that goes on in another size."""

from dataclasses import replace

import numpy as np
import pytest

from unit.engine.media.films import film, flat
from vxpipe.engine.media.shapes import sizes_warning


@pytest.mark.parametrize("count", [2, 8, 9, 2000])
def test_however_many_sizes_a_film_has_the_warning_stays_short(count: int) -> None:
    widths = np.arange(16, 16 + count)
    samples = replace(film([flat(128)] * count), sizes=np.stack([widths, np.full(count, 120)], axis=1))

    warning = sizes_warning((16, 120), samples)

    assert warning is not None
    assert (count, min(count, 8)) == (warning["count"], len(warning["sizes"]))
    assert len(str(warning)) < 1200
    assert (count > 8) == ("scaled into the first" in warning["message"])


def test_a_film_of_one_size_is_not_warned_of() -> None:
    samples = replace(film([flat(128)] * 3), sizes=np.full((3, 2), 120))

    assert sizes_warning((120, 120), samples) is None
    assert sizes_warning((120, 120), replace(samples, sizes=None)) is None
