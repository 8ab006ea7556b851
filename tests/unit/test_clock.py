"""Ids and times."""

import uuid

from vxpipe import clock


def test_ids_are_version_7_uuids_that_sort_by_time() -> None:
    ids = [clock.new_id() for _ in range(50)]

    assert all(uuid.UUID(made).version == 7 and uuid.UUID(made).variant == uuid.RFC_4122 for made in ids)
    assert len(set(ids)) == 50
    assert [made[:13] for made in ids] == sorted(made[:13] for made in ids)


def test_the_time_is_utc_in_whole_milliseconds() -> None:
    moment = clock.now()

    assert moment.utcoffset() is not None
    assert moment.microsecond % 1000 == 0
