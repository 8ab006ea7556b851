"""The clips that are measured and those that hardware may refuse, made on the spot from ffmpeg's own sources. Pure."""

FPS = 30
FILMS = {
    "h264": ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M", "-g", "60"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-b:v", "8M", "-g", "60", "-x265-params", "log-level=error"),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-b:v", "8M", "-g", "60"),
}
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
_X264 = ("-c:v", "libx264", "-preset", "veryfast")
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
# Size, and how it is encoded.
AWKWARD: dict[str, tuple[str, tuple[str, ...]]] = {
    "h264_hi10": ("640x360", (*_X264, "-pix_fmt", "yuv420p10le")),
    "h264_422": ("640x360", (*_X264, "-pix_fmt", "yuv422p")),
    "h264_444": ("640x360", (*_X264, "-pix_fmt", "yuv444p")),
    "h264_tiny": ("32x32", _X264),
    "h264_wide": ("4608x256", _X264),
    "h264_16_refs": ("640x360", (*_X264, "-refs", "16", "-bf", "3")),
    "h264_interlaced": ("720x576", (*_X264, "-flags", "+ildct+ilme", "-x264-params", "tff=1")),
    "hevc_main10": ("640x360", (*_X265, "-pix_fmt", "yuv420p10le")),
    "hevc_422_10": ("640x360", (*_X265, "-pix_fmt", "yuv422p10le")),
    "hevc_444": ("640x360", (*_X265, "-pix_fmt", "yuv444p")),
    "hevc_tiny": ("96x96", _X265),
    "av1": ("640x360", ("-c:v", "libsvtav1", "-preset", "11")),
    "vp9_odd": ("641x361", _VP9),
    "vp9_10bit": ("640x360", (*_VP9, "-pix_fmt", "yuv420p10le", "-profile:v", "2")),
    "vp8": ("640x360", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M")),
    "mpeg2": ("640x360", ("-c:v", "mpeg2video", "-b:v", "2M")),
    "mpeg4": ("640x360", ("-c:v", "mpeg4", "-b:v", "2M")),
    "mjpeg": ("640x360", ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")),
    "prores": ("640x360", ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le")),
}
CARD = "card.mkv"
"""A smooth film of 30 frames on which scalers agree."""


def film(codec: str, seconds: int) -> tuple[str, ...]:
    """Arguments that make a noisy film in 1080p."""
    source = f"testsrc2=s=1920x1080:r={FPS},noise=alls=8:allf=t"
    return (
        "-f",
        "lavfi",
        "-i",
        source,
        "-t",
        str(seconds),
        "-pix_fmt",
        "yuv420p",
        *FILMS[codec],
        "-y",
        f"film_{codec}.mkv",
    )


def awkward(name: str) -> tuple[str, ...]:
    """Arguments that make a film of a second which hardware may refuse."""
    size, how = AWKWARD[name]
    depth = () if "-pix_fmt" in how else ("-pix_fmt", "yuv420p")
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={FPS}", "-t", "1", *how, *depth, "-y", f"{name}.mkv")


def card() -> tuple[str, ...]:
    """Arguments that make the test card."""
    source = f"testsrc2=s=1920x1080:r={FPS},gblur=sigma=20"
    return ("-f", "lavfi", "-i", source, "-t", "1", "-pix_fmt", "yuv420p", *_X264, "-y", CARD)
