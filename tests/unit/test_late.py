"""Modules that run when they are first asked for something: all else is as if they had been run when imported."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import run
from threading import Event, Thread
from types import ModuleType

import pytest

from vxpipe import late

Written = Callable[..., None]

BODY = """
with open(__file__ + ".ran", "a") as ran:
    ran.write("x")
first, _second = 1, 2
def last(): return end
end = 3
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Writes a module that can be imported, and puts it off."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    before = {*sys.modules}

    def write(name: str, body: str = BODY, need: str | None = None) -> None:
        (tmp_path / f"{name}.py").write_text(body)
        importlib.invalidate_caches()
        late.put_off({name: need})

    yield write
    for name in {*sys.modules} - before:
        del sys.modules[name]


def times_run(module: ModuleType) -> int:
    assert module.__file__ is not None
    ran = Path(f"{module.__file__}.ran")
    return len(ran.read_text()) if ran.exists() else 0


def test_a_module_that_is_only_imported_does_not_run(written: Written) -> None:
    written("shy")

    import shy  # type: ignore[import-not-found]
    import shy as other

    again = importlib.import_module("shy")
    assert shy is other is again is sys.modules["shy"]
    assert (shy.__name__, shy.__spec__.name, shy.__doc__) == ("shy", "shy", None)
    assert times_run(shy) == 0


@pytest.mark.parametrize(
    "asking",
    [
        "import shy; answer = shy.first",
        "from shy import first as answer",
        "from shy import *; answer = first",
        "import shy; answer = shy.last() - 2",
        "import shy; answer = dir(shy).count('_second')",
        "import shy; answer = [hasattr(shy, '__lacking__'), vars(shy)['first']][1]",
        "import shy; shy.end = 1; answer = shy.last()",
        "import importlib, shy; answer = importlib.reload(shy).first",
    ],
)
def test_a_module_runs_once_when_it_is_asked_for_something(written: Written, asking: str) -> None:
    written("shy")
    found: dict[str, object] = {}

    exec(asking, found)

    shy = sys.modules["shy"]
    assert (found["answer"], shy.first, shy.last()) == (1, 1, shy.end)
    assert (times_run(shy), type(shy)) == (1, ModuleType)


def test_all_of_a_module_is_what_it_says_it_is(written: Written) -> None:
    written("shy", "__all__ = ['_hidden']\n_hidden = other = 1")
    found: dict[str, object] = {}

    exec("from shy import *", found)

    assert found.keys() - {"__builtins__"} == {"_hidden"}


def test_what_a_module_does_not_have_it_does_not_have(written: Written) -> None:
    written("shy")
    import shy  # type: ignore[import-not-found]

    assert not hasattr(shy, "lacking")
    with pytest.raises(AttributeError, match="module 'shy' has no attribute 'lacking'"):
        _ = shy.lacking
    assert times_run(shy) == 1


@pytest.mark.parametrize(("body", "error"), [("1 / 0", ZeroDivisionError), ("import sys\nsys.none", ImportError)])
def test_a_module_that_fails_says_so_to_each_who_asks_and_is_tried_again(
    written: Written, tmp_path: Path, body: str, error: type[Exception]
) -> None:
    written("shy", f"first = 1\n{body}")
    import shy  # type: ignore[import-not-found]

    for _ in range(2):
        with pytest.raises(error):
            hasattr(shy, "first")
    (tmp_path / "shy.py").write_text("first = 'mended, and of another length'")

    assert shy.first == "mended, and of another length"


def test_modules_that_import_each_other_see_of_each_other_what_is_there(written: Written) -> None:
    written("shy", "first = 1\nimport other\nlast = other.seen")
    written("other", "import shy\nseen = (shy.first, hasattr(shy, 'last'))")
    import shy  # type: ignore[import-not-found]

    assert shy.last == (1, False)


def test_who_asks_while_another_thread_runs_the_module_gets_all_of_it(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = ModuleType("signs")
    begun, answered = Event(), Event()
    signs.__dict__.update(begun=begun, answered=answered)
    monkeypatch.setitem(sys.modules, "signs", signs)
    written(
        "shy", "import signs\ndef first(): return end\nsigns.begun.set()\nearly = signs.answered.wait(0.3)\nend = 1"
    )
    import shy  # type: ignore[import-not-found]

    told: list[int] = []

    def ask() -> None:
        told.append(shy.first())
        answered.set()

    threads = [Thread(target=ask) for _ in range(3)]
    threads[0].start()
    begun.wait(30)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (told, shy.early) == ([1, 1, 1], False)


def test_a_module_whose_need_is_lacking_fails_at_once_for_those_who_can_do_without(written: Written) -> None:
    written("shy", "import vx_lacking", need="vx_lacking")

    with pytest.raises(ModuleNotFoundError, match="vx_lacking"):
        importlib.import_module("shy")


def test_what_is_no_python_source_or_not_there_is_imported_as_ever(written: Written) -> None:
    late.put_off({"vx_absent": None, "sys": None, "_elementtree": None})
    sys.modules.pop("_elementtree", None)

    assert callable(importlib.import_module("_elementtree").TreeBuilder)
    with pytest.raises(ModuleNotFoundError, match="vx_absent"):
        importlib.import_module("vx_absent")


USES = """
import sys
from vxpipe import late
names = late.SELDOM_USED.keys() - sys.modules
late.put_off()
import asyncio, csv, importlib.metadata, io, ssl, zipfile
import numpy
def ran(): return {name for name in names if [each for each in vars(sys.modules[name]) if each[:2] != "__"]}
assert ran() == set(), ran()

assert list(csv.reader(["a,b"])) == [["a", "b"]]
with zipfile.ZipFile(io.BytesIO(), "w") as packed:
    packed.writestr("a", "b")
assert importlib.metadata.metadata("numpy")["Name"] == "numpy"
assert numpy._core._add_newdocs.add_newdoc and numpy._core._add_newdocs_scalars.numeric_type_aliases

async def answer(_, writer):
    writer.write(b"no TLS")
    writer.close()

async def handshake():
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        try:
            await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context())
        except ssl.SSLError as told:
            assert "WRONG_VERSION_NUMBER" in str(told), told

asyncio.run(handshake())
assert ran() == names, names - ran()
"""


def test_each_of_those_that_are_put_off_is_there_for_whoever_uses_it() -> None:
    done = run([sys.executable, "-c", USES], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_runs_when_it_is_imported_as_its_modules_expect(written: Written, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "__init__.py").write_text("from .part import value\n")
    (tmp_path / "whole" / "part.py").write_text("value = 1\n")
    written("other")
    late.put_off({"whole": None})

    part = importlib.import_module("whole.part")

    assert 1 == vars(sys.modules["whole"])["value"] == part.value
