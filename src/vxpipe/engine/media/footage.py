"""A film divided into shots, and what was asked of it: what every rule of the selection starts from. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import numpy as np

from vxpipe.engine.media.arrays import Counts, Flags
from vxpipe.engine.media.cuts import NORMAL_THRESHOLD
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.known import Known
from vxpipe.engine.media.portrait import Portrait
from vxpipe.engine.media.shot import Shot
from vxpipe.engine.media.shots import Signs, blank_frames, shots_at, signs_of
from vxpipe.engine.media.stingers import without_stingers
from vxpipe.model import Candidate
from vxpipe.reasons import Reason
from vxpipe.recipe import Recipe
from vxpipe.values import frozen


@frozen
class Footage:
    """The samples of a film with its shots and what tells of them."""

    samples: Samples
    recipe: Recipe
    signs: Signs
    shots: tuple[Shot, ...]
    """Between the cuts that are as sure as the recipe asks."""
    parts: tuple[Shot, ...]
    """Between all ordinary cuts: where only the surest count, a shot holds several."""
    blank: Flags
    """Per frame, whether it shows nothing but one colour."""
    scenes: Counts
    """Per frame, the number of its shot from 0."""

    def candidate(self, index: int, reason: Reason, *, kept: bool = True) -> Candidate:
        """What the manifest tells of a frame."""
        seen, scene = self.samples.features, int(self.scenes[index])
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

    def nothing_known(self) -> Known:
        """The kept pictures of a film of which none is kept yet."""
        return Known(self.samples, self.recipe.dedupe.distance)


def footage(samples: Samples, recipe: Recipe, signs: Signs | None = None, *, threshold: float | None = None) -> Footage:
    """The film, divided where one shot surely enough ends and the next one begins; `signs`: those of the samples,
    `threshold`: another than the recipe's.

    Whatever the mode: the manifest tells of each frame which shot it is of.
    """
    signs = signs or signs_of(samples)
    threshold = recipe.frames.threshold if threshold is None else threshold
    shots = without_stingers(samples, shots_at(signs, threshold))
    return Footage(
        samples=samples,
        recipe=recipe,
        signs=signs,
        shots=shots,
        parts=shots if threshold <= NORMAL_THRESHOLD else without_stingers(samples, shots_at(signs, NORMAL_THRESHOLD)),
        blank=blank_frames(samples.features),
        scenes=np.repeat(np.arange(len(shots)), [len(shot) for shot in shots]),
    )


def parts_of(film: Footage, shot: Shot) -> list[Shot]:
    """What a shot is made of, in time order: one picture each."""
    begin = bisect_left(film.parts, shot.first, key=lambda part: part.last)
    end = bisect_right(film.parts, shot.last, key=lambda part: part.first)
    return [replace(p, first=max(p.first, shot.first), last=min(p.last, shot.last)) for p in film.parts[begin:end]]


def part_with(film: Footage, index: int) -> Shot:
    """The part that a frame lies in."""
    return film.parts[bisect_left(film.parts, index, key=lambda part: part.last)]


def admit(film: Footage, known: Known, portraits: Iterable[Portrait], reason: Reason) -> Candidate:
    """Of the pictures that a shot is made of the first that is neither blank nor known, which `known` learns; the very
    first, dropped, where there is none. Shots come in time order: each is judged by those before it.
    """
    judged = ((_verdict(film, known, portrait, reason), portrait) for portrait in portraits)
    first = next(judged)
    verdict, portrait = next((each for each in chain([first], judged) if each[0].kept), first)
    owner = verdict.index if verdict.kept else verdict.duplicate_of
    if verdict.kept:
        known.learn(portrait)
    if owner is not None:
        known.pass_by(portrait, owner)
    return verdict


def _verdict(film: Footage, known: Known, portrait: Portrait, reason: Reason) -> Candidate:
    index = portrait.index
    if film.recipe.drop.blank and film.blank[index]:
        return film.candidate(index, Reason.BLANK, kept=False)
    if film.recipe.dedupe.enabled and (twin := known.twin(portrait)):
        again = film.candidate(index, Reason.RESUMED if twin.goes_on else Reason.DUPLICATE, kept=False)
        return replace(again, duplicate_of=twin.index, distance=twin.bits)
    return film.candidate(index, reason)
