"""What the clips of the benchmark show: looks, shots, and the recipes that join them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count, cycle
from pathlib import Path
from random import Random

FPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """`frames` frames of one picture; `group` names what is seen (None: blank), `film` how it moves.

    `behind` is the shot that it dissolves from.
    """

    group: str | None
    frames: int
    film: str
    colour: str = ""
    fades: bool = False
    behind: "Shot | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A rectangle in pixels; even, because 4:2:0 moves odd ones."""

    x: int
    y: int
    width: int
    height: int


# Footage: a bundled sample, the second it starts at, its length, the part without the sample's own borders.
FOOTAGE = {
    "cloud": ("pillarbox.mp4", 2.3, 2.2, "crop=960:720:160:0"),
    "river": ("pillarbox.mp4", 4.7, 3.0, "crop=960:720:160:0"),
    "bird": ("pillarbox.mp4", 8.0, 3.0, "crop=960:720:160:0"),
    "hollow": ("full_frame.mp4", 12.2, 1.4, "null"),
}
# Ways to look at footage that no one would take for the same picture.
VIEWS = {
    "plain": "null",
    "turned": "transpose=1,hue=h=60",
    "low": "crop=iw*0.42:ih*0.42:iw*0.52:ih*0.56",
    "negative": "vflip,negate",
    "mid": "crop=iw*0.4:ih*0.4:iw*0.22:ih*0.3,hflip,hue=h=200",
    "mirror": "hflip,hue=h=120",
    "left": "crop=iw*0.36:ih*0.36:0:ih*0.62,vflip",
    "quarter": "transpose=2,crop=iw:ih*0.5:0:ih*0.3,hue=h=300",
}
DULL = {"cloud-mid", "cloud-left", "cloud-quarter"}  # nearly without a detail: a tool may rightly call them blank
# ffmpeg draws colours and ends that are not named by chance, whatever the seed.
_ENDS = "x0=120:y0=90:x1=400:y1=240"
DRAWN = {
    "smptehdbars": "smptehdbars=s=640x360:r=30",
    "mandelbrot": "mandelbrot=s=480x270:r=30",
    "testsrc": "testsrc=s=640x360:r=30",
    "gradient": f"gradients=s=480x270:r=30:n=4:c0=teal:c1=gold:c2=maroon:c3=skyblue:{_ENDS}:speed=0.01:type=radial",
    "seahorse": "mandelbrot=s=480x270:r=30:start_x=-0.7436:start_y=-0.1318:start_scale=0.02:end_scale=0.01",
    "testsrc2": "testsrc2=s=640x360:r=30",
    "zoneplate": "zoneplate=s=640x360:r=30:kx2=40:ky2=40:kt=1",
    "colorchart": "colorchart=r=30:patch_size=96x96:preset=skintones",
    "carpet": "sierpinski=s=480x270:r=30:seed=3:jump=20",
    "antenna": "mandelbrot=s=480x270:r=30:start_x=-1.25:start_y=-0.02:start_scale=0.2:end_scale=0.1",
    "perlin": "perlin=s=320x180:r=30:octaves=4:random_mode=seed:random_seed=5",
    "yuvtest": "yuvtestsrc=s=640x360:r=30",
    "fan": (
        "gradients=s=480x270:r=30:n=6:c0=indigo:c1=coral:c2=khaki:c3=seagreen:c4=white:c5=brown:"
        f"{_ENDS}:speed=0.02:type=spiral"
    ),
    "reference": "colorchart=r=30:patch_size=96x96:preset=reference",
    "minibrot": "mandelbrot=s=480x270:r=30:start_x=-1.7687:start_y=-0.0017:start_scale=0.02:end_scale=0.01",
    "triangle": "sierpinski=s=480x270:r=30:type=triangle:seed=9:jump=20",
    "bars": "pal75bars=s=640x360:r=30",
}
INSERTS = {
    "life": "life=s=320x180:r=30:seed=4:ratio=0.4:death_color=black:life_color=yellow",
    "rule": "cellauto=s=320x180:r=30:rule=110:seed=2:ratio=0.5",
}

# One turn of a film with many cuts. `back` goes on with the shot before the insert; `again` shows the look of four ago.
DENSE = (
    "new", "new", "black", "new", "insert", "back", "again", "fade", "white", "new", "new", "new", "new", "again",
)  # fmt: skip
DENSE_FRAMES = (40, 52, 31, 64, 45, 75, 38, 58, 27, 90, 36, 49)
# One turn of a film that is told: who speaks and who listens in turn (`reverse` shows the look of two ago).
FILM = (
    "new", "new", "reverse", "reverse", "dissolve", "new", "black", "new", "new", "dissolve", "again", "fade", "new",
    "dissolve",
)  # fmt: skip
FILM_FRAMES = (84, 51, 66, 37, 132, 72, 108, 45, 15, 96, 120, 57)
FILMED = ("pan", "hand", "push")
# Slides, and a camera that does not move before someone who does.
CALM = ("slide", "slide", "camera")
CALM_FRAMES = (120, 150, 210, 240, 180, 300, 270)
# A talk: the camera on someone who speaks, a slide, and always that camera again.
TALK_ROOM = "hollow-plain"
TALK_FRAMES = (120, 90, 210, 150, 300, 180, 240)
BLANK_FRAMES, INSERT_FRAMES, DISSOLVE_FRAMES = 18, 14, 24
# Slides of one template: a heading and some lines, of which only the words differ. Every fifth one is shown again.
PAGES_FRAMES = (90, 150, 60, 210, 120)
AGAIN = 5


