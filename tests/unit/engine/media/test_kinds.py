"""What is said of a file that is not taken for a video."""

import pytest

from vxpipe.engine.media import kinds


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"GIF89a\x01\x00", "a GIF picture"),
        (b"\x89PNG\r\n\x1a\n\x00", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\x00", "a JPEG picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a WebP picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10", "a WebP picture"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x12", "an animated WebP"),
        (b"\xef\xbb\xbf\n<!doctype html>", "a page or document of markup (HTML, XML)"),
        (b"#EXTM3U\n", "a playlist"),
        (b"hello\n", "plain text"),
        (b"\x00\x00\x00\x01\x67\x64\x00", "an H.264 stream without a container"),
        (b"\x00\x00\x01\x09\xf0", "an H.264 stream without a container"),
        (b"\x00\x00\x00\x01\x40\x01\x0c", "an HEVC stream without a container"),
        (b"\x00\x00\x00\x01mdat", None),
        (b"\x00\x00\x01\xba\x44", None),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"\x00\x00\x00\x20ftypisom", None),
    ],
)
def test_what_is_no_video_is_named_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert kind == kinds.kind_of(head)


@pytest.mark.parametrize(
    ("head", "sound"),
    [
        (b"ID3\x04\x00", "MP3"),
        (b"\xff\xfb\x90\x00", "MP3"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"fLaC\x00", "FLAC"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "WAV"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"\xff\xd8\xff\xe0\x00", None),
        (b"hello\n", None),
    ],
)
def test_a_file_of_nothing_but_sound_is_named_by_its_first_bytes(head: bytes, sound: str | None) -> None:
    assert sound == kinds.sound_of(head)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"GIF89a\x01\x00", "a GIF picture"),
        (b"\x89PNG\r\n\x1a\n\x00", "a PNG picture"),
        (b"\x00\x00\x00\x20ftypavif", "an AVIF or HEIF picture"),
        (b"\x00\x00\x00\x18ftypheic", "an AVIF or HEIF picture"),
        (b"\x00\x00\x00\x20ftypisom", None),
    ],
)
def test_what_may_hold_a_single_picture_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert kind == kinds.picture_of(head)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("[nut @ 0x7f17e147b840] Format not on whitelist 'mov,mp4'\nfile:/a: Invalid argument\n", "nut"),
        ("[mov,mp4,m4a @ 0x7f42a52e3840] moov atom not found\nfile:/a: Invalid data found\n", None),
        ("", None),
    ],
)
def test_ffprobe_says_what_it_would_have_taken_a_refused_file_for(said: str, name: str | None) -> None:
    assert name == kinds.refused_format(said)
