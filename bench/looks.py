"""Records what the look of `vxpipe run` tells of clips, and judges the selection on the records, in 0.02 s each.

A rule of the selection is tried on hundreds of films in seconds, that of the tree which PYTHONPATH names. What comes
before the selection (the plan, the look, borders) is as it was when a record was made.
"""

import argparse
import hashlib
import json
import pickle
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from verdict import shot_at

Faults = dict[str, list[str]]
KINDS = ("missed", "repeat", "mid", "blank")


def main() -> int:
    asked = _arguments()
    if asked.work == "tell":
        return _tell(asked.clip, asked.record)
    if asked.work == "record":
        return record(asked.folder, asked.clips, asked.jobs)
    return judge(asked)


def record(folder: Path, clips: Sequence[Path], jobs: int) -> int:
    """Records the clips that are not in the folder yet, each in a process of its own; how many failed."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as workers:
        done = list(workers.map(partial(_recorded, folder), clips))
    print(f"{done.count(True)} recorded, {done.count(False)} failed, {done.count(None)} known")
    return done.count(False)


def _recorded(folder: Path, clip: Path) -> bool | None:
    """Whether a clip was recorded; None: it had been."""
    place = folder / f"{clip.parent.name}__{clip.stem}-{hashlib.sha256(clip.read_bytes()).hexdigest()[:8]}.pickle"
    if place.exists():
        return None
    ran = subprocess.run([sys.executable, __file__, "tell", clip, place], capture_output=True, text=True)
    if not place.exists():
        print(f"{clip}: exit {ran.returncode}: {' '.join(ran.stderr[-300:].split())}", file=sys.stderr)
    return place.exists()


def _tell(clip: Path, place: Path) -> int:
    """Runs vxpipe on a clip and writes down with what the selection was called."""
    from vxpipe import cli
    from vxpipe.engine.media import extract

    select = extract.select_frames

    def noted(samples: Any, recipe: Any, signs: Any = None) -> Any:
        truth = json.loads(clip.with_suffix(".json").read_text())
        part = place.with_suffix(".part")
        part.write_bytes(pickle.dumps({"samples": samples, "recipe": recipe, "truth": truth}))
        part.rename(place)
        return select(samples, recipe, signs)

    extract.select_frames = noted
    with tempfile.TemporaryDirectory() as out:
        sys.argv = ["vxpipe", "run", str(clip), "--out", out, "--no-sheet", "--min", "1"]
        cli.main()
    return 0


def judge(asked: argparse.Namespace) -> int:
    """Prints the faults in total, and beside those of an earlier result; 1 where there are more of them."""
    places = [place for place in sorted(asked.folder.glob("*.pickle")) if re.search(asked.only, place.stem)]
    with ProcessPoolExecutor(asked.jobs) as workers:
        found = dict(zip((place.stem for place in places), workers.map(faults, places), strict=True))
    print(f"{len(found)} records: {_counted(found.values())}")
    if asked.verbose:
        print(*(f"{name}: {_told(each)}" for name, each in found.items() if any(each.values())), sep="\n")
    if asked.save:
        asked.save.write_text(json.dumps(found, indent=1))
    if not asked.against:
        return 0
    before = {name: each for name, each in json.loads(asked.against.read_text()).items() if name in found}
    print(f"{len(before)} before: {_counted(before.values())}")
    print(*_differences(before, found), sep="\n")
    return int(_sum(found[name] for name in before) > _sum(before.values()))


def faults(place: Path) -> Faults:
    """What is wrong with what is kept of a record: one frame of each group is wanted."""
    from vxpipe.engine.media.select import select_frames

    told = pickle.loads(place.read_bytes())
    kept = [c.t for c in select_frames(told["samples"], told["recipe"]).kept]
    return wrong(kept, told["truth"]["shots"])


def wrong(kept: Sequence[float], shots: Sequence[dict[str, Any]]) -> Faults:
    """What is wrong with frames kept at these seconds of a film with these shots, as truth files have them."""
    found, counted = Faults({kind: [] for kind in KINDS}), Counter[str]()
    for second in kept:
        shot = shot_at(second, shots)
        if group := shot["group"]:
            counted[group] += 1
            if counted[group] > 1 and not shot.get("either"):
                found["repeat"].append(f"{group} at {second:.3f}")
        else:
            found["mid" if "between" in shot else "blank"].append(f"{second:.3f}")
    planted = {shot["group"] for shot in shots if shot["group"] and not shot.get("either")}
    found["missed"] = sorted(planted - counted.keys())
    return found


def _differences(before: dict[str, Faults], found: dict[str, Faults]) -> Iterator[str]:
    for name, earlier in before.items():
        now = found[name]
        if now != earlier:
            less = _sum([earlier]) - _sum([now])
            verdict = "BETTER" if less > 0 else "WORSE" if less < 0 else "OTHER"
            yield f"{verdict} {name}: {_told(earlier)} -> {_told(now)}"


def _told(each: Faults) -> str:
    return "; ".join(f"{kind} {', '.join(each[kind])}" for kind in KINDS if each[kind]) or "none"


def _counted(found: Iterable[Faults]) -> str:
    every = list(found)
    return ", ".join(f"{kind} {sum(len(each[kind]) for each in every)}" for kind in KINDS)


def _sum(found: Iterable[Faults]) -> int:
    return sum(len(each[kind]) for each in found for kind in KINDS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    works = parser.add_subparsers(dest="work", required=True)
    recording = works.add_parser("record", help="record clips that are not in the folder yet")
    recording.add_argument("folder", type=Path)
    recording.add_argument("clips", type=Path, nargs="+", help="each with its truth beside it, CLIP.json")
    judging = works.add_parser("judge", help="what the selection makes of the records")
    judging.add_argument("folder", type=Path)
    judging.add_argument("--against", type=Path, help="a result that was saved")
    judging.add_argument("--save", type=Path, help="where to save this one")
    judging.add_argument("--only", default="", metavar="REGEX", help="those whose name it is found in")
    judging.add_argument("--verbose", action="store_true", help="tell every fault")
    for each in (recording, judging):
        each.add_argument("--jobs", type=int, default=2, help="clips at once (default 2)")
    telling = works.add_parser("tell")  # what `record` starts for each clip
    telling.add_argument("clip", type=Path)
    telling.add_argument("record", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
