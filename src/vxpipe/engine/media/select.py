"""Which frames are kept, and why the others are not. Pure: samples and a recipe in, candidates out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.diverse import most_different
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.known import Frames, Known, Looks, single
from vxpipe.engine.media.layout import Places, places
from vxpipe.engine.media.named import SOONEST, at_intervals
from vxpipe.engine.media.packets import evenly
from vxpipe.engine.media.shots import Shot, blank_frames, find_shots
from vxpipe.model import Candidate
from vxpipe.recipe import Mode, Recipe

_SHORTEST_SHOT = 0.15  # seconds: a flash or a torn frame; the shortest shot that is promised has 0.4
_PROBES = 12  # frames of a shot that are compared with what was seen before ...
_REMEMBER_EVERY = 0.2  # ... of which a frame is remembered this often (seconds),
_MOST_REMEMBERED = 64  # and so many of one shot at most
_RIM = 2  # frames at either end of a shot at least that a coder may have blended
_RIM_FRAMES = 3
_FULL_CONTRAST = 0.8  # a shot is shown by a frame with at least this share of its best contrast
_ABOUT_AS_SHARP = 0.6  # of the largest variance of the Laplacian, a square: nobody sees the difference
_BLEND = 2.5  # of 255: a frame that is half of another shot changes more than this into the next one,
_USUAL_STEP = 2.0  # and more than so many times what the shot's frames change
_STANDS = 0.4  # of its strokes: a picture of which so much stands throughout is a page
_LEAST_COMPARED, _MOST_COMPARED = 2, 256  # frames of a shot, to see what stands in it
_FULL_PAGE = 0.9  # of its strokes: from there on a page that is written line by line is all there,
_AS_FULL = 0.95  # and it is shown when its sharpness, to which every line adds, says so
_OTHERS = 3  # frames of a shot that may replace a blurred one,
_MOST_REPLACED = 100  # in so many shots at most
_REPLACEABLE = frozenset({"shot", "opening_shot", "diverse", "fill", "count"})
_POOL = 400  # frames among which the most different ones are looked for


def select_frames(samples: Samples, recipe: Recipe) -> tuple[Candidate, ...]:
    """Every frame that was considered for the recipe, in time order; those to save have `kept` set.

    A film in which any frame could be decoded yields at least one kept frame.
    """
    film = _Film(samples, recipe)
    considered = _MODES[recipe.frames.mode](film)
    kept = film.filled_up(considered)
    kept = film.thinned(kept)
    return film.at_least_one(kept)


def other_frames(
    samples: Samples, recipe: Recipe, candidates: Sequence[Candidate], wanted: Sequence[Candidate]
) -> dict[int, tuple[Candidate, ...]]:
    """For each of the `wanted` candidates, by index, the frames that may replace it: sharp ones of its shot, not kept.

    Three at most, each from another part of what is nearer to it than to every other candidate; none for a frame that
    stands for its very time, as one of an interval does.
    """
    film, known = _Film(samples, recipe), np.unique([c.index for c in candidates])
    halfway = np.concatenate([[-1], (known[:-1] + known[1:]) / 2, [len(samples)]])
    found = dict[int, tuple[Candidate, ...]]()
    for c in [c for c in wanted if c.reason in _REPLACEABLE][:_MOST_REPLACED]:
        clear, place = film.clear_frames(film.shots[film.scene_of[c.index]]), int(np.searchsorted(known, c.index))
        near = clear[(clear > halfway[place]) & (clear < halfway[place + 1]) & (clear != c.index)]
        parts = [part for part in np.array_split(near, _OTHERS) if len(part)]
        best = (int(part[np.argmax(samples.features.sharpness[part])]) for part in parts)
        found[c.index] = tuple(film.candidate(index, "less_sharp", kept=False) for index in best)
    return found


@dataclass(slots=True)
class _Film:
    """The samples with what several rules ask of them."""

    samples: Samples
    recipe: Recipe
    shots: tuple[Shot, ...] = field(init=False)
    blank: NDArray[np.bool_] = field(init=False)
    scene_of: NDArray[np.int64] = field(init=False)
    best_spread: NDArray[np.float32] = field(init=False)
    places: Frames = field(init=False)

    def __post_init__(self) -> None:
        self.shots = find_shots(self.samples, self.recipe.frames.threshold)
        self.blank = blank_frames(self.samples.features)
        self.best_spread = np.maximum.reduceat(self.samples.features.spread, [shot.first for shot in self.shots])
        self.places = self.samples.places
        self.scene_of = np.zeros(len(self.samples), np.int64)
        for number, shot in enumerate(self.shots):
            self.scene_of[shot.first : shot.last + 1] = number

    def candidate(self, index: int, reason: str, *, kept: bool = True) -> Candidate:
        seen, scene = self.samples.features, int(self.scene_of[index])
        return Candidate(
            index=index,
            t=float(self.samples.times[index]),
            kept=kept,
            reason=reason,
            scene=scene,
            score=round(self.shots[scene].score, 3),
            dhash=int(seen.dhash[index]),
            sharpness=round(float(seen.sharpness[index]), 2),
            luma=round(float(seen.luma[index]), 1),
        )

    def judged(self, looks: Looks, reason: str, known: Known) -> Candidate:
        """The candidate, dropped when it is blank or shows what `known` knows; otherwise `known` learns it."""
        index = looks.index
        if self.recipe.drop.blank and self.blank[index]:
            return self.candidate(index, "blank", kept=False)
        if self.recipe.dedupe.enabled and (twin := known.twin(looks)):
            known.pass_by(looks, twin[0])
            return replace(self.candidate(index, "duplicate", kept=False), duplicate_of=twin[0], distance=twin[1])
        known.learn(looks)
        known.pass_by(looks, index)
        return self.candidate(index, reason)

    def filled_up(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """With more frames, evenly spread and unlike all others, until `min` is reached or the film has no more."""
        wanted = self.recipe.frames.min if self.recipe.frames.mode is Mode.SCENES else 0
        chosen = list(candidates)
        if sum(c.kept for c in chosen) >= wanted or not any(c.kept for c in chosen):
            return chosen
        known = self.known()
        for c in chosen:
            if c.kept:
                known.learn(single(c.index))
        for index in _spread(np.flatnonzero(~self.blank)):
            if sum(c.kept for c in chosen) >= wanted:
                break
            if self._is_settled(index) and known.is_truly_new(index):
                known.learn(single(index))
                chosen.append(self.candidate(index, "fill"))
        return sorted(chosen, key=lambda c: c.index)

    def thinned(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """To `max` kept frames, evenly, the first always among them."""
        kept = [c.index for c in candidates if c.kept]
        most = self.recipe.frames.max
        if len(kept) <= most:
            return list(candidates)
        stay = {kept[k * len(kept) // most] for k in range(most)}
        return [c if not c.kept or c.index in stay else replace(c, kept=False, reason="over_max") for c in candidates]

    def at_least_one(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        if any(c.kept for c in candidates):
            return tuple(candidates)
        best = int(np.argmax(self.samples.features.spread))
        others = [c for c in candidates if c.index != best]
        return tuple(sorted([*others, self.candidate(best, "only_frame")], key=lambda c: c.index))

    def known(self) -> Known:
        return Known(self.samples, self.recipe.dedupe.distance)

    def _is_settled(self, index: int) -> bool:
        """Not at the rim of its shot, where frames may be blends of two."""
        scene = self.scene_of[index]
        first, last = self._inner_ends(self.shots[scene])
        clear = self.samples.features.spread[index] >= _FULL_CONTRAST * self.best_spread[scene]
        return bool(first <= index <= last and clear)

    def good_frames(self, count: int) -> Frames:
        """The frames to choose `count` from, ascending: every shot's best one and others that are settled in it.

        Where the film has too few of those, frames of any kind.
        """
        best = [self.representative(shot) for shot in self.shots if not shot.blank]
        every = max(1, len(self.samples) // max(_POOL, 4 * count))
        settled = [index for index in range(0, len(self.samples), every) if self._is_good(index)]
        pool = np.unique(np.array([*best, *settled], np.intp))
        if best:
            pool = pool[pool >= best[0]]  # what begins the film is shown by its best frame
        return pool if len(pool) >= count else evenly(np.arange(len(self.samples)), max(_POOL, 4 * count))

    def _is_good(self, index: int) -> bool:
        return not self.blank[index] and self._is_settled(index)

    def inner(self, shot: Shot) -> Frames:
        """The frames of a shot without its rims: what is mixed with its neighbours, and two on each side at least.

        Counted in frames of the film, of which few may have been looked at; the one in the middle of all rims where
        there is no other.
        """
        first, last = self._inner_ends(shot)
        return np.arange(first, last + 1)

    def _inner_ends(self, shot: Shot) -> tuple[int, int]:
        places, after = self.places, shot.last + 1
        end = int(places[after]) if after < len(places) else self.samples.film_frames
        rim = max(_RIM, (end - int(places[shot.first])) // 10)
        begin = max(int(places[shot.first]) + rim, int(places[min(shot.last, shot.first + shot.settling)]))
        end = min(end - rim, int(places[max(shot.first, shot.last - shot.leaving)]) + 1)
        first, beyond, middle = shot.first + np.searchsorted(
            places[shot.first : after], [begin, end, (begin + end) // 2]
        )
        lone = min(int(middle), shot.last)
        return (int(first), int(beyond) - 1) if first < beyond else (lone, lone)

    def clear_frames(self, shot: Shot) -> Frames:
        """The frames of the shot's inner part that show it in full contrast."""
        inner, spread = self.inner(shot), self.samples.features.spread
        is_clear = (spread[inner] >= _FULL_CONTRAST * spread[inner].max()) & ~self.blank[inner]
        clear: Frames = inner[is_clear]
        return clear

    def representative(self, shot: Shot) -> int:
        """The sharpest frame of the shot's inner part that shows it in full contrast, or one about as sharp that costs
        less to decode: a keyframe, or one soon after.
        """
        seen, inner = self.samples.features, self.inner(shot)
        if self._begins_with_clean_key(shot):
            inner = np.append(shot.first, inner[inner > shot.first])
        clear = inner[seen.spread[inner] >= _FULL_CONTRAST * seen.spread[inner].max()]
        least = _ABOUT_AS_SHARP if self.page(shot) is None else _AS_FULL
        sharp = clear[seen.sharpness[clear] >= least * seen.sharpness[clear].max()]
        if self.samples.reach is not None:
            return int(sharp[np.argmin(self.samples.reach[sharp])])
        return int(clear[np.argmax(seen.sharpness[clear])])

    def _begins_with_clean_key(self, shot: Shot) -> bool:
        """Whether the shot's first frame is a keyframe that is no blend with what was before: hardly anything changes
        after it.
        """
        if not self.samples.keys[shot.first] or shot.settling:
            return False
        after = self.samples.features.change[shot.first + 1 : shot.last + 1]
        return not len(after) or float(after[0]) <= max(_BLEND, _USUAL_STEP * float(np.median(after)))

    def looks(self, shot: Shot, representative: int) -> Looks:
        """What the shot looks like when it is compared with others."""
        inner = self.inner(shot)
        seen, times = self.samples.features, self.samples.times
        best = min(seen.spread[representative], seen.spread[inner].max())
        clear = inner[seen.spread[inner] >= _FULL_CONTRAST * best]
        seconds = float(times[clear[-1]] - times[clear[0]])
        memory = np.append(evenly(clear, min(_MOST_REMEMBERED, int(seconds / _REMEMBER_EVERY) + 2)), representative)
        return Looks(
            index=representative,
            probes=np.append(evenly(clear, _PROBES), representative),
            memory=np.unique(memory),
            head=(inner if shot.settling else _ends(shot))[:_RIM_FRAMES],
            tail=(inner if shot.leaving else _ends(shot))[-_RIM_FRAMES:],
            page=self.page(shot),
            unrest=float(np.median(seen.change[shot.first + 1 : shot.last + 1])) if len(shot) > 1 else 0.0,
        )

    def page(self, shot: Shot) -> Places | None:
        """What stands in the shot from where it is all there; None where too little does, or nobody knows."""
        layout = self.samples.features.layout[evenly(self._unmixed(shot), _MOST_COMPARED)]
        if not len(layout):
            return None
        strokes = places(layout).strokes
        full = layout[np.argmax(strokes >= _FULL_PAGE * strokes.max()) :]
        page = places(full).throughout()
        stands = page.strokes[0] >= max(1.0, _STANDS * strokes.max())
        return page if stands and (len(full) >= _LEAST_COMPARED or self._is_still(shot)) else None

    def _unmixed(self, shot: Shot) -> Frames:
        """The frames of the shot without those a dissolve, or a coder, has mixed with its neighbours."""
        frames = np.arange(shot.first + shot.settling, shot.last + 1 - shot.leaving)
        return frames[1:-1] if len(frames) > _RIM_FRAMES else frames

    def _is_still(self, shot: Shot) -> bool:
        """Whether hardly anything moves around the shot's last frame, although that was not looked at."""
        return self.samples.still is not None and bool(self.samples.still[shot.last])


