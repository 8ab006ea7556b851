"""`vxpipe` and `python -m vxpipe`: a command that has a process to itself begins and ends quickly."""

import gc
import os
import sys
from contextlib import suppress

from vxpipe import late


def main() -> None:
    """Run the command that argv names."""
    gc.disable()  # what is imported is no garbage: looking for some among it took 5 ms of processor time
    late.put_off()
    from vxpipe import cli

    gc.freeze()
    gc.enable()
    try:
        cli.main()
    except SystemExit as end:
        if isinstance(end.code, int):
            _leave(end.code)
        raise


def _leave(status: int) -> None:
    """End at once, without freeing object by object what the system takes back anyway: that took 12 ms.

    Where what was printed last cannot be written, Python is left to say so.
    """
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
