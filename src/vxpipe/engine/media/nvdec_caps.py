"""Prints as JSON what NVDEC says it can decode: codec, chroma and depth, with the number of decoders and the sizes.

A program of its own, because it calls into the driver, which may crash or hang: it is run by its path and needs Python
alone. The structure is that of `cuvidGetDecoderCaps` in NVIDIA's cuviddec.h.
"""

import ctypes
import json
import sys
from itertools import product

CODECS = {"mpeg1": 0, "mpeg2": 1, "mpeg4": 2, "vc1": 3, "h264": 4, "jpeg": 5, "hevc": 8, "vp8": 9, "vp9": 10, "av1": 11}
CHROMAS = {"420": 1, "422": 2, "444": 3}
DEPTHS = (8, 10, 12)


class Caps(ctypes.Structure):
    """What is asked and what is answered."""

    _fields_ = (
        ("codec", ctypes.c_int),
        ("chroma", ctypes.c_int),
        ("depth_over_8", ctypes.c_uint),
        ("reserved_in", ctypes.c_uint * 3),
        ("supported", ctypes.c_ubyte),
        ("decoders", ctypes.c_ubyte),
        ("formats", ctypes.c_ushort),
        ("max_width", ctypes.c_uint),
        ("max_height", ctypes.c_uint),
        ("max_macroblocks", ctypes.c_uint),
        ("min_width", ctypes.c_ushort),
        ("min_height", ctypes.c_ushort),
        ("histogram", ctypes.c_ubyte),
        ("counter_bits", ctypes.c_ubyte),
        ("histogram_bins", ctypes.c_ushort),
        ("reserved_out", ctypes.c_uint * 10),
    )


def main() -> None:
    """Ask the first GPU that is visible."""
    cuda, nvdec = ctypes.CDLL("libcuda.so.1"), ctypes.CDLL("libnvcuvid.so.1")
    _open(cuda)
    answers = {
        f"{codec}_{chroma}_{depth}": _asked(nvdec, CODECS[codec], CHROMAS[chroma], depth)
        for codec, chroma, depth in product(CODECS, CHROMAS, DEPTHS)
    }
    json.dump({name: answer for name, answer in answers.items() if answer}, sys.stdout)


def _open(cuda: ctypes.CDLL) -> None:
    """Make the first GPU that of this thread."""
    context = ctypes.c_void_p()
    _checked("cuInit", cuda.cuInit(0))
    _checked("cuDevicePrimaryCtxRetain", cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0))
    _checked("cuCtxSetCurrent", cuda.cuCtxSetCurrent(context))


def _asked(nvdec: ctypes.CDLL, codec: int, chroma: int, depth: int) -> dict[str, int] | None:
    """None: it cannot."""
    caps = Caps(codec=codec, chroma=chroma, depth_over_8=depth - 8)
    if nvdec.cuvidGetDecoderCaps(ctypes.byref(caps)) != 0 or not caps.supported:
        return None
    told = ("decoders", "min_width", "min_height", "max_width", "max_height", "max_macroblocks")
    return {name: getattr(caps, name) for name in told}


def _checked(name: str, result: int) -> None:
    if result != 0:
        raise SystemExit(f"{name} answers {result}")


if __name__ == "__main__":
    main()
