"""What the probes of a GPU mean: which cards there are, why something cannot be used, and what to do about it. Pure.

It, `trials.py` and `presets.py` need nothing but Python, so that tools/gpu_check.py can take them from here without an
installation.
"""

import math
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

_SAME_DB = 35.0  # scalers differ by 44 dB and more on our test card; a lost crop gives 12, one moved by two pixels 31


class Code(StrEnum):
    """Why a GPU, or a part of it, is not used."""

    GPU_ABSENT = "GPU_ABSENT"
    GPU_BUSY = "GPU_BUSY"
    GPU_FAILED = "GPU_FAILED"
    GPU_MEMORY = "GPU_MEMORY"
    DRIVER_LIB_MISSING = "DRIVER_LIB_MISSING"
    DRIVER_TOO_OLD = "DRIVER_TOO_OLD"
    DRIVER_MISMATCH = "DRIVER_MISMATCH"
    NVENC_NOT_ON_GPU = "NVENC_NOT_ON_GPU"
    CODEC_NOT_ON_GPU = "CODEC_NOT_ON_GPU"
    SIZE_NOT_ON_GPU = "SIZE_NOT_ON_GPU"
    SESSION_LIMIT = "SESSION_LIMIT"
    TOO_MANY_SURFACES = "TOO_MANY_SURFACES"
    FFMPEG_LACKS_CODEC = "FFMPEG_LACKS_CODEC"
    FILTER_MISSING = "FILTER_MISSING"
    PARITY_FAILED = "PARITY_FAILED"
    INCOMPLETE = "INCOMPLETE"
    TIMED_OUT = "TIMED_OUT"
    NOT_STARTED = "NOT_STARTED"
    UNKNOWN = "UNKNOWN"


PASSING = frozenset(
    {Code.GPU_BUSY, Code.GPU_FAILED, Code.GPU_MEMORY, Code.SESSION_LIMIT, Code.TIMED_OUT, Code.NOT_STARTED}
)
"""What may be over soon."""

OF_THE_FILM = frozenset({Code.CODEC_NOT_ON_GPU, Code.SIZE_NOT_ON_GPU, Code.UNKNOWN})
"""What says nothing against the GPU."""

_COMPLAINT = re.compile(r"^(?:\[[^\]]+ @ [^\]]+\] )*\[(?:warning|error|fatal)\]")

# What ffmpeg says, the cause before its consequences: the first text that is found anywhere decides.
_TEXTS = (
    ("could not be started", Code.NOT_STARTED),  # the words of our own ChildRunner
    ("Cannot load lib", Code.DRIVER_LIB_MISSING),
    ("CUDA_ERROR_STUB_LIBRARY", Code.DRIVER_LIB_MISSING),
    ("Cannot load cu", Code.DRIVER_TOO_OLD),  # a function that its libraries do not have yet
    ("Cannot load NvEncode", Code.DRIVER_TOO_OLD),
    ("Driver does not support the required nvenc API version", Code.DRIVER_TOO_OLD),
    ("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", Code.DRIVER_TOO_OLD),
    ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", Code.DRIVER_MISMATCH),
    ("CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", Code.DRIVER_MISMATCH),
    ("CUDA_ERROR_NO_DEVICE", Code.GPU_ABSENT),
    ("CUDA_ERROR_INVALID_DEVICE", Code.GPU_ABSENT),
    ("CUDA_ERROR_DEVICE_UNAVAILABLE", Code.GPU_BUSY),
    ("CUDA_ERROR_SYSTEM_NOT_READY", Code.GPU_BUSY),
    ("CUDA_ERROR_OUT_OF_MEMORY", Code.GPU_MEMORY),
    ("OpenEncodeSessionEx failed: out of memory", Code.SESSION_LIMIT),
    ("OpenEncodeSessionEx failed: incompatible client key", Code.SESSION_LIMIT),
    ("OpenEncodeSessionEx failed: no encode device", Code.NVENC_NOT_ON_GPU),
    ("OpenEncodeSessionEx failed: unsupported device", Code.NVENC_NOT_ON_GPU),
    ("Codec not supported", Code.CODEC_NOT_ON_GPU),
    ("Hardware is lacking required capabilities", Code.CODEC_NOT_ON_GPU),
    ("not within range from", Code.SIZE_NOT_ON_GPU),
    ("less than the minimum supported value", Code.SIZE_NOT_ON_GPU),
    ("Video macroblock count", Code.SIZE_NOT_ON_GPU),
    ("Error when evaluating the expression 'if(eq(iw,", Code.SIZE_NOT_ON_GPU),  # of argv: what it shows is not expected
    ("No decoder surfaces left", Code.TOO_MANY_SURFACES),
    ("decode surfaces might cause nvdec to fail", Code.TOO_MANY_SURFACES),
    ("CUDA_ERROR_", Code.GPU_FAILED),
    ("Unknown encoder", Code.FFMPEG_LACKS_CODEC),
    ("Unknown decoder", Code.FFMPEG_LACKS_CODEC),
    ("Unrecognized hwaccel", Code.FFMPEG_LACKS_CODEC),
    ("No such filter", Code.FILTER_MISSING),
    ("No device available for decoder: device type cuda", Code.FFMPEG_LACKS_CODEC),
    ("Impossible to convert between the formats", Code.CODEC_NOT_ON_GPU),  # NVDEC did not take it, and did not say why
)

