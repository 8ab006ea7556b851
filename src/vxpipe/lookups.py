"""Names to addresses, as the system resolves them."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread


def resolved(host: str, port: int) -> tuple[str, ...]:
    """All addresses of a name, the best first; may take half a minute. Raises OSError or UnicodeError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


class Lookups:
    """So many lookups at a time, each in a thread of its own: a slow name server holds up nothing else.

    One that has begun cannot be ended. It keeps its place until it ends by itself, but nobody has to wait for that, not
    even the end of the process.
    """

    def __init__(self, most: int, look_up: Callable[[str, int], tuple[str, ...]] = resolved) -> None:
        self._room = asyncio.Semaphore(most)
        self._look_up = look_up

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """What `look_up` returns or raises."""
        await self._room.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

        def ended(tell: Callable[[], None]) -> None:
            self._room.release()
            if not answer.cancelled():
                tell()

        def work() -> None:
            try:
                tell = partial(answer.set_result, self._look_up(host, port))
            except Exception as exc:
                tell = partial(answer.set_exception, exc)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(ended, tell)

        # The interpreter waits at its end for the threads of an executor, not for this one.
        thread = Thread(target=work, name="lookup", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no thread
            self._room.release()
            raise
        return await answer
