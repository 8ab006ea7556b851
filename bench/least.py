"""What of each clip would be decoded beside the keyframes if every cut were known: of each group, up to its last cut.

A plan may leave out frames that no other needs, but none that lie between a keyframe and a cut. One line per clip.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

import clips

SETTLED_SECONDS = 0.25  # that the engine looks on behind a cut, to tell its shot from the one before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = [kind.name for kind in clips.KINDS]
    parser.add_argument("clips", nargs="*", choices=known, default=known, metavar="CLIP", help=", ".join(known))
    cache = Path(tempfile.gettempdir()) / "vxpipe-bench-clips"
    parser.add_argument("--cache", type=Path, default=cache, help=f"the folder of the clips (default {cache})")
    asked = parser.parse_args()
    ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())
    for kind in clips.KINDS:
        if kind.name in asked.clips:
            clip = clips.prepare(kind, ffmpeg=ffmpeg, cache=asked.cache, quick=False)
            starts = [shot["start"] for shot in clip.truth["shots"]]
            print(f"{kind.name:10} {needed_share(*_packets(clip.path), starts):.3f} of the packets")


def needed_share(times: NDArray[np.float64], keys: NDArray[np.bool_], cuts: Sequence[float]) -> float:
    """Of packets in file order, shown at `times` (seconds), the share up to shortly behind the last cut of each group.

    A keyframe shows what comes with it: a cut there asks for nothing more.
    """
    group = np.cumsum(keys) - 1
    begins = times[keys]
    ends = np.maximum.reduceat(times, np.flatnonzero(keys))
    half_a_frame = (times.max() - times.min()) / max(1, len(times) - 1) / 2
    last = np.full(len(begins), -np.inf)
    for cut in cuts:
        last[(begins + half_a_frame < cut) & (cut <= ends + half_a_frame)] = cut
    return float((times <= last[group] + SETTLED_SECONDS).mean())


def _packets(path: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    import av  # of the benchmark's environment: the tests have none

    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        found = [(packet.pts, packet.is_keyframe) for packet in file.demux(stream) if packet.pts is not None]
        unit = float(stream.time_base or 1)
    pts, keys = (np.array(each) for each in zip(*found, strict=True))
    return (pts - pts.min()) * unit, keys.astype(np.bool_)


if __name__ == "__main__":
    main()
