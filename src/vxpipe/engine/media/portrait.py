"""How a shot is shown: which of its frames show it well, which one stands for it, what it is compared by. Pure."""

from collections.abc import Iterable

import numpy as np

from vxpipe.engine.media.arrays import Flags, Indices
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.ordered import distinct, evenly, median, quantile
from vxpipe.engine.media.page import Page, page_of, standing_strokes
from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.shots import blank_frames
from vxpipe.values import frozen

_NO_FLASH = 0.15  # seconds: a flash or a torn frame is briefer
_SHORTEST_FADE = 0.5  # seconds, out of one colour: of briefer ones the first part may be cut off where much moves
_PROBES = 12  # frames of a shot that are compared with what was seen before ...
_REMEMBER_EVERY = 0.2  # ... of which a frame is remembered this often (seconds),
_MOST_REMEMBERED = 64  # and so many of one shot at most
_RIM = 2  # frames at either end of a shot at least that a coder may have blended,
_MOST_RIM = 12  # and up to a tenth of it: all of them are decoded where it begins without a keyframe
_END_FRAMES = 3  # frames at either end of a shot by which another one is found to resume it
_FULL_CONTRAST = 0.8  # a shot is shown by a frame with at least this share of its best contrast
_ABOUT_AS_SHARP = 0.6  # of the largest variance of the Laplacian, a square: nobody sees the difference;
_AS_FULL = 0.95  # but a page written line by line is all there only where its sharpness, to which every line adds, is
_BLEND = 2.5  # of 255: a frame that is half of another shot changes more than this into the next one,
_USUAL_STEP = 2.0  # and more than so many times what the shot's frames change
# Times the pace of a shot in its calmest part, a share of it, and of 255 a second: in the midst of planted pushes and
# circles 5 times and more.
_RUSH, _LEAST_RUSH, _CALM_SHARE = 3.0, 9.0, 0.2


@frozen
class Portrait:
    """The frames that stand for one picture."""

    index: int
    """The one that shows it, by which it is named."""
    probes: Indices
    """To ask with whether it is known."""
    memory: Indices
    """To be remembered by."""
    head: Indices
    """At its beginning: to tell whether it goes on with a shot before."""
    tail: Indices
    """At its end: to tell whether another shot goes on with it."""
    page: Page | None = None
    """What is told of it where it is a page of text."""


def single(index: int) -> Portrait:
    """Of a picture of which only one frame is known."""
    alone = np.array([index])
    return Portrait(index=index, probes=alone, memory=alone, head=alone[:0], tail=alone[:0])


def lasts(samples: Samples, shot: Shot) -> bool:
    """Whether there is more of a shot than a flash, or than the blend it begins with: something moved or faded there.

    Between two blends no frame may be clean, and yet there is a shot; and so there is in what does nothing but fade in.
    """
    times, begin = samples.times, shot.first if shot.leaving else min(shot.first + shot.settling, shot.last)
    if begin > shot.first and samples.bridged is not None and samples.bridged[begin]:
        begin -= 1  # it was there while nobody looked
    end = times[shot.last + 1] if shot.last + 1 < len(times) else samples.end
    if end - times[shot.first] >= _SHORTEST_FADE and _is_blank(samples, shot.first - 1):
        return True
    return bool(end - times[begin] >= _NO_FLASH)


def _is_blank(samples: Samples, frame: int) -> bool:
    return bool(blank_frames(samples.features.taken(slice(max(0, frame), frame + 1))).any())


def settled_frames(samples: Samples, shots: Iterable[Shot]) -> Flags:
    """Which frames lie in the inner part of their shot and have its full contrast."""
    spread, settled = samples.features.spread, np.zeros(len(samples), np.bool_)
    for shot in shots:
        inner = _inner(samples, shot)
        settled[inner] = spread[inner] >= _FULL_CONTRAST * spread[shot.frames].max()
    return settled


def clear_frames(samples: Samples, shot: Shot) -> Indices:
    """The frames of the shot's inner part that have its full contrast, blank ones left out."""
    clear = _of_full_contrast(samples, _inner(samples, shot))
    pictures: Indices = clear[~blank_frames(samples.features)[clear]]
    return pictures


def representative(samples: Samples, shot: Shot) -> int:
    """The sharpest frame of the shot's inner part that shows it in full contrast, or one about as sharp that costs
    less to decode: a keyframe, or one soon after.
    """
    return _representative(samples, shot, is_page=standing_strokes(samples, shot) is not None)


