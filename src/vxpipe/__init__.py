"""vxpipe turns platform codes, links and files into clean, time-stamped frames."""

__version__ = "0.1.0"  # told here, and the package takes it from here: to ask the installed package costs 25 ms
