"""A recording's address comes from outside: it leads to nothing that is not meant to be reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from connectors.downloads import Downloads, NotFetched, PublicResolver, Trusted, is_public

BODY = b"RIFF" + bytes(5000)


@asynccontextmanager
async def server(seen: list[str]) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(f"{request.path} {request.headers.get('Authorization', '-')}")
        match request.path:
            case "/ours/r.wav" | "/ours/plain.wav":
                return web.Response(body=BODY)
            case "/ours/moved.wav":
                return web.Response(status=302, headers={"Location": "/ours/r"})
            case "/ours/out.wav":
                return web.Response(status=302, headers={"Location": "/inner/secret"})
            case "/ours/loop.wav":
                return web.Response(status=302, headers={"Location": "/ours/loop"})
            case "/ours/later.wav":
                return web.Response(status=404)
            case "/ours/gone.wav":
                return web.Response(status=410)
        return web.Response(body=b"a secret")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def ours(base: str, largest: int = 100_000) -> Downloads:
    known = Trusted(prefix=f"{base}/ours/", user="AC1", password="token", suffix=".wav")
    return Downloads(trusted=[known], largest=largest)


async def refused(downloads: Downloads, url: str, to: Path) -> tuple[str, bool]:
    with pytest.raises(NotFetched) as caught:
        await downloads.fetch(url, to, None)
    return caught.value.reason, caught.value.is_final


@pytest.mark.parametrize("path", ["r", "plain.wav", "moved"])
async def test_a_providers_own_address_is_fetched_with_its_login(path: str, tmp_path: Path) -> None:
    seen: list[str] = []
    async with server(seen) as base:
        await ours(base).fetch(f"{base}/ours/{path}", tmp_path / "in" / "a.wav", None)

    assert (tmp_path / "in" / "a.wav").read_bytes() == BODY
    assert all("Basic" in one for one in seen)


async def test_one_platform_reaches_nothing_with_the_trust_in_another(tmp_path: Path) -> None:
    seen: list[str] = []
    async with server(seen) as base:
        mine = Trusted(source="mine", prefix=f"{base}/mine/")
        downloads = Downloads(trusted=[*ours(base).trusted, mine])
        for url, source in (("ours/r", "mine"), ("mine/r", None), ("mine/r", "other")):
            with pytest.raises(NotFetched) as caught:
                await downloads.fetch(f"{base}/{url}", tmp_path / "a", source)
            assert caught.value.reason == "address_not_https"
        assert seen == []

        await downloads.fetch(f"{base}/mine/r", tmp_path / "a", "mine")

    assert seen == ["/mine/r -"]


async def test_what_it_points_to_elsewhere_is_judged_as_any_address(tmp_path: Path) -> None:
    seen: list[str] = []
    async with server(seen) as base:
        reason = await refused(ours(base), f"{base}/ours/out", tmp_path / "a")

    assert reason == ("address_not_https", True)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("path", "reason", "is_final"),
    [
        ("later", "http_404", False),
        ("gone", "http_410", True),
        ("loop", "too_many_redirects", True),
    ],
)
async def test_what_cannot_be_had_says_whether_to_come_again(
    path: str, reason: str, is_final: bool, tmp_path: Path
) -> None:
    async with server([]) as base:
        assert await refused(ours(base), f"{base}/ours/{path}", tmp_path / "a") == (
            reason,
            is_final,
        )


async def test_more_than_the_limit_is_not_taken(tmp_path: Path) -> None:
    async with server([]) as base:
        reason = await refused(ours(base, 4999), f"{base}/ours/r", tmp_path / "a")

    assert reason == ("too_large", True)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://recordings.example.com/a.wav", "address_not_https"),
        ("file:///etc/passwd", "address_not_https"),
        ("https://user:word@example.com/a.wav", "address_not_https"),
        ("https:///a.wav", "address_not_https"),
        ("https://127.0.0.1/a.wav", "address_not_public"),
        ("https://10.1.2.3/a.wav", "address_not_public"),
        ("https://169.254.169.254/latest/meta-data", "address_not_public"),
        ("https://[::1]/a.wav", "address_not_public"),
        ("https://[::ffff:10.0.0.1]/a.wav", "address_not_public"),
        ("https://2130706433/a.wav", "address_not_public"),
        ("https://0x7f000001/a.wav", "address_not_public"),
        ("https://127.1/a.wav", "address_not_public"),
        ("https://①②⑦.⓪.⓪.①/a.wav", "address_not_public"),
        ("https://169。254。169。254/a.wav", "address_not_public"),
        ("https://1\uff169\uff0e254.169.254/a.wav", "address_not_public"),
        ("https://localhost/a.wav", "address_not_public"),
        ("https://inner.localhost/a.wav", "address_not_public"),
    ],
)
async def test_an_address_of_this_machine_or_its_neighbours_is_never_asked(
    url: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolved(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)

    assert await refused(Downloads(), url, tmp_path / "a") == (reason, True)
    assert not (tmp_path / "a").exists()


async def test_a_name_that_leads_to_any_inner_address_is_not_resolved() -> None:
    resolver = PublicResolver()
    try:
        with pytest.raises(NotFetched):
            await resolver.resolve("localhost", 443)
    finally:
        await resolver.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("word", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