def portrait_of(samples: Samples, shot: Shot) -> Portrait:
    """The shot's representative, and what it is compared by with other shots."""
    seen, times = samples.features, samples.times
    inner, strokes = _inner(samples, shot), standing_strokes(samples, shot)
    index = _representative(samples, shot, is_page=strokes is not None)
    best = min(seen.spread[index], seen.spread[inner].max())
    clear = inner[seen.spread[inner] >= _FULL_CONTRAST * best]
    seconds = float(times[clear[-1]] - times[clear[0]])
    memory = evenly(clear, min(_MOST_REMEMBERED, int(seconds / _REMEMBER_EVERY) + 2))
    head = (inner if shot.settling else _ends(shot))[:_END_FRAMES]
    also = np.append(head, index)
    return Portrait(
        index=index,
        probes=distinct(np.append(evenly(clear, _PROBES), also)),
        memory=distinct(np.append(memory, also)),
        head=head,
        tail=(inner if shot.leaving else _ends(shot))[-_END_FRAMES:],
        page=None if strokes is None else page_of(samples, shot, strokes, distinct(np.append(clear, index))),
    )


def _representative(samples: Samples, shot: Shot, *, is_page: bool) -> int:
    inner, sharpness = _inner(samples, shot), samples.features.sharpness
    if _begins_with_clean_key(samples, shot):
        inner = np.append(shot.first, inner[inner > shot.first])
    clear = _of_full_contrast(samples, _at_rest(samples, shot, inner))
    if samples.reach is None:
        return int(clear[np.argmax(sharpness[clear])])
    least = _AS_FULL if is_page else _ABOUT_AS_SHARP
    sharp = clear[sharpness[clear] >= least * sharpness[clear].max()]
    return int(sharp[np.argmin(samples.reach[sharp])])


def _of_full_contrast(samples: Samples, frames: Indices) -> Indices:
    frames = samples.unspoilt_or_all(frames)
    spread = samples.features.spread[frames]
    clear: Indices = frames[spread >= _FULL_CONTRAST * spread.max()]
    return clear


def _at_rest(samples: Samples, shot: Shot, frames: Indices) -> Indices:
    """Those of the shot's frames before or behind which hardly more changes than where it is calmest; all where there
    is none. The others are in the midst of a gust of movement, or of a turn that was not told; what the first and the
    last one are in the midst of nobody saw.
    """
    paces = samples.paces(shot.frames)
    slower = np.minimum(paces, np.append(paces[1:], 0.0))
    calm = frames[slower[frames - shot.first] <= max(_LEAST_RUSH, _RUSH * quantile(paces[1:], _CALM_SHARE))]
    return calm if len(calm) else frames


def _begins_with_clean_key(samples: Samples, shot: Shot) -> bool:
    """Whether the shot's first frame is a keyframe that is no blend with what was before: hardly anything changes
    after it.
    """
    if not samples.keys[shot.first] or shot.settling:
        return False
    paces = samples.paces(shot.frames)[1:]
    if not len(paces):
        return True
    is_small = samples.features.change[shot.first + 1] <= _BLEND
    return bool(is_small or paces[0] <= _USUAL_STEP * median(paces))


def _inner(samples: Samples, shot: Shot) -> Indices:
    """The frames of a shot without its rims: what is mixed with its neighbours, and 2 to 12 on each side.

    Counted in frames of the film, of which few may have been looked at; the one in the middle of all rims where
    there is no other, or the nearest that is not mixed.
    """
    places, after = samples.places, shot.last + 1
    end = int(places[after]) if after < len(places) else samples.film_frames
    rim = max(_RIM, min(_MOST_RIM, (end - int(places[shot.first])) // 10))
    begin = max(int(places[shot.first]) + rim, int(places[min(shot.last, shot.first + shot.settling)]))
    end = min(end - rim, int(places[max(shot.first, shot.last - shot.leaving)]) + 1)
    first, beyond, middle = shot.first + np.searchsorted(places[shot.first : after], [begin, end, (begin + end) // 2])
    lone, clean, mixed = min(int(middle), shot.last), shot.first + shot.settling, after - shot.leaving
    if clean < mixed:
        lone = min(max(lone, clean), mixed - 1)
    elif samples.bridged is not None and mixed > shot.first and samples.bridged[mixed : mixed + 1].any():
        lone = mixed - 1  # between the two it was there while nobody looked
    return np.arange(first, beyond) if first < beyond else np.array([lone])


def _ends(shot: Shot) -> Indices:
    """The frames of a shot but the very first and last, which a coder may have blended with its neighbours."""
    rim = 1 if len(shot) > 2 else 0
    return np.arange(shot.first + rim, shot.last + 1 - rim)
