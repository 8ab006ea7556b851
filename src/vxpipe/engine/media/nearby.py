"""Finds among very many hashes those that differ in a few bits only. Pure numpy."""

from array import array
from collections import defaultdict
from itertools import pairwise

import numpy as np

from vxpipe.engine.media.arrays import Counts, Hashes, Indices


class Nearby:
    """The hashes added so far, to be found again by others that differ from them in `most_bits` of 64 bits at most.

    Two such hashes agree in one of `most_bits + 1` bands at least: only those that do are compared (M. Norouzi et al.,
    "Fast Search in Hamming Space with Multi-Index Hashing", 2012). To compare each frame with all before it took half a
    minute for 90,000.
    """

    def __init__(self, most_bits: int) -> None:
        self._most_bits = most_bits
        edges = np.linspace(0, 64, most_bits + 2).astype(int).tolist()
        self._bands = [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]
        self._places: list[dict[int, array[int]]] = [defaultdict(lambda: array("q")) for _ in self._bands]
        self._hashes = array("Q")

    def add(self, hashes: Hashes) -> None:
        """Remember hashes; they are told by their place in the order of adding."""
        for value in hashes.tolist():
            for (low, mask), places in zip(self._bands, self._places, strict=True):
                places[value >> low & mask].append(len(self._hashes))
            self._hashes.append(value)

    def near(self, hashes: Hashes) -> tuple[Indices, Indices, Counts]:
        """Every pair of one of `hashes` and a known one near it: their places and the bits between, in order."""
        found = [self._near(value) for value in hashes.tolist()]
        rows = np.repeat(np.arange(len(found)), [len(places) for places, _ in found])
        places, bits = (np.concatenate([np.zeros(0, np.int64), *part]) for part in zip(*found, strict=True))
        return rows, places, bits

    def _near(self, value: int) -> tuple[Indices, Counts]:
        keys = [value >> low & mask for low, mask in self._bands]
        agreeing = [places[key] for key, places in zip(keys, self._places, strict=True) if key in places]
        if not agreeing:
            return np.zeros(0, np.intp), np.zeros(0, np.int64)
        places = np.concatenate([np.frombuffer(one, np.int64) for one in agreeing])
        bits = np.bitwise_count(np.frombuffer(self._hashes, np.uint64)[places] ^ np.uint64(value))
        near = bits <= self._most_bits
        places, first = np.unique(places[near], return_index=True)
        return places, bits[near][first].astype(np.int64)
