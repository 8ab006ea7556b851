"""What is to be done, decided from facts alone."""

from dataclasses import replace
from fractions import Fraction
from json import dumps

import numpy as np
import pytest

from vxpipe.engine.media import plan, second_look
from vxpipe.engine.media.ahead import frames_ahead
from vxpipe.engine.media.arrays import Flags
from vxpipe.engine.media.changes import Changes
from vxpipe.engine.media.film import wall_seconds
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.pace import pace_of
from vxpipe.engine.media.packets import PacketMap
from vxpipe.engine.media.reading import WHOLE, Ahead, Picks, readings_for
from vxpipe.errors import VxError
from vxpipe.model import MediaInfo
from vxpipe.recipe import Recipe, Rectangle

INFO = MediaInfo(container="mp4", codec="h264", width=1280, height=720, fps=25, duration=10.0, frames=250)


@pytest.mark.parametrize(("duration", "wall"), [(1.0, 60), (10.0, 200), (None, 3600)])
def test_the_wall_limit_grows_with_the_film(duration: float | None, wall: float) -> None:
    assert wall == wall_seconds(duration)


def test_borders_of_a_long_film_are_looked_for_by_seeking() -> None:
    times = plan.plan_extraction(replace(INFO, duration=3600.0), Recipe()).borders.seconds

    assert sorted(times) == list(times)
    assert 0 < times[0]
    assert times[-1] < 3600
    assert () == plan.plan_extraction(INFO, Recipe()).borders.seconds


@pytest.mark.parametrize("duration", [60.0, None])
@pytest.mark.parametrize(
    "frames", [{"mode": "keyframes"}, {"mode": "count", "count": 4}, {"mode": "interval", "every": 2}]
)
def test_few_border_pictures_are_spread_over_the_whole_film(frames: dict[str, object], duration: float | None) -> None:
    info, recipe = replace(INFO, duration=duration), Recipe.model_validate_json(dumps({"frames": frames}))

    borders = plan.plan_extraction(info, recipe, _packets(60, 1500)).borders

    assert () == borders.keys
    assert 60 == pytest.approx(borders.step_seconds * borders.most)


@pytest.mark.parametrize("crop", ["none", Rectangle(x=0, y=0, width=16, height=16)])
def test_borders_are_not_looked_for_when_nobody_asks(crop: object) -> None:
    recipe = Recipe.model_validate({"crop": crop})

    assert not plan.plan_extraction(INFO, recipe).borders.wanted


@pytest.mark.parametrize(("x", "y", "width", "height"), [(1, 0, 1280, 720), (0, 700, 100, 21), (1280, 0, 16, 16)])
def test_a_crop_beyond_the_picture_is_refused(x: int, y: int, width: int, height: int) -> None:
    recipe = Recipe(crop=Rectangle.model_construct(x=x, y=y, width=width, height=height))

    with pytest.raises(VxError) as failure:
        plan.plan_extraction(INFO, recipe)

    assert "bad_crop" == failure.value.code


def _packets(seconds: float, group: int, *, fps: int = 25, others: int = 10) -> PacketMap:
    """A film whose keyframes take 1000 bytes, and its other frames `others`."""
    frames = np.arange(int(seconds * fps))
    keys = frames % group == 0
    return PacketMap(
        pts=frames, sizes=np.where(keys, 1000, others), keys=keys,
        hidden=np.zeros(len(frames), np.bool_), unit=Fraction(1, fps),
    )  # fmt: skip


SHORT_GROUPS = _packets(60, 50)
# At every keyframe but the first, the frame in front of it is sent after it.
OPEN_GROUPS = replace(
    SHORT_GROUPS,
    pts=SHORT_GROUPS.pts + np.where(SHORT_GROUPS.pts < 50, 0, np.array([1, -1, *[0] * 48])[SHORT_GROUPS.pts % 50]),
)
_PYRAMID = np.array([0, *(4 * k + n for k in range(12) for n in (4, 2, 1, 3))])
# Three B-frames between two others, of which the middle one is referred to.
PYRAMIDS = replace(_packets(49 * 60 / 25, 49), pts=np.concatenate([49 * group + _PYRAMID for group in range(60)]))
ONE_GROUP = replace(PYRAMIDS, keys=np.arange(len(PYRAMIDS)) == 0)
LIVELY = 600


