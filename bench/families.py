"""Every small planted clip, family by family but for the slides. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice, product
from random import Random

import plots
import reels
from decks import decks
from plots import (
    AV1,
    FILM_FPS,
    FIXED_GROUPS,
    HEVC,
    LONG_GROUPS,
    VP9,
    X264,
    Act,
    Asked,
    Border,
    Look,
    Page,
    Plain,
    Plot,
    Scene,
    Shot,
)
from reels import Rect

LATE = ("-output_ts_offset", "7.5")

# Coder, container, frames a second, and whether from the middle on only every third frame is left.
CODINGS = {
    "h264-mp4": (LONG_GROUPS, "mp4", 30, False),
    "h264-mkv-g12": ((*X264, "-g", "12"), "mkv", 25, False),
    "h264-mp4-fixed": (FIXED_GROUPS, "mp4", 24, False),
    "h264-mov-nocutkeys": ((*X264, "-g", "250", "-sc_threshold", "0"), "mov", 30, False),
    "h264-ts-late": ((*X264, "-g", "50", "-f", "mpegts", *LATE), "ts", 25, False),
    "h264-mp4-60": ((*X264, "-g", "250"), "mp4", 60, False),
    "h264-mp4-vfr": ((*X264, "-g", "60"), "mp4", 30, True),
    "h264-avi": ((*X264[:-2], "-bf", "0", "-g", "50"), "avi", 25, False),
    "hevc-mp4": ((*HEVC, "-g", "250"), "mp4", 24, False),
    "hevc-mkv-vfr": ((*HEVC, "-g", "50"), "mkv", 30, True),
    "vp9-webm": ((*VP9, "-g", "120"), "webm", 30, False),
    "vp9-mkv-late": ((*VP9, "-g", "50", *LATE), "mkv", 25, False),
    "av1-mp4": ((*AV1, "-g", "150"), "mp4", 30, False),
    "av1-webm": ((*AV1, "-g", "50"), "webm", 24, False),
    "mpeg2-ts": (("-c:v", "mpeg2video", "-q:v", "4", "-g", "12", "-bf", "2", "-f", "mpegts"), "ts", 25, False),
    "mpeg4-avi": (("-c:v", "mpeg4", "-q:v", "4", "-g", "50"), "avi", 25, False),
    "mpeg4-mp4": (("-c:v", "mpeg4", "-q:v", "4", "-g", "250", "-bf", "2"), "mp4", 30, False),
}
# What comes next in a film with cuts, by chance; drawn sources change much, so they are shown briefly.
STEPS = ("new",) * 6 + ("brief",) * 2 + ("again", "again", "blank", "flash", "flash")
CUT_SHOTS = 9
FILMS = ("pan", "hand", "push", "moving")
# A bird fills the picture and beats its wings: more than one frame may show that.
LIVELY = {"bird-mid", "bird-quarter"}
UNSTEADY = {"gradient", "fan"}  # ffmpeg 9.0 takes their colours by chance, whatever the seed
LOOKS = [look for look in reels.looks() if look not in LIVELY | UNSTEADY]
FOOTAGE = [look for look in LOOKS if "-" in look]


def every() -> tuple[Plot, ...]:
    """Every clip, always the same ones."""
    return (*cuts(), *transitions(), *borders(), *decks(), *stills(), *modes())


def cuts() -> Iterator[Plot]:
    """Films of hard cuts, with shots that come back, blanks and flashes of one frame, in every codec and container."""
    for (name, (coder, suffix, fps, vfr)), seed in product(CODINGS.items(), ("a", "b")):
        shots = tuple(islice(_cut(Random(f"{name}-{seed}"), fps), CUT_SHOTS))
        yield Plot(name=f"cuts-{name}-{seed}", shots=shots, fps=fps, coder=coder, suffix=suffix, vfr=vfr)


def _cut(chance: Random, fps: int) -> Iterator[Shot]:
    names = iter(chance.sample(LOOKS, len(LOOKS)))
    shown: list[Shot] = []
    last = Shot(group=None, scene=Plain(colour="black"), frames=0)
    while True:
        step = chance.choice(STEPS)
        earlier = [shot for shot in shown if shot.group != last.group]
        if step == "again" and earlier:
            last = replace(chance.choice(earlier), frames=plots.frames(chance, 0.6, 1.5, fps))
        elif step == "blank" and last.group:
            last = Shot(group=None, scene=Plain(colour=chance.choice(("black", "white"))), frames=fps // 2)
        elif step == "flash" and last.group:
            yield replace(last, turn="flash", turn_frames=1, goes_on=True, frames=plots.frames(chance, 0.6, 1, fps))
            continue
        else:
            last = _looked(next(names), chance, fps, brief=step == "brief")
            shown.append(last)
        yield last


def _looked(name: str, chance: Random, fps: int, *, brief: bool) -> Shot:
    """A shot of a look, no longer than it stays one picture."""
    footage = "-" in name
    film = chance.choice(FILMS) if footage else "moving"
    seconds = (0.4, 0.6) if brief else (0.6, 4.0 if footage else 2.0)
    return Shot(group=name, scene=Look(name=name, film=film), frames=plots.frames(chance, *seconds, fps))


# How long a turn is, in seconds.
PACES = {"quick": (0.3, 0.7), "slow": (0.8, 1.5)}
TURNS = ("fade", "black", "white", "wipe-left", "wipe-down", "push-left", "push-up", "circle", "soft-wipe")
TURN_SHOTS = 6
CODERS = (LONG_GROUPS, FIXED_GROUPS, (*HEVC, "-g", "250"), (*VP9, "-g", "120"), (*AV1, "-g", "150"))


def transitions() -> Iterator[Plot]:
    """Films in which shots turn into each other, each in one way."""
    coders = cycle(CODERS)
    for turn, (pace, seconds) in product(TURNS, PACES.items()):
        chance = Random(f"{turn}-{pace}")
        first, *others = _filmed(FOOTAGE, chance, TURN_SHOTS)
        turned = (replace(shot, turn=turn, turn_frames=plots.frames(chance, *seconds, FILM_FPS)) for shot in others)
        yield Plot(name=f"transitions-{turn}-{pace}", shots=(first, *turned), coder=next(coders), suffix="mkv")


def _filmed(footage: list[str], chance: Random, shots: int) -> Iterator[Shot]:
    """Shots of footage by a calm camera."""
    for name in chance.sample(footage, shots):
        look = Look(name=name, film=chance.choice(FILMS[:3]))
        yield Shot(group=name, scene=look, frames=plots.frames(chance, 1.2, 2.6, FILM_FPS))


UPRIGHT = (480, 854)
BORDERS = {
    "none": Border(),
    "letterbox": Border(rect=Rect(x=0, y=44, width=640, height=272)),
    "letterbox-near-black": Border(rect=Rect(x=0, y=46, width=640, height=268), fill="#0c0c0c"),
    "letterbox-white": Border(rect=Rect(x=0, y=30, width=640, height=300), fill="#f4f4f4"),
    "pillarbox": Border(rect=Rect(x=80, y=0, width=480, height=360)),
    "pillarbox-blue": Border(rect=Rect(x=106, y=0, width=428, height=360), fill="#203060"),
    "top": Border(rect=Rect(x=0, y=48, width=640, height=312)),
    "left-gray": Border(rect=Rect(x=64, y=0, width=576, height=360), fill="#707070"),
    "uneven": Border(rect=Rect(x=32, y=20, width=576, height=316)),
    "uneven-green": Border(rect=Rect(x=20, y=52, width=590, height=270), fill="#104028"),
    "four-colours": Border(
        rect=Rect(x=40, y=28, width=560, height=300), fill=("#203060", "#000000", "#604020", "#105030")
    ),
    "narrower-later": Border(rect=Rect(x=0, y=30, width=640, height=300), later=Rect(x=0, y=60, width=640, height=240)),
    "smaller-later": Border(rect=Rect(x=40, y=0, width=560, height=360), later=Rect(x=80, y=30, width=480, height=300)),
    "blurred-pillars": Border(rect=Rect(x=220, y=0, width=200, height=360), fill="blurred"),
    "blurred-wider-pillars": Border(rect=Rect(x=80, y=0, width=480, height=360), fill="blurred"),
    "upright-none": Border(size=UPRIGHT, rect=Rect(x=0, y=0, width=480, height=854)),
    "upright-letterbox": Border(size=UPRIGHT, rect=Rect(x=0, y=126, width=480, height=600)),
    "upright-white": Border(size=UPRIGHT, rect=Rect(x=0, y=292, width=480, height=270), fill="#ffffff"),
    "upright-blurred": Border(size=UPRIGHT, rect=Rect(x=0, y=292, width=480, height=270), fill="blurred"),
}
BORDER_SHOTS = 5
CALM = [look for look in FOOTAGE if "bird" not in look]  # between pillars a bird that moves fills the picture
SHARP = [look for look in CALM if "cloud" not in look]  # in the dark hardly anything is left of a cloud


def borders() -> Iterator[Plot]:
    """Films of hard cuts within borders, and dark ones without any."""
    coders = cycle(CODERS)
    for name, border in BORDERS.items():
        shots = tuple(_filmed(CALM, Random(name), BORDER_SHOTS))
        yield Plot(name=f"borders-{name}", shots=shots, border=border, coder=next(coders), suffix="mkv")
    for name in ("night", "spot"):
        dark = (
            replace(shot, scene=Act(name=name, ground=shot.scene))
            for shot in _filmed(SHARP, Random(name), BORDER_SHOTS)
        )
        yield Plot(name=f"borders-none-{name}", shots=tuple(dark), coder=next(coders), suffix="mkv")


HAND, PAN, PUSH = (Look(name="river-plain", film=film) for film in ("hand", "pan", "push"))
ROOM, WOOD = Look(name="hollow-plain", film="slide"), Look(name="cloud-low", film="slide")
PAGE = Page(deck=2, heading="Quarterly figures", lines=("Copper market", "Harbour and bridge", "Winter budget"))
DARK_PAGE = replace(PAGE, deck=1, lines=PAGE.lines[:2])
# One picture, whatever happens in it.
STILLS: dict[str, Scene] = {
    "pan": PAN,
    "push": PUSH,
    "hand": HAND,
    "hand-turned": Look(name="hollow-turned"),
    "clock": Act(name="clock", ground=PAGE),
    "clock-dark": Act(name="clock", ground=DARK_PAGE),
    "karaoke": Act(name="karaoke", ground=DARK_PAGE),
    "karaoke-hand": Act(name="karaoke", ground=HAND),
    "pointer": Act(name="pointer", ground=PAGE),
    "pointer-dark": Act(name="pointer", ground=DARK_PAGE, seed=2),
    "lowerthird": Act(name="lowerthird", ground=HAND),
    "lowerthird-room": Act(name="lowerthird", ground=ROOM),
    "head": Act(name="head", ground=Plain(colour="#806850")),
    "head-room": Act(name="head", ground=ROOM, seed=2),
    "rain": Act(name="rain", ground=WOOD),
    "noise": Act(name="noise", ground=ROOM),
    "walker": Act(name="walker", ground=ROOM),
    "walker-wood": Act(name="walker", ground=WOOD, seed=2),
    "ticker": Act(name="ticker", ground=ROOM),
    "ticker-hand": Act(name="ticker", ground=PAN),
}
STILL_CODERS = (LONG_GROUPS, FIXED_GROUPS, (*HEVC, "-g", "250"), (*VP9, "-g", "120"))


def stills() -> Iterator[Plot]:
    """Films of one shot, of which one frame is wanted."""
    for (name, scene), coder in zip(STILLS.items(), cycle(STILL_CODERS), strict=False):
        shot = Shot(group=name, scene=scene, frames=plots.frames(Random(name), 8, 12, FILM_FPS))
        yield Plot(name=f"still-{name}", shots=(shot,), coder=coder, suffix="mkv")


MODE_SECONDS = (0.5, 1.234, 3.0, 5.678, 7.0)
MODE_BORDER = BORDERS["letterbox"]


def modes() -> Iterator[Plot]:
    """What is asked for by time or number, of films with cuts."""
    for coding in ("h264-mp4-vfr", "h264-ts-late", "vp9-webm"):
        (film,) = [plot for plot in cuts() if plot.name == f"cuts-{coding}-a"]
        whole = film.frames / film.fps
        for mode, asked in _modes(whole).items():
            yield replace(film, name=f"modes-{mode}-{coding}", border=MODE_BORDER, asked=asked)


def _modes(whole: float) -> dict[str, Asked]:
    every = 1.5
    steps = tuple(step * every for step in range(int((whole - 0.2) / every) + 1))
    every_one = ("--no-dedupe", "--keep-blank")
    at = ("--at", ",".join(map(str, MODE_SECONDS)))
    return {
        "interval": Asked(
            flags=("--mode", "interval", "--every", str(every), *every_one), seconds=steps, frames=len(steps)
        ),
        "count": Asked(flags=("--mode", "count", "--count", "8"), frames=8),
        "timestamps": Asked(flags=("--mode", "timestamps", *at), seconds=MODE_SECONDS, frames=len(MODE_SECONDS)),
        "keyframes": Asked(flags=("--mode", "keyframes", *every_one)),
    }
