"""Whether a yt-dlp in a folder can be used: `python -I -m vxpipe.engine.fetch.ytdlp_check FOLDER EXTRACTOR...`.

Imports it as a download does, and prints its version and which of the extractors it lacks, as JSON.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from vxpipe.engine.fetch import overlay


def examine(folder: Path, extractors: Sequence[str]) -> dict[str, object]:
    """What is printed. Raises whatever goes wrong at the import."""
    overlay.use(folder)
    overlay.use_own_client()
    import yt_dlp
    from yt_dlp.extractor import gen_extractor_classes

    from vxpipe.engine.fetch import ytdlp_session

    version = ytdlp_session.warm_up()
    there = {each.IE_NAME.lower() for each in gen_extractor_classes()}
    ytdlp_session.load(extractors)
    return {
        "version": version,
        "folder": str(Path(yt_dlp.__file__).parents[1]),
        "missing": sorted(set(extractors) - there),
    }


if __name__ == "__main__":
    print(json.dumps(examine(Path(sys.argv[1]), sys.argv[2:])))  # noqa: T201 - read by whoever started it
