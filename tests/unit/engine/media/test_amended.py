"""A look whose samples are put right by those of a closer one."""

from dataclasses import replace

import numpy as np
from tests.unit.engine.media.films import film, moving, scenery, still

from vxpipe.engine.media.amended import amended
from vxpipe.engine.media.features import Samples

WHOLE = film(still(scenery(1), 10), moving(scenery(2), 10), still(scenery(3), 10))


def seen(*frames: int, spoilt: float = 0.0) -> Samples:
    """Some of the frames, as a look sees them that has the light wrong and so sees other changes."""
    some = WHOLE.taken(np.array(frames, np.intp))
    columns = some.features.columns() | {
        name: getattr(some.features, name) + np.float32(spoilt) for name in ("luma", "change")
    }
    numbers = np.array(frames, np.intp)
    return replace(some, features=replace(some.features, **columns), numbers=numbers, reach=numbers % 12)


def test_what_was_seen_again_stands_in_its_place_by_time() -> None:
    sparse, again = seen(*range(0, 30, 3), spoilt=50), seen(*range(10, 17))

    both = amended(sparse, again)

    frames = [0, 3, 6, 9, *range(10, 17), 18, 21, 24, 27]
    assert WHOLE.pts[frames].tolist() == both.pts.tolist()
    assert WHOLE.times[frames].tolist() == both.times.tolist()
    assert both.numbers is not None
    assert frames == both.numbers.tolist()
    wrong = np.array([not 10 <= frame < 17 for frame in frames])
    assert np.array_equal(WHOLE.features.luma[frames] + 50 * wrong, both.features.luma)


def test_changes_count_where_the_frame_before_was_seen_again_as_well() -> None:
    sparse, again = seen(*range(0, 30, 3), spoilt=50), seen(9, 10, 11, 12, 21, 22)

    both = amended(sparse, again)

    assert both.numbers is not None
    change = dict(zip(both.numbers.tolist(), both.features.change.tolist(), strict=True))
    usual = dict(zip(range(30), WHOLE.features.change.tolist(), strict=True))
    assert [usual[k] for k in (10, 11, 12, 22)] == [change[k] for k in (10, 11, 12, 22)]
    assert [usual[k] + 50 for k in (9, 21)] == [change[k] for k in (9, 21)]


def test_nothing_seen_again_leaves_the_samples() -> None:
    sparse = seen(*range(0, 30, 3))

    both = amended(sparse, seen())

    assert sparse.pts.tolist() == both.pts.tolist()
    assert sparse.features.signature.tobytes() == both.features.signature.tobytes()


def test_rows_beyond_a_piece_keep_their_order() -> None:
    long = film(still(scenery(1), 9000))
    sparse, again = long.taken(np.arange(0, 9000, 2)), long.taken(np.arange(1001, 8001))

    both = amended(sparse, again)

    frames = [*range(0, 1001, 2), *range(1001, 8001), *range(8002, 9000, 2)]
    assert long.pts[frames].tolist() == both.pts.tolist()
    assert np.array_equal(long.features.signature[frames], both.features.signature)
