"""Every route of the service, in one table."""

from aiohttp import web

from vxpipe.handlers import artifacts, auth, capabilities, events, health, jobs, page, platforms
from vxpipe.handlers.middleware import MIDDLEWARES, prepared

ROUTES = (
    ("POST", "/process", jobs.post_process),
    ("GET", "/status/{id}", jobs.get_status),
    ("GET", "/jobs", jobs.get_jobs),
    ("POST", "/jobs/{id}/cancel", jobs.post_cancel),
    ("POST", "/jobs/{id}/retry", jobs.post_retry),
    ("GET", "/jobs/{id}/items/{n}", jobs.get_item),
    ("GET", "/jobs/{id}/events", events.get_job_events),
    ("GET", "/events", events.get_events),
    ("GET", "/artifacts/{id}/{name}", artifacts.get_artifact),
    ("GET", "/platforms", platforms.get_platforms),
    ("GET", "/capabilities", capabilities.get_capabilities),
    ("POST", "/login", auth.post_login),
    ("GET", "/health", health.get_health),
    ("GET", "/ready", health.get_ready),
    ("GET", "/", page.get_index),
    ("GET", "/assets/{name}", page.get_asset),
)

_MAX_BODY_BYTES = 1 << 20


def application() -> web.Application:
    """The HTTP edge, still without the parts the handlers ask for."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=_MAX_BODY_BYTES)
    for method, path, handler in ROUTES:
        if method == "GET":
            app.router.add_get(path, handler, allow_head=not path.endswith("/events"))
        else:
            app.router.add_route(method, path, handler)
    app.on_response_prepare.append(prepared)
    app[page.ASSETS] = page.load_assets()
    return app
