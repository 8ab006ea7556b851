"""What is counted, for Prometheus."""

from aiohttp import web

from vxpipe.handlers.keys import METRICS
from vxpipe.handlers.operations import Answer, operation


@operation("service", {200: Answer("The figures, in the text format of Prometheus.", {"text/plain": None})})
async def get_metrics(request: web.Request) -> web.Response:
    """Counters and gauges for Prometheus: queue, items, stages, downloads, failures, streams, requests."""
    body, kind = await request.app[METRICS]()
    return web.Response(body=body, headers={"Content-Type": kind, "Cache-Control": "no-store"})
