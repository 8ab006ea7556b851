"""A child that misbehaves on demand: `child.py WHAT [ARGUMENT]`. Says `ready` first where the test must wait for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def hang() -> None:
    print("ready", flush=True)
    time.sleep(600)


def ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang()


def with_grandchild() -> None:
    inner = subprocess.Popen([sys.executable, __file__, "ignore_sigterm"], stdout=subprocess.DEVNULL)
    print(inner.pid, flush=True)
    time.sleep(600)


def leave_grandchild() -> None:
    inner = subprocess.Popen([sys.executable, __file__, "ignore_sigterm"], stdout=subprocess.DEVNULL)
    print(inner.pid, flush=True)


def ignore_sigterm_and_tell() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    time.sleep(600)


def with_runaway() -> None:
    inner = subprocess.Popen([sys.executable, __file__, "hang"], start_new_session=True, stderr=sys.stdout)
    print(inner.pid, flush=True)
    time.sleep(600)


def flood_stderr() -> None:
    sys.stderr.write("e" * (4 << 20))
    sys.stderr.flush()
    print("done", flush=True)


def trickle() -> None:
    for number in range(300):
        os.write(1, b"out %d\n" % number)
        os.write(2, b"err %d\n" % number)


def long_line() -> None:
    print("x" * (3 << 20))
    print("end")


def fail() -> None:
    sys.stderr.write("the reason\n")
    sys.exit(7)


def show_environment() -> None:
    for name, value in sorted(os.environ.items()):
        print(f"{name}={value}")


def write_file() -> None:
    with Path(sys.argv[2]).open("wb") as out:
        while True:
            out.write(b"x" * 4096)
            out.flush()


def read_stdin() -> None:
    print(repr(sys.stdin.read()))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
