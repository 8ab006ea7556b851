#!/usr/bin/env python3
"""Tries the example of every platform against the real site, by hand, from a machine with internet. Not a test.

.venv/bin/python scripts/live_check.py [PLATFORM ...] [--clip] [--seconds 180] [--out DIR]

Each video is fetched in its smallest rendition (--clip: with its sound) and three frames are taken of it. Settings are
read as for the service: VXPIPE_PROXIES works here, too. Exit status 1 where one of them failed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from vxpipe import config, parts, run
from vxpipe.engine.fetch.registry import Registry
from vxpipe.errors import ConfigError
from vxpipe.model import Target
from vxpipe.recipe import Recipe

FRAMES = {"mode": "count", "count": 3}
LOWEST_LINES = 144
COLUMNS = "{:20} {:28} {:>6}  {:>6}  {:18} {}"


class Clock(run.Board):
    """Shows each end as a row of the table, with the seconds it took."""

    def __init__(self) -> None:
        self._begun: dict[int, float] = {}

    def begin(self, place: int, target: Target) -> None:  # noqa: ARG002
        """See Board."""
        self._begun[place] = time.monotonic()

    def end(self, place: int, done: run.Done) -> None:
        """See Board."""
        seconds, outcome = time.monotonic() - self._begun[place], done.outcome
        target, error, source = done.target, outcome.error, outcome.source
        said = error.message if error else f"{source.width}x{source.height} {source.codec}" if source else ""
        code = error.code if error else "ok"
        print(
            COLUMNS.format(target.platform, target.code[:28], f"{seconds:.1f}", outcome.frames or 0, code, said),
            flush=True,
        )


def main() -> int:
    arguments = _arguments()
    try:
        # One try each, nobody waits for anybody: what is wanted is the first answer.
        settings = config.read(tries=1, cooldown_seconds=1, item_timeout=arguments.seconds)
        targets = _targets(parts.build_registry(settings), arguments.platforms)
    except ConfigError as exc:
        print(f"live_check.py: {exc}", file=sys.stderr)
        return 2
    recipe = Recipe.model_validate_json(_recipe(clip=arguments.clip))
    print(COLUMNS.format("platform", "code", "s", "frames", "outcome", ""))
    with tempfile.TemporaryDirectory(prefix="vxpipe-live-") as place:
        out = arguments.out or Path(place)
        done = asyncio.run(run.run(settings, targets, recipe, out=out, board=Clock()))
    good = sum(each.outcome.error is None for each in done)
    print(f"{good} of {len(done)}")
    return 0 if good == len(done) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help="names of GET /platforms; all of them if none")
    parser.add_argument("--clip", action="store_true", help="ask for a clip with sound as well")
    parser.add_argument("--seconds", type=float, default=180, help="the longest a video may take")
    parser.add_argument("--out", type=Path, help="keep the results there")
    return parser.parse_args()


def _targets(registry: Registry, names: Sequence[str]) -> list[Target]:
    """The example of each platform named; raises ConfigError for one that is not known."""
    rows = {row.name: row for row in registry.platforms if row.enabled}
    if unknown := [name for name in names if name not in rows]:
        raise ConfigError(f"{', '.join(unknown)} is none of {', '.join(rows)}")
    return [registry.target(name, rows[name].example) for name in names or rows]


def _recipe(*, clip: bool) -> str:
    return json.dumps(
        {"frames": FRAMES, "image": {"maxHeight": LOWEST_LINES}, "sheet": False, "clip": {} if clip else None}
    )


if __name__ == "__main__":
    sys.exit(main())