SENTENCES = {
    Code.GPU_ABSENT: "no NVIDIA GPU is visible here: start a container with --gpus all, and look at"
    " CUDA_VISIBLE_DEVICES and at who may open /dev/nvidia*",
    Code.GPU_BUSY: "the GPU is not ready or belongs to another process: see nvidia-smi (compute mode, fabric manager)",
    Code.GPU_FAILED: "the GPU failed at work: look for Xid in the kernel's log; it is tried again later",
    Code.GPU_MEMORY: "the memory of the GPU is used up: see nvidia-smi for who holds it",
    Code.DRIVER_LIB_MISSING: "a library of the NVIDIA driver is missing: in a container set"
    " NVIDIA_DRIVER_CAPABILITIES=compute,utility,video, elsewhere install the driver, or name its folder in"
    " LD_LIBRARY_PATH",
    Code.DRIVER_TOO_OLD: "the NVIDIA driver is too old for this ffmpeg: update the driver, or set VXPIPE_FFMPEG to an"
    " ffmpeg built for older ones",
    Code.DRIVER_MISMATCH: "the libraries and the kernel module of the NVIDIA driver do not belong together: restart the"
    " machine after an update, or take /usr/local/cuda/compat out of LD_LIBRARY_PATH",
    Code.NVENC_NOT_ON_GPU: "this GPU has no video encoder, as is usual of cards for computing: the CPU encodes",
    Code.CODEC_NOT_ON_GPU: "this GPU cannot do this codec: the CPU does",
    Code.SIZE_NOT_ON_GPU: "pictures of this size are none for this GPU: the CPU takes them",
    Code.SESSION_LIMIT: "no further video may be encoded on this GPU at the same time: end what else encodes there",
    Code.TOO_MANY_SURFACES: "the decoder was asked for more pictures than the GPU holds: give it one thread",
    Code.FFMPEG_LACKS_CODEC: "this ffmpeg was built without it: set VXPIPE_FFMPEG to one with NVIDIA support",
    Code.FILTER_MISSING: "this ffmpeg has no such filter: set VXPIPE_FFMPEG to one with the CUDA filters",
    Code.PARITY_FAILED: "the GPU gave another picture than the CPU, so it is not used for this: another ffmpeg or"
    " driver may be right",
    Code.INCOMPLETE: "the GPU ended without a word and did not bring all that was asked for: the CPU decodes it again",
    Code.TIMED_OUT: "it was not done in time: see what keeps the GPU (nvidia-smi) or the CPU busy",
    Code.NOT_STARTED: "ffmpeg could not be started for it: look at the machine's memory, at its limit of processes, and"
    " at who may run the program",
    Code.UNKNOWN: "ffmpeg failed for a reason that is not known here: tools/gpu_check.py records what it says",
}


