"""The shell scripts, without a network: what they say when something is missing, and what they hand on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vxpipe import __version__

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted([*ROOT.glob("scripts/*.sh"), *ROOT.glob("*.sh"), ROOT / ".ci" / "run"])
PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")

# A Python that is older than asked for: fails every question, and tells its version.
OLD_PYTHON = """#!/bin/sh
[ "$1" = --version ] && { echo "Python 3.9.2"; exit 0; }
exit 1
"""

# Python as it is on a Debian without python3-venv: makes a bare environment, has neither ensurepip nor pip.
BARE_PYTHON = f"""#!/bin/sh
case "$*" in
  --version) echo "Python 3.11.2" ;;
  *ensurepip*|"-m pip"*) exit 1 ;;
  "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *) exec "{sys.executable}" "$@" ;;
esac
"""

# Stands for an installed program: prints the name and the arguments it got.
ECHO = """#!/bin/sh
echo "$(basename "$0")" "$@"
"""


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files the set-up reads, copied where it may write."""
    copy = tmp_path / "check out"
    for folder in ("scripts", "requirements"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "src" / "vxpipe").mkdir(parents=True)
    shutil.copy(ROOT / "src" / "vxpipe" / "__init__.py", copy / "src" / "vxpipe")
    return copy


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH of the base tools alone: no uv, and the Pythons a test puts in."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in (
        "bash",
        "sh",
        "cat",
        "cksum",
        "dirname",
        "basename",
        "find",
        "head",
        "mkdir",
        "rm",
        "rmdir",
        "cp",
        "sed",
        "sleep",
        "id",
    ):
        (folder / tool).symlink_to(shutil.which(tool) or pytest.fail(f"{tool} is missing"))
    program(folder / "uv", "#!/bin/sh\nexit 1\n")
    return folder


def call(*argv: str | Path, path: Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path), "HOME": str(path), **env}
    return subprocess.run([*map(str, argv)], env=environment, cwd=cwd, capture_output=True, text=True, timeout=20)


def set_up(checkout: Path, kind: str) -> None:
    """Leaves the marks of a finished set-up, with programs that print how they were called."""
    program(checkout / ".venv/bin/vxpipe", ECHO)
    program(checkout / ".venv/bin/python", ECHO)
    marks = checkout / ".venv/.vxpipe"
    marks.mkdir()
    files = ("requirements/build.txt", f"requirements/{kind}.txt", "pyproject.toml")
    sums = subprocess.run(["cksum", *files], cwd=checkout, capture_output=True, text=True, check=True).stdout
    (marks / kind).write_text(sums)
    home = subprocess.run(
        [checkout / ".venv/bin/python", "-c", HOME_QUESTION], capture_output=True, text=True, check=True
    )
    (marks / "home").write_text(home.stdout)


HOME_QUESTION = 'import sys; print(sys.prefix, "%d.%d" % sys.version_info[:2])'


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_executable_and_parses(script: Path) -> None:
    checked = subprocess.run(["bash", "-n", script], capture_output=True, text=True)

    assert (checked.returncode, checked.stderr, os.access(script, os.X_OK)) == (0, "", True)


def test_too_old_a_python_is_named_with_the_cure(checkout: Path, tools: Path) -> None:
    program(tools / "python3", OLD_PYTHON)

    run = call(checkout / "scripts/start_dev.sh", path=tools)

    assert run.returncode == 1
    assert "needs Python 3.11 or newer, python3 is Python 3.9.2." in run.stderr
    assert "apt-get install python3" in run.stderr


def test_no_python_at_all_is_said_so(checkout: Path, tools: Path) -> None:
    run = call(checkout / "scripts/test.sh", path=tools)

    assert run.returncode == 1
    assert "none was found" in run.stderr


def test_a_python_named_by_the_user_is_the_only_one_tried(checkout: Path, tools: Path) -> None:
    program(tools / "python3", BARE_PYTHON)
    program(tools / "old", OLD_PYTHON)

    run = call(checkout / "scripts/start_dev.sh", path=tools, PYTHON="old")

    assert (run.returncode, "newer, old is Python 3.9.2." in run.stderr) == (1, True)


def test_a_python_that_cannot_install_is_named_with_the_cure(checkout: Path, tools: Path) -> None:
    program(tools / "python3", BARE_PYTHON)

    run = call(checkout / "scripts/start_dev.sh", path=tools)

    assert (run.returncode, "apt-get install python3-venv" in run.stderr) == (1, True)


