"""Planted borders are found to the pixel, and only those."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vxpipe.engine.media.crop import Borders, Finding, picture_bytes, split_planes
from vxpipe.engine.media.edges import edge

WIDTH, HEIGHT = 160, 120
Frame = NDArray[np.uint8]


def _picture(seed: int, width: int, height: int, low: int = 40, high: int = 230) -> Frame:
    """Soft shapes: a few random blocks, enlarged."""
    coarse = np.random.default_rng(seed).integers(low, high, (8, 8))
    return np.kron(coarse, np.ones((height // 8 + 1, width // 8 + 1)))[:height, :width].astype(np.uint8)


def _frame(luma: Frame, u: int = 128, v: int = 128) -> bytes:
    height, width = luma.shape
    chroma = ((height + 1) // 2) * ((width + 1) // 2)
    return luma.tobytes() + bytes([u]) * chroma + bytes([v]) * chroma


def _bordered(rect: tuple[int, int, int, int], seed: int, colour: int = 16, noise: int = 0) -> Frame:
    x, y, width, height = rect
    canvas = np.full((HEIGHT, WIDTH), colour, np.int16)
    canvas[y : y + height, x : x + width] = _picture(seed, width, height)
    canvas += np.random.default_rng(seed).integers(-noise, noise + 1, canvas.shape, np.int16)
    return canvas.clip(0, 255).astype(np.uint8)


def _look(*frames: bytes) -> Finding:
    borders = Borders(WIDTH, HEIGHT)
    for frame in frames:
        borders.add(frame)
    return borders.found()


def _rect(finding: Finding) -> tuple[int, int, int, int] | None:
    crop = finding.crop
    return crop and (crop.x, crop.y, crop.width, crop.height)


@pytest.mark.parametrize("colour", [16, 30, 128, 235])
@pytest.mark.parametrize(
    "rect",
    [(0, 20, 160, 80), (31, 0, 100, 120), (17, 13, 101, 77), (0, 0, 160, 99), (0, 3, 160, 117), (2, 0, 158, 120)],
    ids=["letterbox", "pillarbox", "both, odd", "one side", "thin", "two columns"],
)
def test_a_border_of_any_colour_is_found_to_the_pixel(rect: tuple[int, int, int, int], colour: int) -> None:
    finding = _look(*(_frame(_bordered(rect, seed, colour)) for seed in range(6)))

    assert rect == _rect(finding)
    assert 0 == finding.outside


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 60), st.integers(0, 45), st.integers(0, 60), st.integers(0, 45), st.integers(0, 3),
)  # fmt: skip
def test_any_border_of_two_lines_or_more_is_exact_despite_noise(
    left: int, top: int, right: int, bottom: int, noise: int
) -> None:
    left, top, right, bottom = (0 if side == 1 else side for side in (left, top, right, bottom))
    rect = (left, top, WIDTH - left - right, HEIGHT - top - bottom)

    finding = _look(*(_frame(_bordered(rect, seed, noise=noise)) for seed in range(8)))

    assert (None if rect == (0, 0, WIDTH, HEIGHT) else rect) == _rect(finding)


def test_what_a_coder_smears_far_into_a_border_is_no_picture() -> None:
    """Measured of x265 between keyframes that are 400 frames apart: faint traces in fifteen lines before the edge."""
    smeared = (1, 2, 4, 6, 8, 8, 8, 9, 8, 8, 8, 8, 9, 10, 15)
    stray = np.repeat(np.array([*[0] * 45, *smeared, *[206] * 60], np.uint8)[:, None], 100, axis=1)

    seen = edge(stray, 8)

    assert seen is not None
    assert (60, False) == (seen.lines, seen.overrun)


def test_a_picture_as_wide_as_a_coder_can_make_one_has_its_border_too() -> None:
    """VP9 counts up to 65,536 pixels a line, and so many lie within the bounds of what is opened."""
    stray = np.zeros((60, 65_536), np.uint8)
    stray[20:] = 200

    seen = edge(stray, 8)

    assert seen is not None
    assert (20, 1.0) == (seen.lines, seen.clarity)


@pytest.mark.parametrize("strength", [20, 60])
def test_a_dim_part_of_the_picture_wider_than_any_smear_is_kept(strength: int) -> None:
    frames = [_bordered((40, 0, 120, 120), seed) for seed in range(6)]
    for seed, frame in enumerate(frames):
        frame[:, 24:40] += _picture(seed, 16, HEIGHT, 0, strength)

    assert (24, 0, 136, 120) == _rect(_look(*map(_frame, frames)))


@pytest.mark.parametrize("colour", [16, 30])
@pytest.mark.parametrize("rect", [(1, 0, 159, 120), (0, 0, 160, 119), (1, 1, 158, 118), (1, 20, 158, 80)])
def test_a_single_black_line_is_a_border(rect: tuple[int, int, int, int], colour: int) -> None:
    frames = [_frame(_bordered(rect, seed, colour, noise=1)) for seed in range(6)]

    assert rect == _rect(_look(*frames))


def test_a_dim_line_along_an_edge_is_picture() -> None:
    """Scaling darkens the outermost line of many films a little."""
    frames = [_picture(seed, WIDTH, HEIGHT) for seed in range(6)]
    for frame in frames:
        frame[0] = 16 + (frame[0].astype(np.float64) - 16) * 0.4

    assert _look(*(_frame(frame) for frame in frames)).crop is None


def test_one_frame_with_more_picture_widens_the_crop() -> None:
    narrow = [_frame(_bordered((0, 30, 160, 60), seed)) for seed in range(5)]
    wide = _frame(_bordered((0, 11, 160, 100), 9))

    assert (0, 11, 160, 100) == _rect(_look(*narrow, wide))


@pytest.mark.parametrize("spread", [16, 20])
def test_a_lawn_along_an_edge_is_picture(spread: int) -> None:
    """Even but for its texture, as a border under grain is; that it stays from frame to frame is all that differs."""
    lawn = np.random.default_rng(1).normal(90, spread, (68, 320)).clip(0, 255)
    borders = Borders(320, 288)
    for seed in range(12):
        frame = np.concatenate([_picture(seed, 320, 220), lawn])
        borders.add(frame.astype(np.uint8).tobytes() + bytes([128]) * (320 * 288 // 2))

    assert borders.found().crop is None


def test_frames_are_asked_until_picture_was_seen_at_every_side() -> None:
    borders = Borders(WIDTH, HEIGHT)

    borders.add(_frame(_bordered((0, 20, WIDTH, HEIGHT - 40), 1)))
    assert not borders.settled

    borders.add(_frame(_picture(2, WIDTH, HEIGHT)))
    assert borders.settled
    assert borders.found().crop is None


def test_one_frame_without_borders_means_none() -> None:
    narrow = [_frame(_bordered((0, 30, 160, 60), seed)) for seed in range(5)]

    assert _rect(_look(*narrow, _frame(_picture(7, WIDTH, HEIGHT)))) is None


@pytest.mark.parametrize("blank", [16, 235, 90])
def test_blank_frames_say_nothing(blank: int) -> None:
    flat = _frame(np.full((HEIGHT, WIDTH), blank, np.uint8))
    bordered = [_frame(_bordered((0, 20, 160, 80), seed)) for seed in range(4)]

    finding = _look(flat, *bordered, flat)

    assert (0, 20, 160, 80) == _rect(finding)
    assert (6, 4) == (finding.frames, finding.used)


@pytest.mark.parametrize("ground", [235, 16])
def test_a_word_on_a_page_shows_that_there_is_no_border(ground: int) -> None:
    square, word = (np.full((HEIGHT, WIDTH), ground, np.uint8) for _ in range(2))
    square[20:60, 30:70] = 120
    word[90:98, 100:130:3] = 255 - ground

    assert _look(*[_frame(square)] * 3, *[_frame(word)] * 3).crop is None


def test_a_small_mark_on_a_page_is_no_picture_within_borders() -> None:
    page = np.full((HEIGHT, WIDTH), 235, np.uint8)
    page[20:38, 30:48] = 60

    assert _look(*[_frame(page)] * 4).crop is None


def test_a_blank_film_has_no_borders() -> None:
    assert _look(_frame(np.full((HEIGHT, WIDTH), 16, np.uint8))).crop is None


def test_a_picture_that_grows_dark_towards_its_edges_is_left_alone() -> None:
    fall = np.minimum(1, np.arange(HEIGHT)[:, None] / 40) * np.minimum(1, np.arange(HEIGHT)[::-1, None] / 40)
    frames = [_frame((16 + (_picture(seed, WIDTH, HEIGHT) - 16.0) * fall).astype(np.uint8)) for seed in range(6)]

    assert _look(*frames).crop is None


def test_a_round_picture_on_black_is_left_alone() -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = (y - 60) ** 2 + (x - 80) ** 2 < 50**2
    frames = [_frame(np.where(disc, _picture(seed, WIDTH, HEIGHT), 16).astype(np.uint8)) for seed in range(6)]

    assert _look(*frames).crop is None


def _scenes(*rects: tuple[int, int, int, int], ground: Frame | None = None) -> list[Frame]:
    """One frame per rectangle: a picture in it, around it the ground."""
    frames = []
    for seed, (x, y, width, height) in enumerate(rects):
        canvas = np.full((HEIGHT, WIDTH), 16, np.uint8) if ground is None else ground.copy()
        canvas[y : y + height, x : x + width] = _picture(seed, width, height)
        frames.append(canvas)
    return frames


def _ground(*parts: tuple[slice, slice, int]) -> Frame:
    canvas = np.full((HEIGHT, WIDTH), 16, np.uint8)
    for rows, columns, luma in parts:
        canvas[rows, columns] = luma
    return canvas


ALL = slice(None)


@pytest.mark.parametrize(
    "ground",
    [
        _ground(
            (slice(0, 20), ALL, 90), (slice(100, 120), ALL, 200), (ALL, slice(0, 31), 60), (ALL, slice(140, 160), 30)
        ),
        _ground(
            (ALL, slice(0, 31), 60), (ALL, slice(140, 160), 30), (slice(0, 20), ALL, 90), (slice(100, 120), ALL, 200)
        ),
        _ground((slice(20, 100), slice(0, 31), 50), (slice(20, 100), slice(140, 160), 50)),
        _ground((slice(8, 112), slice(9, 151), 180)),
        _ground((slice(19, 101), slice(30, 141), 235)),
        _ground((slice(16, 104), slice(27, 144), 60), (slice(18, 102), slice(29, 142), 100)),
    ],
    ids=["a colour per side", "another order", "pillars in a letterbox", "a frame in a frame", "a thin line", "steps"],
)
def test_borders_of_several_colours_are_removed_together(ground: Frame) -> None:
    rect = (31, 20, 109, 80)

    finding = _look(*(_frame(frame) for frame in _scenes(*[rect] * 6, ground=ground)))

    assert rect == _rect(finding)


def test_borders_that_take_another_colour_and_size_leave_the_union() -> None:
    black = _scenes(*[(0, 20, 160, 80)] * 4)
    white = _scenes(*[(0, 30, 160, 76)] * 4, ground=np.full((HEIGHT, WIDTH), 235, np.uint8))

    assert (0, 20, 160, 86) == _rect(_look(*(_frame(frame) for frame in black + white)))


def test_one_dark_picture_among_bordered_ones_widens_the_crop() -> None:
    """What seems to be a dark border of a single frame is picture."""
    coloured = _scenes(*[(40, 0, 120, 120)] * 5, ground=np.full((HEIGHT, WIDTH), 120, np.uint8))
    dark = _scenes((20, 0, 140, 120))

    assert None is _rect(_look(*(_frame(frame) for frame in coloured + dark)))


def _with_text(frames: list[Frame], rows: slice, columns: slice) -> list[bytes]:
    letters = np.random.default_rng(3).integers(0, 2, (HEIGHT, WIDTH)) * 200
    for frame in frames:
        frame[rows, columns] = np.maximum(frame[rows, columns], letters[rows, columns])
    return [_frame(frame) for frame in frames]


def test_text_that_never_changes_is_cut_off_with_its_border() -> None:
    finding = _look(*_with_text(_scenes(*[(0, 30, 160, 60)] * 6), slice(8, 14), slice(10, 40)))

    assert (0, 30, 160, 60) == _rect(finding)
    assert "never changes" in finding.evidence()["sides"]["top"]["note"]
    assert 60 < finding.outside < 200


def test_the_bars_of_an_app_that_scrolls_are_kept() -> None:
    frames = []
    for seed in range(6):
        frame = np.full((HEIGHT, WIDTH), 16, np.uint8)
        frame[20:100] = np.random.default_rng(seed).choice([16, 220], (80, WIDTH), p=[0.7, 0.3])
        frames.append(frame)
    for frame in frames:
        frame[108:114, 20:140:12] = 200

    finding = _look(*_with_text(frames, slice(6, 12), slice(10, 60)))

    assert finding.crop is None
    assert "page" in finding.evidence()["sides"]["top"]["note"]


def test_text_that_comes_and_goes_keeps_its_border() -> None:
    frames = _scenes(*[(0, 30, 160, 60)] * 6)
    spoken = _with_text(frames[::2], slice(100, 106), slice(40, 110))

    finding = _look(*spoken, *(_frame(frame) for frame in frames[1::2]))

    assert (0, 30, 160, 90) == _rect(finding)
    assert "comes and goes" in finding.evidence()["sides"]["bottom"]["note"]


def test_the_words_of_a_page_with_a_moving_window_are_kept() -> None:
    page = _with_text(_scenes(*[(100, 70, 50, 40)] * 6), slice(20, 60), slice(0, 90))

    assert (0, 20, 150, 90) == _rect(_look(*page))


def _pages(*black: tuple[slice, slice]) -> list[bytes]:
    """White pages, words of other lengths on each, with black parts."""
    frames = []
    for number in range(6):
        page = np.full((HEIGHT, WIDTH), 235, np.uint8)
        for line, length in enumerate(np.random.default_rng(number).integers(20, 80, 5)):
            page[20 + 16 * line : 28 + 16 * line, 40 : 40 + length : 3] = 40
        for part in black:
            page[part] = 16
        frames.append(_frame(page))
    return frames


@pytest.mark.parametrize("width", [2, 20, 31])
def test_black_bars_beside_pages_are_cut_off_and_the_margins_of_the_pages_kept(width: int) -> None:
    pages = _pages((slice(None), slice(0, width)), (slice(None), slice(WIDTH - width, None)))

    assert (width, 0, WIDTH - 2 * width, HEIGHT) == _rect(_look(*pages))


def _scrolled(to: int) -> bytes:
    """A part of a white page of words and pictures between even margins."""
    page = np.full((400, WIDTH), 235, np.uint8)
    for line in range(1, 24):
        page[16 * line : 16 * line + 7, 24 : WIDTH - 24 : 2 if line % 5 else 1] = 60
    return _frame(page[to : to + HEIGHT])


def test_the_margins_of_a_page_that_scrolls_are_kept() -> None:
    """Over the film there are words along all of them, in no frame along most of one."""
    finding = _look(*(_scrolled(7 * n) for n in range(30)))

    assert finding.crop is None
    assert "margin" in finding.evidence()["sides"]["left"]["note"]


def test_a_white_border_around_a_picture_that_is_white_here_and_there_is_cut_off() -> None:
    rect = (24, 0, WIDTH - 48, HEIGHT)
    frames = [_bordered(rect, seed, 235) for seed in range(6)]
    for frame in frames:
        frame[40:70] = 235

    assert rect == _rect(_look(*map(_frame, frames)))


def _products() -> list[bytes]:
    """Pictures that stand at the upper left of a white page, below them a line of words."""
    frames = []
    for seed in range(6):
        page = np.full((HEIGHT, WIDTH), 235, np.uint8)
        page[16:84, 24:104] = _picture(seed, 80, 68, high=200)
        page[104:110, 48 : WIDTH - 8 * seed - 4 : 3] = 60
        frames.append(_frame(page))
    return frames


def test_a_white_ground_that_goes_on_at_the_other_side_of_a_picture_is_kept() -> None:
    finding = _look(*_products())

    assert finding.crop is None
    assert "margin" in finding.evidence()["sides"]["left"]["note"]


def test_a_white_border_above_pictures_with_changing_words_below_is_cut_off() -> None:
    frames = [_bordered((0, 16, WIDTH, 68), seed, 235) for seed in range(6)]
    for seed, frame in enumerate(frames):
        frame[104:110, 20 : WIDTH - 20 * seed : 3] = 60

    assert (0, 16, WIDTH, HEIGHT - 16) == _rect(_look(*map(_frame, frames)))


def test_a_black_bar_on_one_side_of_pages_belongs_to_them() -> None:
    assert _look(*_pages((slice(0, 12), slice(None)))).crop is None


@pytest.mark.parametrize("rows", [slice(58, 62), slice(52, 66), slice(45, 75)])
def test_a_strip_that_is_hardly_a_picture_is_none(rows: slice) -> None:
    frames = []
    for seed in range(6):
        frame = np.full((HEIGHT, WIDTH), 16, np.uint8)
        frame[rows] = _picture(seed, WIDTH, rows.stop - rows.start)
        frames.append(_frame(frame))

    assert ((0, 45, 160, 30) if rows.start == 45 else None) == _rect(_look(*frames))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 110), st.integers(1, 60), st.integers(1, 60)), max_size=8)
)
def test_whatever_was_picture_once_is_inside_the_crop(rects: list[tuple[int, int, int, int]]) -> None:
    rects = [(x, y, min(width, WIDTH - x), min(height, HEIGHT - y)) for x, y, width, height in rects]

    crop = _look(*(_frame(frame) for frame in _scenes(*rects))).crop

    for x, y, width, height in rects if crop else ():
        assert crop is not None
        seen = width * height > 0.05 * WIDTH * HEIGHT
        assert not seen or (crop.x <= x and x + width <= crop.x + crop.width)
        assert not seen or (crop.y <= y and y + height <= crop.y + crop.height)


@pytest.mark.parametrize(
    ("rects", "box"),
    [
        ([(0, 0, 54, 60), (0, 2, 4, 4), (0, 1, 60, 25)], (0, 0, 60, 60)),
        ([*[(0, 0, 1, 1)] * 3, (5, 1, 25, 39), (0, 2, 40, 3)], (0, 1, 40, 39)),
        ([(103, 3, 8, 7), (0, 10, 46, 26), (3, 22, 46, 24)], (0, 10, 49, 36)),
    ],
)
def test_a_strip_of_picture_that_one_frame_alone_shows_is_inside_the_crop(
    rects: list[tuple[int, int, int, int]], box: tuple[int, int, int, int]
) -> None:
    assert box == _rect(_look(*(_frame(frame) for frame in _scenes(*rects))))


def test_a_line_that_is_half_picture_and_half_border_is_border_however_bright_the_picture_is_there() -> None:
    frames = [_bordered((0, 20, 160, 80), seed).astype(np.float64) for seed in range(6)]
    for frame in frames:
        frame[20:100, 60:70] = 235
        frame[19] = 16 + 0.45 * (frame[20] - 16)

    assert (0, 20, 160, 80) == _rect(_look(*(_frame(frame.astype(np.uint8)) for frame in frames)))


def test_words_on_black_are_no_picture_in_borders() -> None:
    frames = []
    for seed in range(6):
        frame = np.full((HEIGHT, WIDTH), 16, np.uint8)
        frame[40:46, 30:120] = np.random.default_rng(seed).choice([16, 235], (6, 90), p=[0.6, 0.4])
        frame[60:66, 50:100] = np.random.default_rng(seed).choice([16, 235], (6, 50), p=[0.6, 0.4])
        frames.append(_frame(frame))

    finding = _look(*frames)

    assert finding.crop is None
    assert "words" in finding.evidence()["sides"]["top"]["note"]


def test_ringing_next_to_an_edge_is_no_picture() -> None:
    frames = [_bordered((0, 20, 160, 80), seed) for seed in range(6)]
    for seed, frame in enumerate(frames):
        ripples = np.random.default_rng(seed).integers(0, 14, (5, WIDTH))
        frame[15:20] = 16 + ripples

    assert (0, 20, 160, 80) == _rect(_look(*(_frame(frame) for frame in frames)))


def test_a_bright_margin_on_one_side_of_a_still_belongs_to_the_picture() -> None:
    still = _bordered((40, 0, 120, 120), 3, colour=180)

    assert _look(*[_frame(still)] * 5).crop is None


def test_confidence_grows_with_the_evidence() -> None:
    frames = [_frame(_bordered((0, 20, 160, 80), seed)) for seed in range(6)]
    one, all_of_them = _look(frames[0]).crop, _look(*frames).crop

    assert one is not None
    assert all_of_them is not None
    assert 0 < one.confidence < all_of_them.confidence <= 1


@given(st.integers(1, 40), st.integers(1, 40))
def test_planes_of_odd_sizes_have_rounded_up_chroma(width: int, height: int) -> None:
    raw = np.zeros(picture_bytes(width, height), np.uint8)

    y, u, v = split_planes(raw, width, height)

    assert (height, width) == y.shape
    assert ((height + 1) // 2, (width + 1) // 2) == u.shape == v.shape
