"""Thousands of requests made of the OpenAPI document, right and wrong ones: no answer is a defect or a surprise."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from house import House, house
from vxpipe import config, parts
from vxpipe.handlers import examples

COMMAND = Path(sys.executable).with_name("schemathesis")
RULES = Path(__file__).with_name("schemathesis.toml")
FEWEST_REQUESTS = 2000


async def fuzz(home: House, folder: Path) -> tuple[int, str]:
    """Run schemathesis on a service; its exit status and what it said. The seed is fixed: what fails, fails again."""
    child = await asyncio.create_subprocess_exec(
        str(COMMAND),
        *("--config-file", str(RULES), "run", str(home.client.make_url("/openapi.json"))),
        *("--phases", "examples,coverage,fuzzing,stateful", "--seed", "1"),
        *("--exclude-operation-id", "getEvents"),  # it has no end
        *("--request-timeout", "20", "--suppress-health-check", "all"),
        cwd=folder,
        env={"PATH": "", "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, said.decode()


async def answered(home: House) -> dict[int, int]:
    """How many requests were answered with each status."""
    text = await (await home.client.get("/metrics")).text()
    counts: dict[int, int] = {}
    for status, count in re.findall(r'vxpipe_http_requests_total\{.*status="(\d+)"\} ([0-9.]+)', text):
        counts[int(status)] = counts.get(int(status), 0) + int(float(count))
    return counts


@pytest.mark.timeout(400)
async def test_no_request_is_answered_otherwise_than_described(tmp_path: Path) -> None:
    registry = parts.build_registry(config.read())
    with capture_logs():
        async with house(tmp_path, targets=registry, capacity=10**6) as home:
            status, said = await fuzz(home, tmp_path)
            counts = await answered(home)

    assert status == 0, said
    assert sum(counts.values()) >= FEWEST_REQUESTS
    assert [code for code in counts if code >= 500 and code != 503] == []
    assert counts[202] >= len(examples.BATCHES)  # what is right was sent as well, and taken