@pytest.mark.parametrize("cause", ["too old", "cannot install"])
def test_a_declined_set_up_is_no_unfinished_one(checkout: Path, tools: Path, cause: str) -> None:
    program(tools / "python3", OLD_PYTHON if cause == "too old" else BARE_PYTHON)

    first = call(checkout / "scripts/start_dev.sh", path=tools)
    second = call(checkout / "scripts/start_dev.sh", path=tools)

    assert first.stderr == second.stderr
    assert not (checkout / ".venv/.vxpipe/unfinished").exists()


def test_an_interrupted_set_up_is_made_afresh(checkout: Path, tools: Path) -> None:
    program(tools / "python3", OLD_PYTHON)
    set_up(checkout, "run")
    ended = subprocess.Popen(["true"])
    ended.wait()
    (checkout / ".venv/.vxpipe/at_work").write_text(f"{ended.pid}\n")
    (checkout / ".venv/.vxpipe/unfinished").touch()

    run = call(checkout / "scripts/start_dev.sh", path=tools)

    assert "cut short; starting afresh" in run.stderr
    assert not (checkout / ".venv/bin").exists()


def test_a_second_set_up_waits_for_the_first_and_keeps_its_work(checkout: Path, tools: Path) -> None:
    program(tools / "uv", ECHO)
    set_up(checkout, "run")
    (checkout / ".venv/.vxpipe/at_work").write_text(f"{os.getpid()}\n")
    (checkout / ".venv/.vxpipe/unfinished").touch()

    script = checkout / "scripts/setup.sh"
    with subprocess.Popen(
        [script, "run"], env={"PATH": str(tools)}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as second:
        assert second.stderr is not None
        said = second.stderr.readline()
        for mark in ("unfinished", "at_work"):
            (checkout / ".venv/.vxpipe" / mark).unlink()
        said_then = second.stderr.read()

    assert f"another set-up is at work (process {os.getpid()})" in said.decode()
    assert (second.returncode, b"afresh" in said_then) == (0, False)
    assert (checkout / ".venv/bin/vxpipe").exists()


@pytest.mark.parametrize(
    ("arguments", "handed_on"),
    [
        ([], "vxpipe serve"),
        (["--port", "9000"], "vxpipe serve --port 9000"),
        (["--demo"], "vxpipe demo"),
        (["--demo", "a b"], "vxpipe demo a b"),
    ],
)
def test_start_dev_hands_its_arguments_on_from_any_folder(
    checkout: Path, tools: Path, tmp_path: Path, arguments: list[str], handed_on: str
) -> None:
    set_up(checkout, "run")

    run = call(checkout / "scripts/start_dev.sh", *arguments, path=tools, cwd=tmp_path)

    assert (0, f"{handed_on}\n", "") == (run.returncode, run.stdout, run.stderr)


def test_run_pipeline_hands_its_arguments_to_run(checkout: Path, tools: Path, tmp_path: Path) -> None:
    set_up(checkout, "run")

    run = call(checkout / "scripts/run_pipeline.sh", "--out", "a b", path=tools, cwd=tmp_path)

    assert (0, "vxpipe run --out a b\n", "") == (run.returncode, run.stdout, run.stderr)


def test_changed_requirements_are_installed_again(checkout: Path, tools: Path) -> None:
    program(tools / "uv", ECHO)
    set_up(checkout, "run")
    with (checkout / "requirements/run.txt").open("a") as file:
        file.write("\n")

    run = call(checkout / "scripts/setup.sh", "run", path=tools)
    again = call(checkout / "scripts/setup.sh", "run", path=tools)

    assert (run.returncode, "--require-hashes" in run.stdout and "requirements/run.txt" in run.stdout) == (0, True)
    assert run.stdout.endswith("python -m compileall -q src\n")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_failed_installation_is_tried_again(checkout: Path, tools: Path) -> None:
    program(tools / "uv", '#!/bin/sh\n[ "$1" = --version ]\n')
    set_up(checkout, "run")
    (checkout / ".venv/.vxpipe/run").unlink()

    failed = call(checkout / "scripts/setup.sh", "run", path=tools)
    program(tools / "uv", ECHO)
    repaired = call(checkout / "scripts/setup.sh", "run", path=tools)

    assert (failed.returncode, "that failed, see above" in failed.stderr) == (1, True)
    assert repaired.returncode == 0


def test_a_failed_gate_is_named_and_ends_the_run(checkout: Path, tools: Path) -> None:
    set_up(checkout, "dev")
    program(checkout / ".venv/bin/ruff", "#!/bin/sh\nexit 3\n")

    run = call(checkout / "scripts/test.sh", path=tools)

    assert (run.returncode, run.stdout) == (3, "== ruff check\n")
    assert run.stderr == "test.sh: stopped at: ruff check (exit status 3)\n"


def test_arguments_go_to_pytest_and_nothing_else_runs(checkout: Path, tools: Path) -> None:
    set_up(checkout, "dev")

    run = call(checkout / "scripts/test.sh", "tests/unit", "-k", "crop", path=tools)

    assert (run.returncode, run.stdout) == (0, "python -m pytest tests/unit -k crop\n")


@pytest.fixture
def passing_gates(checkout: Path) -> None:
    set_up(checkout, "dev")
    for gate in ("ruff", "mypy", "lint-imports"):
        program(checkout / f".venv/bin/{gate}", ECHO)


@pytest.mark.usefixtures("passing_gates")
def test_ci_fails_without_a_browser(checkout: Path, tools: Path) -> None:
    run = call(checkout / "scripts/test.sh", path=tools, CI="true", VXPIPE_TEST_CHROMIUM="/no/browser")

    assert run.returncode == 1
    assert run.stderr.endswith("test.sh: stopped at: chromium (exit status 1)\n")


@pytest.mark.usefixtures("passing_gates")
def test_a_browser_is_installed_by_root_only_and_tried_once(checkout: Path, tools: Path) -> None:
    program(tools / "apt-get", "#!/bin/sh\nexit 100\n")
    (tools / "id").unlink()

    said = []
    for user in (1000, 0, 0):
        program(tools / "id", f"#!/bin/sh\necho {user}\n")
        run = call(checkout / "scripts/test.sh", path=tools, VXPIPE_TEST_CHROMIUM="/no/browser")
        said.append((run.returncode, "installing chromium" in run.stdout, run.stdout.splitlines()[-1]))

    last = "python -m pytest -n auto --maxprocesses 4 --dist worksteal"
    assert said == [(0, False, last), (0, True, last), (0, False, last)]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ([], f"--target service --tag vxpipe:{__version__} --tag vxpipe:latest --no-cache ."),
        (["--gpu"], f"--target gpu --tag vxpipe:{__version__}-gpu --tag vxpipe:gpu --no-cache ."),
    ],
)
def test_docker_build_tags_the_version_and_the_newest(checkout: Path, tools: Path, given: list[str], what: str) -> None:
    program(tools / "podman", ECHO)

    run = call(checkout / "scripts/docker_build.sh", *given, "--no-cache", path=tools, CONTAINER_CLI="podman")

    assert (run.returncode, run.stdout) == (0, f"podman build {what}\n")