def _scenes(film: _Film) -> list[Candidate]:
    known, found = film.known(), list[Candidate]()
    for shot in film.shots:
        if film.recipe.drop.blank and shot.blank:
            found.append(film.candidate(shot.first, "blank", kept=False))
        elif not found or _lasts(film, shot):
            index = film.representative(shot)
            reason = "shot" if any(c.kept for c in found) else "opening_shot"
            found.append(film.judged(film.looks(shot, index), reason, known))
    return found


def _interval(film: _Film) -> list[Candidate]:
    known = film.known()
    named = at_intervals(film.samples.times, film.recipe.frames.every or 1.0, film.samples.end)
    return [film.judged(single(int(index)), "interval", known) for index in named]


def _count(film: _Film) -> list[Candidate]:
    """`count` frames, spread as the recipe picks them."""
    return _PICKS[film.recipe.frames.pick](film, min(film.recipe.frames.count or 1, len(film.samples)))


def _even(film: _Film, count: int) -> list[Candidate]:
    """One frame from each of `count` equal parts of the film: a new picture where the part has one, else its middle."""
    known, found = film.known(), list[Candidate]()
    for part in np.array_split(np.arange(film.samples.film_frames), count):
        nearest = _middle_first(film.samples.places, part)
        judged = (film.judged(single(int(index)), "count", known) for index in nearest)
        found.append(next((c for c in judged if c.kept), film.candidate(int(nearest[0]), "count")))
    return found