@pytest.mark.parametrize(
    ("info", "packets", "look"),
    [
        (INFO, None, plan.Look.EVERYTHING),
        (replace(INFO, interlaced=True), SHORT_GROUPS, plan.Look.EVERYTHING),
        (INFO, SHORT_GROUPS, plan.Look.CHANGES),
        (INFO, OPEN_GROUPS, plan.Look.REFERENCES),
        (replace(INFO, codec="hevc"), OPEN_GROUPS, plan.Look.CHANGES),
        (INFO, _packets(240, 250), plan.Look.CHANGES),
        (INFO, _packets(240, 250, others=LIVELY), plan.Look.REFERENCES),
        (INFO, _packets(10, 250), plan.Look.REFERENCES),
        (INFO, _packets(60, 1), plan.Look.REFERENCES),  # all of them keyframes
        (INFO, _packets(240, 40, fps=4, others=LIVELY), plan.Look.EVERYTHING),  # what is referred to lies too far apart
        (replace(INFO, codec="vp9"), SHORT_GROUPS, plan.Look.CHANGES),
        (replace(INFO, codec="vp9"), _packets(240, 250, others=LIVELY), plan.Look.EVERYTHING),
    ],
)
def test_scenes_decode_as_little_as_codec_and_groups_allow(
    info: MediaInfo, packets: PacketMap | None, look: plan.Look
) -> None:
    assert look == plan.plan_extraction(info, Recipe(), packets).look


@pytest.mark.parametrize("codec", ["vp9", "vp8", "mpeg2video", "mpeg4"])
def test_some_frames_are_measured_where_all_are_decoded(codec: str) -> None:
    film = _packets(240, 250, others=LIVELY)

    chosen = plan.plan_extraction(replace(INFO, codec=codec), Recipe(), film)

    assert chosen.pace == pace_of(film) is not None
    assert 0.08 == chosen.unseen_seconds
    assert "every frame decoded, and one in 0.08 s measured" in chosen.reason


@pytest.mark.parametrize(
    ("info", "frames", "packets"),
    [
        (INFO, "{}", _packets(240, 250, others=LIVELY)),
        (INFO, "{}", SHORT_GROUPS),
        (replace(INFO, codec="vp9"), "{}", _packets(240, 250, fps=15, others=LIVELY)),
        (replace(INFO, codec="vp9", interlaced=True), "{}", _packets(240, 250, others=LIVELY)),
        (replace(INFO, codec="vp9"), '{"mode": "count", "count": 4}', _packets(240, 250, others=LIVELY)),
        (replace(INFO, codec="vp9"), "{}", None),
    ],
    ids=["references", "changes", "few frames", "interlaced", "named", "no times"],
)
def test_all_that_is_decoded_is_measured_where_that_is_little_or_the_plan_is_unsure(
    info: MediaInfo, frames: str, packets: PacketMap | None
) -> None:
    recipe = Recipe.model_validate_json(f'{{"frames": {frames}}}')

    assert plan.plan_extraction(info, recipe, packets).pace is None


def test_some_frames_are_measured_where_it_turns_out_that_all_must_be_decoded() -> None:
    chosen = plan.plan_extraction(replace(INFO, codec="vp9"), Recipe(), SHORT_GROUPS)

    whole = plan.narrowed(chosen, SHORT_GROUPS, _changes(np.ones(len(SHORT_GROUPS), np.bool_)))

    assert (plan.Look.EVERYTHING, 0.08) == (whole.look, whole.unseen_seconds)
    assert whole.pace == pace_of(SHORT_GROUPS)


def test_every_frame_is_measured_for_a_clip_whose_crop_must_not_cut_into_one() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "count", "count": 4}, "clip": {}}')

    chosen = plan.plan_extraction(replace(INFO, codec="vp9"), recipe, SHORT_GROUPS)

    assert (plan.Look.EVERYTHING, None) == (chosen.look, chosen.pace)


@pytest.mark.parametrize(
    ("crop", "look"),
    [("auto", plan.Look.EVERYTHING), ({"aspect": "1:1"}, plan.Look.EVERYTHING), ("none", plan.Look.NAMED)],
)
def test_a_clip_that_may_be_cropped_has_every_frame_looked_at(crop: object, look: plan.Look) -> None:
    recipe = Recipe.model_validate_json(dumps({"frames": {"mode": "count", "count": 4}, "crop": crop, "clip": {}}))

    chosen = plan.plan_extraction(INFO, recipe, SHORT_GROUPS)

    assert (look, None) == (chosen.look, chosen.unseen_seconds)


