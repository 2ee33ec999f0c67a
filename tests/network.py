"""Keeps the suite on this machine: whoever connects elsewhere fails at once, by name."""

import ipaddress
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Blocked(RuntimeError):
    """A test tried to leave the machine."""


def guarded(
    function: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], T]:
    """The socket method, refused for every address outside this machine.

    The address is the last positional argument of connect, connect_ex and sendto.
    """

    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        address = args[-1] if args else None
        if isinstance(address, tuple) and not is_here(str(address[0])):
            raise Blocked(f"the suite may not connect to {address[0]}")
        return function(self, *args, **kwargs)

    return call


def guarded_lookup(function: Callable[..., T]) -> Callable[..., T]:
    """`getaddrinfo`, refused for every name that is not this machine's."""

    def call(host: Any, *args: Any, **kwargs: Any) -> T:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_here(name):
            raise Blocked(f"the suite may not look up {name}")
        return function(host, *args, **kwargs)

    return call


def is_here(host: str) -> bool:
    if host in {"", "localhost", "localhost."} or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