def test_the_targets_that_are_built_are_in_the_dockerfile() -> None:
    stages = [line.split()[-1] for line in (ROOT / "Dockerfile").read_text().splitlines() if " AS " in line]

    assert stages == ["build", "service", "gpu"]


@pytest.mark.parametrize("script", ["docker_build.sh", "run_gpu_container.sh"])
def test_a_script_for_containers_says_which_program_is_missing(checkout: Path, tools: Path, script: str) -> None:
    run = call(checkout / "scripts" / script, path=tools)

    assert (run.returncode, "docker is not on PATH" in run.stderr) == (1, True)


# Stands for docker: notes what it is asked, fails at what FAILS names as a real one does, has the image or not.
DOCKER = """#!/bin/sh
echo "$@" >> "$ASKED"
case "$*" in
  $FAILS*) echo "docker: $SAYS" >&2; exit 125 ;;
  "image inspect "*) exit "$IMAGE" ;;
esac
"""
ON_GPU = "run --rm --gpus all"
TRIAL = f"{ON_GPU} --entrypoint nvidia-smi vxpipe:{__version__}-gpu -L"


@pytest.fixture
def docker(tools: Path) -> Path:
    """A machine with a GPU, where docker does as it is told; what it was told."""
    (tools / "timeout").symlink_to(shutil.which("timeout") or pytest.fail("timeout is missing"))
    program(tools / "nvidia-smi", "#!/bin/sh\necho GPU 0: NVIDIA L4\n")
    program(tools / "docker", DOCKER)
    return tools / "asked"


