"""What is told of the progress of a stage, and what counts as progress."""

import asyncio
from pathlib import Path

import pytest

from vxpipe.engine.media.clip import Advance
from vxpipe.engine.media.work import Work
from vxpipe.errors import VxError
from vxpipe.recipe import Recipe


def test_a_clip_that_does_not_grow_stands_still_however_much_is_said() -> None:
    clock = iter([0.0, 1.0, 30.0, 59.0, 70.0, 131.0])
    advance = Advance(60, now=lambda: next(clock))

    advance.note(0.5)
    advance.note(0.5)
    advance.note(None)
    advance.note(0.6)
    with pytest.raises(VxError) as raised:
        advance.note(0.6)

    assert "stalled" == raised.value.code
    assert "0.60 s" in raised.value.message


async def test_progress_does_not_step_back_where_a_step_is_done_again(tmp_path: Path) -> None:
    told = list[tuple[str, float]]()
    work = Work(recipe=Recipe(), out=tmp_path, report=lambda stage, fraction, **_facts: told.append((stage, fraction)))

    with work.stage("analyse"):
        for heard in (work.heard("analyse", 0.0, 0.5), work.heard("analyse", 0.0, 1.0)):
            for fraction in (0.2, 0.8, 1.0):
                heard(fraction)
        await asyncio.sleep(0)
    with work.stage("render"):
        work.heard("render", 0.0, 1.0)(0.3)
        await asyncio.sleep(0)

    analysed = [fraction for stage, fraction in told if stage == "analyse"]
    assert [0.0, 0.1, 0.4, 0.5, 0.8, 1.0, 1.0] == analysed
    assert [0.0, 0.3, 1.0] == [fraction for stage, fraction in told if stage == "render"]