class Card(NamedTuple):
    """A GPU as nvidia-smi tells of it; `uuid` names it to CUDA."""

    name: str
    uuid: str | None = None
    driver: str | None = None
    memory_bytes: int | None = None


class Ended(NamedTuple):
    """How a trial ended: what ffmpeg wrote and said. `returncode` None: it had to be stopped."""

    returncode: int | None
    wrote: bytes
    said: str


def code_of(said: str) -> Code:
    """The reason in what ffmpeg said."""
    return next((code for text, code in _TEXTS if text in said), Code.UNKNOWN)


def is_telling(line: str) -> bool:
    """Whether a line written at `-loglevel level+info` may tell why a GPU failed; the tags of a file say anything."""
    return _COMPLAINT.match(line) is not None


def failure(returncode: int, said: str) -> Code | None:
    """Why a run that was to use the GPU and nothing else failed, from its telling lines; None: it did not.

    With exit status 0 too: ffmpeg goes on where a picture cannot be brought from the GPU.
    """
    code = code_of(said)
    if returncode == 0:
        return None if code in {Code.UNKNOWN, Code.TOO_MANY_SURFACES} else code
    return Code.GPU_FAILED if returncode < 0 and code is Code.UNKNOWN else code


def verdict(ended: Ended, expected: bytes | None) -> Code | None:
    """Why a trial failed; None: it worked. What the CPU made of the same is `expected`, None: anything will do.

    The exit status alone tells little: where the download of a picture fails, ffmpeg 9.0.2 goes on with a black one and
    ends with 0.
    """
    if ended.returncode is None:
        return Code.TIMED_OUT
    if ended.returncode != 0:
        return code_of(ended.said)
    if ended.wrote and (expected is None or is_same(ended.wrote, expected)):
        return None
    told = code_of(ended.said)
    return Code.PARITY_FAILED if told is Code.UNKNOWN else told


def is_same(one: bytes, other: bytes) -> bool:
    """Whether two series of pictures look the same."""
    return len(one) == len(other) and psnr(one, other) >= _SAME_DB


def psnr(one: bytes, other: bytes) -> float:
    """How alike samples of 8 bits are, in dB; of the same length, and not empty."""
    if one == other:
        return math.inf
    squares = sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
    return 10 * math.log10(255 * 255 * len(one) / squares)


QUERY = ("--query-gpu=name,uuid,driver_version,memory.total", "--format=csv,noheader,nounits")
"""What nvidia-smi is asked for `cards`."""


def cards(text: str) -> tuple[Card, ...]:
    """The GPUs in what nvidia-smi answers to `QUERY`, in its order."""
    rows = ([cell.strip() for cell in line.split(",")] for line in text.splitlines())
    return tuple(_card(*row) for row in rows if len(row) == 4)


def visible(found: Sequence[Card], wanted: str | None) -> tuple[Card, ...]:
    """Those of the cards that `CUDA_VISIBLE_DEVICES` leaves; as CUDA does, at the first that is none the list ends."""
    if wanted is None:
        return tuple(found)
    left: list[Card] = []
    for name in map(str.strip, wanted.split(",")):
        named = _named(found, name)
        if named is None:
            break
        left.append(named)
    return tuple(left)


def environment(uuid: str | None) -> Mapping[str, str]:
    """What a child process is told of the card that it is to use: the only one that it sees, and so number 0."""
    return {"CUDA_VISIBLE_DEVICES": uuid} if uuid else {}


def _card(name: str, uuid: str, driver: str, mebibytes: str) -> Card:
    return Card(name=name, uuid=uuid, driver=driver, memory_bytes=int(mebibytes) << 20 if mebibytes.isdigit() else None)


def _named(found: Sequence[Card], name: str) -> Card | None:
    """By its number or the begin of its UUID; a part of a card (MIG) is not listed and stands for itself."""
    if name.startswith("MIG-"):
        return Card(name=name, uuid=name, driver=found[0].driver if found else None)
    if name.isdigit():
        return found[int(name)] if int(name) < len(found) else None
    return next((card for card in found if name and (card.uuid or "").startswith(name)), None)
