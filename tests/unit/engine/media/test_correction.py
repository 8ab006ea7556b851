"""What is done to pictures that are interlaced, HDR or of a told matrix."""

import pytest

from vxpipe.engine.media.correction import correction_for, guesses_colours
from vxpipe.model import MediaInfo

PLAIN = {"container": "mp4", "codec": "h264", "width": 64, "height": 64}


def _names(**facts: object) -> tuple[list[str], list[str]]:
    told = correction_for(MediaInfo(**{**PLAIN, **facts}))  # type: ignore[arg-type]
    return [f.name for f in told.of_all], [f.name for f in told.of_chosen]


def test_a_plain_video_is_left_alone() -> None:
    assert ([], []) == _names()
    assert correction_for(MediaInfo(**PLAIN)).matrix is None  # type: ignore[arg-type]


def test_interlaced_video_is_deinterlaced_before_frames_are_chosen() -> None:
    assert (["bwdif", "settb"], []) == _names(interlaced=True)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_only_the_chosen_frames_of_hdr_are_tone_mapped(transfer: str) -> None:
    of_all, of_chosen = _names(transfer=transfer)

    assert [] == of_all
    assert "tonemap" in of_chosen


def test_what_hdr_does_not_tell_of_its_colours_is_bt2020() -> None:
    tags = correction_for(MediaInfo(**PLAIN, transfer="smpte2084")).of_chosen[1]  # type: ignore[arg-type]

    assert {"color_trc": "smpte2084", "color_primaries": "bt2020", "colorspace": "bt2020nc"} == tags.options


@pytest.mark.parametrize("transfer", ["bt709", "smpte170m", "bt2020-10", None])
def test_sdr_is_not_tone_mapped(transfer: str | None) -> None:
    assert ([], []) == _names(transfer=transfer, matrix="bt709")


@pytest.mark.parametrize(
    ("facts", "matrix"),
    [
        ({"matrix": "bt709"}, "bt709"),
        ({"matrix": "gbr"}, None),
        ({"matrix": "bt2020c"}, "bt709"),
        ({"matrix": "smpte2085"}, "bt709"),
        ({"matrix": "bt2020nc", "transfer": "smpte2084"}, "bt709"),
    ],
    ids=["told", "none", "after conversion", "guessed", "after tone mapping"],
)
def test_the_matrix_is_that_of_the_corrected_frames(facts: dict[str, str], matrix: str | None) -> None:
    assert matrix == correction_for(MediaInfo(**PLAIN, **facts)).matrix  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matrix", "transfer", "guessed"),
    [
        (None, None, False), ("gbr", None, False), ("ycgco", None, False), ("chroma-derived-nc", "bt709", False),
        ("ictcp", "smpte2084", False), ("ictcp", "bt709", True), ("smpte2085", None, True),
    ],
)  # fmt: skip
def test_colours_are_a_guess_where_no_tool_reads_the_matrix(
    matrix: str | None, transfer: str | None, guessed: bool
) -> None:
    assert guessed == guesses_colours(MediaInfo(**PLAIN, matrix=matrix, transfer=transfer))  # type: ignore[arg-type]
