"""What a download child gives up before it talks to anybody: files, ports, and more than its share of anything."""

import os
import resource
import shutil
import tempfile
from pathlib import Path

from vxpipe.engine import sandbox
from vxpipe.engine.fetch import overlay
from vxpipe.engine.fetch.job import Job, proxy_address
from vxpipe.engine.kernel import gain_no_privileges
from vxpipe.ports import Bounds

OFF, REQUIRE = "off", "require"

# The child counts for itself and gives a clear reason; the kernel's limit behind it must not be met first. yt-dlp
# writes blocks of up to 4 MiB before the count is looked at.
_SLACK_BYTES = 8 << 20
_CPU_SECONDS = 600
_OPEN_FILES = 256
# A page of a few kilobytes can ask for any amount: packed a thousandfold, or a list of a billion segments. Of the
# address space nothing may be taken away, and with half of this deno 2.9.8 does not start.
_MEMORY_BYTES = 1 << 30

# Programs, libraries, certificates, the time of day. Names are looked up by the guard.
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/dev/urandom",
    "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/localtime",
)  # fmt: skip
_FOR_DENO = ("/proc", "/sys/fs/cgroup")


def confine(job: Job) -> str:
    """Hold this process to the job's folder and limits for good; gives a sentence where the sandbox could not be made.

    Raises OSError where that is not enough for the job.
    """
    _settle(job.folder)
    _limit(job.max_bytes + _SLACK_BYTES)
    gain_no_privileges()
    if job.sandbox == OFF:
        return ""
    _, port = proxy_address(job)
    bounds = Bounds(read=_readable(job), write=(Path(job.folder), Path(os.devnull)), tcp_ports=(port,))
    try:
        level = sandbox.confine(bounds)
    except OSError as exc:
        if job.sandbox == REQUIRE:
            raise
        return f"the download runs without a sandbox: {exc}"
    if job.sandbox == REQUIRE and level is not sandbox.Level.FILES_AND_NET:
        raise OSError(f"the kernel offers {level.value}, {sandbox.Level.FILES_AND_NET.value} is required")
    return ""


def _settle(folder: str) -> None:
    """Nothing of the operator's home is read: yt-dlp looks there for settings and plug-ins."""
    os.umask(0o077)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder, DENO_DIR=folder, DENO_NO_UPDATE_CHECK="1")  # noqa: TID251
    tempfile.tempdir = folder


def _limit(max_file_bytes: int) -> None:
    limits = {
        resource.RLIMIT_FSIZE: max_file_bytes,
        resource.RLIMIT_CPU: _CPU_SECONDS,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_DATA: _MEMORY_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, wanted in limits.items():
        hard = resource.getrlimit(kind)[1]  # nobody may raise that
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (most, most))


def _readable(job: Job) -> tuple[Path, ...]:
    named = (job.plugins, os.environ.get("SSL_CERT_FILE"))  # noqa: TID251 - given to the zygote for this
    deno = shutil.which("deno")
    return (
        *map(Path, _SYSTEM),
        *sandbox.paths_of_this_python(),
        *overlay.folders(),
        *(Path(path) for path in named if path),
        *((Path(deno).resolve(), *map(Path, _FOR_DENO)) if deno else ()),
    )
