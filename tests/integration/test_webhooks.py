"""A whole service that tells a real receiver."""

import asyncio
import base64
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from integration.service import service

SECRET = f"whsec_{base64.b64encode(b's' * 32).decode()}"


async def test_the_operators_receiver_hears_of_a_job_that_failed_once_it_can_be_reached(tmp_path: Path) -> None:
    heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        await heard.put((headers, await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/vxpipe", take)
    async with TestServer(app) as server:
        where = f"127.0.0.1:{server.port}"
        settings = {"VXPIPE_WEBHOOK_URL": f"http://{where}/vxpipe", "VXPIPE_ALLOW_HOSTS": where}
        async with (
            asyncio.timeout(60),
            service(tmp_path, VXPIPE_WEBHOOK_SECRETS=SECRET, **settings) as running,
            aiohttp.ClientSession(running.url) as session,
        ):
            async with session.post("/process", json={"items": [{"url": "http://localhost:1/x.mp4"}]}) as answer:
                job_id = (await answer.json())["jobId"]
            headers, body = await heard.get()
            async with session.get(f"/jobs/{job_id}/deliveries") as answer:
                (delivery,) = (await answer.json())["deliveries"]

    told = Webhook(SECRET).verify(body, headers)
    assert (told["type"], told["data"]["jobId"], told["data"]["status"]) == ("job.ended", job_id, "failed")
    assert delivery["id"] == headers["webhook-id"]
    assert SECRET not in running.said()
