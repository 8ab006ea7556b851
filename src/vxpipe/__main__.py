"""`python -m vxpipe`."""

from vxpipe.cli import main

if __name__ == "__main__":
    main()
