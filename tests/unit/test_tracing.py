"""Traces of requests, for those who ask for them."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from house import house
from vxpipe import tracing
from vxpipe.errors import ConfigError
from vxpipe.handlers.mount import pattern

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_requests_have_spans_that_go_on_with_the_callers_trace(tmp_path: Path) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))

    async with house(tmp_path, middlewares=[tracing.middleware(provider, pattern)]) as home:
        await home.client.get("/status/nobody?tail=secret", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        await home.client.get("/health")
        await home.client.get("/jobs/nobody/events")

    (span,) = spans.get_finished_spans()
    assert (span.name, dict(span.attributes or {})["http.response.status_code"]) == ("GET /status/{id}", 400)
    assert "secret" not in repr(span.to_json())
    assert f"{span.context.trace_id:032x}" == TRACE


async def test_who_asks_for_traces_without_the_packages_is_told_what_to_install() -> None:
    def load(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    with pytest.raises(ConfigError, match=r"VXPIPE_TRACING.*vxpipe\[otel\]"):
        async with tracing.opened("1.2.3", pattern, load=load):
            pass


async def test_the_real_exporter_is_opened_and_closed() -> None:
    async with tracing.opened("1.2.3", pattern) as middleware:
        assert callable(middleware)