@pytest.mark.parametrize(
    ("options", "look"),
    [
        ({"clip": {}}, plan.Look.REFERENCES),
        ({"clip": {}, "crop": "none"}, plan.Look.CHANGES),
        ({}, plan.Look.CHANGES),
    ],
    ids=["cropped clip", "whole clip", "no clip"],
)
def test_shots_of_a_clip_that_may_be_cropped_are_looked_for_all_through(
    options: dict[str, object], look: plan.Look
) -> None:
    chosen = plan.plan_extraction(INFO, Recipe.model_validate_json(dumps(options)), SHORT_GROUPS)

    assert look is chosen.look


def test_frames_nobody_needs_are_told_apart_where_much_is_decoded() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "interval", "every": 1}}')
    layered = np.arange(1500) + np.tile([0, 1, -1], 500)  # every third frame is shown before the one in front of it
    film = replace(SHORT_GROUPS, pts=np.append(0, layered[:-1] + 1))

    assert plan.plan_extraction(INFO, recipe, film).find_disposable
    assert not plan.plan_extraction(replace(INFO, codec="vp9"), recipe, film).find_disposable
    assert not plan.plan_extraction(INFO, recipe, SHORT_GROUPS).find_disposable  # all of them are references


@pytest.mark.parametrize("frames", ['{"mode": "keyframes"}', '{"mode": "count", "count": 4}'])
def test_what_goes_unseen_is_not_told_where_no_shots_are_looked_for(frames: str) -> None:
    recipe = Recipe.model_validate_json(f'{{"frames": {frames}}}')

    chosen = plan.plan_extraction(INFO, recipe, SHORT_GROUPS)

    assert chosen.unseen_seconds is None


@pytest.mark.parametrize(
    ("facts", "options", "expected"),
    [
        ({}, "{}", True),
        ({"matrix": "bt709"}, "{}", True),
        ({"pixel_format": "yuv420p10le"}, "{}", False),
        ({"pixel_format": "yuvj420p"}, "{}", False),
        ({"transfer": "smpte2084"}, "{}", False),
        ({}, '{"image": {"format": "png"}}', False),
    ],
)
def test_frames_are_saved_from_stills_that_are_the_frames(facts: dict[str, str], options: str, expected: bool) -> None:
    info = replace(INFO, **{"pixel_format": "yuv420p", **facts})  # type: ignore[arg-type]

    assert expected == plan.plan_extraction(info, Recipe.model_validate_json(options), SHORT_GROUPS).saves_stills


@pytest.mark.parametrize(
    ("codec", "unit", "is_open", "expected"),
    [
        ("h264", Fraction(1, 25), False, True),
        ("vp9", Fraction(1, 1000), False, True),
        ("hevc", Fraction(1, 25), False, False),
        ("h264", Fraction(1, 10_000_000), False, False),
        ("h264", Fraction(1, 25), True, False),
    ],
)
def test_keyframes_that_are_there_are_spared_where_the_rest_does_without_them(
    codec: str, unit: Fraction, is_open: bool, expected: bool
) -> None:
    info, pts = replace(INFO, codec=codec, pixel_format="yuv420p"), SHORT_GROUPS.pts.copy()
    if is_open:  # the frame after the second keyframe is shown before it
        second = SHORT_GROUPS.starts[1]
        pts[[second, second + 1]] = pts[[second + 1, second]]
    packets = replace(SHORT_GROUPS, unit=unit, pts=pts)

    assert expected == plan.plan_extraction(info, Recipe(), packets).measures_stills


@pytest.mark.parametrize(("size", "most"), [((1920, 1080), 30), ((7680, 4320), 21)])
def test_stills_leave_room_on_the_disk(size: tuple[int, int], most: int) -> None:
    info = replace(INFO, width=size[0], height=size[1])

    assert most == len(plan.plan_extraction(info, Recipe(), SHORT_GROUPS).borders.keys)