def dense(frames: int, *, slower: int = 1) -> tuple[Shot, ...]:
    """Exactly `frames` frames of a film with many cuts; `slower` makes its shots so many times as long."""
    lengths = (length * slower for length in cycle(DENSE_FRAMES))
    return trimmed(_edited(DENSE, lengths, cycle(looks()), cycle(["moving"])), frames)


def film(frames: int) -> tuple[Shot, ...]:
    """Exactly `frames` frames of footage alone, by a calm camera: cuts, dissolves, fades, and shots that come back."""
    filmed = (look for look in looks() if "-" in look)
    return trimmed(_edited(FILM, cycle(FILM_FRAMES), cycle(filmed), cycle(FILMED)), frames)


def calm(frames: int) -> tuple[Shot, ...]:
    """Exactly `frames` frames of slides and of a fixed camera."""
    shots = (
        Shot(group=look, frames=length, film=film)
        for look, length, film in zip(cycle(looks()), cycle(CALM_FRAMES), cycle(CALM), strict=False)
    )
    return trimmed(shots, frames)


def talk(frames: int) -> tuple[Shot, ...]:
    """Exactly `frames` frames of one speaker and of ever new slides, in turn."""
    slides, lengths = (look for look in looks() if look != TALK_ROOM), cycle(TALK_FRAMES)
    shots = (
        Shot(group=look, frames=next(lengths), film=film)
        for slide in slides
        for look, film in ((TALK_ROOM, "speaker"), (slide, "slide"))
    )
    return trimmed(shots, frames)


def pages(frames: int) -> tuple[Shot, ...]:
    """Exactly `frames` frames of pages of text on one ground."""
    numbers = (number - 3 if number % AGAIN == AGAIN - 1 else number for number in count())
    lengths = cycle(PAGES_FRAMES)
    return trimmed((Shot(group=f"page-{number}", frames=next(lengths), film="slide") for number in numbers), frames)


def looks() -> tuple[str, ...]:
    """Every look, footage and drawn ones mixed: `river-plain`, `mandelbrot`, ..."""
    footage = [look for view in VIEWS for name in FOOTAGE if (look := f"{name}-{view}") not in DULL]
    mixed = [look for pair in zip(footage[::2], footage[1::2], DRAWN, strict=False) for look in pair]
    return (*mixed, *(look for look in (*footage, *DRAWN) if look not in mixed))


def trimmed(shots: Iterator[Shot], frames: int) -> tuple[Shot, ...]:
    """The first shots, the last one cut to fit; a rest too short to be a shot is given to the one before it."""
    taken: list[Shot] = []
    left = frames
    while left:
        shot = next(shots)
        length = left if left - shot.frames < FPS else shot.frames
        taken.append(replace(shot, frames=length))
        left -= length
    return tuple(taken)


def starts(shots: tuple[Shot, ...]) -> list[float]:
    """The second at which each shot starts, and the end."""
    sums = [0]
    for shot in shots:
        sums.append(sums[-1] + shot.frames)
    return [frames / FPS for frames in sums]


def _edited(steps: Sequence[str], lengths: Iterator[int], names: Iterator[str], films: Iterator[str]) -> Iterator[Shot]:
    inserts, shown = cycle(INSERTS), [Shot(group=None, frames=0, film="blank")]
    for step, length in zip(cycle(steps), lengths, strict=False):
        if step in {"black", "white"}:
            yield Shot(group=None, frames=BLANK_FRAMES, film="blank", colour=step)
        elif step == "insert":
            yield Shot(group=next(inserts), frames=INSERT_FRAMES, film="moving")
        else:
            ago = {"back": 1, "reverse": 2, "again": 4}.get(step)
            before = shown[-ago] if ago else Shot(group=next(names), frames=0, film=next(films))
            behind = replace(shown[-1], behind=None) if step == "dissolve" else None
            shown.append(replace(before, frames=length, fades=step == "fade", behind=behind))
            yield shown[-1]


