"""How a shot is shown: which of its frames show it well, which one stands for it, what it is compared by. Pure."""

from collections.abc import Iterable

import numpy as np

from vxpipe.engine.media.cuts import Flags, marked
from vxpipe.engine.media.features import LUMA_SIDE, Samples, bytes_apart, upper_luma
from vxpipe.engine.media.known import Frames, Looks
from vxpipe.engine.media.likeness import likeness
from vxpipe.engine.media.ordered import distinct, evenly, median
from vxpipe.engine.media.page import page_of
from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.shots import blank_frames
from vxpipe.engine.media.surroundings import sums_around

_SHORTEST_SHOT = 0.15  # seconds: a flash or a torn frame; the shortest shot that is promised has 0.4
_SHORTEST_FADE = 0.5  # seconds, out of one colour: of briefer ones the first part may be cut off where much moves
_STILL_THERE = 0.5  # correlation: where moving pictures fade 0.69 and 0.78, of other pictures up to 0.35
_PROBES = 12  # frames of a shot that are compared with what was seen before ...
_REMEMBER_EVERY = 0.2  # ... of which a frame is remembered this often (seconds),
_MOST_REMEMBERED = 64  # and so many of one shot at most
_RIM = 2  # frames at either end of a shot at least that a coder may have blended,
_MOST_RIM = 12  # and up to a tenth of it: all of them are decoded where it begins without a keyframe
_END_FRAMES = 3  # frames at either end of a shot by which another one is found to resume it
_FULL_CONTRAST = 0.8  # a shot is shown by a frame with at least this share of its best contrast
_ABOUT_AS_SHARP = 0.6  # of the largest variance of the Laplacian, a square: nobody sees the difference;
_AS_FULL = 0.95  # but a page written line by line is all there only where its sharpness, to which every line adds, is
_STANDS_STILL = 0.03  # of 255: what a usual frame of a page changes on which nothing moves;
_STANDS_CELL = 1  # and what is remembered of it: as much as a coder does
_LEAST_WATCHED, _WATCHED_SECONDS = 4, 0.5  # frames that tell whether it does, or how far apart fewer have to lie
_SAME_PAGE = 0.9  # correlation of the last frame before with the first: all but a text stays
_BLEND = 2.5  # of 255: a frame that is half of another shot changes more than this into the next one,
_USUAL_STEP = 2.0  # and more than so many times what the shot's frames change
_LEAST_STEP = 1e-3  # seconds: frames of one time base tick have the same time


def lasts(samples: Samples, shot: Shot) -> bool:
    """Whether there is more of a shot than a flash, or than the blend it begins with: something moved or faded there.

    Between two blends no frame may be clean, and yet there is a shot; and so there is in what does nothing but fade in.
    """
    times, begin = samples.times, shot.first if shot.leaving else min(shot.first + shot.settling, shot.last)
    end = times[shot.last + 1] if shot.last + 1 < len(times) else samples.end
    if end - times[shot.first] >= _SHORTEST_FADE and _is_blank(samples, shot.first - 1):
        return True
    is_long_enough = end - times[begin] >= _SHORTEST_SHOT
    return bool(is_long_enough and not _leads_into_a_colour(samples, shot, end - times[shot.first]))


def _leads_into_a_colour(samples: Samples, shot: Shot, seconds: float) -> bool:
    """Whether it is brief, never clean, followed by one colour and the picture of the shot before: that, on its way."""
    is_brief = seconds < _SHORTEST_FADE and shot.settling + shot.leaving >= len(shot)
    if not (is_brief and shot.first and _is_blank(samples, shot.last + 1)):
        return False
    return bool(likeness(samples.features, np.array([shot.first - 1]), np.array([shot.first]))[0] >= _STILL_THERE)


def _is_blank(samples: Samples, frame: int) -> bool:
    return bool(blank_frames(samples.features.taken(slice(max(0, frame), frame + 1))).any())


def settled_frames(samples: Samples, shots: Iterable[Shot]) -> Flags:
    """Which frames lie in the inner part of their shot and have its full contrast."""
    spread, settled = samples.features.spread, np.zeros(len(samples), np.bool_)
    for shot in shots:
        inner = _inner(samples, shot)
        settled[inner] = spread[inner] >= _FULL_CONTRAST * spread[shot.first : shot.last + 1].max()
    return settled


def clear_frames(samples: Samples, shot: Shot) -> Frames:
    """The frames of the shot's inner part that have its full contrast, blank ones left out."""
    clear = _of_full_contrast(samples, _inner(samples, shot))
    pictures: Frames = clear[~blank_frames(samples.features)[clear]]
    return pictures


def representative(samples: Samples, shot: Shot) -> int:
    """The sharpest frame of the shot's inner part that shows it in full contrast, or one about as sharp that costs
    less to decode: a keyframe, or one soon after.
    """
    return _representative(samples, shot, is_page=page_of(samples, shot) is not None)


