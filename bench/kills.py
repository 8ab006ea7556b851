"""Kills the service at random moments, over and over, and audits the invariants after each: the long form of a test.

.venv/bin/python bench/kills.py [--rounds 50] [--jobs 2] [--seed 1]

Submits, cancels, retries and deletes jobs and reads their streams meanwhile. Ends at the first violation, with the seed
and the place of the data.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from integration.loopback import make_media, serve
from integration.ordeal import Ordeal
from integration.service import ServiceProcess

PATHS = ("media/clip.mp4", "media/clip.mp4", "media/hls.m3u8", "status/404", "cut-once/clip.mp4")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="vxpipe-kills-"))
    print(f"seed {options.seed}, data in {folder}", flush=True)
    make_media(folder)
    began = time.perf_counter()
    async with serve(folder) as source:
        process = ServiceProcess(folder, VXPIPE_ALLOW_HOSTS=source.address, VXPIPE_MAX_ATTEMPTS="100")
        links = [source.url(path) for path in PATHS]
        ordeal = Ordeal(process=process, chance=random.Random(options.seed), links=links)
        await ordeal.survive(options.rounds, jobs=options.jobs)
    print(
        f"{options.rounds} kills, {len(ordeal.accepted)} jobs accepted, {len(ordeal.deleted)} of them deleted, "
        f"{len(ordeal.answers)} commands; every invariant holds; {time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    asyncio.run(main())
