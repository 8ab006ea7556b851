"""Wheels of yt-dlp that never were: the installed one under another version, for tests of updates."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path

BROKEN = {"yt_dlp/YoutubeDL.py": "raise RuntimeError('this release is broken')\n"}


def index(folder: Path) -> dict[str, str]:
    """What has pip and uv find packages in the folder and nowhere else."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": "/dev/null",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": str(folder),
        "UV_NO_CACHE": "1",
        "UV_NO_CONFIG": "1",
    }


def ytdlp(folder: Path, version: str, changes: Mapping[str, str] | None = None, *, ejs: str = "0.8.0") -> Path:
    """Write a wheel of yt-dlp into the folder; `changes` replace files of it."""
    version_file = "yt_dlp/version.py"
    told = version.removesuffix(".dev0")
    own = {version_file: _files("yt_dlp")[version_file].decode().replace(installed("yt-dlp"), told)}
    needs = f"Requires-Dist: yt-dlp-ejs=={ejs}; extra == 'default'\nProvides-Extra: default\n"
    return _wheel(folder, "yt_dlp", version, {**own, **(changes or {})}, needs)


def ejs(folder: Path, version: str) -> Path:
    """Write a wheel of its companion."""
    return _wheel(folder, "yt_dlp_ejs", version, {}, "")


def _wheel(folder: Path, package: str, version: str, changes: Mapping[str, str], needs: str) -> Path:
    facts = f"{package}-{version}.dist-info"
    spelt = version.replace(".dev0", "dev")  # as in real nightly builds
    about = f"Metadata-Version: 2.4\nName: {package.replace('_', '-')}\nVersion: {spelt}\n{needs}"
    files = _files(package) | {name: text.encode() for name, text in changes.items()}
    files[f"{facts}/METADATA"] = about.encode()
    files[f"{facts}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{facts}/RECORD"] = f"{record}{facts}/RECORD,,\n".encode()
    path = folder / f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
    return path


def _files(package: str) -> dict[str, bytes]:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    found = (path for path in home.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(home.parent)): path.read_bytes() for path in found}


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
