"""The command line as people use it: a process, its output and its exit status."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration.loopback import Source
from integration.service import service
from vxpipe import __version__
from vxpipe.forecast import foresee, run_of
from vxpipe.handlers import routes


async def vxpipe(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return await python(folder, "-m", "vxpipe", *arguments, **variables)


async def python(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=90,
    )


def results(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_run_turns_files_into_folders_of_frames(tmp_path: Path, samples: Path) -> None:
    done = await vxpipe(tmp_path, "run", str(samples / "pillarbox.mp4"), "--out", "out", "--json", "--format", "png")

    (result,) = results(done)
    frames = sorted(path.suffix for path in (tmp_path / "out" / "file-pillarbox" / "frames").iterdir())
    facts = json.loads((tmp_path / "out" / "file-pillarbox" / "item.json").read_text())
    assert done.returncode == 0, done.stderr
    assert (result["status"], result["crop"]["width"]) == ("success", 960)
    assert frames == [".png"] * result["frames"]
    assert facts["tools"].keys() == {"vxpipe", "ffmpeg", "ffprobe"}  # nothing was downloaded
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["file-pillarbox"]


@pytest.mark.skipif(Path("/dev/nvidia0").exists() or Path("/dev/dxg").exists(), reason="here is a GPU")
async def test_an_encoder_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, samples: Path) -> None:
    done = await vxpipe(tmp_path, "run", str(samples / "pillarbox.mp4"), "--encoder", "h264_nvenc")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--encoder: h264_nvenc is not to be had on this machine: no NVIDIA GPU is visible here" in done.stderr
    assert done.stderr.rstrip().endswith("(GPU_ABSENT); there are auto, libx264")
    assert not (tmp_path / "vxpipe-out" / "file-pillarbox").exists()


async def test_a_command_that_ends_at_once_has_printed_everything(tmp_path: Path) -> None:
    done = await vxpipe(tmp_path, "openapi")

    assert done.returncode == 0, done.stderr
    assert done.stdout.encode() == routes.document(__version__)


async def test_a_run_of_a_local_file_loads_nothing_that_it_does_not_use(tmp_path: Path, media: Path) -> None:
    telling = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from vxpipe.cli import main; main()"

    done = await python(tmp_path, "-c", telling, "run", str(media / "clip.mp4"))

    loaded = set(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "vxpipe.run" in loaded
    assert not loaded & {"yt_dlp", "aiohttp", "sqlalchemy", "sqlite3", "rich", "vxpipe.bars", "greenlet"}
    assert "numpy.ma" not in loaded
    assert not loaded & {f"vxpipe.engine.media.{name}" for name in ("survey", "nvdec_caps", "encoders")}
    assert not loaded & {f"vxpipe.{name}" for name in ("keys", "service_cli", "engine.program", "engine.said")}


async def test_a_run_of_a_local_file_asks_nothing_of_modules_that_are_put_off(tmp_path: Path, media: Path) -> None:
    telling = """if True:
        import atexit, sys
        from vxpipe import late
        names = late.SELDOM_USED.keys() - sys.modules
        late.put_off()
        has_run = lambda name: any(not each.startswith("__") for each in vars(sys.modules[name]))
        atexit.register(lambda: print("run:", *filter(has_run, names)))
        from vxpipe.cli import main
        main()"""

    done = await python(tmp_path, "-c", telling, "run", str(media / "clip.mp4"))

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "run:"


async def test_a_second_run_replaces_its_own_results_and_nothing_else(tmp_path: Path, samples: Path) -> None:
    asked = ("run", str(samples / "pillarbox.mp4"), "--out", "out", "--count", "2")
    first, again = await vxpipe(tmp_path, *asked), await vxpipe(tmp_path, *asked)
    mine = tmp_path / "out" / "file-pillarbox" / "mine.txt"
    mine.write_text("keep")

    refused = await vxpipe(tmp_path, *asked)

    assert (first.returncode, again.returncode, refused.returncode) == (0, 0, 2)
    assert "file-pillarbox holds mine.txt, which vxpipe did not write" in refused.stderr
    assert mine.read_text() == "keep"


async def test_frames_of_another_file_of_the_same_name_are_not_replaced_and_it_is_told_whose_they_are(
    tmp_path: Path, media: Path
) -> None:
    one, other = (tmp_path / folder / "clip.mp4" for folder in ("one", "other"))
    for path in (one, other):
        path.parent.mkdir()
        path.symlink_to(media / "clip.mp4")

    first, refused = [await vxpipe(tmp_path, "run", str(path), "--out", "out", "--count", "1") for path in (one, other)]

    assert (0, 2) == (first.returncode, refused.returncode)
    assert f"file-clip holds the frames of {one}; choose another --out" in refused.stderr


async def test_a_folder_that_is_no_result_is_not_replaced(tmp_path: Path, media: Path) -> None:
    (tmp_path / "out" / "file-clip").mkdir(parents=True)

    refused = await vxpipe(tmp_path, "run", str(media / "clip.mp4"), "--out", "out")

    assert refused.returncode == 2
    assert "file-clip is there and holds no results of vxpipe; move it away" in refused.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
async def test_a_file_may_have_any_name(tmp_path: Path, media: Path) -> None:
    for name in (b"caf\xe9.mp4", b"-y.mp4", b"a%03d'b:c.mp4"):
        (tmp_path / os.fsdecode(name)).write_bytes((media / "clip.mp4").read_bytes())

    done = await vxpipe(
        tmp_path, "run", "--json", "--", *map(os.fsdecode, (b"caf\xe9.mp4", b"-y.mp4", b"a%03d'b:c.mp4"))
    )

    assert done.returncode == 0, done.stderr
    assert [result["status"] for result in results(done)] == ["success"] * 3


async def test_one_bad_target_fails_the_run_and_leaves_the_others(tmp_path: Path, media: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")

    done = await vxpipe(tmp_path, "run", "text.mp4", str(media / "clip.mp4"), "--json")

    bad, good = results(done)
    assert done.returncode == 1
    assert (bad["error"]["code"], good["status"]) == ("unreadable_media", "success")
    assert bad["error"]["message"].startswith("text.mp4 is ")
    assert done.stderr.splitlines()[-2:] == [
        f"text.mp4: failed: {bad['error']['message']}",
        f"1 of 2 videos succeeded, frames kept: {good['frames']}",
    ]


async def test_files_of_the_same_name_get_folders_of_their_own_which_a_second_run_finds_again(
    tmp_path: Path, media: Path
) -> None:
    paths = ["mon/talk.mp4", "tue/talk.mp4", "tue/Föö?.mp4"]
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes((media / "clip.mp4").read_bytes())

    first = await vxpipe(tmp_path, "run", "--json", *paths, "./mon/../mon/talk.mp4")
    again = await vxpipe(tmp_path, "run", "--json", *reversed(paths))

    folders = [[Path(result["folder"]).name for result in results(done)] for done in (first, again)]
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert folders == [names := ["file-mon-talk", "file-tue-talk", "file-Foo"], names[::-1]]
    assert sorted(names) == sorted(path.name for path in (tmp_path / "vxpipe-out").iterdir())
    assert "vxpipe: mon/talk.mp4 is named more than once and done once" in first.stderr
    assert " tue/talk.mp4 -> " in first.stderr
    assert " Föö?.mp4 -> " in first.stderr


async def test_what_an_earlier_run_made_of_a_video_that_fails_now_stays_and_is_told(
    tmp_path: Path, media: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes((media / "clip.mp4").read_bytes())
    first = await vxpipe(tmp_path, "run", str(film))
    film.write_text("no video")

    again = await vxpipe(tmp_path, "run", str(film))

    folder = tmp_path / "vxpipe-out" / "file-film"
    assert (first.returncode, again.returncode) == (0, 1)
    assert "an earlier run" not in first.stderr
    assert again.stderr.endswith(f"vxpipe: film.mp4: what is in {folder} is of an earlier run\n")
    assert list((folder / "frames").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "JOB_INPUT"),
        (["run", "nowhere.mp4"], "neither platform:code, nor a link, nor a file"),
        (["run", "youtube:short"], "is not a code of YouTube"),
        (
            ["run", "yutube:aqz-KE-bpKQ"],
            "'yutube:aqz-KE-bpKQ': there is no such file; unknown platform 'yutube'; did you mean youtube?",
        ),
        (["run", "https://example.com/a.mp4"], "VXPIPE_ALLOW_DIRECT_URLS"),
        (["run", "{clip}", "https://vimeo.com/1"], "'https://vimeo.com/1': this link of Vimeo names no single video"),
        (
            ["run", "https://me:secret@vimeo.com/1"],
            "'https://vimeo.com/1': a link must not hold a user name or a password",
        ),
        (["run", "{clip}", "--every", "soon"], "--every"),
        (["run", "{clip}", "--crop", "1,2"], "--crop must be"),
        (["run", "/proc"], "'/proc' is a folder; name the videos in it, such as /proc/*.mp4"),
        (["run", "my clips/"], "'my clips/' is a folder; name the videos in it, such as 'my clips'/*.mp4"),
        (["run", "{clip}", "--out", "/proc/nowhere"], "--out"),
        (["run", "{clip}", "--out", "{clip}"], "clip.mp4 is a file, not a folder"),
        (["juggle"], "juggle"),
    ],
)
async def test_wrong_usage_is_one_clear_line_and_status_2(
    tmp_path: Path, media: Path, arguments: list[str], said: str
) -> None:
    clip = str(media / "clip.mp4")
    (tmp_path / "my clips").mkdir()

    done = await vxpipe(tmp_path, *(argument.replace("{clip}", clip) for argument in arguments))

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_all_targets_that_cannot_be_taken_are_told_before_anything_begins(tmp_path: Path, media: Path) -> None:
    clip, wrong = str(media / "clip.mp4"), [f"gone-{number:02}.mp4" for number in range(30)]
    items = json.dumps([{"platform": "x", "code": "?"}, {"url": "https://vimeo.com/1084537"}, {"url": "somewhere"}])

    typed = await vxpipe(tmp_path, "run", *wrong[:15], clip, "youtube:short", *wrong[15:])
    read = await vxpipe(tmp_path, "run", JOB_INPUT=items)
    handed = await vxpipe(tmp_path, "submit", clip, "youtube:aqz-KE-bpKQ", "somewhere")

    assert [typed.returncode, read.returncode, handed.returncode] == [2, 2, 2]
    named = [line.partition("'")[2].partition("'")[0] for line in typed.stderr.splitlines()[:-1]]
    assert named == [*wrong[:15], "short", *wrong[15:19]]
    assert typed.stderr.splitlines()[-1] == "vxpipe: and 11 more"
    assert [line.partition(": ")[2][:17] for line in read.stderr.splitlines()] == [
        "JOB_INPUT: item 0",
        "JOB_INPUT: item 2",
    ]
    assert [line.partition("'")[2].partition("'")[0] for line in handed.stderr.splitlines()] == [clip, "somewhere"]
    assert list(tmp_path.iterdir()) == []


async def test_a_wrong_setting_is_one_line_and_status_2(tmp_path: Path) -> None:
    done = await vxpipe(tmp_path, "serve", VXPIPE_PORT="http")

    assert done.returncode == 2
    assert done.stderr.startswith("vxpipe: VXPIPE_PORT")
    assert done.stderr.count("\n") == 1


async def test_job_input_makes_a_one_shot_job(tmp_path: Path, source: Source) -> None:
    items = json.dumps([{"url": source.url("media/clip.mp4")}])

    done = await vxpipe(
        tmp_path,
        "run",
        "--json",
        JOB_INPUT=items,
        VXPIPE_ALLOW_DIRECT_URLS="1",
        VXPIPE_ALLOW_HOSTS=source.address,
    )

    assert done.returncode == 0, done.stderr
    assert [result["platform"] for result in results(done)] == ["direct"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_run_ends_with_130_and_leaves_nothing(
    tmp_path: Path, source: Source, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vxpipe", "run", source.url("stall/clip.mp4"), "--out", "out"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "VXPIPE_ALLOW_DIRECT_URLS": "1", "VXPIPE_ALLOW_HOSTS": source.address},
        stderr=subprocess.PIPE,
        text=True,
    )
    await asyncio.wait_for(source.half_sent.wait(), 30)

    process.send_signal(number)
    _, told = await asyncio.to_thread(process.communicate, timeout=20)

    assert process.returncode == 130
    assert told.splitlines()[-1] == "vxpipe: interrupted"
    assert list((tmp_path / "out").iterdir()) == []


async def test_the_demo_shows_frames_and_ends_well(tmp_path: Path) -> None:
    program = tmp_path / "own.py"
    program.write_text("raise SystemExit('of no use for the demo')")
    # Set for the operator's own service, which the demo is not.
    settings = {
        "PIPELINE_ENTRYPOINT": str(program),
        "VXPIPE_PROXIES": "*=http://127.0.0.1:9",
        "VXPIPE_MAX_BYTES": "1024",
    }

    done = await vxpipe(tmp_path, "demo", **settings)

    sheets = list((tmp_path / "data" / "demo" / "artifacts").glob("*/*/sheet.jpg"))
    assert done.returncode == 0, done.stderr
    assert "job completed, 100 %" in done.stdout
    assert len(sheets) == 3
    assert all(str(sheet) in done.stdout for sheet in sheets)


async def test_the_doctor_finds_everything_and_names_a_cure_for_what_is_missing(tmp_path: Path) -> None:
    well = await vxpipe(tmp_path, "doctor")
    (tmp_path / "data").write_text("in the way")
    ill = await vxpipe(tmp_path, "doctor")

    assert well.returncode == 0, well.stdout
    assert ill.returncode == 1
    assert "VXPIPE_DATA_DIR" in ill.stdout


async def test_cookies_are_checked_before_anything_else_and_the_doctor_shows_whether_they_are_there(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    cookies, mounted = folder / "youtube.cookies.txt", {"VXPIPE_CREDENTIALS_DIR": str(folder)}
    cookies.write_text(".youtube.com\tTRUE\t/\tTRUE\t2000000000\tSID\ts3cret-value\n")
    cookies.chmod(0o600)
    well = await vxpipe(tmp_path, "doctor", **mounted)
    cookies.write_text("# Netscape HTTP Cookie File\n.youtube.com TRUE / TRUE 0 SID s3cret-value\n")
    ill = [await vxpipe(tmp_path, *command, **mounted) for command in (["doctor"], ["serve"], ["run", "x:643211948"])]

    assert well.returncode == 0, well.stdout
    assert "youtube: cookies (the first expires 2033-05-18)" in well.stdout
    assert [each.returncode for each in ill] == [1, 2, 2]
    said = [each.stdout + each.stderr for each in (well, *ill)]
    assert all(f"{cookies}: line 2: 7 fields with tabs between them are wanted, not 1" in each for each in said[1:])
    assert not any("s3cret-value" in each for each in said)


async def test_the_healthcheck_tells_a_living_service_from_none(tmp_path: Path) -> None:
    async with service(tmp_path) as process:
        port = process.url.rsplit(":", 1)[1]
        well = await vxpipe(tmp_path, "healthcheck", VXPIPE_PORT=port)
    ill = await vxpipe(tmp_path, "healthcheck", VXPIPE_PORT=port)

    assert (well.returncode, well.stdout) == (0, "ok\n")
    assert ill.returncode == 1


async def ran(samples: Path, folder: Path, name: str, threshold: float) -> tuple[list[Any], dict[str, Any]]:
    """The rows of the manifest and the facts of a run."""
    figures = ("--threshold", str(threshold), "--crop", "none", "--no-sheet", "--out", str(threshold))
    done = await vxpipe(folder, "run", str(samples / f"{name}.mp4"), *figures)
    assert done.returncode == 0, done.stderr
    place = folder / str(threshold) / f"file-{name}"
    return [json.loads(row) for row in (place / "manifest.jsonl").open()], json.loads((place / "item.json").read_text())


@pytest.mark.parametrize("name", ["full_frame", "letterbox_reel", "pillarbox"])
async def test_what_another_threshold_keeps_lies_within_what_is_foreseen(
    samples: Path, tmp_path: Path, name: str
) -> None:
    runs = {threshold: await ran(samples, tmp_path, name, threshold) for threshold in (0.3, 0.05, 0.2, 0.8)}
    first = run_of(*runs[0.3])

    for threshold, (_, facts) in runs.items():
        forecast = foresee(first, threshold=threshold)

        assert forecast.least <= facts["frames"]["kept"] <= forecast.most, threshold
        assert forecast.most - forecast.least <= 4, "a range as wide as that tells nothing"
