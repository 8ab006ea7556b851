"""Which frames each mode considers, and why it keeps them. Pure: a film divided into shots in, candidates out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.diverse import most_different
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.footage import Footage, admit, parts_of
from vxpipe.engine.media.moments import at_intervals, equal_parts, middle_of, on_screen
from vxpipe.engine.media.ordered import distinct, evenly
from vxpipe.engine.media.portrait import Portrait, lasts, portrait_of, representative, settled_frames, single
from vxpipe.engine.media.shot import Shot
from vxpipe.model import Candidate
from vxpipe.reasons import Reason
from vxpipe.recipe import Mode, given

_POOL = 400  # frames among which the most different ones are looked for
_MOST_TRIED = 32  # frames of a part in which a new picture is looked for


def considered(film: Footage) -> list[Candidate]:
    """Every frame the mode of the recipe looks at, in time order; those that are right by its rule have `kept` set."""
    return _MODES[film.recipe.frames.mode](film)


def picture_numbers(film: Footage) -> Indices:
    """Per shot the number of the first one that shows the same picture; -1 for those that are no good."""
    known, found = film.nothing_known(), np.full(len(film.shots), -1)
    for number, shot in enumerate(film.shots):
        if _is_good(film, shot):
            twin = admit(film, known, _portraits(film, shot), Reason.DIVERSE).duplicate_of
            found[number] = number if twin is None else found[film.scenes[twin]]
    return found


def _scenes(film: Footage) -> list[Candidate]:
    """A picture of each shot: of the first that is kept the one it begins with, of the others the best. A flash leaves
    no candidate.
    """
    known, found = film.nothing_known(), list[Candidate]()
    for shot in film.shots:
        if film.recipe.drop.blank and shot.blank:
            found.append(film.candidate(shot.first, Reason.BLANK, kept=False))
        elif _is_no_flash(film, shot):
            opens = not any(c.kept for c in found)
            reason = Reason.OPENING_SHOT if opens else Reason.SHOT
            found.append(admit(film, known, _portraits(film, shot, opens=opens), reason))
    return found


def _is_no_flash(film: Footage, shot: Shot) -> bool:
    """Whether a shot is more than a flash; the first one counts however brief it is."""
    return not shot.first or lasts(film.samples, shot)


def _portraits(film: Footage, shot: Shot, *, opens: bool = False) -> Iterator[Portrait]:
    """Those of the pictures that a shot is made of and that last: first the one it begins with where it `opens` the
    film, else the one with its best frame.
    """
    parts, samples = parts_of(film, shot), film.samples
    best = shot.first if opens or len(parts) == 1 else representative(samples, shot)
    first = next(part for part in parts if part.last >= best)
    yield portrait_of(samples, first)
    yield from (portrait_of(samples, part) for part in parts if part is not first and lasts(samples, part))


def _interval(film: Footage) -> list[Candidate]:
    every = given(film.recipe.frames.every)
    return _each_unlike(film, at_intervals(film.samples.times, every, film.samples.end), Reason.INTERVAL)


def _keyframes(film: Footage) -> list[Candidate]:
    return _each_unlike(film, np.flatnonzero(film.samples.keys), Reason.KEYFRAME)


def _each_unlike(film: Footage, frames: Indices, reason: Reason) -> list[Candidate]:
    """Each of the frames, dropped where it is blank or shows the same as one before it."""
    known = film.nothing_known()
    return [admit(film, known, [single(index)], reason) for index in frames.tolist()]


def _count(film: Footage) -> list[Candidate]:
    """`count` frames, spread as the recipe picks them."""
    return _PICKS[film.recipe.frames.pick](film, min(given(film.recipe.frames.count), len(film.samples)))


def _even(film: Footage, count: int) -> list[Candidate]:
    """One frame from each of `count` equal parts of the film: a new picture where the part has one, else its middle."""
    known, found, samples = film.nothing_known(), list[Candidate](), film.samples
    for number, part in enumerate(equal_parts(samples.times, samples.end, count)):
        middle = middle_of(samples.times, part, number, samples.end / count)
        nearest = samples.unspoilt_or_all(_nearest_first(samples, part, middle)).tolist()
        new = admit(film, known, map(single, nearest), Reason.COUNT)
        found.append(new if new.kept else film.candidate(nearest[0], Reason.COUNT))
    return found


def _nearest_first(samples: Samples, part: slice, place: int) -> Indices:
    """The samples of the part, those nearest to one of them first."""
    inside = np.arange(part.start, part.stop)
    nearest: Indices = inside[np.argsort(np.abs(samples.times[inside] - samples.times[place]), kind="stable")]
    return nearest[:_MOST_TRIED]


def _diverse(film: Footage, count: int) -> list[Candidate]:
    """The `count` good frames that differ most, the opening shot among them, and no shot twice before all others were
    taken once; each other one is told its likest.
    """
    pool = _good_frames(film, count)
    choice = most_different(film.samples, pool, picture_numbers(film)[film.scenes[pool]], count)
    blank = [shot.first for shot in film.shots if shot.blank and film.recipe.drop.blank]
    found = {index: film.candidate(index, Reason.BLANK, kept=False) for index in blank}
    for index, nearest in zip(pool.tolist(), choice.nearest.tolist(), strict=True):
        is_chosen = index in choice.chosen
        found[index] = film.candidate(index, Reason.DIVERSE) if is_chosen else _less_different(film, index, nearest)
    return [found[index] for index in sorted(found)]


def _less_different(film: Footage, index: int, nearest: int) -> Candidate:
    hashes, other = film.samples.features.dhash, film.candidate(index, Reason.LESS_DIFFERENT, kept=False)
    return replace(other, duplicate_of=nearest, distance=int(hashes[index] ^ hashes[nearest]).bit_count())


def _good_frames(film: Footage, count: int) -> Indices:
    """The frames to choose `count` from, ascending: every shot's best one and others that are settled in it.

    Where the film has too few of those, frames of any kind.
    """
    frames = np.arange(len(film.samples))
    shown = [shot for shot in film.shots if _is_good(film, shot)]
    best = [representative(film.samples, shot) for shot in shown]
    some = frames[:: max(1, len(frames) // max(_POOL, 4 * count))]
    good = some[(settled_frames(film.samples, shown) & ~film.blank)[some]]
    pool = distinct(np.append(np.array(best, np.intp), good))
    if best:
        pool = film.samples.unspoilt_or_all(pool[pool >= best[0]])  # what begins the film is shown by its best frame
    return pool if len(pool) >= count else evenly(frames, max(_POOL, 4 * count))


def _is_good(film: Footage, shot: Shot) -> bool:
    return not shot.blank and _is_no_flash(film, shot)


def _timestamps(film: Footage) -> list[Candidate]:
    """The frames on screen at the asked times, whatever they show: somebody named each of them."""
    shown = on_screen(film.samples.times, np.array(given(film.recipe.frames.at)))
    return [film.candidate(index, Reason.TIMESTAMP) for index in distinct(shown).tolist()]


_PICKS: dict[str, Callable[[Footage, int], list[Candidate]]] = {"even": _even, "diverse": _diverse}
_MODES: dict[Mode, Callable[[Footage], list[Candidate]]] = {
    Mode.SCENES: _scenes,
    Mode.INTERVAL: _interval,
    Mode.COUNT: _count,
    Mode.TIMESTAMPS: _timestamps,
    Mode.KEYFRAMES: _keyframes,
}
