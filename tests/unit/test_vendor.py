"""What the pages use of others is what the lock says, comes with its licence, and asks nobody."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from house import house

PLACE = Path(__file__).parents[2] / "src" / "vxpipe" / "web" / "vendor"
LOCK = json.loads((PLACE / "vendor.lock.json").read_text())
FILES = {f"{package}/{name}": digest for package, locked in LOCK.items() for name, digest in locked["files"].items()}
OWN_BYTES = 150_000
LICENCES = {"lit-html": "BSD 3-Clause", "swagger-ui-dist": "Apache License"}


def test_every_vendored_file_is_locked() -> None:
    there = {path.relative_to(PLACE).as_posix() for path in PLACE.rglob("*") if path.is_file()}

    assert there == {*FILES, "vendor.lock.json"}


@pytest.mark.parametrize(("name", "digest"), FILES.items())
def test_a_vendored_file_is_the_one_that_was_published(name: str, digest: str) -> None:
    assert digest == hashlib.sha256((PLACE / name).read_bytes()).hexdigest(), "run scripts/vendor.py"


@pytest.mark.parametrize("package", LOCK)
def test_the_licence_comes_with_it(package: str) -> None:
    assert LICENCES[package] in (PLACE / package / "LICENSE").read_text()


async def test_the_description_page_needs_no_key_and_may_ask_nobody_else(tmp_path: Path) -> None:
    async with house(tmp_path, api_keys=["key-one"]) as home:
        page = await home.client.get("/docs")
        text = await page.text()
        parts = [await home.client.get(f"/{path}") for path in re.findall('(?:href|src)="(assets/[^"]*)"', text)]

    policy = page.headers["Content-Security-Policy"]
    assert (page.status, page.content_type) == (200, "text/html")
    assert [part.status for part in parts] == [200] * 6
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert 'src="/' not in text  # below whatever path the page lies, its parts are found beside it
    assert 'href="/' not in text


def test_the_page_of_our_own_only_shrinks() -> None:
    own = [
        path for kind in ("js", "css", "html") for path in PLACE.parent.rglob(f"*.{kind}") if PLACE not in path.parents
    ]

    size = sum(path.stat().st_size for path in own)

    assert size < OWN_BYTES, f"{size} bytes: cut as much elsewhere"
