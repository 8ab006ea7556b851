"""Traces of requests through OpenTelemetry, for those who installed `vxpipe[otel]` and ask for them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from vxpipe.errors import ConfigError

# A span of a stream would be open for minutes, one of a probe says nothing.
UNTRACED = frozenset({"/jobs/{id}/events", "/events", "/health", "/ready", "/metrics", "/assets/{digest}/{path}"})
_FLUSH_SECONDS = 5
_DEFECT = 500
_EXTRA = "VXPIPE_TRACING is 1 and OpenTelemetry is not installed: pip install 'vxpipe[otel]', or set it to 0"

Pattern = Callable[[web.Request], str | None]


@asynccontextmanager
async def opened(
    version: str, pattern: Pattern, *, load: Callable[[str], Any] = import_module
) -> AsyncIterator[Middleware]:
    """A middleware whose spans go where OTEL_EXPORTER_OTLP_ENDPOINT says; what is left is sent at the end.

    Raises ConfigError when the packages are missing.
    """
    try:
        sdk, export = load("opentelemetry.sdk.trace"), load("opentelemetry.sdk.trace.export")
        resources = load("opentelemetry.sdk.resources")
        otlp = load("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as exc:
        raise ConfigError(f"{_EXTRA} ({exc})") from exc
    resource = resources.Resource.create({"service.name": "vxpipe", "service.version": version})
    provider = sdk.TracerProvider(resource=resource)
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(timeout=_FLUSH_SECONDS)))
    try:
        yield middleware(provider, pattern, load=load)
    finally:
        await asyncio.to_thread(provider.shutdown)


def middleware(provider: Any, pattern: Pattern, *, load: Callable[[str], Any] = import_module) -> Middleware:
    """A span for each request but UNTRACED, named (by the `pattern` of its path) and described as OpenTelemetry's
    HTTP conventions have it.

    A `traceparent` of the caller is taken up. No query, header or body is told. (The middleware that
    opentelemetry-instrumentation-aiohttp-server 0.66b1 makes works only once that has replaced web.Application.)
    """
    trace, propagate = load("opentelemetry.trace"), load("opentelemetry.propagate")
    tracer = provider.get_tracer("vxpipe")

    @web.middleware
    async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = pattern(request) or "none"
        if route in UNTRACED:
            return await handler(request)
        begun = {"http.request.method": request.method, "http.route": route, "url.path": request.path}
        context, kind = propagate.extract(request.headers), trace.SpanKind.SERVER
        with tracer.start_as_current_span(f"{request.method} {route}", context, kind, attributes=begun) as span:
            response = await handler(request)
            span.set_attribute("http.response.status_code", response.status)
            if response.status >= _DEFECT:
                span.set_status(trace.StatusCode.ERROR)
            return response

    return traced
