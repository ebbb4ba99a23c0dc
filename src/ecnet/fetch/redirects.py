"""Which HTTP redirects are followed.

The address that the user wrote is trusted, even on this machine or in a private network. The target
of a redirect is not: otherwise the owner of a mirror could make us send requests to services that
only this machine can reach (server-side request forgery).
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
    """Return the target of a redirect, if it may be followed.

    It must be on the host and port that the user wrote, or on a public host, which
    `refuse_private` checks. It may change from http to https, but not from https to http.

    Args:
        written: the address that the user wrote. at: the address that redirects. location: the
            header of its response.

    Raises:
        InputError: it may not be followed.
    """
    try:
        # Control characters must be escaped, both for the request and for one-line messages.
        url = urllib.parse.urljoin(at, urllib.parse.quote(location, safe=_SAFE))
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(
            f"{written}: redirects to {location[:200]!r}, which is not an address"
        ) from error
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
    """Return whether an address is on the host and port that the user wrote, or its https."""
    a, b = urllib.parse.urlsplit(written), urllib.parse.urlsplit(url)
    if a.hostname != b.hostname:
        return False
    upgraded = (a.scheme, b.scheme) == ("http", "https")
    return upgraded or (a.port or _PORTS[a.scheme]) == (b.port or _PORTS[b.scheme])


def is_public(address: Address) -> bool:
    """Return whether an address is public; an IPv4 address embedded in IPv6 is checked too."""
    inner = _inner(address) if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def refuse_private(host: str, addresses: list[str]) -> None:
    """Raise an InputError if one of the addresses of a host is not public."""
    for text in addresses:
        address = _literal(text)
        if address is None or not is_public(address):
            raise _private(host, text)


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raises OSError if there are none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that is embedded in an IPv6 address, if any."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _literal(text: str) -> Address | None:
    """Return the IP address that a host name consists of, in any notation that systems accept."""
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
        f"{written}: redirects to {url[:200]!r}, which is not public; if the files are there, "
        "write that address in params.yaml"
    )
