"""The pinned requirement files: complete, hashed, and without the address of an index."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("build", "run", "dev", "bench")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def project() -> dict[str, list[str]]:
    """What pyproject.toml asks for, by the requirement file that must pin it."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    dependencies, groups = pyproject["project"]["dependencies"], pyproject["dependency-groups"]
    return {
        "build": pyproject["build-system"]["requires"],
        "run": dependencies,
        "dev": dependencies + groups["dev"] + groups["fuzz"] + pyproject["project"]["optional-dependencies"]["otel"],
        "bench": groups["bench"],
    }


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def entries(name: str) -> list[str]:
    """The logical lines of a requirement file, each a pin with its hashes."""
    return text(name).replace("\\\n", " ").splitlines()


def pins(name: str) -> dict[str, set[str]]:
    """Package to its pins, e.g. `numpy` to two of them, each with its marker."""
    found: dict[str, set[str]] = {}
    for entry in entries(name):
        pin = HASH.sub("", entry).strip()
        found.setdefault(distribution(pin), set()).add(pin)
    return found


def distribution(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", FILES)
def test_every_dependency_of_the_project_is_pinned(name: str) -> None:
    wanted = {distribution(requirement) for requirement in project()[name]}

    missing = wanted - pins(name).keys()

    assert set() == missing, "run scripts/lock.sh"


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_one_exact_version_with_a_hash(name: str) -> None:
    loose = [
        line for line in entries(name) if not re.match(r"[a-z0-9.-]+==[^\s;]+( |$)", line) or not HASH.search(line)
    ]

    assert loose == []


@pytest.mark.parametrize("name", FILES)
def test_exact_pins_of_the_project_are_the_pinned_versions(name: str) -> None:
    exact = {requirement for requirement in project()[name] if "==" in requirement}

    pinned = {pin.split()[0] for variants in pins(name).values() for pin in variants}

    assert exact <= pinned, "run scripts/lock.sh"


@pytest.mark.parametrize("name", FILES)
def test_no_address_of_an_index_is_written_down(name: str) -> None:
    assert None is re.search(r"://|index-url|find-links|trusted-host", text(name))


def test_development_runs_the_very_versions_of_the_service() -> None:
    run, dev = pins("run"), pins("dev")

    assert run == {package: dev.get(package) for package in run}


def test_build_tools_agree_with_the_tools_they_share_an_environment_with() -> None:
    build, dev = pins("build"), pins("dev")
    shared = build.keys() & dev.keys()

    assert {package: dev[package] for package in shared} == {package: build[package] for package in shared}


def test_the_benchmark_measures_the_very_versions_of_the_service() -> None:
    run, bench = pins("run"), pins("bench")
    shared = run.keys() & bench.keys()

    assert {package: run[package] for package in shared} == {package: bench[package] for package in shared}