def _diverse(film: _Film, count: int) -> list[Candidate]:
    """The `count` good frames that differ most, the opening shot among them; each other one is told its likest."""
    pool = film.good_frames(count)
    choice = most_different(film.samples, pool, count, first=int(pool[0]))
    blank = [film.candidate(s.first, "blank", kept=False) for s in film.shots if s.blank and film.recipe.drop.blank]
    found, hashes = {c.index: c for c in blank}, film.samples.features.dhash
    for index, nearest in zip(pool.tolist(), choice.nearest.tolist(), strict=True):
        if index in choice.chosen:
            found[index] = film.candidate(index, "diverse")
        else:
            bits = int(hashes[index] ^ hashes[nearest]).bit_count()
            other = film.candidate(index, "less_different", kept=False)
            found[index] = replace(other, duplicate_of=nearest, distance=bits)
    return [found[index] for index in sorted(found)]


def _timestamps(film: _Film) -> list[Candidate]:
    """The frames on screen at the asked times, whatever they show: somebody named each of them."""
    asked = np.array(sorted(film.recipe.frames.at or ()), np.float64)
    return [film.candidate(index, "timestamp") for index in _unique(_shown_at(film, asked))]


def _keyframes(film: _Film) -> list[Candidate]:
    known = film.known()
    return [film.judged(single(int(index)), "keyframe", known) for index in np.flatnonzero(film.samples.keys)]


