"""Redirects: which one may be followed, from an address that the user wrote.

That address is trusted, be it of this machine or a private network; where its server sends us is
not. Otherwise whoever has a mirror could have us ask what only this machine may ask.
"""

import ipaddress
import socket
import urllib.parse

from ecnet.errors import InputError

_PORTS = {"http": 80, "https": 443}
_SAFE = "!#$%&'()*+,-./:;=?@[]_~"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def target(written: str, at: str, location: str) -> str:
    """Return the address to which the answer of `at` sends us, if it may be followed.

    It stays on the host and port that the user wrote, or goes to one that `refuse_private` must
    hold to be public. It may rise from http to https, and never fall.

    Raises:
        InputError: it may not be followed.
    """
    try:
        # What a header may not hold, nor a line that names it, is written as an address has it.
        url = urllib.parse.urljoin(at, urllib.parse.quote(location, safe=_SAFE))
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{written}: redirects to {location[:200]!r}, no address") from error
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise InputError(f"{written}: redirects to {url[:200]!r}, which is not followed")
    if parts.scheme == "http" and urllib.parse.urlsplit(at).scheme == "https":
        raise InputError(f"{written}: redirects from https to {url[:200]!r}, which is not followed")
    if not is_trusted(written, url):
        for word in (host, "127.0.0.1" if host.endswith("localhost") else host):
            if (address := _literal(word)) is not None and not is_public(address):
                raise _private(written, url)
    return url


def is_trusted(written: str, url: str) -> bool:
    """Tell whether an address is on the host and port that the user wrote, or safer there."""
    a, b = urllib.parse.urlsplit(written), urllib.parse.urlsplit(url)
    if a.hostname != b.hostname:
        return False
    risen = (a.scheme, b.scheme) == ("http", "https")
    return risen or (a.port or _PORTS[a.scheme]) == (b.port or _PORTS[b.scheme])


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet, whatever it is wrapped in."""
    inner = _inner(address) if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def refuse_private(host: str, addresses: list[str]) -> None:
    """Raise an InputError if a host that the user did not write is not public."""
    for text in addresses:
        address = _literal(text)
        if address is None or not is_public(address):
            raise _private(host, text)


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host; OSError if it has none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _literal(text: str) -> Address | None:
    """Return the address that a host's name is, in any of the ways that systems read one."""
    name = text.split("%")[0]
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        pass
    try:  # 127.1, 2130706433, 0x7f000001
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


def _private(written: str, url: str) -> InputError:
    return InputError(
        f"{written}: redirects to {url[:200]!r}, which is not public; if that is where the files "
        "are, write that address itself in params.yaml"
    )
