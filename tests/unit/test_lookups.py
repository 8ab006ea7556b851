"""Names to addresses, where a name server answers nothing."""

import asyncio
import sys
import threading
from asyncio.subprocess import PIPE

import pytest

from vxpipe.lookups import Lookups

# A service that is stopped while a lookup hangs.
STOPPED = """
import asyncio, threading
from vxpipe.lookups import Lookups

begun = threading.Event()

def hang(host, port):
    begun.set()
    threading.Event().wait()

async def main():
    waiting = asyncio.ensure_future(Lookups(1, hang).addresses("x.example", 80))
    while not begun.is_set():
        await asyncio.sleep(0)
    waiting.cancel()

asyncio.run(main())
"""


async def test_a_lookup_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", STOPPED, stderr=PIPE)
    try:
        async with asyncio.timeout(20):
            _, said = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        raise

    assert (child.returncode, said) == (0, b"")


async def test_one_that_is_given_up_keeps_its_place_until_it_ends() -> None:
    asked, go = list[str](), threading.Event()

    def look_up(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        if host == "slow":
            go.wait()
        return (host,)

    lookups = Lookups(1, look_up)
    slow = asyncio.ensure_future(lookups.addresses("slow", 80))
    while not asked:
        await asyncio.sleep(0)
    slow.cancel()
    next_one = asyncio.ensure_future(lookups.addresses("next", 80))
    done, _ = await asyncio.wait([slow, next_one], timeout=0.2)
    go.set()

    assert done == {slow}
    assert await next_one == ("next",)


async def test_a_name_that_is_none_is_an_error_for_who_asked() -> None:
    def look_up(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    with pytest.raises(OSError, match="no such name"):
        await Lookups(1, look_up).addresses("x.example", 80)
