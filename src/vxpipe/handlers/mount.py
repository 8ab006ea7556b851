"""Where the service is found: at the root of its address, or below a path of a site that a reverse proxy serves."""

from aiohttp import web

# The path before all of ours, as browsers see it: "" or "/vx".
ROOT = web.AppKey("root", str)
# What each address is in the table of routes: "/vx/jobs/{id}" is "/jobs/{id}".
PLACES: web.AppKey[dict[str, str]] = web.AppKey("places")


def pattern(request: web.Request) -> str | None:
    """The path in the table of routes that the request matches, the same below a root; None where it matches none."""
    resource = request.match_info.route.resource
    return None if resource is None else request.app[PLACES][resource.canonical]


def outward(request: web.Request, path: str) -> str:
    """One of our paths as the caller has to ask for it."""
    return request.app[ROOT] + path
