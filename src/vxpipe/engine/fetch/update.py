"""Puts another version of yt-dlp beside the one in use, tries it, and only then has downloads use it."""

from importlib.metadata import Distribution, distributions
from pathlib import Path

from vxpipe.engine.fetch import releases
from vxpipe.engine.fetch.editions import Busy, Editions
from vxpipe.engine.fetch.installer import Installer, InstallFailed
from vxpipe.engine.fetch.trial import Trial, Unfit
from vxpipe.values import frozen


class UpdateFailed(Exception):
    """Downloads use what they used before; the message says why."""


@frozen(kw_only=False)
class Updated:
    """The version in use before, and now."""

    before: str
    now: str


class Updater:
    """Changes which yt-dlp downloads use."""

    def __init__(self, editions: Editions, installer: Installer, trial: Trial) -> None:
        self._editions = editions
        self._installer = installer
        self._trial = trial

    async def update(self, version: str | None = None, *, pre: bool = False) -> Updated:
        """Use this version, else the newest release, `pre` a nightly one too; one that is there is not fetched again.

        A download that runs keeps what it began with. Raises UpdateFailed.
        """
        try:
            with self._editions.changing():
                before = self._editions.choice().version
                self._editions.choose(await self._provided(version, pre, before))
                self._editions.tidy()
                return Updated(before, self._editions.choice().version)
        except Busy as exc:
            raise UpdateFailed("another update is at work") from exc
        except OSError as exc:
            raise UpdateFailed(str(exc)) from exc
        except (InstallFailed, Unfit) as exc:
            raise UpdateFailed(str(exc)) from exc

    async def _provided(self, version: str | None, pre: bool, before: str) -> Path | None:
        """A folder with the version wanted, tried; None: it is the one that comes with vxpipe."""
        if version is not None:
            _check_sound(version)
            if self._is_there(version):
                return await self._tried(version)
        with self._editions.unfinished() as place:
            made = place / "made"
            found = await self._installed(made, version, pre)
            _check_sound(found)
            if version is None and releases.numbers(found) < releases.numbers(before):
                raise UpdateFailed(f"the newest yt-dlp to be had is {found}; --version {found} would take it")
            if self._is_there(found):
                return await self._tried(found)
            await self._try(made, found)
            return self._editions.add(made, found)

    def _is_there(self, version: str) -> bool:
        return self._is_bundled(version) or self._editions.find(version) is not None

    def _is_bundled(self, version: str) -> bool:
        return releases.numbers(version) == releases.numbers(self._editions.bundled)

    async def _tried(self, version: str) -> Path | None:
        folder = None if self._is_bundled(version) else self._editions.find(version)
        if folder is not None:
            await self._try(folder, version)
        return folder

    async def _installed(self, made: Path, version: str | None, pre: bool) -> str:
        """Install into a folder of its own, with the companion that it asks for; the version that came."""
        await self._installer.install(f"yt-dlp=={version}" if version else "yt-dlp", made, pre=pre)
        found = _distribution(made)
        if companion := releases.companion(found.requires or ()):
            await self._installer.install(f"yt-dlp-ejs=={companion}", made)
        return found.version

    async def _try(self, folder: Path, version: str) -> None:
        said = await self._trial.run(folder)
        if not releases.is_version(said) or releases.numbers(said) != releases.numbers(version):
            raise UpdateFailed(f"what was installed as yt-dlp {version} says that it is {said}")


def _distribution(folder: Path) -> Distribution:
    found = next(iter(distributions(name="yt-dlp", path=[str(folder)])), None)
    if found is None or not releases.is_version(found.version):
        raise UpdateFailed(f"what was installed is no yt-dlp but {found.version if found else 'nothing'}")
    return found


def _check_sound(version: str) -> None:
    if not releases.is_sound(version):
        raise UpdateFailed(f"yt-dlp {version} has known holes: {releases.FLOOR} is the oldest that is taken")
