"""The suite stays on this machine."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from tests.network import Blocked

ELSEWHERE = ("192.0.2.1", 80)  # TEST-NET-1, RFC 5737


def test_a_socket_may_not_connect_to_another_machine() -> None:
    with socket.socket() as wanderer, pytest.raises(Blocked):
        wanderer.connect(ELSEWHERE)


def test_a_datagram_may_not_leave_either() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as wanderer, pytest.raises(Blocked):
        wanderer.sendto(b"x", ELSEWHERE)


def test_a_name_may_not_be_looked_up() -> None:
    with pytest.raises(Blocked):
        socket.getaddrinfo("example.com", 443)


async def test_the_event_loop_is_held_to_it_too() -> None:
    with pytest.raises(Blocked):
        await asyncio.open_connection(*ELSEWHERE)


async def test_an_http_client_is_held_to_it_too() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(Blocked):
            await client.get("http://example.com/")


async def test_this_machine_can_be_reached() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


def test_a_unix_socket_can_be_reached(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()

        client.connect(path)

        assert client.getpeername() == path
