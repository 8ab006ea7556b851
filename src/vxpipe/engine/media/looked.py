"""What a look at a film told, and which of its frames lie decoded by then."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from vxpipe.engine.media.arrays import Pts
from vxpipe.engine.media.crop import Finding
from vxpipe.engine.media.features import Samples
from vxpipe.engine.media.film import Film
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.plan import Plan
from vxpipe.engine.media.reading import Ahead, pts_of
from vxpipe.engine.media.shots import Signs
from vxpipe.engine.media.stills import HELD_FILE, Stills, at_hand, held
from vxpipe.model import Crop
from vxpipe.values import frozen


@frozen
class Looked:
    """What the look at a film told."""

    plan: Plan
    """The one that it was done by in the end."""
    borders: Finding | None
    crop: Crop | None
    samples: Samples
    frames: int
    """How many the film has, where errors do not tell less."""
    seconds: float
    """How long it lasts, likewise."""
    errors: int
    """How often the decoder complained."""
    patched: int
    """How many frames lack something that the decoder filled in."""
    suspected: int
    """How many may lack something."""
    ffmpeg: str | None
    """The version of what decoded."""
    stills: tuple[Stills, ...] = ()
    """Which of the samples lie decoded in files."""
    signs: Signs | None = None
    """What tells of their shots, where that was asked already."""

    def without_signs(self) -> "Looked":
        """Without what only the selection needs, which is most of the memory."""
        return replace(self, samples=self.samples.without_features(), signs=None)

    def with_dear(self, film: Film) -> "Looked":
        """With those of the frames at hand that it would take a whole group each to decode again."""
        there = at_hand([each for each in self.stills if each.dear], film) if self.plan.saves_stills else ()
        return self._within_reach(pts_of(there)) if there else self

    def with_held(self, ahead: Ahead | None, film: Film, seen: Pts, folder: Path) -> "Looked":
        """With the frames that were held below the folder, as planned, while those with the pts `seen` were measured;
        none where the film changes its size: the filters begin anew there.
        """
        if ahead is None:
            return self
        samples, pts = self.samples, seen[list(ahead.places(seen))]
        stills = held(folder / "frames" / HELD_FILE, folder, film.size, pts.tolist())
        as_coded = samples.sizes is None or bool((samples.sizes == film.size).all())
        if stills is None or not as_coded:
            return self
        return replace(self, stills=(*self.stills, stills))._within_reach(pts)

    def _within_reach(self, pts: Pts) -> "Looked":
        """With the frames of these pts costing nothing more."""
        samples = self.samples
        if samples.reach is None:
            return self
        reach = np.where(among(samples.pts, pts), -1, samples.reach)
        return replace(self, samples=replace(samples, reach=reach))
