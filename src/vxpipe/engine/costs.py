"""What the stages of an item have cost lately, here: what the progress of the next one goes by."""

from collections.abc import Mapping

from vxpipe.engine.course import MEASURED, MEASURED_BYTES, PROGRAM
from vxpipe.model import FILE, Target

_WEIGHT = 0.3  # of the newest item in the mean


class Costs:
    """Learns from every item that succeeded, beginning with what was measured. `program`: one runs in its place."""

    def __init__(self, *, program: bool = False) -> None:
        self._program = program
        self._known: dict[tuple[bool, bool], dict[str, float]] = {}
        self._bytes: dict[bool, float] = {}

    def of(self, target: Target, *, clip: bool) -> Mapping[str, float]:
        """The seconds that each stage of such an item may take; there is nothing to download of a local file."""
        if self._program:
            return PROGRAM
        is_local = target.platform == FILE
        known = self._known.get((is_local, clip), MEASURED[clip])
        return {stage: seconds for stage, seconds in known.items() if not (is_local and stage == "fetch")}

    def usual_bytes(self, *, clip: bool) -> float:
        """How large the downloads were that such costs belong to."""
        return self._bytes.get(clip, MEASURED_BYTES)

    def learn(self, target: Target, spent: Mapping[str, float], *, clip: bool, downloaded: int) -> None:
        """An item has succeeded, spent so many seconds in each stage, and brought so many bytes."""
        if self._program:
            return
        place = (target.platform == FILE, clip)
        known = self._known.get(place, MEASURED[clip])
        # The download of what was in the cache took no time, which says nothing of the next one.
        heard = {stage: spent[stage] for stage in known if stage in spent and (stage != "fetch" or downloaded)}
        self._known[place] = {
            stage: seconds + _WEIGHT * (heard.get(stage, seconds) - seconds) for stage, seconds in known.items()
        }
        if downloaded:
            usual = self.usual_bytes(clip=clip)
            self._bytes[clip] = usual + _WEIGHT * (downloaded - usual)
