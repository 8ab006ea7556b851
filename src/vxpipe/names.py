"""What targets are called: what names mean, the codes that name their folders, and how they are shown. Pure."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TypeVar
from urllib.parse import urlsplit

from vxpipe.errors import ConfigError, Refused
from vxpipe.model import DIRECT, FILE, Target
from vxpipe.words import first

Named = TypeVar("Named")
Meant = TypeVar("Meant")

_LONGEST = 80
_FILE_NAME = re.compile(r".+\.[A-Za-z0-9]{2,5}")
_WIDEST = 40
# Letters that Unicode does not take apart.
_SPELT = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
)


def all_meant(named: Sequence[Named], meant: Callable[[int, Named], Meant]) -> list[Meant]:
    """What each means, by its place and name; raises ConfigError with a line for each of which `meant` raises Refused.

    Who names a hundred hears of all that are wrong at once.
    """
    found, wrong = [], []
    for place, each in enumerate(named):
        try:
            found.append(meant(place, each))
        except Refused as exc:
            wrong.append(exc.message)
    if wrong:
        raise ConfigError("\n".join(first(wrong)))
    return found


def local(path: PurePath) -> Target:
    """The target of a file on this machine; its code is the file's stem reduced to letters, digits, `.`, `_`, `-`.

    Letters lose their accents; a stem with letters of another script is told from others by a digest.
    """
    bare = _unaccented(path.stem)
    code = _reduced(bare)
    lost = any(letter.isalnum() and not letter.isascii() for letter in bare)
    if lost or not code:
        code = f"{code or 'video'}-{_digest(path.name)}"
    return Target(platform=FILE, code=code, url=str(path))


def with_own_codes(targets: Sequence[Target]) -> list[Target]:
    """The targets, with files whose codes are the same told apart: by their ending, their folder, both or a digest.

    What each gets does not hang on their order. Codes that differ in case alone are the same: to many file systems
    their folders are.
    """
    codes = iter(_told_apart((_codes(target) for target in targets if target.platform == FILE), known_by=str.casefold))
    return [replace(target, code=next(codes)) if target.platform == FILE else target for target in targets]


def shown(targets: Sequence[Target]) -> list[str]:
    """What each is called where people read of it: a file by its name, after its folder where others are called so, and
    a direct link by host and name.
    """
    return _told_apart(map(_forms, targets))


def introduced(target: Target) -> str:
    """What one is called where its log begins: by platform and code, which says nothing of a direct link."""
    coded = f"{target.platform}:{target.code}"
    return f"{coded} ({_host_and_name(target.url)})" if target.platform == DIRECT else coded


def shortened(name: str) -> str:
    """A name that leaves room for a bar: what is too long loses its middle."""
    return name if len(name) <= _WIDEST else f"{name[: _WIDEST - 13]}...{name[-10:]}"


def _codes(target: Target) -> tuple[str, ...]:
    path, code = PurePath(target.url), target.code
    ending = f".{suffix}" if (suffix := _reduced(_unaccented(path.suffix))) else ""
    within = f"{folder}-{code}" if (folder := _reduced(_unaccented(path.parent.name))) else code
    return (code, f"{code}{ending}", within, f"{within}{ending}", f"{code}-{_digest(target.url)}")


def _forms(target: Target) -> tuple[str, ...]:
    coded = f"{target.platform}:{target.code}"
    if target.platform != FILE:
        return (_host_and_name(target.url), coded) if target.platform == DIRECT else (coded,)
    path = PurePath(target.url)
    return (path.name, str(PurePath(*path.parts[-2:])), target.url)


def _host_and_name(url: str) -> str:
    """A link as people know it again, without what may be secret in it: a user's name and password, the query, and all
    of the path but the name of a file.
    """
    parts = urlsplit(url)
    host, path = parts.netloc.rpartition("@")[2], parts.path.strip("/")
    folders, _, name = path.rpartition("/")
    name = name.partition(";")[0]
    if not _FILE_NAME.fullmatch(name):
        return f"{host}/{'...' if path else ''}"
    return f"{host}/{'.../' if folders else ''}{shortened(name)}"


def _told_apart(choices: Iterable[Sequence[str]], *, known_by: Callable[[str], str] = str) -> list[str]:
    """Of each of them the first that is nobody else's, or the last; those known by the same are the same."""
    left = [list(names) for names in choices]
    while True:
        times = Counter(known_by(names[0]) for names in left)
        shared = [names for names in left if times[known_by(names[0])] > 1 and len(names) > 1]
        if not shared:
            return [names[0] for names in left]
        for names in shared:
            del names[0]


def _unaccented(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_SPELT))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _reduced(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:_LONGEST].rstrip("-.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
