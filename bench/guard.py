"""What the guard costs: the same bytes from a loopback origin, directly and through it.

    python bench/guard.py [--mib 300] [--rounds 3] [--piece-kib 256]

Origin and client are processes of their own. CPU seconds are those of the guard's process; the rate is what the client
saw. `--piece-kib` is how much the origin writes at a time: 16 is what a TLS peer sends.
"""

import argparse
import asyncio
import base64
import multiprocessing
import resource
import socket
import time
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from vxpipe.engine.fetch.guard import Guard

MIB = 1 << 20
Processes = multiprocessing.get_context("spawn")


def serve(tell: Connection, size: int, piece: int) -> None:
    """Send `size` bytes to every client."""
    server = socket.create_server(("127.0.0.1", 0))
    tell.send(server.getsockname()[1])
    data = bytes(piece)
    while True:
        client, _ = server.accept()
        with client:
            for _ in range(size // piece):
                client.sendall(data)


def read(tell: Connection, port: int, hello: bytes) -> None:
    """Read to the end and tell the seconds and the bytes."""
    started, total, buffer = time.perf_counter(), 0, bytearray(MIB)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(hello)
        while count := connection.recv_into(buffer):
            total += count
    tell.send((time.perf_counter() - started, total))


async def measured(port: int, hello: bytes, size: int) -> tuple[float, float]:
    """MiB/s of one transfer, and the CPU seconds that this process spent meanwhile."""
    hear, tell = Processes.Pipe()
    client = Processes.Process(target=read, args=(tell, port, hello))
    before = cpu_seconds()
    client.start()
    seconds, total = await asyncio.to_thread(hear.recv)
    spent = cpu_seconds() - before
    await asyncio.to_thread(client.join)
    assert total >= size
    return size / MIB / seconds, spent


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def compare(origin: int, size: int, rounds: int) -> None:
    """Print a line for each round."""
    async with Guard(allow_hosts=("127.0.0.1",)).listening() as guard:
        with guard.permit("direct", (), max_bytes=1 << 62, seconds=3600) as permit:
            proxy = urlsplit(permit.url)
            account = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
            hello = f"CONNECT 127.0.0.1:{origin} HTTP/1.1\r\nProxy-Authorization: Basic {account}\r\n\r\n".encode()
            assert proxy.port
            for _ in range(rounds):
                direct, nothing = await measured(origin, b"", size)
                rate, spent = await measured(proxy.port, hello, size)
                share = (spent - nothing) * 300 * MIB / size
                print(f"direct {direct:.0f} MiB/s, guard {rate:.0f} MiB/s, {share:.2f} CPU s per 300 MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--piece-kib", type=int, default=256)
    asked = parser.parse_args()
    hear, tell = Processes.Pipe()
    origin = Processes.Process(target=serve, args=(tell, asked.mib * MIB, asked.piece_kib << 10), daemon=True)
    origin.start()
    asyncio.run(compare(hear.recv(), asked.mib * MIB, asked.rounds))
    origin.terminate()


if __name__ == "__main__":
    main()
