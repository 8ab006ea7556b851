"""A media source on loopback for every test that downloads, and the tools for every test that decodes."""

from collections.abc import AsyncIterator, Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from audit import audit
from integration.loopback import Source, make_media, serve
from integration.service import ServiceProcess
from vxpipe.engine.child import Children
from vxpipe.engine.media.tools import Tools, find_tools


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small clip in several forms."""
    folder = tmp_path_factory.mktemp("media")
    make_media(folder)
    return folder


@pytest.fixture(autouse=True)
def _audited() -> Iterator[None]:
    """Whatever a test did to a service, the invariants hold afterwards."""
    ServiceProcess.made.clear()
    yield
    for process in ServiceProcess.made:
        if process.database.exists():
            assert audit(process.scene()) == []


@pytest.fixture
async def source(media: Path) -> AsyncIterator[Source]:
    """A server of that folder."""
    async with serve(media) as running:
        yield running


@pytest.fixture(scope="session")
def samples() -> Iterator[Path]:
    """The folder of the bundled sample videos."""
    with as_file(files("vxpipe.samples")) as folder:
        yield folder


@pytest.fixture
async def sample_source(samples: Path) -> AsyncIterator[Source]:
    """A server of the samples."""
    async with serve(samples) as running:
        yield running


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The programs of the installed wheels."""
    ffmpeg, ffprobe = find_tools(None, None)
    return Tools(runner=Children(env={}), ffmpeg=ffmpeg, ffprobe=ffprobe)
