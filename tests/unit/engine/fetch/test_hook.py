import pytest

from vxpipe.engine.fetch.hook import EgressDenied, Hook

PROXY = ("127.0.0.1", 4321)


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.connect", (None, PROXY)),
        ("socket.getaddrinfo", ("127.0.0.1", 4321, 0, 1, 0)),
        ("socket.sendto", (None, None)),
        ("subprocess.Popen", ("/usr/bin/deno", ["deno"], None, None)),
        ("subprocess.Popen", (None, ["deno"], None, None)),
        ("open", ("/etc/hosts", "r", 0)),
    ],
)
def test_the_way_through_the_proxy_and_a_javascript_runtime_are_open(event, args):
    hook = Hook(PROXY)

    hook.hear(event, args)

    assert hook.denials == []


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.connect", (None, ("127.0.0.1", 4322))),
        ("socket.connect", (None, ("8.8.8.8", 443))),
        ("socket.connect", (None, ("::1", 4321, 0, 0))),
        ("socket.connect", (None, "/run/docker.sock")),
        ("socket.getaddrinfo", ("example.org", 443, 0, 1, 0)),
        ("socket.gethostbyname", ("secret.example.org",)),
        ("socket.sendto", (None, ("8.8.8.8", 53))),
        ("socket.sendmsg", (None, ("8.8.8.8", 53))),
    ],
)
def test_every_other_way_out_is_refused_and_remembered(event, args):
    hook = Hook(PROXY)

    with pytest.raises(EgressDenied) as denied:
        hook.hear(event, args)

    assert hook.denials == [str(denied.value)]


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("os.system", (b"true",)),
        ("os.exec", ("/usr/bin/deno", [], None)),
        ("subprocess.Popen", ("/bin/sh", ["sh"], None, None)),
        ("os.posix_spawn", (None, ["curl"], None)),
    ],
)
def test_other_programs_are_not_started(event, args):
    with pytest.raises(PermissionError, match="not allowed here"):
        Hook(PROXY).hear(event, args)