_PICKS: dict[str, Callable[[_Film, int], list[Candidate]]] = {"even": _even, "diverse": _diverse}
_MODES: dict[Mode, Callable[[_Film], list[Candidate]]] = {
    Mode.SCENES: _scenes,
    Mode.INTERVAL: _interval,
    Mode.COUNT: _count,
    Mode.TIMESTAMPS: _timestamps,
    Mode.KEYFRAMES: _keyframes,
}


def _shown_at(film: _Film, times: NDArray[np.float64]) -> list[int]:
    """The frames on screen at the times: the last one that begins no later (half a millisecond allowed)."""
    return [max(0, int(at) - 1) for at in np.searchsorted(film.samples.times, times + SOONEST, side="right")]


def _unique(indices: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(indices))


def _lasts(film: _Film, shot: Shot) -> bool:
    """Whether there is more of a shot than a flash, or than the blend it begins with: something moved or faded there.

    Between two blends no frame may be clean, and yet there is a shot.
    """
    times, begin = film.samples.times, shot.first if shot.leaving else min(shot.first + shot.settling, shot.last)
    end = times[shot.last + 1] if shot.last + 1 < len(times) else film.samples.end
    return bool(end - times[begin] >= _SHORTEST_SHOT)


def _ends(shot: Shot) -> Frames:
    """The frames of a shot but the very first and last, which a coder may have blended with its neighbours."""
    rim = 1 if len(shot) > 2 else 0
    return np.arange(shot.first + rim, shot.last + 1 - rim)


def _middle_first(places: Frames, part: Frames) -> Frames:
    """The samples whose places in the film lie in the part, those at its middle first."""
    inside = np.arange(*np.searchsorted(places, [part[0], part[-1] + 1]))
    nearest: Frames = inside[np.argsort(np.abs(places[inside] - part[len(part) // 2]), kind="stable")]
    return nearest[:32]


def _spread(frames: Frames) -> list[int]:
    """A few hundred of the frames, ever finer spread: middle, quarters, eighths ..."""
    order = list[int]()
    parts = 2
    while parts <= 256 and len(frames):
        order += [int(frames[len(frames) * k // parts]) for k in range(1, parts, 2)]
        parts *= 2
    return _unique(order)
