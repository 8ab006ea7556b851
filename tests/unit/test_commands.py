"""The command that runs a video again asks for what the run was asked for."""

import inspect
import json
import shlex
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from vxpipe.commands import run_again
from vxpipe.options import Options, parameters
from vxpipe.recipe import Recipe


def _read_back(command: str) -> Recipe:
    """What the flags of the command line make of it."""
    app, found = typer.Typer(), list[Recipe]()

    def run(target: str, **flags: Any) -> None:
        found.append(Options(**flags).recipe())

    target = inspect.Parameter("target", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str)
    run.__signature__ = inspect.Signature([target, *parameters()])  # type: ignore[attr-defined]
    app.command()(run)
    done = CliRunner().invoke(app, shlex.split(command)[2:], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return found[0]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"frames": {"mode": "scenes", "threshold": 0.85, "min": 1, "max": 4}, "crop": "none"},
        {"frames": {"mode": "count", "count": 7, "pick": "diverse"}, "dedupe": {"enabled": False}, "sheet": False},
        {"frames": {"mode": "timestamps", "at": [1.5, 12.0]}, "crop": {"x": 1, "y": 2, "width": 30, "height": 40}},
        {"frames": {"mode": "interval", "every": 2.5}, "crop": {"aspect": "9:16"}, "dedupe": {"distance": 3}},
        {"drop": {"blank": False, "blurry": True}, "image": {"format": "png", "maxWidth": 640, "maxHeight": 360}},
        {"image": {"quality": 80}, "clip": {}},
        {"clip": {"encoder": "hevc_nvenc"}},
        {"image": {"quality": 80}, "clip": {"quality": 30, "maxHeight": 720}},
        {"clip": {"encoder": "auto", "maxHeight": None}},
    ],
)
def test_a_command_asks_for_the_options_of_its_run(options: dict[str, Any]) -> None:
    recipe = Recipe.model_validate_json(json.dumps(options))

    command = run_again("vimeo:76979871", recipe)

    assert command.startswith("vxpipe run vimeo:76979871")
    assert recipe.model_dump() == _read_back(command).model_dump()


def test_what_is_left_to_the_defaults_is_not_asked_for() -> None:
    recipe = Recipe.model_validate({"sheet": True, "drop": {"blank": True, "blurry": False}, "clip": None})

    assert "vxpipe run x" == run_again("x", recipe)


def test_a_target_comes_through_a_shell_as_it_is() -> None:
    target = "https://a.example/it's;rm -rf $HOME.mp4"

    assert ["vxpipe", "run", target] == shlex.split(run_again(target, Recipe()))
