"""What a platform is signed in to with: cookies, and keys as yt-dlp's extractor arguments. Pure."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from vxpipe.engine.fetch.cookies import Cookie, Malformed
from vxpipe.facts import CredentialFacts
from vxpipe.values import frozen

Keys = Mapping[str, Mapping[str, list[str]]]

_KEYS = TypeAdapter(dict[str, dict[str, list[str]]])


@frozen
class Credentials:
    """What there is for one site. `cookies` is None where there is no file of them."""

    cookies: tuple[Cookie, ...] | None = field(default=None, repr=False)
    keys: Keys = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that nobody may read."""
        values = [value for arguments in self.keys.values() for each in arguments.values() for value in each]
        return (*(cookie.value for cookie in self.cookies or ()), *values)

    def at(self, now: datetime) -> "Credentials":
        """Without the cookies whose time has come."""
        alive = tuple(cookie for cookie in self.cookies or () if cookie.is_alive(now.timestamp()))
        return replace(self, cookies=None if self.cookies is None else alive)

    def facts(self, now: datetime) -> CredentialFacts:
        """What may be told of them."""
        alive = self.at(now).cookies
        ends = [cookie.expires for cookie in alive or () if cookie.expires]
        return CredentialFacts(
            cookies=self.cookies is not None,
            expired=alive == (),
            expires=datetime.fromtimestamp(min(ends), UTC) if ends else None,
            keys=bool(self.keys),
        )


NO_CREDENTIALS = Credentials()


def parse_keys(text: str) -> Keys:
    """The arguments by extractor and name, spelled as yt-dlp looks them up; raises Malformed."""
    try:
        found = from_json(text)
    except ValueError as exc:  # tells line and column, not what stands there
        raise Malformed(f"this is not JSON: {exc}") from None
    try:
        keys = _KEYS.validate_python(found, strict=True)
    except ValidationError:
        keys = {}
    if not keys:
        raise Malformed('{"extractor": {"argument": ["value", ...], ...}, ...} is wanted') from None
    return {name.lower(): _spelled(arguments) for name, arguments in keys.items()}


def code_of_failure(code: str, credentials: Credentials) -> str:
    """The code of a failed download for which there were credentials: who is asked to sign in has done so in vain."""
    return "cookies_expired" if code == "login_required" and credentials.cookies is not None else code


def _spelled(arguments: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name.lower().replace("-", "_"): values for name, values in arguments.items()}
