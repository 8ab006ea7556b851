"""Killed at random in the middle of submitting, downloading, publishing, cancelling, retrying and deleting."""

import os
import random
from pathlib import Path

import pytest

from integration.loopback import Source
from integration.ordeal import Ordeal
from integration.service import ServiceProcess


@pytest.mark.timeout(600)
async def test_whatever_the_moment_of_death_nothing_accepted_is_lost_and_readers_miss_nothing(
    tmp_path: Path, source: Source
) -> None:
    seed = int(os.environ.get("VXPIPE_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"again with VXPIPE_TEST_SEED={seed}")
    process = ServiceProcess(tmp_path, VXPIPE_ALLOW_HOSTS=source.address, VXPIPE_MAX_ATTEMPTS="100")
    links = [source.url(path) for path in ("media/clip.mp4", "media/clip.mp4", "status/404", "cut-once/clip.mp4")]
    ordeal = Ordeal(process=process, chance=random.Random(seed), links=links)

    await ordeal.survive(4, jobs=1)

    assert ordeal.accepted