def run_on_gpu(
    checkout: Path, docker: Path, *given: str, cwd: Path | None = None, **env: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The script, and what docker was asked."""
    env = {"ASKED": str(docker), "FAILS": "nothing", "IMAGE": "0"} | env
    done = call(checkout / "scripts/run_gpu_container.sh", *given, path=docker.parent, cwd=cwd, **env)
    return done, docker.read_text().splitlines() if docker.exists() else []


def test_the_service_runs_with_all_gpus_and_what_was_set_for_it(checkout: Path, docker: Path) -> None:
    own = {"API_KEY": "k", "VXPIPE_WORKERS": "4", "CUDA_VISIBLE_DEVICES": "1", "VXPIPE_PORT": "9000"}
    places = {"VXPIPE_FFMPEG": "/opt/ffmpeg", "VXPIPE_DATA_DIR": "/srv"}

    run, asked = run_on_gpu(checkout, docker, **own, **places)

    assert (run.returncode, run.stderr) == (0, "")
    assert asked[:3] == ["info", f"image inspect vxpipe:{__version__}-gpu", TRIAL]
    assert asked[3] == (
        f"{ON_GPU} --env API_KEY --env CUDA_VISIBLE_DEVICES --env VXPIPE_WORKERS --volume vxpipe:/data "
        f"--stop-timeout 30 --publish 127.0.0.1:9000:8000 vxpipe:{__version__}-gpu"
    )


def test_files_are_read_and_written_where_the_script_is_called(checkout: Path, docker: Path, tmp_path: Path) -> None:
    _, asked = run_on_gpu(checkout, docker, "run", "a clip.mp4", "--clip", cwd=tmp_path)

    mine = f"--volume {tmp_path}:/here --workdir /here --user {os.getuid()}:{os.getgid()}"
    assert asked[-1] == f"{ON_GPU} {mine} vxpipe:{__version__}-gpu run a clip.mp4 --clip"


def test_the_image_is_built_where_it_is_not_there(checkout: Path, docker: Path) -> None:
    _, asked = run_on_gpu(checkout, docker, "doctor", IMAGE="1")

    assert asked[2] == f"build --target gpu --tag vxpipe:{__version__}-gpu --tag vxpipe:gpu ."
    assert asked[3:] == [TRIAL, f"{ON_GPU} --volume vxpipe:/data vxpipe:{__version__}-gpu doctor"]


def test_podman_gets_the_gpus_by_their_description(checkout: Path, docker: Path) -> None:
    (docker.parent / "docker").rename(docker.parent / "podman")

    _, asked = run_on_gpu(checkout, docker, "doctor", CONTAINER_CLI="podman")

    assert asked[-1].startswith("run --rm --device nvidia.com/gpu=all --volume ")


def test_an_engine_that_does_not_answer_is_told_before_anything_is_built(checkout: Path, docker: Path) -> None:
    run, asked = run_on_gpu(checkout, docker, FAILS="info", SAYS="Cannot connect to the Docker daemon")

    assert (run.returncode, asked) == (2, ["info"])
    assert "docker does not answer: docker: Cannot connect to the Docker daemon" in run.stderr


@pytest.mark.parametrize("smi", [None, "#!/bin/sh\necho no devices were found >&2\nexit 6\n"])
def test_a_machine_without_a_gpu_is_told_before_anything_is_built(
    checkout: Path, docker: Path, smi: str | None
) -> None:
    (docker.parent / "nvidia-smi").unlink()
    if smi:
        program(docker.parent / "nvidia-smi", smi)

    run, asked = run_on_gpu(checkout, docker)

    assert (run.returncode, asked) == (2, ["info"])
    assert "no NVIDIA GPU" in run.stderr
    assert ("no devices were found" in run.stderr) == bool(smi)


def test_gpus_of_an_engine_elsewhere_are_not_looked_for_here(checkout: Path, docker: Path) -> None:
    (docker.parent / "nvidia-smi").unlink()

    run, asked = run_on_gpu(checkout, docker, "doctor", DOCKER_HOST="ssh://gpu")

    assert (run.returncode, len(asked)) == (0, 4)


def test_without_the_container_toolkit_the_cure_is_told(checkout: Path, docker: Path) -> None:
    says = 'Error response from daemon: could not select device driver "" with capabilities: [[gpu]].'

    run, asked = run_on_gpu(checkout, docker, FAILS=ON_GPU, SAYS=says)

    assert (run.returncode, asked[-1]) == (2, TRIAL)
    assert f"a container gets no GPU here: docker: {says}" in run.stderr
    assert "Install nvidia-container-toolkit" in run.stderr


def live_check(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The script where every way out leads to a port on loopback that nobody listens on."""
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "live_check.py"), *arguments],
        env={"PATH": os.environ["PATH"], "VXPIPE_PROXIES": "*=http://127.0.0.1:1"},
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_the_live_check_tells_of_every_platform_how_it_went() -> None:
    done = live_check("streamable", "loom")

    _, *rows, last = done.stdout.splitlines()
    assert [row.split()[0] for row in sorted(rows)] == ["loom", "streamable"]
    assert all(" network " in row and "upstream proxy" in row for row in rows)
    assert (last, done.returncode, done.stderr) == ("0 of 2", 1, "")


def test_the_live_check_refuses_a_platform_that_is_not_known() -> None:
    done = live_check("atlantis")

    assert done.returncode == 2
    assert "atlantis is none of youtube," in done.stderr
