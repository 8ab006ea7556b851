import pytest

from vxpipe.addresses import host_port, is_public

PUBLIC = ("8.8.8.8", "1.1.1.1", "142.250.74.46", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")

NOT_PUBLIC = (
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:192.0.0.192",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001:0:53aa:64c:0:7cff:80ff:fffe",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "localhost",
    "example.org",
    "2130706433",
    "0x7f.1",
    "127.1",
    "",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_anything_else_is_not(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("media.example", ("media.example", None)),
        ("Media.Example:8080", ("media.example", 8080)),
        ("127.0.0.1:9", ("127.0.0.1", 9)),
        ("[::1]:9", ("::1", 9)),
        ("[0:0::1]", ("::1", None)),
        ("::1", ("::1", None)),
    ],
)
def test_a_host_with_or_without_port_is_read(text, expected):
    assert expected == host_port(text)


@pytest.mark.parametrize("text", ["", "a:", "a:0", "a:65536", "a:b", "http://a", "a/b", "[a]:1", ":1", "a b", "1:2:z"])
def test_anything_else_is_refused_as_host(text):
    with pytest.raises(ValueError):
        host_port(text)