def drawing(shot: Shot, rect: Rect, samples: Path) -> tuple[list[str], str]:
    """ffmpeg's input arguments for a shot, and the graph that draws it; of two inputs where it dissolves."""
    if shot.behind is None:
        given, endless = source(shot, samples)
        return given, f"{endless},{picture(shot, rect)}"
    (below, goes_on), (above, endless) = source(shot.behind, samples, "0"), source(shot, samples, "1")
    rest = f"trim=start_frame={shot.behind.frames}:end_frame={shot.behind.frames + DISSOLVE_FRAMES},setpts=PTS-STARTPTS"
    graphs = (
        f"[0:v]{goes_on},{picture(shot.behind, rect)},{rest}[below]",
        f"[1:v]{endless},{picture(shot, rect)}[above]",
        f"[below][above]xfade=duration={DISSOLVE_FRAMES / FPS}:offset=0",
    )
    return [*below, *above], ";".join(graphs)


def source(shot: Shot, samples: Path, mark: str = "") -> tuple[list[str], str]:
    """ffmpeg's input arguments for a shot, and the filters that make it endless, with labels that end in `mark`."""
    blank = f"color={shot.colour}:s=64x64:r={FPS}"
    drawn = blank if shot.group is None else {**DRAWN, **INSERTS}.get(shot.group)
    if drawn is not None:
        return ["-f", "lavfi", "-i", drawn], "null"
    name, _, view = str(shot.group).partition("-")
    if name == "page":
        return ["-f", "lavfi", "-i", f"color=white:s=960x540:r={FPS}"], ",".join(_written(int(view)))
    file, start, seconds, crop = FOOTAGE[name]
    there_and_back = f"split[there{mark}][b{mark}];[b{mark}]reverse[back{mark}];[there{mark}][back{mark}]concat"
    chain = f"{crop},{VIEWS[view]},fps={FPS},{there_and_back},loop=-1:1000,settb=1/{FPS},setpts=N"
    return ["-ss", str(start), "-t", str(seconds), "-i", str(samples / file)], chain


def picture(shot: Shot, rect: Rect) -> str:
    """The filters that bring a shot to the size of `rect` and make it move as its `film` says."""
    size = f"{rect.width}:{rect.height}"
    wider = f"{rect.width * 9 // 16 * 2}:{rect.height * 9 // 16 * 2}"
    last = shot.frames - 12
    fades = f",fade=in:0:12,fade=out:{last}:12" if shot.fades else ""
    return {
        "blank": f"scale={size}",
        "moving": f"scale={wider},crop={size}:x='(iw-ow)*(0.5+0.5*sin(t*0.9))':y='(ih-oh)*(0.5+0.5*cos(t*0.7))',"
        f"noise=c0s=5:c0f=t:all_seed=1{fades}",
        **{film: f"{camera},noise=c0s=7:c0f=t:all_seed=1{fades}" for film, camera in _cameras(rect).items()},
        "slide": f"loop=-1:1,settb=1/{FPS},setpts=N,scale={size}",
        "speaker": f"loop=-1:1,settb=1/{FPS},setpts=N,scale={size}[room];"
        f"perlin=s=200x260:r={FPS}:octaves=3:random_mode=seed:random_seed=8,scale=400:520[someone];"
        "[room][someone]overlay=x='W*0.55+40*sin(n/15)':y='H*0.5+10*sin(n/6)':shortest=1,noise=c0s=3:c0f=t:all_seed=1",
        "camera": f"loop=-1:1,settb=1/{FPS},setpts=N,scale={size}[room];color=gray:s=160x240:r={FPS}[someone];"
        "[room][someone]overlay=x='W*0.4+60*sin(n/20)':y=H*0.45:shortest=1,noise=c0s=3:c0f=t:all_seed=1",
    }[shot.film]


def _cameras(rect: Rect) -> dict[str, str]:
    """How a calm camera looks at a picture: it pans, it is held in a hand, it comes nearer."""
    size, wider = f"{rect.width}:{rect.height}", f"{rect.width * 23 // 40 * 2}:{rect.height * 23 // 40 * 2}"
    held = f"scale={wider},crop={size}"
    return {
        "pan": f"{held}:x='(iw-ow)*(0.5-0.5*cos(t*0.4))':y='(ih-oh)*0.4'",
        "hand": f"{held}:x='(iw-ow)*(0.5+0.03*sin(t*2.3))':y='(ih-oh)*(0.5+0.04*sin(t*3.1))'",
        "push": f"scale=w='{rect.width}*(1.02+0.02*t)':h='{rect.height}*(1.02+0.02*t)':eval=frame,crop={size}",
    }


def _written(number: int) -> Iterator[str]:
    """The filters that write the page: its words are bars in a row, for a font is not everywhere."""
    chance = Random(number)
    heights = (40, *[20] * chance.randint(2, 5))
    for height, y in zip(heights, accumulate(heights, lambda y, _: y + 64, initial=40), strict=False):
        left = 60
        for letters in chance.choices(range(3, 10), k=chance.randint(2, 4)):
            for _ in range(letters):
                width = chance.randint(height // 6, height // 3)
                yield f"drawbox={left}:{y + chance.choice([0, height // 4])}:{width}:{height}:0x202030:fill"
                left += width + height // 4
            left += height
