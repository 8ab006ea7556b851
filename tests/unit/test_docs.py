"""The documents say what is true."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from vxpipe.engine.media.ladder import Rung
from vxpipe.engine.media.plan import Look
from vxpipe.handlers.candidates import REASONS
from vxpipe.handlers.routes import ROUTES
from vxpipe.model import EventKind

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(("method", "path"), [route[:2] for route in ROUTES])
def test_the_readme_names_every_route(method: str, path: str) -> None:
    assert f"`{method} {path}`" in README


def test_the_page_about_keys_names_what_is_open_to_all() -> None:
    opening = (ROOT / "docs" / "keys.md").read_text().split("\n\n")[1]
    named = set(re.findall(r"`(/[^`]*)`", opening))

    # What is left are the page's own files.
    is_page = re.compile(r"/|/assets/.*|/jobs/\{id\}")
    assert named == {path for _, path, _, scope in ROUTES if scope is None and not is_page.fullmatch(path)}


def test_the_readme_names_no_route_that_is_not_there() -> None:
    named = set(re.findall(r"`(GET|POST|DELETE) (/[^`?]*)`", README))

    assert named == {route[:2] for route in ROUTES}


@pytest.mark.parametrize("event", [*EventKind, "snapshot", "bye"])
def test_the_readme_names_every_event(event: str) -> None:
    assert f"`{event}`" in README


def test_the_tree_of_the_architecture_page_is_the_tree_of_the_code() -> None:
    tree = re.search(r"```\nsrc/vxpipe/\n(.*?)```", ARCHITECTURE, re.DOTALL)
    assert tree is not None
    named = set(re.findall(r"^  (\S+?)/?\s", tree[1], re.MULTILINE))
    package = ROOT / "src" / "vxpipe"
    there = {path.name for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert named == there - {"__init__.py"}


def test_the_architecture_page_names_every_module_that_makes_frames_of_a_file() -> None:
    room = re.search(r"^## From a file to frames\n(.*?)^## ", ARCHITECTURE, re.DOTALL | re.MULTILINE)
    assert room is not None
    modules = {path.stem for path in (ROOT / "src" / "vxpipe" / "engine" / "media").glob("*.py")}

    assert modules - {"__init__"} == set(re.findall(r"`(\w+)`", room[1]))


def test_the_page_about_the_manifest_names_every_reason() -> None:
    _, _, reasons = (ROOT / "docs" / "manifest.md").read_text().partition("| `reason` |")
    reasons, _, _ = reasons.partition("## item.json")
    named = {name for row in re.findall(r"^\|([^|]*)\|", reasons, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}

    assert named == {*REASONS, "duplicate", "resumed"}


@pytest.mark.parametrize(("field", "values"), [("plan.look", Look), ("decoding[].rung", Rung)])
def test_the_page_about_the_manifest_names_what_a_field_may_say(field: str, values: type[StrEnum]) -> None:
    _, _, told = (ROOT / "docs" / "manifest.md").read_text().partition(f"| `{field}`")
    row = told.partition("\n")[0]

    assert [value for value in values if f"`{value}` (" not in row] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def test_every_variable_the_readme_names_is_in_the_sample() -> None:
    sample = (ROOT / ".env.sample").read_text()

    assert [name for name in re.findall(r"\bVXPIPE_[A-Z_]+", README) if f"#{name}=" not in sample] == []
