"""An update: what is installed, tried, and put in use, and that a failed one changes nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fakes import SteppingClock
from vxpipe.engine.fetch.editions import Editions
from vxpipe.engine.fetch.installer import Installer, InstallFailed
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.trial import Trial, Unfit
from vxpipe.engine.fetch.update import Updated, UpdateFailed, Updater
from vxpipe.engine.fetch.vault import Vault
from vxpipe.errors import VxError
from vxpipe.ports import Bounds, ChildExit, ChildRunner

BUNDLED = "2026.10.26"


class Runner(ChildRunner):
    """A machine on which these programs are; what they were asked."""

    def __init__(self, *programs: str, ended: ChildExit | None = None) -> None:
        self._programs = programs
        self._ended = ended or ChildExit(0, "")
        self.asked: list[Sequence[str]] = []

    def confined(self, bounds: Bounds) -> "Runner":
        return self

    async def run(self, argv: Sequence[str], **how: Any) -> ChildExit:
        name = "pip" if "pip" in argv and "uv" not in argv else argv[0]
        if name not in self._programs:
            raise VxError("tool_failed", f"there is no {name}")
        if "--help" in argv:
            return ChildExit(0, "")
        self.asked.append(argv)
        return self._ended


class Index(Installer):
    """Offers versions of yt-dlp; a `.dev` one for those who ask for it only."""

    def __init__(self, *versions: str, needs: Mapping[str, str] | None = None) -> None:
        super().__init__(Runner())
        self._versions = versions
        self._needs = needs or {}
        self.installed: list[str] = []

    async def install(self, requirement: str, folder: Path, *, pre: bool = False) -> None:
        self.installed.append(requirement)
        name, _, wanted = requirement.partition("==")
        if name == "yt-dlp-ejs":
            return
        known = [version for version in self._versions if pre or wanted or ".dev" not in version]
        offered = [version for version in known if wanted in ("", version)]
        if not offered:
            raise InstallFailed(f"no {requirement}")
        package, facts = folder / "yt_dlp", folder / f"yt_dlp-{offered[-1]}.dist-info"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        facts.mkdir()
        pin = self._needs.get(offered[-1], "0.8.0")
        text = f"Name: yt-dlp\nVersion: {offered[-1]}\nRequires-Dist: yt-dlp-ejs=={pin}; extra == 'default'\n"
        (facts / "METADATA").write_text(f"Metadata-Version: 2.4\n{text}")


class Judge(Trial):
    """Finds every version fit but those it is told; `says` is what one claims to be."""

    def __init__(self, *unfit: str, says: Mapping[str, str] | None = None) -> None:
        super().__init__(
            Runner(), Registry(), Vault(None, Registry(), now=SteppingClock()), python="python", sandbox="auto"
        )
        self._unfit = unfit
        self._says = says or {}
        self.tried: list[str] = []

    async def run(self, folder: Path) -> str:
        (facts,) = folder.glob("*.dist-info")
        version = facts.name.removeprefix("yt_dlp-").removesuffix(".dist-info")
        self.tried.append(version)
        if version in self._unfit:
            raise Unfit("it cannot be imported: SyntaxError")
        return self._says.get(version, version)


@pytest.fixture
def editions(tmp_path: Path) -> Editions:
    return Editions(tmp_path / "ytdlp", bundled=BUNDLED)


def updater(editions: Editions, index: Index, judge: Judge | None = None) -> Updater:
    return Updater(editions, index, judge or Judge())


async def failure(changing: Updater, version: str | None = None) -> str:
    with pytest.raises(UpdateFailed) as caught:
        await changing.update(version)
    return str(caught.value)


async def test_the_newest_is_installed_with_its_companion_tried_and_used(editions: Editions) -> None:
    index, judge = Index("2026.11.1", "2026.11.2", "2026.11.3.1.dev0", needs={"2026.11.2": "0.9.0"}), Judge()

    done = await updater(editions, index, judge).update()

    assert done == Updated(BUNDLED, "2026.11.2")
    assert (index.installed, judge.tried) == (["yt-dlp", "yt-dlp-ejs==0.9.0"], ["2026.11.2"])
    assert editions.choice().folder == editions.find("2026.11.2")


async def test_a_nightly_one_is_taken_when_asked_for_and_not_left_for_an_older_release(editions: Editions) -> None:
    changing = updater(editions, Index("2026.11.1", "2026.11.3.1.dev0"))

    done = await changing.update(pre=True)
    refused = await failure(changing)
    back = await changing.update("2026.11.1")

    assert (done.now, back.now) == ("2026.11.3.1.dev0", "2026.11.1")
    assert "--version 2026.11.1" in refused


async def test_the_way_back_needs_no_index(editions: Editions) -> None:
    index, judge = Index("2026.11.1", "2026.11.2"), Judge()
    changing = updater(editions, index, judge)
    await changing.update("2026.11.1")
    await changing.update("2026.11.2")
    index.installed.clear()

    back = await changing.update("2026.11.01")
    home = await changing.update(BUNDLED)

    assert (back, home) == (Updated("2026.11.2", "2026.11.1"), Updated("2026.11.1", BUNDLED))
    assert index.installed == []
    assert judge.tried[-1] == "2026.11.1"


async def test_one_that_is_there_is_not_kept_twice_and_the_bundled_one_not_at_all(editions: Editions) -> None:
    await updater(editions, Index("2026.11.1")).update()

    again = await updater(editions, Index("2026.11.1")).update()
    await updater(editions, Index()).update(BUNDLED)
    same = await updater(editions, Index(BUNDLED)).update()

    assert (again, same) == (Updated("2026.11.1", "2026.11.1"), Updated(BUNDLED, BUNDLED))
    assert editions.versions() == ("2026.11.1",)


@pytest.mark.parametrize(
    ("version", "judge", "words"),
    [
        ("2026.11.9", Judge(), "no yt-dlp==2026.11.9"),
        ("2026.11.2", Judge("2026.11.2"), "SyntaxError"),
        ("2026.11.2", Judge(says={"2026.11.2": "2026.11.1"}), "says that it is 2026.11.1"),
        ("2026.07.03", Judge(), "known holes"),
    ],
)
async def test_a_failed_update_says_why_and_changes_nothing(
    editions: Editions, tmp_path: Path, version: str, judge: Judge, words: str
) -> None:
    index = Index("2026.07.03", "2026.11.1", "2026.11.2")
    await updater(editions, index).update("2026.11.1")

    said = await failure(updater(editions, index, judge), version)

    assert words in said
    assert (editions.choice().version, editions.versions()) == ("2026.11.1", ("2026.11.1",))
    assert {path.name for path in (tmp_path / "ytdlp").iterdir()} == {".lock", "current", "2026.11.1"}


async def test_an_old_one_is_not_taken_back_when_it_does_not_work_any_more(editions: Editions) -> None:
    index = Index("2026.11.1", "2026.11.2")
    await updater(editions, index).update("2026.11.1")
    await updater(editions, index).update("2026.11.2")

    said = await failure(updater(editions, index, Judge("2026.11.1")), "2026.11.1")

    assert ("SyntaxError" in said, editions.choice().version) == (True, "2026.11.2")


async def test_a_second_update_at_the_same_time_is_refused(editions: Editions) -> None:
    with editions.changing():
        said = await failure(updater(editions, Index("2026.11.1")))

    assert said == "another update is at work"


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")

    said = await failure(updater(Editions(tmp_path / "data" / "ytdlp", bundled=BUNDLED), Index("2026.11.1")))

    assert str(tmp_path / "data") in said


async def test_pip_or_uv_installs_one_package_from_wheels_only(tmp_path: Path) -> None:
    for programs, nightly in ((("pip", "uv"), ["--pre"]), (("uv",), ["--prerelease", "allow"])):
        machine = Runner(*programs)

        await Installer(machine).install("yt-dlp", tmp_path, pre=True)

        (argv,) = machine.asked
        assert ("uv" in argv) == ("pip" not in programs)
        assert {"--no-deps", "--only-binary", "--target", str(tmp_path)} <= set(argv)
        assert ("".join(nightly) in "".join(argv), argv[-1]) == (True, "yt-dlp")


async def test_without_pip_and_uv_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InstallFailed, match=r"neither pip nor uv: run .* ensurepip"):
        await Installer(Runner()).install("yt-dlp", tmp_path)


async def test_the_end_of_what_the_installer_said_is_told(tmp_path: Path) -> None:
    machine = Runner("pip", ended=ChildExit(1, "ERROR: No matching distribution found for yt-dlp"))

    with pytest.raises(InstallFailed, match="yt-dlp could not be installed: ERROR: No matching"):
        await Installer(machine).install("yt-dlp", tmp_path)
