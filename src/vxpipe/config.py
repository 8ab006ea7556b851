"""Settings: the only reader of the environment and of `.env`."""

import ipaddress
import json
import os
import re
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vxpipe.addresses import Exceptions, host_port
from vxpipe.errors import MOST_TRIES, ConfigError
from vxpipe.hooks import destination, secret_bytes

CommaList = Annotated[tuple[str, ...], NoDecode]

_PREFIX = "VXPIPE_"
_FOR_TESTS = "VXPIPE_TEST_"
_SQLITE = "sqlite+aiosqlite:///"
# Never shown in an error line.
_SECRET = frozenset(
    {"API_KEY", "DATABASE_URL", "JOB_INPUT", "VXPIPE_PROXIES", "VXPIPE_WEBHOOK_SECRETS", "VXPIPE_WEBHOOK_URL"}
)

_SET = "(set)"

# What a child process may see of our environment: enough to find libraries and devices, nothing secret.
_CHILD_VARIABLES = (
    "PATH",
    "LANG",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "SSL_CERT_FILE",
)

# What pip and uv may see besides: where they are configured, and the way to the index.
_INSTALLER_VARIABLES = (
    *("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME", "NETRC"),
    *("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)
_INSTALLER_PREFIXES = ("PIP_", "UV_")


def _plain_name(name: str) -> Any:
    """A variable that is read under its own name, without the VXPIPE_ prefix."""
    return AliasChoices(name)


class PlatformSettings(BaseModel):
    """What an operator may change of a platform."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrency: int = Field(2, ge=1, le=64)
    interval: float = Field(0.0, ge=0, le=3600)
    enabled: bool = True


class Settings(BaseSettings):
    """Every setting with its default. The field descriptions become `.env.sample`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    api_key: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        validation_alias=_plain_name("API_KEY"),
        description="One key or several, comma-separated, good for everything. Further ones, with names and scopes: "
        "`vxpipe keys`. Without any key the service listens on this machine only.",
    )
    cors_origins: CommaList = Field(
        (),
        validation_alias=_plain_name("CORS_ORIGINS"),
        description="Origins whose pages may call the API, comma-separated, e.g. https://app.example. Empty: none.",
    )
    max_videos_per_request: int = Field(
        100,
        ge=1,
        le=10_000,
        validation_alias=_plain_name("MAX_VIDEOS_PER_REQUEST"),
        description="The most items one POST /process may hold.",
    )
    debug_pipeline: bool = Field(
        False,
        validation_alias=_plain_name("DEBUG_PIPELINE"),
        description="1: the pipeline's debug lines appear in the logs and the live feed.",
    )
    pipeline_entrypoint: Path | None = Field(
        None,
        validation_alias=_plain_name("PIPELINE_ENTRYPOINT"),
        description="A program to run for each item instead of the built-in pipeline: see docs/program.md.",
    )
    job_input: str | None = Field(
        None,
        validation_alias=_plain_name("JOB_INPUT"),
        description='What `vxpipe run` without a target works on: a JSON list of {"platform", "code"}.',
    )
    database_url: str | None = Field(
        None,
        validation_alias=_plain_name("DATABASE_URL"),
        description="Where jobs are kept: sqlite+aiosqlite:////path/to.db. Default: vxpipe.db in the data folder.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on. Any but a loopback one needs a key.")
    isolate_keys: bool = Field(
        False,
        description="1: a key sees its own jobs only, as if there were no others; a key with the scope admin, and "
        "API_KEY where it is a single one, see all. No download is then kept for the next job (VXPIPE_CACHE_BYTES).",
    )
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 lets the system choose.")
    root_path: str = Field(
        "",
        description="The path below which a reverse proxy shows the service, e.g. /vx, whether it cuts that off or "
        "not. See docs/proxy.md. Empty: the service has its address to itself.",
    )
    access_log: bool = Field(
        True,
        description="1: every request is a line of the log, without query values, headers and bodies. 0: none.",
    )
    tracing: bool = Field(
        False,
        description="1: requests are traced with OpenTelemetry, which needs vxpipe[otel]; its own variables, such as "
        "OTEL_EXPORTER_OTLP_ENDPOINT, say where the traces go.",
    )
    data_dir: Path = Field(
        Path("data"), description="The folder for the database, work files, results and updates of yt-dlp."
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="How many items are worked on at once; they share the processor cores evenly. "
        "Default: the number of cores.",
    )
    rate_limit_key: int = Field(
        30_000, ge=0, description="The most requests of one key in a minute; beyond: 429. 0: no limit."
    )
    rate_limit_address: int = Field(
        3_000,
        ge=0,
        description="The most requests in a minute from one address that show no valid key, where keys are needed; "
        "beyond: 429. 0: no limit.",
    )
    trusted_proxies: CommaList = Field(
        (),
        description="Addresses or networks of reverse proxies, comma-separated, e.g. 10.0.0.0/8: what they say in "
        "X-Forwarded-For and X-Forwarded-Proto is believed.",
    )
    webhook_url: str | None = Field(
        None, description="Who is told when a job has ended, signed: an http or https address. See docs/webhooks.md."
    )
    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="What webhooks are signed with: whsec_ and base64 of 24 to 64 random bytes; several, "
        "comma-separated, while one is replaced. Without one no webhooks are sent.",
    )
    max_streams: int = Field(
        2000,
        ge=1,
        le=100_000,
        description="The most live streams at a time; beyond: 503. Each needs a file descriptor.",
    )
    max_streams_per_key: int = Field(
        1000, ge=1, le=100_000, description="The most live streams with one key at a time; beyond: 503."
    )
    queue_size: int = Field(10_000, ge=1, le=1_000_000, description="The most items that may wait; beyond: 503.")
    allow_direct_urls: bool = Field(
        False, description='0: {"url"} must belong to a platform. 1: direct links to media files are taken too.'
    )
    allow_hosts: CommaList = Field(
        (),
        description="host or host:port list that may be fetched from although its address is not public.",
    )
    egress_strict: bool = Field(
        False,
        description="1: a download may only reach hosts its platform is known to use. 0: others are noted in the log.",
    )
    proxies: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Proxies for the platforms' sake: platform=http://user:password@host:port list, * for all others. "
        "They resolve names themselves: set VXPIPE_EGRESS_STRICT=1 as well.",
    )
    credentials_dir: Path | None = Field(
        None,
        description="A folder with what platforms are signed in to with, which is only read: PLATFORM.cookies.txt "
        "(Netscape format), PLATFORM.keys.json (extractor arguments of yt-dlp). See docs/credentials.md.",
    )
    sandbox: Literal["auto", "require", "off"] = Field(
        "auto",
        description="auto: the kernel holds downloads and ffmpeg to their own files and ports, as far as it can. "
        "require: do not start where it cannot. off: nothing is held back.",
    )
    accel: Literal["auto", "off", "require"] = Field(
        "auto",
        description="auto: NVIDIA GPUs decode, and encode clips, where that was tried, works and pays; the processor "
        "does all the rest. off: no GPU is used. require: do not start without one that works, and fail a video that "
        "none takes. A program of PIPELINE_ENTRYPOINT is not held to it. See docs/gpu.md.",
    )
    platforms: Annotated[dict[str, PlatformSettings], NoDecode] = Field(
        {},
        description="Changes to platforms, as JSON: for each by its name how many downloads run at a time, the least "
        "seconds between two starts, whether it is taken at all, e.g. "
        '{"youtube": {"concurrency": 1, "interval": 10}, "vk": {"enabled": false}}. GET /platforms shows all.',
    )
    tries: int = Field(
        3, ge=1, le=MOST_TRIES, description="How often an item whose failure may pass is tried, the first time counted."
    )
    retry_seconds: float = Field(
        8, gt=0, le=3600, description="The pause before the second try, in seconds; later ones double."
    )
    cooldown_seconds: float = Field(
        300,
        gt=0,
        le=3600,
        description="How long a platform that limits us is left alone, in seconds, where it does not say; "
        "doubled each time up to an hour.",
    )
    max_bytes: int = Field(2 << 30, ge=1 << 10, description="The largest download, in bytes.")
    cache_bytes: int = Field(
        2 << 30,
        ge=0,
        description="How much of what was downloaded is kept in the data folder, in bytes: the same video in the same "
        "rendition is then downloaded once. Direct links, and what `vxpipe run` or a program downloads, are not kept. "
        "0: nothing.",
    )
    cache_seconds: float = Field(
        24 * 3600, gt=0, le=30 * 24 * 3600, description="How long a download is kept at most, in seconds."
    )
    disk_floor_bytes: int = Field(
        512 << 20,
        ge=0,
        description="How much of the disk stays free, in bytes: below it the cache is emptied, then no download begins "
        "or goes on and GET /ready says so.",
    )
    retention_days: float = Field(
        0,
        ge=0,
        le=3650,
        description="For how many days a job that has ended is kept, with its files; 0: for ever. With a figure, and "
        "the disk below its floor, the oldest go earlier, but none within a day of its end.",
    )
    max_duration: float = Field(4 * 3600, gt=0, description="The longest video, in seconds.")
    item_timeout: float = Field(7200, gt=0, description="The longest an item may take, in seconds.")
    max_attempts: int = Field(5, ge=1, le=100, description="How often an item is begun again after the service died.")
    drain_seconds: float = Field(10, ge=0, description="How long a stopping service lets running items finish.")
    ffmpeg: Path | None = Field(None, description="The ffmpeg to use. Default: the one that comes with vxpipe.")
    ffprobe: Path | None = Field(None, description="The ffprobe to use. Default: the one that comes with vxpipe.")

    @field_validator(
        "api_key", "cors_origins", "allow_hosts", "proxies", "trusted_proxies", "webhook_secrets", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = tuple(part.strip() for part in value.split(",") if part.strip())
        if not parts:
            raise ValueError("is set but names nothing")
        return parts

    @field_validator("platforms", mode="before")
    @classmethod
    def _json(cls, value: Any) -> Any:
        try:
            return from_json(value) if isinstance(value, str) else value
        except ValueError as exc:
            raise ValueError(f"must be a JSON object: {exc}") from exc

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://[^/@?#\s]+/?", origin, re.IGNORECASE):
                raise ValueError(f"{origin!r} is not an origin; write scheme and host, e.g. https://app.example")
        return tuple(_as_browsers_write(origin) for origin in value)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            ipaddress.ip_network(text, strict=False)
        return value

    @field_validator("allow_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            host_port(text)
        return value

    @field_validator("root_path")
    @classmethod
    def _root(cls, value: str) -> str:
        root = value.rstrip("/")
        if root and not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", root):
            raise ValueError("must be a path such as /vx: of letters, digits, '.', '_', '~', '-'")
        return root

    @field_validator("webhook_url")
    @classmethod
    def _receiver(cls, value: str | None) -> str | None:
        if value is not None:
            destination(value)
        return value

    @field_validator("webhook_secrets")
    @classmethod
    def _signing(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            secret_bytes(secret.get_secret_value())
        return value

    @model_validator(mode="after")
    def _signed_only(self) -> Self:
        if self.webhook_url and not self.webhook_secrets:
            raise ValueError("VXPIPE_WEBHOOK_URL needs VXPIPE_WEBHOOK_SECRETS: webhooks are signed")
        return self

    @model_validator(mode="after")
    def _roomy(self) -> Self:
        if self.queue_size < self.max_videos_per_request:
            raise ValueError(
                f"VXPIPE_QUEUE_SIZE ({self.queue_size}) must be at least MAX_VIDEOS_PER_REQUEST "
                f"({self.max_videos_per_request}): a whole request would never fit"
            )
        return self

    @field_validator("database_url")
    @classmethod
    def _sqlite(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(_SQLITE) and Path(value.removeprefix(_SQLITE)).name):
            raise ValueError(f"must be {_SQLITE} and the path of a file")
        return value

    @field_validator("pipeline_entrypoint")
    @classmethod
    def _entrypoint(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        if not value.is_file() or not (os.access(value, os.X_OK) or value.suffix == ".py"):
            raise ValueError(f"{value} is no program that can be run, nor a Python file")
        return value.absolute()

    @field_validator("ffmpeg", "ffprobe")
    @classmethod
    def _program(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value, os.X_OK):
            raise ValueError(f"{value} is not a program that can be run")
        return value

    @property
    def exceptions(self) -> Exceptions:
        """`allow_hosts`, read."""
        return frozenset(map(host_port, self.allow_hosts))

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        if self.database_url is None:
            return (self.data_dir / "vxpipe.db").absolute()
        return Path(self.database_url.removeprefix(_SQLITE)).absolute()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def http_url(host: str, port: int) -> str:
    """The address of a service."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def own_url(settings: Settings) -> str:
    """Where this machine reaches a service with these settings."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - only compared
    return http_url(host, settings.port)


def read(**overrides: Any) -> Settings:
    """The settings from the environment and `.env`, `overrides` (field names) first.

    Raises ConfigError with one line that names the variable.
    """
    try:
        return Settings(**{_spelling(name): value for name, value in overrides.items()})
    except ValidationError as exc:
        raise ConfigError("; ".join(_fault(error) for error in exc.errors())) from exc


def defaults(*, but: Collection[str]) -> dict[str, Any]:
    """The default of each setting, by its field, without those named in `but`."""
    rest = {name: info for name, info in Settings.model_fields.items() if name not in but}
    return {name: info.get_default(call_default_factory=True) for name, info in rest.items()}


def unknown() -> dict[str, str]:
    """The variables that look like ours and are none, in the environment and `.env`, each with the nearest that is."""
    from dotenv import dotenv_values

    known = {variable(name).removeprefix(_PREFIX): variable(name) for name in Settings.model_fields}
    given = {**dotenv_values(".env"), **os.environ}  # noqa: TID251
    ours = sorted(name for name in given if name.startswith(_PREFIX) and not name.startswith(_FOR_TESTS))
    strange = [name for name in ours if name not in known.values()]
    near = {name: get_close_matches(name.removeprefix(_PREFIX), known, n=1) for name in strange}
    return {name: known[found[0]] if found else "" for name, found in near.items()}


def child_environment() -> dict[str, str]:
    """The base environment of child processes; everything else is left out.

    CUDA counts the cards as nvidia-smi does: by itself it begins with the fastest, and the numbers in
    CUDA_VISIBLE_DEVICES would mean other cards to it than to us.
    """
    seen = {name: os.environ[name] for name in _CHILD_VARIABLES if name in os.environ}  # noqa: TID251
    return {**seen, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def authorities() -> str | None:
    """The file of the authorities that the operator believes, where one is named."""
    return os.environ.get("SSL_CERT_FILE")  # noqa: TID251


def installer_environment() -> dict[str, str]:
    """The environment of pip and uv: that of other children, and what configures them."""
    theirs = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251
        if name in _INSTALLER_VARIABLES or name.startswith(_INSTALLER_PREFIXES)
    }
    return {**child_environment(), **theirs}


def variable(field: str) -> str:
    """The environment variable that sets a field."""
    return field.upper() if Settings.model_fields[field].validation_alias else f"VXPIPE_{field.upper()}"


def shown(settings: Settings) -> dict[str, str]:
    """The variables that are set, with their values where those are no secrets."""
    names = {name: variable(name) for name in Settings.model_fields if name in settings.model_fields_set}
    return {said: _SET if said in _SECRET else _written(getattr(settings, name)) for name, said in names.items()}


def sample() -> str:
    """The text of `.env.sample`: every variable with its meaning and default."""
    blocks = [
        f"# {info.description}\n#{variable(name)}={_shown(name)}\n" for name, info in Settings.model_fields.items()
    ]
    return "# Copy to .env and uncomment what you change.\n\n" + "\n".join(blocks)


def _as_browsers_write(origin: str) -> str:
    """An origin in small letters, without the port that its scheme has anyway."""
    small = origin.rstrip("/").lower()
    return re.sub(r"(?<=^https:)(//.*):443$|(?<=^http:)(//.*):80$", lambda found: found[1] or found[2], small)


def _spelling(name: str) -> str:
    return variable(name) if Settings.model_fields[name].validation_alias else name


def _shown(name: str) -> str:
    default = Settings.model_fields[name].default
    if name == "workers" or default is None or default in ((), {}):
        return ""
    return _written(default)


def _written(value: object) -> str:
    """A value as it stands in `.env`."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps({name: part.model_dump(exclude_unset=True) for name, part in value.items()})
    return str(int(value)) if isinstance(value, bool) else str(value)


def _fault(error: Any) -> str:
    text = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return str(text)
    name = str(error["loc"][0])
    shown = variable(name) if name in Settings.model_fields else name
    inside = "".join(f"{part}: " for part in error["loc"][1:])
    return f"{shown}: {inside}{text}" + ("" if shown in _SECRET else f" (got {error['input']!r})")
