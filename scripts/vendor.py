#!/usr/bin/env python3
"""Renews what the web pages use of others, from npm, with a lock that the tests check.

scripts/vendor.py [PACKAGE@VERSION ...]     none: every package in the version that is locked. Needs npm.
"""

import hashlib
import json
import subprocess  # noqa: TID251 - a tool of developers, no part of the service
import sys
import tarfile
import tempfile
from pathlib import Path

FILES = {
    "lit-html": (
        *("LICENSE", "lit-html.js", "directive.js", "directive-helpers.js", "async-directive.js"),
        *("directives/live.js", "directives/ref.js", "directives/repeat.js"),
    ),
    "swagger-ui-dist": (
        *("LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"),
    ),
}
PLACE = Path(__file__).resolve().parents[1] / "src" / "vxpipe" / "web" / "vendor"
LOCK = PLACE / "vendor.lock.json"


def renewed(package: str, version: str) -> dict[str, object]:
    """Put the files of a version in place; what they are."""
    with tempfile.TemporaryDirectory() as folder:
        argv = ["npm", "pack", f"{package}@{version}", "--json", "--pack-destination", folder]
        told = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)[0]  # noqa: S603
        with tarfile.open(Path(folder) / told["filename"]) as archive:
            found = {name: _read(archive, name) for name in FILES[package]}
    for name, data in found.items():
        path = PLACE / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    files = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    print(f"{package} {told['version']}: {len(files)} files in {PLACE / package}")
    return {"version": told["version"], "integrity": told["integrity"], "files": files}


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/{name}")
    assert file is not None
    return file.read()


def main(asked: list[str]) -> None:
    """Renew what is asked for and write the lock."""
    lock = json.loads(LOCK.read_text())
    for each in asked or [f"{package}@{locked['version']}" for package, locked in lock.items()]:
        package, _, version = each.rpartition("@")
        lock[package] = renewed(package, version)
    LOCK.write_text(json.dumps(lock, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
