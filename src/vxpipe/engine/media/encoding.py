"""With which encoders a clip may be written, the best first, and why each other one is left out. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from vxpipe.engine.media.ladder import Accel, closed, is_worth, lacking
from vxpipe.engine.media.obstacles import GATES, Gate, Obstacle, gate, is_passing
from vxpipe.engine.media.presets import CLIPS
from vxpipe.facts import Ability, Gpu
from vxpipe.values import frozen

ON_CPU = "libx264"
_AUTO = ("h264_nvenc",)  # what plays everywhere, as libx264's does
# Of one core for a million pixels: libx264 of ffmpeg 9.0.2, preset veryfast, crf 23, `-benchmark -threads 1 -f null -`
# on raw 1080p of testsrc2 with noise.
_CPU_SECONDS = 0.017


@frozen
class Encode:
    """A clip that is to be written: by whom (`auto` or an encoder), of how many frames of which size.

    `threads` are those that the CPU has for it.
    """

    wanted: str
    size: tuple[int, int]
    frames: float
    threads: int = 1


@frozen
class Encoders:
    """The encoders to try, one after the other, and the reason for each that is left out."""

    encoders: tuple[str, ...]
    left_out: Mapping[str, Obstacle]


@frozen
class Encoded:
    """By which encoder a clip was written, on which GPU (None: the CPU), and why by no other.

    `failed` are encoders that were tried, `left_out` those that were not.
    """

    encoder: str
    gpu: str | None
    failed: Mapping[str, Obstacle]
    left_out: Mapping[str, Obstacle]


def encoders(encode: Encode, gpu: Gpu | None, accel: Accel = "auto", *, is_resting: bool = False) -> Encoders:
    """The encoders for a clip on this GPU (None: there is none); `is_resting`: its breaker is open.

    Where GPUs are required, the CPU stands in for none that was named, and for none that this GPU has or may have soon.
    """
    asked = _asked(encode)
    against = {name: _against(name, encode, gpu, accel, is_resting=is_resting) for name in asked}
    by_gpu = tuple(name for name, reason in against.items() if reason is None)
    left_out = {name: reason for name, reason in against.items() if reason is not None}
    is_the_gpus = by_gpu or encode.wanted in asked or any(map(is_passing, left_out.values()))
    by_cpu = () if accel == "require" and is_the_gpus else (ON_CPU,)
    return Encoders(encoders=(*by_gpu, *by_cpu), left_out=left_out)


def by_cpu(encode: Encode, why: Gate) -> Encoders:
    """The CPU alone, for a reason that is no GPU's."""
    return Encoders(encoders=(ON_CPU,), left_out=dict.fromkeys(_asked(encode), gate(why)))


def without_cards(found: Sequence[Encoders]) -> Encoders:
    """Of the encoders on all cards those that tell what is done if none of them writes the clip.

    The CPU does only where no card keeps it from that; told is why of one that may be of use soon, if there is one.
    """

    def is_hopeless(each: Encoders) -> tuple[bool, bool]:
        return ON_CPU in each.encoders, not any(map(is_passing, each.left_out.values()))

    return min(found, key=is_hopeless)


def resting(chosen: Encoders) -> Encoders:
    """What is left of them where the cards that have them were found to rest after all."""
    by_gpu = (name for name in (*chosen.encoders, *chosen.left_out) if name != ON_CPU)
    by_cpu = tuple(name for name in chosen.encoders if name == ON_CPU)
    return Encoders(encoders=by_cpu, left_out=dict.fromkeys(by_gpu, gate(Gate.RESTING)))


def may_pay(encode: Encode) -> bool:
    """Whether a GPU could be of use: to be asked before anybody looks for one."""
    return encode.wanted != ON_CPU and (encode.wanted != "auto" or is_worth(cpu_seconds(encode), None))


def cpu_seconds(encode: Encode) -> float:
    """About how long the CPU would encode."""
    return encode.frames * encode.size[0] * encode.size[1] / 1e6 * _CPU_SECONDS / encode.threads


def refusal(wanted: str, found: Sequence[Ability], accel: Accel) -> str | None:
    """Why an encoder that was named cannot be had here, and which can; None: it can, or may soon.

    `found` are the encoders of the GPUs of this machine (`gpus.encoders`).
    """
    reasons = {each.name: Obstacle(each.code or "UNKNOWN", each.obstacle) for each in found if each.obstacle}
    obstacles = {name: f"{why.text} ({why.code})" for name, why in reasons.items() if not is_passing(why)}
    if accel == "off":
        obstacles = {each.name: GATES[Gate.SWITCHED_OFF] for each in found}
    if wanted not in obstacles:
        return None
    there = ", ".join(("auto", *(name for name in CLIPS if name not in obstacles)))
    return f"{wanted} is not to be had on this machine: {obstacles[wanted]}; there are {there}"


def other_warning(wanted: str, encoded: Encoded | None) -> dict[str, Any] | None:
    """The warning `other_encoder` where a clip was not written by the one that was named, else None."""
    if encoded is None or wanted in ("auto", encoded.encoder):
        return None
    why = "; ".join(f"{reason.text} ({reason.code})" for reason in {**encoded.left_out, **encoded.failed}.values())
    return {
        "code": "other_encoder",
        "message": f"the clip was written by {encoded.encoder} instead of {wanted}: {why}",
        "wanted": wanted,
        "encoder": encoded.encoder,
    }


def _asked(encode: Encode) -> tuple[str, ...]:
    """The encoders of GPUs that are asked for."""
    if encode.wanted == ON_CPU:
        return ()
    return _AUTO if encode.wanted == "auto" else (encode.wanted,)


def _against(name: str, encode: Encode, gpu: Gpu | None, accel: Accel, *, is_resting: bool) -> Obstacle | None:
    """Why this encoder of the GPU's is not used."""
    reason = closed(gpu, accel)
    if gpu is None or reason:
        return reason
    if reason := lacking(gpu, name):
        return reason
    if not CLIPS[name].takes(encode.size):
        return gate(Gate.OTHER_SIZE)
    if accel != "require" and encode.wanted == "auto" and not is_worth(cpu_seconds(encode), gpu):
        return gate(Gate.NOT_WORTH_IT)
    return gate(Gate.RESTING) if is_resting else None
