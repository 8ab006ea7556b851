"""What is known to go wrong with the small planted clips. Pure."""

from collections.abc import Iterator, Mapping
from itertools import product

from verdict import KINDS, Verdict

# How many faults of a kind a clip has.
KNOWN: dict[str, dict[str, int]] = {
    "repeat": {"cuts-h264-mkv-g12-b": 1, "still-walker-wood": 1},  # rings that swap their colours, somebody who walks
    "mid": {"decks-builds-fade-fixed": 1},  # of a line that fades in where what follows is left out
    "missed": {  # slides of which little changes, and some that fade within fixed groups
        "transitions-circle-quick": 1,
        "decks-quiz-cut-fixed": 2,
        "decks-table-cut-long": 3,
        "decks-table-fade-fixed": 2,
        "decks-table-speaker-long": 4,
        "decks-twoofeight-cut-fixed": 1,
        "decks-twoofeight-fade-long": 1,
        "decks-twoofeight-speaker-fixed": 2,
        "decks-builds-fade-fixed": 1,
    },
}


def beside(found: Mapping[str, Verdict], sign: int) -> Iterator[str]:
    """The clips that have more (1) or less (-1) faults of a kind than is known."""
    for (clip, judged), kind in product(found.items(), KINDS):
        if sign * (judged.count(kind) - KNOWN.get(kind, {}).get(clip, 0)) > 0:
            yield f"{clip} {kind}"
