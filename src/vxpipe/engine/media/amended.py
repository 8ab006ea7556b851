"""A look at a film, with what a closer look saw in place of what it saw of the same frames."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxpipe.engine.media.arrays import Indices
from vxpipe.engine.media.features import AGAINST_THE_LAST, Features, Samples
from vxpipe.engine.media.ordered import among
from vxpipe.engine.media.spool import Rows, Spool

_ROWS_A_PIECE = 4096  # gathered together: of hours of film all would take too much memory


def amended(samples: Samples, again: Samples, folder: Path | None = None) -> Samples:
    """The samples, by their times, with those seen `again`; what of hours of film is too much to be held lies in files
    of the folder.

    How much changes in a frame is taken from the closer look only where that saw the frame before as well.
    """
    rows = np.append(np.flatnonzero(~among(samples.pts, again.pts)), len(samples) + np.arange(len(again)))
    rows = rows[np.argsort(np.append(samples.pts, again.pts)[rows])]
    is_new = rows >= len(samples)
    alone = np.flatnonzero(is_new & ~np.append(False, is_new[:-1]))
    pts, against = again.pts[rows[alone] - len(samples)], rows.copy()
    seen = among(pts, samples.pts)
    against[alone[seen]] = np.searchsorted(samples.pts, pts[seen])
    old, new = samples.features.columns(), again.features.columns()
    features = {
        name: _gathered(old[name], new[name], against if name in AGAINST_THE_LAST else rows, folder) for name in old
    }

    def joined(name: str) -> NDArray[Any] | None:
        one, other = getattr(samples, name), getattr(again, name)
        return None if one is None or other is None else np.concatenate([one, other])[rows]

    told: dict[str, Any] = {
        name: joined(name) for name in ("pts", "times", "keys", "numbers", "bridged", "still", "reach", "sizes")
    }
    return replace(samples, features=Features(**features), **told)


def _gathered(old: Rows, new: Rows, rows: Indices, folder: Path | None) -> Rows:
    """Those rows of the two, one behind the other."""
    spool = Spool(folder)
    for begin in range(0, len(rows), _ROWS_A_PIECE):
        some = rows[begin : begin + _ROWS_A_PIECE]
        is_new = some >= len(old)
        piece = old[np.where(is_new, 0, some)]
        piece[is_new] = new[some[is_new] - len(old)]
        spool.add(piece)
    return spool.all()