@pytest.mark.parametrize(("codec", "size", "most"), [("h264", (1920, 1080), 48), ("hevc", (7680, 4320), 21)])
@pytest.mark.parametrize("duration", [117.6, 7200.0])
def test_where_keyframes_are_few_borders_are_told_from_frames_that_can_be_saved_as_well(
    codec: str, size: tuple[int, int], most: int, duration: float
) -> None:
    info = replace(INFO, codec=codec, width=size[0], height=size[1], duration=duration)

    borders = plan.plan_extraction(info, Recipe(), ONE_GROUP).borders

    anchors = np.array(borders.anchors, np.int64)
    assert ((), ()) == (borders.keys, borders.seconds)
    assert (most, ONE_GROUP.pts[0], ONE_GROUP.pts.max()) == (len(anchors), anchors[0], anchors[-1])
    assert among(anchors, ONE_GROUP.anchor_pts).all()
    assert () == plan.plan_extraction(info, Recipe(), PYRAMIDS).borders.anchors


def test_where_keyframes_are_few_no_picture_is_fetched_by_itself() -> None:
    info = replace(INFO, codec="vp9", duration=7200.0)

    borders = plan.plan_extraction(info, Recipe(), ONE_GROUP).borders

    assert ((), ()) == (borders.seconds, borders.anchors)


def test_what_may_go_unseen_is_bounded_and_told() -> None:
    half = _changes(np.arange(len(SHORT_GROUPS)) < len(SHORT_GROUPS) // 2)
    chosen = plan.plan_extraction(INFO, Recipe(), SHORT_GROUPS)

    narrow = plan.narrowed(chosen, SHORT_GROUPS, half)

    assert (plan.Look.CHANGES, 2.0) == (narrow.look, narrow.unseen_seconds)
    assert "2.00 s" in narrow.reason
    assert plan.Look.REFERENCES == plan.narrowed(chosen, SHORT_GROUPS, _changes(half.needed | True)).look


def test_frames_that_nobody_needs_count_as_unseen() -> None:
    """Every third frame is referred to, those between are not decoded."""
    pts = SHORT_GROUPS.pts + np.array([2, -1, -1])[np.arange(len(SHORT_GROUPS)) % 3]
    film = replace(SHORT_GROUPS, pts=np.append(0, pts[:-1] + 1))
    chosen = plan.plan_extraction(INFO, Recipe(), film)

    narrow = plan.narrowed(chosen, film, _changes(np.arange(len(film)) % 50 > 0))
    whole = plan.narrowed(chosen, film, _changes(np.ones(len(film), np.bool_)))

    assert chosen.reading.references_only
    assert (plan.Look.REFERENCES, 0.12) == (whole.look, whole.unseen_seconds)
    assert (plan.Look.REFERENCES, 0.12) == (narrow.look, narrow.unseen_seconds)


def test_b_frames_are_left_out_where_something_like_them_takes_their_place() -> None:
    chosen = plan.plan_extraction(INFO, Recipe(), PYRAMIDS)

    assert chosen.no_b_frames
    assert plan.reading_to_measure(chosen).anchors_only
    assert not plan.reading_to_measure(second_look.with_b_frames(chosen)).anchors_only
    assert "the 7% of the packets" in second_look.with_reason(chosen, 0.07).reason


def test_frames_that_will_likely_be_kept_are_held_by_the_second_look_where_it_is_near_them() -> None:
    chosen, (second, fourth) = plan.plan_extraction(INFO, Recipe(), PYRAMIDS), PYRAMIDS.starts[[1, 3]]
    doubtful = _between(PYRAMIDS, second, second + 12)
    unsure, sure = PYRAMIDS.anchor_pts[np.searchsorted(PYRAMIDS.anchor_pts, PYRAMIDS.pts[[second + 8, fourth + 8]])]

    found = second_look.plan_second_look(chosen, INFO, PYRAMIDS, doubtful, np.array([unsure, sure]))
    nothing = second_look.plan_second_look(chosen, INFO, PYRAMIDS, doubtful, np.zeros(0, np.int64))

    assert found.plan.ahead
    held = np.array(found.plan.ahead.from_pts, np.int64)
    assert [PYRAMIDS.pts[second], unsure] == held[:2].tolist()
    assert [0.2, 0.4] == pytest.approx(PYRAMIDS.times(held[2:]) - PYRAMIDS.times(held[1:2]), abs=0.17)
    assert among(held, PYRAMIDS.anchor_pts).all()
    assert (found.needed == doubtful | PYRAMIDS.needed_for(held)).all()
    assert not found.reading.rough
    assert (None, True) == (nothing.plan.ahead, nothing.reading.rough)
    assert (nothing.needed == doubtful).all()


def test_no_more_frames_are_held_by_the_second_look_than_the_disk_has_room_for() -> None:
    chosen, huge = plan.plan_extraction(INFO, Recipe(), PYRAMIDS), replace(INFO, width=7680, height=4320)

    doubtful, likely = _between(PYRAMIDS, 0, 2000), np.array(PYRAMIDS.anchor_pts[::3], np.int64)
    ahead = second_look.plan_second_look(chosen, huge, PYRAMIDS, doubtful, likely).plan.ahead

    assert ahead
    assert 20 <= len(ahead.from_pts) <= 21  # of 50 MB each in a gigabyte


@pytest.mark.parametrize(
    ("info", "recipe", "packets"),
    [
        (replace(INFO, codec="hevc"), Recipe(), PYRAMIDS),
        (replace(INFO, codec="av1"), Recipe(), PYRAMIDS),
        (replace(INFO, width=320, height=180), Recipe(), PYRAMIDS),
        (INFO, Recipe.model_validate_json('{"frames": {"mode": "keyframes"}}'), PYRAMIDS),
        (INFO, Recipe.model_validate_json('{"frames": {"threshold": 0.19}}'), PYRAMIDS),
        (INFO, Recipe(), SHORT_GROUPS),
        (INFO, Recipe(), OPEN_GROUPS),
        (INFO, Recipe(), ONE_GROUP),
    ],
    ids=["hevc", "av1", "small", "keyframes", "weak cuts", "no B-frames", "open groups", "one group"],
)
def test_b_frames_are_decoded_where_that_is_cheap_or_takes_it_to_be_right(
    info: MediaInfo, recipe: Recipe, packets: PacketMap
) -> None:
    assert not plan.plan_extraction(info, recipe, packets).no_b_frames


def _between(packets: PacketMap, first: int, last: int) -> Flags:
    places = np.arange(len(packets))
    return np.asarray((first <= places) & (places <= last), np.bool_)


def _changes(needed: Flags) -> Changes:
    nowhere = np.zeros(len(SHORT_GROUPS.starts), np.bool_)
    return Changes(needed=needed, entered=nowhere, still=nowhere)


def test_named_frames_that_are_references_need_no_others() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "keyframes"}}')

    chosen = plan.plan_extraction(INFO, recipe, SHORT_GROUPS)

    assert (plan.Look.NAMED, 30, True, True) == (
        chosen.look, len(chosen.named), chosen.reading.references_only, chosen.save_at_once
    )  # fmt: skip
    needed = SHORT_GROUPS.needed_for(np.array(chosen.named))
    assert 30 == len(plan.reading_to_measure(chosen, needed).keep or ())


