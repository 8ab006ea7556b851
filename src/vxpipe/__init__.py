"""vxpipe turns platform codes, links and files into clean, time-stamped frames."""

from importlib.metadata import version

__version__ = version("vxpipe")
