"""The check of a machine with a GPU: what it measures with, and what it does where there is no GPU."""

import json
import lzma
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gpu_check
import gpu_clips
import gpu_package
import gpu_runs
import gpu_steps
import gpu_texts
from gpu_runs import Ffmpeg, Run
from gpu_steps import Check
from vxpipe.engine.media import hardware, presets, trials
from vxpipe.engine.media.nvdec_caps import Caps
from vxpipe.engine.media.tools import find_tools

TOOL = Path(__file__).parents[2] / "tools" / "gpu_check.py"
REAL = find_tools(None, None)[0]
ENDLESS = ("-f", "lavfi", "-i", "testsrc2=s=64x64", "-f", "null", "-")


def checked(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as it is given on a bare machine: Python without any package, no GPU to be seen."""
    command = [sys.executable, "-S", "-E", str(TOOL), "--out", str(out), "--ffmpeg", str(REAL), *arguments]
    env = {"PATH": os.environ["PATH"], "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(command, capture_output=True, text=True, timeout=150, env=env)


def test_without_a_gpu_it_says_why_and_ends_well(tmp_path: Path) -> None:
    done = checked(tmp_path)

    record = json.loads((tmp_path / "gpu_check.json").read_text())
    probed = {row["name"]: row["code"] for row in record["steps"]["probe"]["rows"]}
    assert done.returncode == 0, done.stderr
    assert list(record["steps"]) == list(gpu_check.STEPS)
    assert probed["open"] in ("DRIVER_LIB_MISSING", "GPU_ABSENT")
    assert probed["libx264"] is None
    assert {each.name for each in trials.trials()} <= probed.keys()
    facts = record["steps"]["facts"]["rows"][0]
    assert facts["ffmpeg"].startswith("ffmpeg version")
    assert facts["environment"]["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID", "number 0 is that of nvidia-smi"
    assert all(record["steps"][name]["left_out"].startswith("CPU only, ") for name in list(record["steps"])[2:])
    assert "CPU only" in (tmp_path / "gpu_check.md").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gpu_check.json", "gpu_check.md"]


def test_a_step_that_raises_is_recorded_and_the_next_one_runs(tmp_path: Path) -> None:
    done = checked(tmp_path, "clips", "kill", "--secs", "-1", "--ffmpeg", "/nowhere/ffmpeg")

    steps = json.loads((tmp_path / "gpu_check.json").read_text())["steps"]
    assert done.returncode == 1
    assert ["FileNotFoundError" in steps[name]["error"] for name in ("clips", "kill")] == [True, True]


def test_steps_for_which_there_is_no_time_are_left_out(tmp_path: Path) -> None:
    done = checked(tmp_path, "facts", "decode", "--total-seconds", "-1")

    steps = json.loads((tmp_path / "gpu_check.json").read_text())["steps"]
    assert done.returncode == 0
    assert {step["left_out"] for step in steps.values()} == {"the time of all steps together is over"}


def test_an_ffmpeg_may_come_packed(tmp_path: Path) -> None:
    packed = tmp_path / "ffmpeg.xz"
    packed.write_bytes(lzma.compress(b"#!/bin/sh\necho ffmpeg version 1.2.3\n"))

    done = checked(tmp_path / "out", "facts", "--ffmpeg", str(packed))

    (row,) = json.loads((tmp_path / "out" / "gpu_check.json").read_text())["steps"]["facts"]["rows"]
    assert (done.returncode, row["ffmpeg"]) == (0, "ffmpeg version 1.2.3")


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    done = checked(tmp_path, "decod")

    assert (done.returncode, "no such step: decod" in done.stderr) == (2, True)


def test_the_trials_are_those_of_the_package() -> None:
    assert [each.arguments for each in gpu_package.trials.trials()] == [each.arguments for each in trials.trials()]
    assert list(gpu_package.hardware.Code) == list(hardware.Code)


def test_a_run_is_ended_in_time_and_tells_what_it_did(tmp_path: Path) -> None:
    (child,) = Ffmpeg(REAL, tmp_path).looping(ENDLESS, processes=1)
    assert child.at_work.wait(30)

    run = child.ended(0)

    assert (run.returncode, run.wrote) == (255, b"")
    assert run.ended.returncode is None, "to the trials, what had to be stopped did not end"
    assert run.cpu_seconds > 0
    assert run.video_seconds > 0
    assert run.peak_mb > 1


def test_a_run_that_ended_by_itself_may_still_be_killed(tmp_path: Path) -> None:
    """Of eight decoders, the one for which there is no memory is over before the others are killed."""
    failed, busy = (Ffmpeg(REAL, tmp_path).looping(how, processes=1)[0] for how in (("-i", "nowhere"), ENDLESS))
    assert gpu_runs.at_work([failed, busy]) == 2

    for child in (failed, busy):
        child.kill()
    runs = gpu_runs.ended([failed, busy], 30)

    assert runs[0].returncode > 0  # type: ignore[operator]
    assert runs[1].returncode == -signal.SIGKILL
    assert not any(run.stopped for run in runs)


def test_a_run_that_nothing_ends_is_left_and_recorded(tmp_path: Path) -> None:
    """It is played by one whose pipe another process holds open, which gets none of the signals."""
    held = tmp_path / "ffmpeg"
    held.write_text("#!/bin/sh\nsleep 60 &\necho $! > holder\necho out_time_us=1\nwait\n")
    held.chmod(0o755)
    before = set(threading.enumerate())
    (child,) = Ffmpeg(held, tmp_path, grace_seconds=0.1).looping((), processes=1)
    assert child.at_work.wait(30)

    run = child.ended(0)

    os.kill(int((tmp_path / "holder").read_text()), signal.SIGKILL)
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
    assert (run.returncode, run.stopped) == (None, True)


def test_what_is_measured_is_what_all_do_at_once(tmp_path: Path) -> None:
    endless = ("-re", *ENDLESS)

    runs = Ffmpeg(REAL, tmp_path).measured(endless, processes=2, seconds=2)

    assert [run.returncode for run in runs] == [255, 255]
    assert all(run.video_seconds > 0 for run in runs)


def test_a_run_keeps_what_was_written_and_said(tmp_path: Path) -> None:
    ffmpeg = Ffmpeg(REAL, tmp_path)

    picture = ffmpeg.run(("-f", "lavfi", "-i", "color=s=16x16", "-frames:v", "1", "-f", "rawvideo", "pipe:1"))
    nothing = ffmpeg.run(("-i", "nowhere.mkv", "-f", "null", "-"))

    assert (picture.returncode, len(picture.wrote)) == (0, 16 * 16 * 3 // 2)
    assert nothing.returncode != 0
    assert "nowhere.mkv" in nothing.said


class Played(Ffmpeg):
    """An ffmpeg with a GPU that is ten times as fast as its CPU, and remembers what it was told."""

    def __init__(self, folder: Path, **run: Any) -> None:
        super().__init__(REAL, folder)
        self.told: list[tuple[tuple[str, ...], int]] = []
        self._run = {"returncode": 0, "wrote": b"", "said": ""} | run

    def run(self, arguments: Sequence[str], *, seconds: float = 20.0) -> Run:
        return self.measured(arguments, processes=1, seconds=seconds)[0]

    def measured(self, arguments: Sequence[str], *, processes: int, seconds: float) -> list[Run]:
        self.told.append((tuple(arguments), processes))
        speed = 10.0 if "-hwaccel" in arguments else 1.0
        figures = {"wall_seconds": 1.0, "cpu_seconds": 1.5, "peak_mb": 80.0, "video_seconds": 1.0, "steady": speed}
        return [Run(**{**figures, **self._run}) for _ in range(processes)]


def check(ffmpeg: Ffmpeg, *, most: int = 32, ends: float | None = None) -> Check:
    until = time.monotonic() + 60 if ends is None else ends
    return Check(ffmpeg=ffmpeg, most=most, run_seconds=1, film_seconds=1, ends=until)


def test_decoding_is_measured_with_one_to_32_processes(tmp_path: Path) -> None:
    played = Played(tmp_path)

    rows = [row for row in gpu_steps.decode(check(played)) if row["name"].startswith("h264")]

    by_nvdec = {row["processes"]: row["fps"] for row in rows if row["name"] == "h264_nvdec"}
    assert by_nvdec == {count: count * 300.0 for count in (1, 2, 4, 7, 8, 14, 21, 32)}
    assert [row["fps"] for row in rows if row["name"] == "h264_cpu_1"] == [30.0]
    assert [row["processes"] for row in rows if row["name"] == "h264_download"] == [1, 8]
    assert {row["failed"] for row in rows} == {0}


def test_what_failed_is_counted_with_its_words(tmp_path: Path) -> None:
    played = Played(tmp_path, returncode=1, steady=None, said="No decoder surfaces left")

    rows = list(gpu_steps.pipe(check(played, most=2)))

    assert {(row["processes"], row["failed"], row["fps"]) for row in rows} == {(1, 1, 0), (2, 2, 0)}
    assert {row["said"] for row in rows} == {"No decoder surfaces left"}


def test_every_encoder_of_a_clip_is_measured_with_the_options_of_the_package(tmp_path: Path) -> None:
    played = Played(tmp_path, returncode=1, steady=None, said="OpenEncodeSessionEx failed: out of memory (10)")

    rows = list(gpu_steps.encode(check(played)))

    at_once = {
        name: [row["processes"] for row in rows if row["name"] == name] for name in ("av1_nvenc_gpu", "libx264_cpu")
    }
    assert at_once == {"av1_nvenc_gpu": [1, 2, 4, 8, 16], "libx264_cpu": [1, 4]}
    assert {row["code"] for row in rows if row["name"].startswith("quality")} == {"SESSION_LIMIT"}
    for name, kind in presets.CLIPS.items():
        options = [part for option, value in kind.options(28).items() for part in (f"-{option}", value)]
        assert any(" ".join(options) in " ".join(arguments) for arguments, _ in played.told), name


def test_what_a_figure_of_quality_gives_is_measured(tmp_path: Path) -> None:
    """By the encoder that is everywhere."""
    real = Ffmpeg(REAL, tmp_path)
    real.run((*trials.CARD, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "0", "film_h264.mkv"))

    rows = {row["name"]: row for row in gpu_steps.encode(replace(check(real, most=1), run_seconds=0.1))}

    fine, rough = rows["quality_libx264_18"], rows["quality_libx264_28"]
    assert (fine["code"], rough["code"]) == (None, None)
    assert fine["bytes"] > rough["bytes"] > 500
    assert fine["db"] > rough["db"] > 20
    refused = {rows[f"quality_{name}_18"]["code"] for name in trials.ENCODERS}
    assert refused <= {"DRIVER_LIB_MISSING", "GPU_ABSENT"}, "ffmpeg knows every option, and lacks the GPU alone"


def test_no_run_begins_when_the_time_of_a_step_is_over(tmp_path: Path) -> None:
    played = Played(tmp_path)

    rows = [list(step(check(played, ends=0))) for step in (gpu_steps.clips, gpu_steps.decode, gpu_steps.encode)]

    assert (rows, played.told) == ([[], [], []], [])


def test_a_trial_that_had_to_be_stopped_timed_out(tmp_path: Path) -> None:
    played = Played(tmp_path, returncode=255, stopped=True, said="Exiting normally, received signal 15.")

    rows = list(gpu_steps.probe(check(played)))

    assert {row["code"] for row in rows} == {"TIMED_OUT"}


def test_decoders_are_killed_in_five_rounds_whatever_becomes_of_them(tmp_path: Path) -> None:
    """Without a GPU each of them is over at once; the step goes on all the same."""
    rows = list(gpu_steps.kill(check(Ffmpeg(REAL, tmp_path), most=2)))

    assert [row["at_work"] for row in rows] == [2] * 5
    assert all(status > 0 for row in rows for status in row["returncodes"])


def test_a_clip_that_went_to_the_cpu_unsaid_is_told(tmp_path: Path) -> None:
    played = Played(tmp_path, said="Hardware is lacking required capabilities\nFailed setup for format cuda: ...")

    rows = {row["name"]: row for row in gpu_steps.fallback(check(played))}

    assert (rows["av1_loose"]["fell_back"], rows["av1_loose"]["code"]) == (True, "CODEC_NOT_ON_GPU")
    assert not rows["av1_strict"]["fell_back"]
    assert len(rows) == 3 * len(gpu_clips.AWKWARD) == 57


@pytest.mark.parametrize(("picture", "ok"), [(bytes(range(256)), True), (b"", False)])
def test_parity_compares_every_route_with_the_cpu(tmp_path: Path, picture: bytes, ok: bool) -> None:
    rows = {row["name"]: row for row in gpu_steps.parity(check(Played(tmp_path, wrote=picture)))}

    assert {name: row["ok"] for name, row in rows.items()} == {"nvdec": ok, "gpu": ok, "cuvid": ok}
    assert {row["db"] for row in rows.values()} == {99.0 if ok else None}


def test_every_case_of_the_recorder_is_recorded() -> None:
    recorded = {row["name"]: (row["trial"], row["driver"]) for row in json.loads(gpu_texts.SAID.read_text())}

    assert {name: (case.trial, case.driver) for name, case in gpu_texts.CASES.items()}.items() <= recorded.items()


def test_the_structure_of_the_caps_is_that_of_the_driver() -> None:
    """The offsets of CUVIDDECODECAPS: 24 bytes asked with, then answers without a gap."""
    assert (Caps.supported.offset, Caps.max_width.offset, Caps.min_width.offset) == (24, 28, 40)
    assert Caps.reserved_out.offset == 48
