"""Which frames are kept, and why the others are not. Pure: samples and a recipe in, candidates out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.footage import Footage, footage
from vxpipe.engine.media.modes import considered
from vxpipe.engine.media.portrait import settled_frames, single
from vxpipe.engine.media.shots import Signs
from vxpipe.engine.media.thresholds import Cut, possible_cuts
from vxpipe.model import Candidate
from vxpipe.reasons import Reason
from vxpipe.recipe import Mode, Recipe
from vxpipe.values import frozen

# Parts of a film in which frames to fill up with are looked for, each compared with every frame that is remembered.
_FINEST_SPREAD = 256


@frozen
class Selection:
    """Which frames are to be saved, and what there is to tell of it."""

    candidates: tuple[Candidate, ...]
    """Every frame that was considered, in time order; those to save have `kept` set."""
    cuts: tuple[Cut, ...] = ()
    """Where shots begin, at the recipe's threshold or at another; in modes that look for none there are none."""
    blank: frozenset[int] = frozenset()
    """Those of the candidates, by index, that show nothing but one colour."""

    @property
    def kept(self) -> tuple[Candidate, ...]:
        """The frames to save."""
        return tuple(c for c in self.candidates if c.kept)

    @property
    def is_blank(self) -> bool:
        """Whether all that is saved shows nothing but one colour."""
        return self.blank.issuperset(c.index for c in self.kept)


def select_frames(samples: Samples, recipe: Recipe, signs: Signs | None = None) -> Selection:
    """What was considered for the recipe. A film in which any frame could be decoded yields at least one kept frame.

    `signs`: what tells of its shots, where that is known already.
    """
    film = footage(samples, recipe, signs)
    candidates, cuts = considered(film), tuple[Cut, ...]()
    if recipe.frames.mode is Mode.SCENES:
        candidates = _filled_up(film, candidates, recipe.frames.min)
        cuts = possible_cuts(film.signs, recipe.frames.threshold)
    candidates = _at_least_one(film, _thinned(candidates, recipe.frames.most))
    blank = frozenset(c.index for c in candidates if film.blank[c.index])
    return Selection(candidates=tuple(candidates), cuts=cuts, blank=blank)


def _filled_up(film: Footage, candidates: Sequence[Candidate], least: int) -> list[Candidate]:
    """With more frames, evenly spread and unlike all others, until `least` are kept or the film has no more."""
    kept = [c.index for c in candidates if c.kept]
    if not kept or len(kept) >= least:
        return list(candidates)
    more = [film.candidate(index, Reason.FILL) for index in islice(_unlike(film, kept), least - len(kept))]
    return sorted([*candidates, *more], key=lambda c: c.index)


def _unlike(film: Footage, kept: Sequence[int]) -> Iterator[int]:
    """Good frames, each unlike those kept and all before it."""
    known = film.nothing_known()
    for index in kept:
        known.learn(single(index))
    settled = settled_frames(film.samples, film.shots)
    for index in _ever_finer(film.samples.unspoilt_or_all(np.flatnonzero(~film.blank))):
        if settled[index] and known.is_truly_new(index):
            known.learn(single(index))
            yield index


def _ever_finer(frames: Indices) -> list[int]:
    """A few hundred of the frames, ever finer spread: middle, quarters, eighths ..."""
    order, parts = list[int](), 2
    while parts <= _FINEST_SPREAD and len(frames):
        order += [int(frames[len(frames) * k // parts]) for k in range(1, parts, 2)]
        parts *= 2
    return list(dict.fromkeys(order))


def _thinned(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """To `most` kept frames, evenly, the first always among them."""
    kept = [c.index for c in candidates if c.kept]
    if len(kept) <= most:
        return list(candidates)
    stay = {kept[k * len(kept) // most] for k in range(most)}
    return [c if not c.kept or c.index in stay else replace(c, kept=False, reason=Reason.OVER_MAX) for c in candidates]


def _at_least_one(film: Footage, candidates: Sequence[Candidate]) -> list[Candidate]:
    """With the frame of the highest contrast where no candidate is kept."""
    if any(c.kept for c in candidates):
        return list(candidates)
    best = int(np.argmax(film.samples.features.spread))
    others = [c for c in candidates if c.index != best]
    return sorted([*others, film.candidate(best, Reason.ONLY_FRAME)], key=lambda c: c.index)
