"""A film divided into shots, and what was asked of it: what every rule of the selection starts from. Pure."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.cuts import NORMAL_THRESHOLD, Flags
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.known import Known, Looks
from vxpipe.engine.media.shots import Shot, Signs, blank_frames, shots_at, signs_of
from vxpipe.model import Candidate
from vxpipe.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """The samples of a film with its shots and what tells of them.

    Per frame whether it is `blank` and the number of its shot, its `scene`.
    """

    samples: Samples
    recipe: Recipe
    signs: Signs
    shots: tuple[Shot, ...]
    blank: Flags
    scenes: NDArray[np.int64]

    def candidate(self, index: int, reason: str, *, kept: bool = True) -> Candidate:
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


def footage(samples: Samples, recipe: Recipe) -> Footage:
    """The film, divided where one shot surely enough ends and the next one begins."""
    signs = signs_of(samples)
    shots = shots_at(signs, recipe.frames.threshold)
    return Footage(
        samples=samples,
        recipe=recipe,
        signs=signs,
        shots=shots,
        blank=blank_frames(samples.features),
        scenes=np.repeat(np.arange(len(shots)), [len(shot) for shot in shots]),
    )


def opening_of(film: Footage, shot: Shot) -> Shot:
    """What of a shot comes before the first ordinary cut in it: where only the surest cuts count, it holds several."""
    if film.recipe.frames.threshold <= NORMAL_THRESHOLD:
        return shot
    opening = next(part for part in shots_at(film.signs, NORMAL_THRESHOLD) if part.last >= shot.first)
    return opening if opening.last < shot.last else shot


def judged(film: Footage, looks: Looks, reason: str, known: Known) -> Candidate:
    """The candidate, dropped when it is blank or shows what `known` knows; otherwise `known` learns it."""
    index = looks.index
    if film.recipe.drop.blank and film.blank[index]:
        return film.candidate(index, "blank", kept=False)
    if film.recipe.dedupe.enabled and (twin := known.twin(looks)):
        known.pass_by(looks, twin.index)
        again = film.candidate(index, "resumed" if twin.goes_on else "duplicate", kept=False)
        return replace(again, duplicate_of=twin.index, distance=twin.bits)
    known.learn(looks)
    known.pass_by(looks, index)
    return film.candidate(index, reason)
