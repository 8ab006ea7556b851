"""The parts of vxpipe that the tools use, taken from the source tree: nothing has to be installed.

They are loaded by their paths, because `import vxpipe` asks the installed package for its version, and their folder on
`sys.path` would put `select.py` before Python's own. For that reason `trials`, `hardware` and `presets` need nothing
but Python.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = ["MEDIA", "ROOT", "hardware", "presets", "trials"]

ROOT = Path(__file__).resolve().parents[1]
MEDIA = ROOT / "src" / "vxpipe" / "engine" / "media"


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"vxpipe_{name}", MEDIA / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from vxpipe.engine.media import hardware, presets, trials
else:
    hardware, presets, trials = map(_loaded, ("hardware", "presets", "trials"))