def looks(samples: Samples, shot: Shot) -> Looks:
    """The shot's representative, and what it is compared by with other shots."""
    seen, times = samples.features, samples.times
    inner, page = _inner(samples, shot), page_of(samples, shot)
    index = _representative(samples, shot, is_page=page is not None)
    best = min(seen.spread[index], seen.spread[inner].max())
    clear = inner[seen.spread[inner] >= _FULL_CONTRAST * best]
    seconds = float(times[clear[-1]] - times[clear[0]])
    memory = evenly(clear, min(_MOST_REMEMBERED, int(seconds / _REMEMBER_EVERY) + 2))
    changes = seen.change[shot.first + 1 : shot.last + 1]
    moves = len(changes) > 0 and median(changes) > _STANDS_STILL
    head = (inner if shot.settling else _ends(shot))[:_END_FRAMES]
    also, seen_well = np.append(head, index), distinct(np.append(clear, index))
    return Looks(
        index=index,
        probes=distinct(np.append(evenly(clear, _PROBES), also)),
        memory=distinct(np.append(memory, also)),
        head=head,
        tail=(inner if shot.leaving else _ends(shot))[-_END_FRAMES:],
        page=page,
        unrest=_unrest(samples, shot),
        rewritten=_is_rewritten(samples, shot, moves=moves),
        standing=_standing(samples, seen_well, moves=moves),
        watched=len(seen_well) >= _LEAST_WATCHED or bool(np.ptp(times[seen_well]) >= _WATCHED_SECONDS),
    )


def _unrest(samples: Samples, shot: Shot) -> float:
    """What a usual frame of the shot changes; where others lie before it that were not seen, as much as each of them
    on average.
    """
    after = slice(shot.first + 1, shot.last + 1)
    changes = samples.features.change[after].astype(np.float64)
    if not len(changes):
        return 0.0
    between = np.diff(samples.places[shot.first : after.stop])
    return median(np.where(marked(samples, samples.bridged)[after], changes / between, changes))


def _is_rewritten(samples: Samples, shot: Shot, *, moves: bool) -> bool:
    """Whether it begins with another text, and nothing else: what stands still, or what the picture before was like."""
    seen, first = samples.features, shot.first
    is_anew = bool(seen.rewritten[first] >= 1)
    if not moves:
        return is_anew or shot.settling > 0
    return is_anew and bool(likeness(seen, np.array([max(0, first - 1)]), np.array([first]))[0] >= _SAME_PAGE)


def _standing(samples: Samples, frames: Frames, *, moves: bool) -> Flags:
    """Which cells stand still in these frames, with all around them; the largest step apart, as of a page not told."""
    cells = upper_luma(samples.features.signature[frames])
    steps = bytes_apart(cells[1:], cells[:-1]).sum(axis=1)
    parts = np.split(cells, [int(np.argmax(steps)) + 1]) if len(frames) >= _LEAST_WATCHED else [cells]
    moving = (np.max([np.ptp(part, axis=0) for part in parts], axis=0) > _STANDS_CELL) & moves
    return np.asarray(sums_around(moving.astype(np.int16).reshape(1, -1, LUMA_SIDE)).reshape(-1) == 0, np.bool_)


def _representative(samples: Samples, shot: Shot, *, is_page: bool) -> int:
    inner, sharpness = _inner(samples, shot), samples.features.sharpness
    if _begins_with_clean_key(samples, shot):
        inner = np.append(shot.first, inner[inner > shot.first])
    clear = _of_full_contrast(samples, inner)
    if samples.reach is None:
        return int(clear[np.argmax(sharpness[clear])])
    least = _AS_FULL if is_page else _ABOUT_AS_SHARP
    sharp = clear[sharpness[clear] >= least * sharpness[clear].max()]
    return int(sharp[np.argmin(samples.reach[sharp])])


def _of_full_contrast(samples: Samples, frames: Frames) -> Frames:
    frames = samples.unspoilt(frames)
    spread = samples.features.spread[frames]
    clear: Frames = frames[spread >= _FULL_CONTRAST * spread.max()]
    return clear


def _begins_with_clean_key(samples: Samples, shot: Shot) -> bool:
    """Whether the shot's first frame is a keyframe that is no blend with what was before: hardly anything changes
    after it.
    """
    if not samples.keys[shot.first] or shot.settling:
        return False
    after = samples.features.change[shot.first + 1 : shot.last + 1]
    if not len(after):
        return True
    # Between some of the frames others lie that were not looked at.
    steps = np.maximum(np.diff(samples.times[shot.first : shot.last + 1]), _LEAST_STEP)
    return bool(after[0] <= max(_BLEND, _USUAL_STEP * median(after / steps) * steps[0]))


def _inner(samples: Samples, shot: Shot) -> Frames:
    """The frames of a shot without its rims: what is mixed with its neighbours, and 2 to 12 on each side.

    Counted in frames of the film, of which few may have been looked at; the one in the middle of all rims where
    there is no other.
    """
    places, after = samples.places, shot.last + 1
    end = int(places[after]) if after < len(places) else samples.film_frames
    rim = max(_RIM, min(_MOST_RIM, (end - int(places[shot.first])) // 10))
    begin = max(int(places[shot.first]) + rim, int(places[min(shot.last, shot.first + shot.settling)]))
    end = min(end - rim, int(places[max(shot.first, shot.last - shot.leaving)]) + 1)
    first, beyond, middle = shot.first + np.searchsorted(places[shot.first : after], [begin, end, (begin + end) // 2])
    lone = min(int(middle), shot.last)
    return np.arange(first, beyond) if first < beyond else np.array([lone])


def _ends(shot: Shot) -> Frames:
    """The frames of a shot but the very first and last, which a coder may have blended with its neighbours."""
    rim = 1 if len(shot) > 2 else 0
    return np.arange(shot.first + rim, shot.last + 1 - rim)
