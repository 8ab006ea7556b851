"""What the handlers find in the application: typed keys, set by app.py."""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from aiohttp import web

from vxpipe.access import Caller, Scope
from vxpipe.facts import Capabilities, CredentialFacts, System
from vxpipe.handlers.buckets import Standing
from vxpipe.handlers.readers import Readers
from vxpipe.handlers.requests import Bounds
from vxpipe.ports import ArtifactStore, Clock, DeliveryStore, Doorkeeper, EventFeed, Tally, Targets
from vxpipe.service import Service
from vxpipe.values import frozen

if TYPE_CHECKING:
    from vxpipe.handlers.limits import Limits


Network = IPv4Network | IPv6Network


@frozen
class Edge:
    """The few settings the HTTP edge needs."""

    cors_origins: tuple[str, ...]
    bounds: Bounds
    isolate_keys: bool
    trusted_proxies: tuple[Network, ...]
    version: str
    now: Clock
    access_log: bool = True
    body_seconds: float = 30


SERVICE = web.AppKey("service", Service)
FEED = web.AppKey("feed", EventFeed)
TARGETS = web.AppKey("targets", Targets)
ARTIFACTS = web.AppKey("artifacts", ArtifactStore)
READINESS: web.AppKey[Callable[[], list[str]]] = web.AppKey("readiness")
CAPABILITIES: web.AppKey[Callable[[], Awaitable[Capabilities]]] = web.AppKey("capabilities")
# Those encoders of clips that cannot be had here, each with the reason.
REFUSALS: web.AppKey[Callable[[AbstractSet[str]], Awaitable[Mapping[str, str]]]] = web.AppKey("refusals")
CREDENTIALS: web.AppKey[Callable[[], Awaitable[Mapping[str, CredentialFacts]]]] = web.AppKey("credentials")
EDGE = web.AppKey("edge", Edge)
DELIVERIES = web.AppKey("deliveries", DeliveryStore)
DOOR = web.AppKey("door", Doorkeeper)
# What a key needs for (path, method), None where all may come in. Set with the routes.
NEEDS: web.AppKey[Mapping[tuple[str, str], Scope | None]] = web.AppKey("needs")
CALLER = web.RequestKey("caller", Caller)
TALLY = web.AppKey("tally", Tally)
SYSTEM: web.AppKey[Callable[[], System]] = web.AppKey("system")
# The figures, and their media type.
METRICS: web.AppKey[Callable[[], Awaitable[tuple[bytes, str]]]] = web.AppKey("metrics")
LIMITS: "web.AppKey[Limits]" = web.AppKey("limits")
STANDING = web.RequestKey("standing", Standing)
READERS = web.AppKey("readers", Readers)
REQUEST_ID = web.RequestKey("request_id", str)
ENTITY_TAG = web.RequestKey("entity_tag", str)
"""The tag that an answer is to carry, whatever aiohttp makes of the file behind it."""
