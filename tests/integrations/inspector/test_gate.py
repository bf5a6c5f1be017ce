"""Who may read: names that are not ours, other pages, wrong tokens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from integrations.inspector import Inspector, address_named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integrations.inspector.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKEN = "a-token-of-some-length"
EVERYTHING = (
    "/", "/login", "/api/state", "/api/machines", "/api/sessions", "/api/sessions/s1",
    "/api/timeline", "/api/checks", "/api/events", "/metrics", "/static/main.js",
)  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def guarded(stage: Stage) -> AsyncIterator[Inspector]:
    """An inspector with a token, that answers wrong ones without a pause."""
    async with Inspector(address_named("127.0.0.1:0", TOKEN)) as inspector:
        inspector.gate.pause = 0.0
        stage.shown_by(inspector)
        yield inspector


async def status(inspector: Inspector, path: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as http,
        http.get(inspector.url.rstrip("/") + path, headers=named, allow_redirects=False) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("path", EVERYTHING)
async def test_a_name_that_is_not_ours_is_refused_whatever_it_asks(
    inspector: Inspector, path: str
) -> None:
    assert await status(inspector, path, Host="evil.example") == 421
    assert await status(inspector, path, Host="evil.example:8765") == 421


@pytest.mark.parametrize("host", ["", "127.0.0.1.evil.example", "localhost.evil.example", "[::1",
                                  "evil.example@127.0.0.1.x", "0x7f.1"])  # fmt: skip
async def test_a_name_that_looks_like_ours_is_refused(inspector: Inspector, host: str) -> None:
    assert await status(inspector, "/api/state", Host=host) in {400, 421}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "[::1]:8765", "LOCALHOST"])
async def test_an_ip_address_or_localhost_is_answered_on_any_port(
    inspector: Inspector, host: str
) -> None:
    assert await status(inspector, "/api/state", Host=host) == 200


@pytest.mark.parametrize("path", EVERYTHING)
async def test_another_origin_is_refused_whatever_it_asks(inspector: Inspector, path: str) -> None:
    assert await status(inspector, path, Origin="https://evil.example") == 403
    assert await status(inspector, path, Origin="null") == 403
    assert await status(inspector, path, Origin="http://127.0.0.1:1") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", [path for path in EVERYTHING if path not in {"/", "/login"}])
async def test_another_page_may_not_even_embed_it(
    inspector: Inspector, path: str, site: str
) -> None:
    assert await status(inspector, path, Sec_Fetch_Site=site) == 403
    assert await status(inspector, path, Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate") == 403


async def test_a_link_on_another_page_may_lead_to_it(inspector: Inspector) -> None:
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert await status(inspector, "/", **link) == 200


async def test_its_own_page_is_answered(inspector: Inspector) -> None:
    own = inspector.url.rstrip("/")
    assert await status(inspector, "/api/state", Origin=own, Sec_Fetch_Site="same-origin") == 200


@pytest.mark.parametrize("path", [path for path in EVERYTHING if path != "/login"])
async def test_without_the_token_nothing_is_read(guarded: Inspector, path: str) -> None:
    assert await status(guarded, path) == 401
    assert await status(guarded, path, Authorization=f"Bearer {TOKEN}x") == 401
    assert await status(guarded, path, Authorization=f"Basic {TOKEN}") == 401
    assert await status(guarded, path, Cookie=f"latido_inspector={TOKEN}") == 401
    assert await status(guarded, path, Sec_Fetch_Dest="document") == 303


@pytest.mark.parametrize("path", [path for path in EVERYTHING if path != "/api/events"])
async def test_with_the_token_everything_is_read(guarded: Inspector, path: str) -> None:
    known = {"/api/sessions/s1": 404}
    assert await status(guarded, path, Authorization=f"Bearer {TOKEN}") == known.get(path, 200)


async def test_the_form_asks_for_the_token_and_lets_in_whoever_knows_it(
    guarded: Inspector,
) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        login = guarded.url + "login"
        async with http.post(login, data={"token": "wrong"}) as answer:
            assert answer.status == 401
            assert "Ese no es el token" in await answer.text()
        async with http.post(login, data={"token": TOKEN}, allow_redirects=False) as answer:
            assert answer.status == 303
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert TOKEN not in cookie
        async with http.get(guarded.url + "api/state") as answer:
            assert answer.status == 200


@pytest.mark.parametrize("name", ["Authorization", "Cookie"])
async def test_bytes_that_are_no_text_are_a_wrong_token(guarded: Inspector, name: str) -> None:
    before = {"Authorization": "Bearer ", "Cookie": "latido_inspector="}[name]
    port = int(guarded.url.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        asked = f"GET /api/state HTTP/1.1\r\nHost: 127.0.0.1\r\n{name}: {before}"
        writer.write(asked.encode() + b"\xff\xfe\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("application/x-www-form-urlencoded", b"token=\xff\xfe"),
        ("application/x-www-form-urlencoded; charset=none", b"token=a"),
        ("multipart/form-data", b"token"),
        ("application/json", b"{"),
    ],
)
async def test_a_form_that_is_none_is_a_wrong_token(
    guarded: Inspector, kind: str, form: bytes
) -> None:
    async with aiohttp.ClientSession() as http:
        headers = {"Content-Type": kind}
        async with http.post(guarded.url + "login", data=form, headers=headers) as answer:
            assert answer.status == 401


async def test_another_page_cannot_send_the_form(guarded: Inspector) -> None:
    async with aiohttp.ClientSession() as http:
        headers = {"Origin": "https://evil.example"}
        form = {"token": TOKEN}
        async with http.post(guarded.url + "login", data=form, headers=headers) as answer:
            assert answer.status == 403


@pytest.mark.parametrize("path", ["/", "/api/state", "/static/main.js", "/nowhere"])
async def test_every_answer_says_what_a_browser_may_do_with_it(
    inspector: Inspector, path: str
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(inspector.url.rstrip("/") + path) as answer,
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "aiohttp" not in answer.headers["Server"]


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/"])
async def test_nothing_but_the_page_is_read_from_the_disk(inspector: Inspector, path: str) -> None:
    assert await status(inspector, path) in {403, 404}


async def test_a_taken_port_is_said_in_one_sentence(inspector: Inspector) -> None:
    port = inspector.url.rstrip("/").rpartition(":")[2]
    with pytest.raises(Exception, match="cannot listen on"):
        await Inspector(address_named(f"127.0.0.1:{port}")).start()