@pytest.mark.parametrize(
    ("frames", "pictures"), [('{"mode": "keyframes"}', 8), ('{"mode": "timestamps", "at": [1, 9, 20], "min": 1}', 16)]
)
def test_borders_need_fewer_keyframes_where_many_frames_are_looked_at_anyway(frames: str, pictures: int) -> None:
    chosen = plan.plan_extraction(INFO, Recipe.model_validate_json(f'{{"frames": {frames}}}'), SHORT_GROUPS)

    assert pictures == len(chosen.borders.keys)


@pytest.mark.parametrize(("seconds", "look", "named"), [(360, plan.Look.NAMED, 9000), (440, plan.Look.EVERYTHING, 0)])
def test_thousands_of_frames_are_named_and_still_more_are_found_by_decoding_all(
    seconds: int, look: plan.Look, named: int
) -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "interval", "every": 0.04}}')

    chosen = plan.plan_extraction(INFO, recipe, _packets(seconds, 50))

    assert (look, named) == (chosen.look, len(chosen.named))


@pytest.mark.parametrize("frames", ["{}", '{"mode": "keyframes"}', '{"mode": "count", "count": 4}'])
def test_a_plan_that_failed_gives_way_to_one_that_trusts_nothing(frames: str) -> None:
    recipe = Recipe.model_validate_json(f'{{"frames": {frames}}}')

    chosen = plan.thorough(INFO, recipe, threads=2, because="the decoder complained")

    assert (plan.Look.EVERYTHING, None, None, 0.0) == (chosen.look, chosen.pace, chosen.ahead, chosen.unseen_seconds)
    assert (48, ()) == (chosen.borders.most, chosen.borders.keys)
    assert replace(WHOLE, threads=2) == plan.reading_to_measure(chosen)
    assert (chosen.reading,) == readings_for(chosen.reading, SHORT_GROUPS, Picks("pts", (3,)))
    assert not chosen.no_b_frames
    assert "complained" in chosen.reason


