"""What the probes of a GPU mean.

`said/gpu.json` was recorded by tools/gpu_texts.py from the ffmpeg programs of our wheels; where there had to be a
driver, its libraries were stand-ins, and `driver` says what they answered. No real GPU was asked.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.media import hardware, trials
from vxpipe.engine.media.hardware import Card, Code, Ended

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "said" / "gpu.json").read_text())
A, B = (
    Card(name="NVIDIA H200", uuid="GPU-aaaa", driver="610.1"),
    Card(name="NVIDIA L4", uuid="GPU-bbbb", driver="610.1"),
)


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["name"])
def test_what_ffmpeg_really_said_has_its_reason(row: dict[str, Any]) -> None:
    ended = Ended(returncode=row["returncode"], wrote=bytes(row["wrote"]), said=row["stderr"])

    assert hardware.verdict(ended, b"\x80" * 589824) == row["code"]


def test_every_reason_but_those_of_no_text_was_recorded_once() -> None:
    untold = {Code.TIMED_OUT, Code.NOT_STARTED, Code.UNKNOWN, Code.TOO_MANY_SURFACES, Code.INCOMPLETE}

    assert {row["code"] for row in RECORDED} == set(Code) - untold


@pytest.mark.parametrize("code", Code)
def test_every_reason_says_what_it_means(code: Code) -> None:
    assert len(hardware.SENTENCES[code].split()) > 5


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("[h264 @ 0x1] Using more than 32 (33) decode surfaces might cause nvdec to fail.", Code.TOO_MANY_SURFACES),
        ("[h264 @ 0x1] No decoder surfaces left", Code.TOO_MANY_SURFACES),
        ("Error when evaluating the expression 'if(eq(iw,8)*eq(ih,6),iw,0/0)'", Code.SIZE_NOT_ON_GPU),
        ("ffmpeg could not be started: [Errno 11] Resource temporarily unavailable", Code.NOT_STARTED),
        (
            "[h264_nvenc @ 0x1] InitializeEncoder failed: invalid param (8): Frame Dimension less than the minimum "
            "supported value.",
            Code.SIZE_NOT_ON_GPU,
        ),
        ("Segmentation fault", Code.UNKNOWN),
        ("", Code.UNKNOWN),
    ],
)
def test_texts_that_could_not_be_recorded(said: str, code: Code) -> None:
    assert code == hardware.verdict(Ended(returncode=1, wrote=b"", said=said), None)


def as_in_a_job(text: str) -> list[str]:
    """What is said with `-loglevel warning`, as jobs hear it with `level+info`."""
    return [re.sub(r"^((?:\[[^]]+ @ [^]]+\] )*)", r"\1[error] ", line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "row", [row for row in RECORDED if row["code"] != Code.PARITY_FAILED], ids=lambda row: row["name"]
)
def test_a_job_hears_the_reason_as_a_trial_does(row: dict[str, Any]) -> None:
    telling = [line for line in as_in_a_job(row["stderr"]) if hardware.is_telling(line)]

    assert hardware.failure(row["returncode"], "\n".join(telling)) == row["code"]


@pytest.mark.parametrize(
    "line",
    [
        "[info]     title           : [error] CUDA_ERROR_UNKNOWN",
        "    comment         : Cannot load libcuda.so.1",
        "[Parsed_showinfo_0 @ 0x1] [info] n:   0 pts:      0 [error]",
    ],
)
def test_what_a_file_calls_itself_tells_nothing(line: str) -> None:
    assert not hardware.is_telling(line)


@pytest.mark.parametrize(
    ("returncode", "said", "code"),
    [
        (0, "", None),
        (0, "[h264 @ 0x1] [error] Invalid NAL unit", None),
        (0, "[h264 @ 0x1] [warning] Using more than 32 (33) decode surfaces might cause nvdec to fail.", None),
        (0, "[CUDA @ 0x1] [error] cu->cuMemcpy2DAsync(..) failed -> CUDA_ERROR_LAUNCH_FAILED", Code.GPU_FAILED),
        (69, "[h264 @ 0x1] [error] Invalid data found", Code.UNKNOWN),
        (-11, "", Code.GPU_FAILED),
        (-11, "[h264 @ 0x1] [error] Codec not supported", Code.CODEC_NOT_ON_GPU),
    ],
)
def test_a_run_on_the_gpu_failed_by_its_status_or_its_words(returncode: int, said: str, code: Code | None) -> None:
    assert hardware.failure(returncode, said) is code


def test_a_trial_works_when_it_wrote_what_the_cpu_writes() -> None:
    picture = bytes(range(256)) * 6

    def of(wrote: bytes, expected: bytes | None) -> Code | None:
        return hardware.verdict(Ended(returncode=0, wrote=wrote, said=""), expected)

    assert of(picture, picture) is None
    assert of(bytes(min(255, value + 2) for value in picture), picture) is None
    assert of(picture[::-1], picture) is Code.PARITY_FAILED
    assert of(picture[:-6], picture) is Code.PARITY_FAILED
    assert of(b"anything", None) is None
    assert of(b"", None) is Code.PARITY_FAILED


def test_a_trial_that_had_to_be_stopped_timed_out() -> None:
    assert hardware.verdict(Ended(returncode=None, wrote=b"x", said="CUDA_ERROR_NO_DEVICE"), None) is Code.TIMED_OUT


@given(st.binary(min_size=1, max_size=64), st.integers(1, 255))
def test_psnr_is_that_of_the_textbook(samples: bytes, off: int) -> None:
    moved = bytes((value + off) % 256 for value in samples)
    squares = [(a - b) ** 2 for a, b in zip(samples, moved, strict=True)]

    assert hardware.psnr(samples, samples) == math.inf
    assert hardware.psnr(samples, moved) == pytest.approx(20 * math.log10(255 / math.sqrt(sum(squares) / len(squares))))


def test_cards_are_read_from_what_nvidia_smi_says() -> None:
    said = "NVIDIA H200, GPU-aaaa, 610.1, 143771\nNVIDIA L4, GPU-bbbb, 610.1, [N/A]\nFailed to initialize NVML\n"

    assert hardware.cards(said) == (
        Card(name="NVIDIA H200", uuid="GPU-aaaa", driver="610.1", memory_bytes=143771 << 20),
        Card(name="NVIDIA L4", uuid="GPU-bbbb", driver="610.1", memory_bytes=None),
    )


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (None, (A, B)),
        ("", ()),
        ("-1", ()),
        ("1", (B,)),
        ("1, 0", (B, A)),
        ("GPU-bb", (B,)),
        ("0,7,1", (A,)),
        ("MIG-cccc", (Card(name="MIG-cccc", uuid="MIG-cccc", driver="610.1"),)),
    ],
)
def test_cuda_visible_devices_is_kept_to(wanted: str | None, left: tuple[Card, ...]) -> None:
    assert left == hardware.visible((A, B), wanted)


def test_every_trial_that_reads_a_clip_fails_rather_than_fall_back() -> None:
    for trial in trials.trials():
        if trial.clip:
            assert trial.arguments[: len(trials.STRICT_INPUT)] == trials.STRICT_INPUT
            assert "hwdownload" in trial.arguments[trial.arguments.index("-vf") + 1]
            assert "cuda" not in " ".join(trial.reference)


def test_the_gpu_cuts_before_it_scales_and_is_read_last() -> None:
    box = trials.Box(160, 128, 64, 32)

    assert trials.on_cpu(box, (96, 54)) == "crop=w=160:h=128:x=64:y=32,scale=w=96:h=54:flags=bicubic"
    assert trials.on_gpu(box, (96, 54)) == (
        "crop=w=160:h=128:x=64:y=32,scale_cuda=w=96:h=54:format=nv12:passthrough=0,hwdownload,format=nv12"
    )
    assert trials.on_gpu(None, (96, 54)).startswith("scale_cuda=w=96:h=54")
