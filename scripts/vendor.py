#!/usr/bin/env python3
"""Renews what the web pages use of others, from npm, with a lock that the tests check.

scripts/vendor.py [VERSION]     VERSION of swagger-ui-dist; none: the one that is locked. Needs npm.
"""

import hashlib
import json
import subprocess  # noqa: TID251 - a tool of developers, no part of the service
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "swagger-ui-dist"
FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")
PLACE = Path(__file__).resolve().parents[1] / "src" / "vxpipe" / "web" / "vendor"
LOCK = PLACE / "vendor.lock.json"


def renew(version: str) -> None:
    """Put the files of a version in place and write down what they are."""
    with tempfile.TemporaryDirectory() as folder:
        argv = ["npm", "pack", f"{PACKAGE}@{version}", "--json", "--pack-destination", folder]
        told = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)[0]  # noqa: S603
        with tarfile.open(Path(folder) / told["filename"]) as archive:
            found = {name: _read(archive, name) for name in FILES}
    for name, data in found.items():
        (PLACE / name).write_bytes(data)
    files = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    lock = {"package": PACKAGE, "version": told["version"], "integrity": told["integrity"], "files": files}
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")
    print(f"{PACKAGE} {told['version']}: {len(files)} files in {PLACE}")


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/{name}")
    assert file is not None
    return file.read()


if __name__ == "__main__":
    renew(sys.argv[1] if len(sys.argv) > 1 else json.loads(LOCK.read_text())["version"])
