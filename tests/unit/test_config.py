"""Settings: read once, wrong ones named."""

from pathlib import Path

import pytest

from vxpipe import config, parts
from vxpipe.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for field in config.Settings.model_fields:
        monkeypatch.delenv(config.variable(field), raising=False)


def test_the_sample_lists_every_setting_as_it_is() -> None:
    assert (ROOT / ".env.sample").read_text() == config.sample()


def test_a_dot_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("VXPIPE_WORKERS=3\nAPI_KEY=a, b\nUNRELATED=1\n")

    settings = config.read()

    assert settings.workers == 3
    assert [key.get_secret_value() for key in settings.api_key] == ["a", "b"]


def test_the_environment_goes_before_the_dot_env_file_and_what_is_empty_counts_as_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("VXPIPE_WORKERS=3\nVXPIPE_PORT=81\nVXPIPE_HOST=\n")
    monkeypatch.setenv("VXPIPE_WORKERS", "4")
    monkeypatch.setenv("VXPIPE_PORT", "")

    settings = config.read()

    assert (4, 81, "127.0.0.1") == (settings.workers, settings.port, settings.host)


def test_a_variable_may_be_written_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("vxpipe_workers", "4")

    assert config.read().workers == 4


def test_what_the_caller_names_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_VIDEOS_PER_REQUEST", "4")

    assert config.read(max_videos_per_request=5).max_videos_per_request == 5


def test_origins_are_compared_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "HTTPS://App.example:443,http://b.example:80,https://c.example:8443")

    assert config.read().cors_origins == ("https://app.example", "http://b.example", "https://c.example:8443")


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example/, http://b.example")
    monkeypatch.setenv("VXPIPE_ALLOW_HOSTS", "127.0.0.1:9")

    settings = config.read()

    assert settings.cors_origins == ("https://a.example", "http://b.example")
    assert settings.allow_hosts == ("127.0.0.1:9",)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VXPIPE_PORT", "http"),
        ("VXPIPE_PORT", "70000"),
        ("API_KEY", " , "),
        ("VXPIPE_WORKERS", "0"),
        ("MAX_VIDEOS_PER_REQUEST", "none"),
        ("VXPIPE_QUEUE_SIZE", "99"),
        ("DEBUG_PIPELINE", "perhaps"),
        ("CORS_ORIGINS", "app.example"),
        ("CORS_ORIGINS", "https://app.example/path"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite+aiosqlite:///"),
        ("VXPIPE_FFMPEG", "/nowhere/ffmpeg"),
        ("VXPIPE_TRIES", "0"),
        ("VXPIPE_TRUSTED_PROXIES", "proxy.example"),
        ("VXPIPE_PLATFORMS", "youtube"),
        ("VXPIPE_PLATFORMS", "[]"),
        ("VXPIPE_PLATFORMS", '{"youtube": {"concurrency": 0}}'),
        ("VXPIPE_PLATFORMS", '{"youtube": {"speed": 1}}'),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError) as caught:
        config.read()

    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_never_shows_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://vx:s3cret@db/vx")

    with pytest.raises(ConfigError) as caught:
        config.read()

    assert "s3cret" not in str(caught.value)


def test_the_sample_with_every_line_uncommented_is_the_default(tmp_path: Path) -> None:
    defaults = config.read()

    (tmp_path / ".env").write_text(config.sample().replace("\n#", "\n").replace("\n ", "\n# "))

    assert config.read() == defaults


def test_platforms_are_changed_by_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXPIPE_PLATFORMS", '{"x": {"enabled": false}, "youtube": {"interval": 2.5, "concurrency": 4}}')

    rows = {row.name: row for row in parts.build_registry(config.read()).platforms}

    assert (rows["x"].enabled, rows["x"].concurrency) == (False, 2)
    assert (rows["youtube"].enabled, rows["youtube"].concurrency, rows["youtube"].interval) == (True, 4, 2.5)


def test_a_change_to_a_platform_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXPIPE_PLATFORMS", '{"yutube": {"enabled": false}}')

    with pytest.raises(ConfigError, match="VXPIPE_PLATFORMS: unknown platform 'yutube'"):
        parts.build_registry(config.read())


def test_a_key_never_shows() -> None:
    settings = config.read(api_key=("secret-one",))

    assert "secret-one" not in repr(settings)


def test_the_installer_sees_where_it_is_configured_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "VXPIPE_PROXIES", "PIP_INDEX_URL", "UV_INDEX_URL", "HOME", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "x")

    seen = set(config.installer_environment())

    assert {"PIP_INDEX_URL", "UV_INDEX_URL", "HOME", "HTTPS_PROXY"} <= seen
    assert not {"API_KEY", "VXPIPE_PROXIES"} & seen


def test_children_see_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "secret")
    monkeypatch.setenv("no_proxy", "*")

    assert not {"API_KEY", "no_proxy"} & set(config.child_environment())


def test_to_children_the_numbers_of_cards_are_those_of_nvidia_smi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "FASTEST_FIRST")

    assert config.child_environment()["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_a_variable_that_is_none_of_ours_is_found_with_the_one_that_may_be_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VXPIPE_ISOLATE_KEY", "1")
    monkeypatch.setenv("VXPIPE_WORKERS", "2")
    (tmp_path / ".env").write_text("VXPIPE_QQQ=1\nOTHER=2\n")

    assert {"VXPIPE_ISOLATE_KEY": "VXPIPE_ISOLATE_KEYS", "VXPIPE_QQQ": ""} == config.unknown()
