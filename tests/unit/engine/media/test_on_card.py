"""What ffmpeg says on a GPU, told apart: a failure of the hardware, or anything else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.on_card import HardwareFailed, on_card
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.facts import Ability, Gpu
from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits, Sink

GPU = Gpu(usable=Ability("NVIDIA H200"), uuid="GPU-a")
LIMITS = Limits(wall_seconds=1)
DRIVER = "[AVHWDeviceContext @ 0x1] [error] Cannot load libcuda.so.1\n"
XID = "[h264 @ 0x1] [error] decoder->cvdl->cuvidDecodePicture(..) failed -> CUDA_ERROR_ILLEGAL_ADDRESS: ...\n"
DAMAGED = "[h264 @ 0x1] [error] error while decoding MB 3 4, bytestream -5\n"
SHOWN = "[Parsed_showinfo_0 @ 0x1] [info] n:   1 pts:   512 ...\n"


class Saying(ChildRunner):
    """A program that says this on stderr and ends so, or cannot be run to its end."""

    def __init__(self, said: str = "", returncode: int = 0, *, error: VxError | None = None) -> None:
        self._said, self._returncode, self._error = said, returncode, error
        self.env: Mapping[str, str] | None = None

    def confined(self, bounds: Bounds) -> "Saying":
        return self

    async def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits,
        env: Mapping[str, str] | None = None,
        on_stderr: Sink | None = None,
        **_: object,
    ) -> ChildExit:
        self.env = env
        for begin in range(0, len(self._said), 7):
            assert on_stderr is not None
            on_stderr(self._said[begin : begin + 7].encode())
        if self._error:
            raise self._error
        return ChildExit(self._returncode, self._said[-4096:])


async def ended(runner: Saying) -> ChildExit:
    tools = Tools(runner=runner, ffmpeg=Path("ffmpeg"), ffprobe=Path("ffprobe"))
    return await on_card(tools, GPU).runner.run(["ffmpeg"], limits=LIMITS, env={"A": "b"})


async def test_it_sees_its_card_and_no_other() -> None:
    runner = Saying()

    await ended(runner)

    assert runner.env == {"A": "b", "CUDA_VISIBLE_DEVICES": "GPU-a"}


@pytest.mark.parametrize(
    ("runner", "code"),
    [
        (Saying(DRIVER, 187), Code.DRIVER_LIB_MISSING),
        (Saying(DRIVER + SHOWN * 1000, 187), Code.DRIVER_LIB_MISSING),
        (Saying(SHOWN * 1000 + XID + SHOWN * 1000), Code.GPU_FAILED),
        (Saying(DAMAGED * 1000 + XID, 69), Code.GPU_FAILED),
        (Saying(DAMAGED, 69), Code.UNKNOWN),
        (Saying("", -11), Code.GPU_FAILED),
        (Saying(error=VxError("stalled", "no sign of life for 60 s")), Code.TIMED_OUT),
        (Saying(error=VxError("timed_out", "not done after 60 s")), Code.TIMED_OUT),
    ],
    ids=["at-once", "head", "amid", "tail", "unknown", "crash", "stalled", "late"],
)
async def test_a_failure_is_found_wherever_it_is_said(runner: Saying, code: Code) -> None:
    with pytest.raises(HardwareFailed) as failed:
        await ended(runner)

    assert failed.value.code is code


@pytest.mark.parametrize("said", ["", DAMAGED, "[info]   title: CUDA_ERROR_UNKNOWN\n", SHOWN])
async def test_what_works_is_handed_on_with_its_complaints(said: str) -> None:
    assert await ended(Saying(said)) == ChildExit(0, said)


async def test_a_program_that_cannot_be_started_is_no_fault_of_the_gpu() -> None:
    with pytest.raises(VxError, match="could not be started"):
        await ended(Saying(error=VxError("tool_failed", "ffmpeg could not be started: [Errno 12]")))
