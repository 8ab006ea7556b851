"""What the probes of a GPU mean.

`said/gpu.json` was recorded by tools/gpu_texts.py from the ffmpeg programs of our wheels; where there had to be a
driver, its libraries were stand-ins, and `driver` says what they answered. No real GPU was asked.
"""

import json
import math
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
    untold = {Code.TIMED_OUT, Code.NOT_STARTED, Code.UNKNOWN, Code.TOO_MANY_SURFACES}

    assert {row["code"] for row in RECORDED} == set(Code) - untold


@pytest.mark.parametrize("code", Code)
def test_every_reason_says_what_it_means(code: Code) -> None:
    assert len(hardware.SENTENCES[code].split()) > 5


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("[h264 @ 0x1] Using more than 32 (33) decode surfaces might cause nvdec to fail.", Code.TOO_MANY_SURFACES),
        ("[h264 @ 0x1] No decoder surfaces left", Code.TOO_MANY_SURFACES),
        ("ffmpeg could not be started: [Errno 11] Resource temporarily unavailable", Code.NOT_STARTED),
        ("Segmentation fault", Code.UNKNOWN),
        ("", Code.UNKNOWN),
    ],
)
def test_texts_that_could_not_be_recorded(said: str, code: Code) -> None:
    assert code == hardware.verdict(Ended(returncode=1, wrote=b"", said=said), None)


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
