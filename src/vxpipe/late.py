"""Modules of others that many import and few use: imported as ever, they run when they are first asked for something.

Python 3.15 has this as `lazy import`, for one's own lines. The standard library's LazyLoader runs a module as soon as
it is imported a second time (seen in 3.11).
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from threading import RLock
from types import ModuleType
from typing import Any

# What a run of a local file imports and leaves alone, with what it cannot be without: where that is lacking the import
# fails at once, as those expect who can do without it.
SELDOM_USED: Mapping[str, str | None] = {
    "asyncio.sslproto": "_ssl",
    "csv": "_csv",
    "importlib.metadata._adapters": None,  # brings all of email
    "numpy._core._add_newdocs": None,  # does nothing but give numpy its docstrings
    "numpy._core._add_newdocs_scalars": None,
    "ssl": "_ssl",
    "zipfile": None,
}


def put_off(names: Mapping[str, str | None] = SELDOM_USED) -> None:
    """Have those of these modules that are imported from now on run when they are first asked for something.

    A module that is no file of Python source is left as it is, and so is a package: its modules expect that it has run.
    """
    needs = {need for need in names.values() if need}
    lacking = {need for need in needs if find_spec(need) is None}
    sys.meta_path.insert(0, _Finder([name for name, need in names.items() if need not in lacking]))


class _Finder:
    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See importlib.abc.MetaPathFinder; a `target` that has run is to be run again, and now."""
        has_run = target is not None and type(target) is not _Waiting
        if name not in self._names or has_run:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or type(spec.loader) is not SourceFileLoader or spec.submodule_search_locations is not None:
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Runs a module once, by whichever thread asks first; the others wait.

    Each module has a lock of its own: two threads wait for each other only where two modules import each other.
    """

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        self._lock = RLock()
        self._is_begun = False

    def exec_module(self, module: ModuleType) -> None:
        """See importlib.abc.Loader."""
        module.__class__ = _Waiting

    def run(self, module: ModuleType) -> None:
        """Run it, unless that was done or this very thread is at it. What fails is as before, to be tried again."""
        with self._lock:
            if self._is_begun:
                return
            self._is_begun = True
            before = dict(vars(module))
            try:
                super().exec_module(module)
            except BaseException as exc:
                self._is_begun = False
                vars(module).clear()
                vars(module).update(before)
                if isinstance(exc, AttributeError):  # it would be taken for the lack of what was asked for
                    raise ImportError(f"{self.name} fails while it runs: {exc}", name=self.name) from exc
                raise
            module.__class__ = ModuleType


class _Waiting(ModuleType):
    """A module that has not run. What the import system reads and sets does not make it; all else does."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            _run(self)
        return ModuleType.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        _run(self)  # such as __all__
        return ModuleType.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):
            _run(self)
        ModuleType.__setattr__(self, name, value)

    def __dir__(self) -> Iterable[str]:
        _run(self)
        return ModuleType.__dir__(self)


def _run(module: ModuleType) -> None:
    spec = module.__spec__
    assert spec is not None
    assert isinstance(spec.loader, _Loader)
    spec.loader.run(module)