def test_a_chosen_frame_is_decoded_from_its_keyframe_and_else_from_everything() -> None:
    chosen = plan.plan_extraction(INFO, Recipe(), SHORT_GROUPS)

    first, last = readings_for(chosen.reading, SHORT_GROUPS, Picks("pts", (3, 60)))

    assert ((0, 3), (50, 60)) == first.keep
    assert (None, True) == (last.keep, last.exact)


LONG_GROUPS, LONG_FILM = (_packets(seconds, 250, others=LIVELY) for seconds in (240, 1200))
VP9 = replace(INFO, codec="vp9", pixel_format="yuv420p")


@pytest.mark.parametrize(
    ("info", "packets", "image", "ahead"),
    [
        (VP9, LONG_GROUPS, "jpg", frames_ahead(LONG_GROUPS, 300)),
        (VP9, LONG_FILM, "jpg", frames_ahead(LONG_FILM, 300)),
        (replace(VP9, width=3840, height=2160), LONG_GROUPS, "jpg", frames_ahead(LONG_GROUPS, 86)),  # 1 GiB of disk
        (replace(VP9, pixel_format="yuv420p10le"), LONG_GROUPS, "jpg", None),  # held, it would be another picture
        (VP9, LONG_GROUPS, "png", None),  # which take longer than to decode a group
        (VP9, _packets(240, 25, others=LIVELY), "jpg", None),  # short groups are soon decoded again
        (VP9, _packets(240, 250), "jpg", None),  # only a part of it is looked at
        (INFO, LONG_GROUPS, "jpg", None),  # looked at without the filters that saving needs
        (replace(VP9, transfer="smpte2084"), LONG_GROUPS, "jpg", None),  # tone mapping is dear
    ],
)
def test_frames_are_held_where_it_is_cheaper_than_to_decode_their_groups_again(
    info: MediaInfo, packets: PacketMap, image: str, ahead: Ahead | None
) -> None:
    recipe = Recipe.model_validate({"image": {"format": image}})
    chosen = plan.plan_extraction(info, recipe, packets)
    if chosen.look is plan.Look.CHANGES:
        nothing = np.zeros(len(packets.starts), np.bool_)
        chosen = plan.narrowed(chosen, packets, Changes(packets.keys & False, nothing, nothing))

    assert ahead == chosen.ahead


def test_few_pictures_of_a_long_film_are_fetched_for_borders_where_frames_are_named() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "count", "count": 4}}')

    borders = plan.plan_extraction(replace(INFO, duration=3600.0), recipe, _packets(3600, 90_000)).borders

    assert borders.most == len(borders.seconds) < 48
    assert 0 < borders.seconds[0] < 3600 / borders.most
    assert 3600 * (1 - 1 / borders.most) < borders.seconds[-1] < 3600


@pytest.mark.parametrize("packets", [_packets(3600, 90_000), _packets(0.04, 1)], ids=["an hour", "one frame"])
def test_no_file_is_sought_in_that_does_not_tell_how_long_it_is(packets: PacketMap) -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "count", "count": 4}}')

    assert () == plan.plan_extraction(replace(INFO, duration=None), recipe, packets).borders.seconds


def test_no_more_pictures_are_fetched_for_borders_than_there_are_frames_to_fetch() -> None:
    recipe = Recipe.model_validate_json('{"frames": {"mode": "count", "count": 4}}')

    borders = plan.plan_extraction(replace(INFO, duration=3600.0), recipe, _packets(0.04, 1)).borders

    assert len(borders.seconds) <= borders.most


@pytest.mark.parametrize(
    ("packets", "why"),
    [(_packets(10, 250), "too few keyframes"), (_packets(60, 1), "too many keyframes to look at them first")],
)
def test_why_keyframes_are_not_looked_at_first_is_told(packets: PacketMap, why: str) -> None:
    assert why in plan.plan_extraction(INFO, Recipe(), packets).reason
