"""Every route of the service, in one table: method, path, described handler, scope that a key needs (None: open)."""

from functools import cache

import orjson
from aiohttp import web

from vxpipe.access import Scope
from vxpipe.errors import ConfigError
from vxpipe.handlers import (
    archives,
    artifacts,
    assets,
    capabilities,
    deliveries,
    description,
    events,
    forecasts,
    health,
    jobs,
    login,
    logs,
    metrics,
    openapi,
    page,
    platforms,
    query,
    status,
    system,
)
from vxpipe.handlers.keys import NEEDS
from vxpipe.handlers.middleware import MIDDLEWARES, prepared
from vxpipe.handlers.mount import PLACES, ROOT
from vxpipe.handlers.operations import Handler, Operation, Row

ROUTES: tuple[Row, ...] = (
    ("POST", "/process", jobs.post_process, Scope.SUBMIT),
    ("POST", "/drafts", jobs.post_draft, Scope.SUBMIT),
    ("GET", "/options", jobs.get_options, None),
    ("GET", "/status/{id}", status.get_status, Scope.READ),
    ("GET", "/jobs", jobs.get_jobs, Scope.READ),
    ("POST", "/jobs/{id}/cancel", jobs.post_cancel, Scope.CONTROL),
    ("POST", "/jobs/{id}/retry", jobs.post_retry, Scope.CONTROL),
    ("DELETE", "/jobs/{id}", jobs.delete_job, Scope.CONTROL),
    ("GET", "/jobs/{id}/items/{n}", jobs.get_item, Scope.READ),
    ("GET", "/jobs/{id}/items/{n}/candidates", forecasts.get_candidates, Scope.READ),
    ("GET", "/jobs/{id}/items/{n}/forecast", forecasts.get_forecast, Scope.READ),
    ("GET", "/jobs/{id}/logs", logs.get_logs, Scope.READ),
    ("GET", "/jobs/{id}/deliveries", deliveries.get_deliveries, Scope.READ),
    ("GET", "/jobs/{id}/events", events.get_job_events, Scope.READ),
    ("GET", "/events", events.get_events, Scope.READ),
    ("GET", "/jobs/{id}/archive.zip", archives.get_job_archive, Scope.READ),
    ("GET", "/jobs/{id}/items/{n}/pictures/{place}", artifacts.get_picture, Scope.READ),
    ("GET", "/jobs/{id}/items/{n}/archive.zip", archives.get_item_archive, Scope.READ),
    ("GET", "/artifacts/{id}/{name}", artifacts.get_artifact, Scope.READ),
    ("GET", "/platforms", platforms.get_platforms, Scope.READ),
    ("GET", "/capabilities", capabilities.get_capabilities, Scope.READ),
    ("GET", "/system", system.get_system, Scope.READ),
    ("GET", "/metrics", metrics.get_metrics, Scope.READ),
    ("POST", "/login", login.post_login, None),
    ("POST", "/logout", login.post_logout, None),
    ("GET", "/health", health.get_health, None),
    ("GET", "/ready", health.get_ready, None),
    ("GET", "/openapi.json", description.get_openapi, None),
    ("GET", "/docs", page.get_docs, None),
    ("GET", "/", page.get_index, None),
    ("GET", "/jobs/{id}", page.get_job_page, None),
    ("GET", "/assets/{digest}/{path}", assets.get_asset, None),
)

_MAX_BODY_BYTES = 1 << 20


def application(version: str, *, root: str = "") -> web.Application:
    """The HTTP edge, still without the parts the handlers ask for.

    With a `root` every route is found below it and without it: some proxies cut it off before they pass a request on.
    Raises ConfigError for a root among our own addresses.
    """
    if root.split("/")[1:2] in [path.split("/")[1:2] for _, path, _, _ in ROUTES]:
        raise ConfigError(f"VXPIPE_ROOT_PATH: {root} is an address of the service itself; take another, such as /vx")
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=_MAX_BODY_BYTES)
    app[ROOT], app[PLACES] = root, {}
    for prefix in dict.fromkeys(("", root)):
        _add_routes(app, prefix)
    if root:
        app.router.add_get(root, _strict(page.get_index))
        app[PLACES][root] = "/"
    app[NEEDS] = {(path, method): scope for method, path, _, scope in ROUTES}
    app.on_response_prepare.append(prepared)
    app[archives.OPEN_ARCHIVES] = set()
    app[assets.ASSETS] = assets.load()
    app[description.DOCUMENT] = lambda: document(version)
    return app


def _add_routes(app: web.Application, prefix: str) -> None:
    for method, path, operation, _ in ROUTES:
        place = prefix + path.replace("{path}", "{path:.+}")
        app[PLACES][prefix + path] = path
        if method == "GET":
            app.router.add_get(place, _strict(operation), allow_head=not path.endswith("/events"))
        else:
            app.router.add_route(method, place, _strict(operation))


@cache
def document(version: str) -> bytes:
    """The OpenAPI document of this table."""
    described = openapi.document(ROUTES, version=version)
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _strict(operation: Operation) -> Handler:
    """The handler; one that describes no parameters is never called with any."""
    if operation.query is not None:
        return operation.handler

    async def handler(request: web.Request) -> web.StreamResponse:
        query.read(request, query.NoQuery)
        return await operation.handler(request)

    return handler
