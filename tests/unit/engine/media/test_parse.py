"""What ffprobe and ffmpeg really said, read back."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from vxpipe.engine.media import parse
from vxpipe.errors import VxError

SAID = Path(__file__).parent / "said"


def _document(*streams: dict[str, Any], **container: Any) -> str:
    return orjson.dumps({"streams": streams, "format": container}).decode()


def _video(**changes: Any) -> dict[str, Any]:
    return {"codec_type": "video", "codec_name": "h264", "width": 640, "height": 360, **changes}


def test_a_transport_stream_is_read() -> None:
    info = parse.media_info((SAID / "ffprobe_reel_ts.json").read_text())

    assert ("mpegts", "h264", 540, 960) == (info.container, info.codec, info.width, info.height)
    assert (30.0, 21.266667, None) == (info.fps, info.duration, info.frames)


def test_the_duration_of_a_webm_comes_from_its_track() -> None:
    info = parse.media_info((SAID / "ffprobe_reel_vp9.json").read_text())

    assert 21.266 == info.duration


def test_a_cover_image_is_no_video() -> None:
    cover = _video(codec_name="mjpeg", disposition={"attached_pic": 1})

    with pytest.raises(VxError) as failure:
        parse.media_info(_document({"codec_type": "audio"}, cover))

    assert "no_video_stream" == failure.value.code


def test_a_video_whose_header_is_lost_is_no_cover_image() -> None:
    lost = {"codec_type": "video", "codec_name": "unknown", "width": 0, "height": 0}

    with pytest.raises(VxError) as failure:
        parse.media_info(_document({"codec_type": "audio"}, lost))

    assert "unreadable_media" == failure.value.code


def test_the_moving_picture_is_taken_and_not_the_cover_before_it() -> None:
    cover = _video(codec_name="mjpeg", width=1000, disposition={"attached_pic": 1})

    info = parse.media_info(_document(cover, _video()))

    assert (640, "h264") == (info.width, info.codec)


@pytest.mark.parametrize("text", ["", "{}", '{"streams": []}'])
def test_a_file_without_streams_is_unreadable(text: str) -> None:
    with pytest.raises(VxError) as failure:
        parse.media_info(text)

    assert "unreadable_media" == failure.value.code


def test_a_duration_that_is_told_as_an_end_is_as_exact_as_what_it_is_made_of() -> None:
    video = _video(start_time="0.024", tags={"DURATION": "00:00:13.941000000"})

    assert 13.917 == parse.media_info(_document(video, format_name="matroska,webm")).duration


@pytest.mark.parametrize(
    ("degrees", "size", "rotation", "sar"),
    [(-90, (360, 640), 270, 0.5), (90, (360, 640), 90, 0.5), (180, (640, 360), 180, 2.0), (0, (640, 360), 0, 2.0)],
)
def test_size_and_pixel_shape_are_upright(degrees: int, size: tuple[int, int], rotation: int, sar: float) -> None:
    video = _video(sample_aspect_ratio="2:1", side_data_list=[{"rotation": degrees}])

    info = parse.media_info(_document(video))

    assert (*size, rotation, sar) == (info.width, info.height, info.rotation, info.sar)


@pytest.mark.parametrize("ratio", ["0:1", "N/A", "", None])
def test_an_unknown_pixel_shape_counts_as_square(ratio: str | None) -> None:
    assert 1.0 == parse.media_info(_document(_video(sample_aspect_ratio=ratio))).sar


@pytest.mark.parametrize(
    ("own", "whole", "expected"),
    [("3.5", "9", 3.5), (None, "9", 9.0), ("N/A", "9", 9.0), ("0.0", None, None), ("inf", None, None)],
)
def test_the_videos_own_duration_comes_before_the_files(
    own: str | None, whole: str | None, expected: float | None
) -> None:
    assert expected == parse.media_info(_document(_video(duration=own), duration=whole)).duration


def test_copied_packets_are_told_by_their_pts() -> None:
    said = "#extradata 0: 45, 0xa5\n#tb 0: 1/15360\n0, -1024, 0, 512, 48342, 0xd1\n0, -512, 2048, 512, 99, 0x1, S=1\n"

    assert [0, 2048] == parse.copied_pts(said).tolist()
    assert [] == parse.copied_pts("").tolist()


@pytest.mark.parametrize(
    ("text", "expected"), [('{"program_version": {"version": "n8.1.2"}}', "8.1.2"), ("{}", None), ("", None)]
)
def test_ffprobe_tells_its_version_beside_what_it_found(text: str, expected: str | None) -> None:
    assert expected == parse.prober(text)


@pytest.mark.parametrize(
    ("container", "begins"),
    [
        ({"format_name": "mpegts", "start_time": "10.500000"}, 10.5),
        ({"format_name": "matroska,webm", "start_time": "-0.007000"}, -0.007),
        ({"format_name": "mov,mp4,m4a,3gp,3g2,mj2"}, None),
        ({"format_name": "mpegts", "start_time": "N/A"}, None),
        ({"format_name": "aac", "start_time": "0.000000"}, None),
    ],
)
def test_a_file_of_sound_tells_when_it_begins_on_its_clock(container: dict[str, str], begins: float | None) -> None:
    told = _document({"codec_type": "data"}, {"codec_type": "audio", "codec_name": "opus"}, **container)

    assert ("opus", begins) == parse.sound_info(told)


def test_a_stream_without_a_clock_begins_when_its_segments_say_so() -> None:
    """As ffprobe tells of packed audio from an HLS playlist."""
    tags = {"id3v2_priv.com.apple.streaming.transportStreamTimestamp": r"\x00\x00\x00\x00\x00A\xa7\xd0"}
    told = _document({"codec_type": "audio", "codec_name": "aac"}, format_name="aac", tags=tags)

    assert ("aac", 0x41A7D0 / 90000) == parse.sound_info(told)


def test_a_file_without_sound_has_none() -> None:
    assert parse.sound_info(_document(_video())) is None
    assert parse.sound_info("") is None


def test_what_begins_later_ends_later() -> None:
    picture, sound = {"duration": "6.0"}, {"codec_type": "audio", "start_time": "0.5", "duration": "2.5"}

    assert parse.ends(_document(_video(**picture), sound)) == (6.0, 3.0)
    assert parse.ends(_document(_video(**picture))) == (6.0, 0.0)
