"""The demo: the real service, a loopback source with the bundled samples, one batch over HTTP, followed live."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from aiohttp import web

from vxpipe import app, config
from vxpipe.client import Client, Heard
from vxpipe.words import counted

Print = Callable[[str], None]

_OF_THE_MACHINE = frozenset({"debug_pipeline", "ffmpeg", "ffprobe", "sandbox", "workers"})


async def run(show: Print, *, data_dir: Path) -> bool:
    """Process the bundled samples through a service of its own in `data_dir`; whether the job completed."""
    with as_file(files("vxpipe.samples")) as samples:
        names = sorted(path.name for path in samples.glob("*.mp4"))
        async with app.listening(_source(samples), "127.0.0.1", 0) as source:
            settings = _settings(source, data_dir)
            async with (
                app.running(settings, app.Extras(log_to=None)) as parts,
                app.listening(parts.app, "127.0.0.1", 0) as url,
            ):
                show(f"service on {url}, samples on {source}")
                async with Client(url) as client:
                    return await _one_batch(client, [f"{source}/{name}" for name in names], show, data_dir)


async def _one_batch(client: Client, links: list[str], show: Print, data_dir: Path) -> bool:
    job_id = await client.submit([{"url": link} for link in links])
    show(f"POST /process -> job {job_id}, {len(links)} items")
    async for heard in client.events(job_id):
        for line in _told(heard):
            show(line)
    status = await client.status(job_id)
    show(f"job {status['status']}, {status['progress']} %")
    for item in status["items"]:
        _show_results(await client.item(job_id, item["index"]), data_dir, show)
    return bool(status["status"] == "completed")


def _source(samples: Path) -> web.Application:
    """A plain file server on loopback, standing in for a video site."""
    source = web.Application()
    source.router.add_static("/", samples)
    return source


def _settings(source: str, data_dir: Path) -> config.Settings:
    """The defaults, whatever is set for the operator's own service; what tells of the machine is taken from there."""
    own = {"data_dir": data_dir, "allow_direct_urls": True, "allow_hosts": (source.removeprefix("http://"),)}
    return config.read(**config.defaults(but=_OF_THE_MACHINE) | own)


def _told(heard: Heard) -> list[str]:
    """The lines that an event is worth."""
    data: Mapping[str, Any] = heard.data
    if heard.event == "log":
        item = f" item {data['item']}" if "item" in data else ""
        return [f"{data['ts'][11:23]} {data['level']:<7}{item} {data['msg']}"]
    if heard.event == "progress":
        return [f"{'':12} {'':7} item {data['index']} {data['stage']} {data['progress']} %"]
    if heard.event == "status":
        return [f"{data['ts'][11:23]} job is {data['status']}"]
    return []


def _show_results(item: Mapping[str, Any], data_dir: Path, show: Print) -> None:
    place = data_dir / "artifacts" / item["jobId"]
    with suppress(StopIteration):
        folder = next(place.glob(f"{item['index']}-*"))
        show(f"\nitem {item['index']}: {counted(item['frames'], 'frame')}, crop {_rectangle(item['crop'])}")
        show(f"  frames    {folder / 'frames'}")
        show(f"  manifest  {folder / 'manifest.jsonl'}")
        show(f"  sheet     {folder / 'sheet.jpg'}")


def _rectangle(crop: Mapping[str, Any] | None) -> str:
    return "{width}x{height} at {x},{y}".format_map(crop) if crop else "none needed"
