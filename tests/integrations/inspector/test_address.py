"""Where the inspector may listen, and what that takes."""

from __future__ import annotations

import pytest

from integrations.inspector import InspectorError, address_named

LONG = "a-token-of-some-length"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8765", "127.0.0.1", 8765),
        ("localhost:0", "localhost", 0),
        ("[::1]:8765", "::1", 8765),
        (" 127.8.9.1:80 ", "127.8.9.1", 80),
    ],
)
def test_on_this_machine_no_token_is_needed(text: str, host: str, port: int) -> None:
    address = address_named(text)
    assert (address.host, address.port, address.token) == (host, port, None)
    assert address.is_local


@pytest.mark.parametrize("text", ["0.0.0.0:8765", "192.0.2.7:8765", "[::]:80", "bot.example:80"])
def test_where_others_can_reach_it_a_token_is_needed(text: str) -> None:
    with pytest.raises(InspectorError, match="--inspector-token"):
        address_named(text)
    with pytest.raises(InspectorError, match="--inspector-token"):
        address_named(text, "")
    with pytest.raises(InspectorError, match="can be guessed"):
        address_named(text, "short")
    assert address_named(text, LONG).token == LONG


@pytest.mark.parametrize("text", ["127.0.0.1:8765", "localhost:0", "192.0.2.7:8765"])
def test_a_token_that_can_be_guessed_is_refused_wherever_it_listens(text: str) -> None:
    """What reaches it may be a proxy, behind which anybody can be."""
    with pytest.raises(InspectorError, match="16 characters or more"):
        address_named(text, "x" * 15)
    assert address_named(text, "x" * 16).token == "x" * 16


@pytest.mark.parametrize(
    "text",
    ["", "8765", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80", ":80",
     "http://127.0.0.1:80", "127.0.0.1:80/x", "a b:80", "[bot]:80"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InspectorError, match=r"127\.0\.0\.1:8765"):
        address_named(text, LONG)


@pytest.mark.parametrize(
    ("text", "is_everywhere"),
    [("0.0.0.0:80", True), ("[::]:80", True), ("192.0.2.7:80", False), ("bot.example:80", False)],
)
def test_an_address_that_stands_for_all_of_them_is_known(text: str, *, is_everywhere: bool) -> None:
    assert address_named(text, "a-token-of-some-length").is_everywhere is is_everywhere


def test_the_token_is_not_shown() -> None:
    assert LONG not in repr(address_named("127.0.0.1:80", LONG))
    with pytest.raises(InspectorError) as refused:
        address_named("127.0.0.1:80", "ñandú-ñandú-ñandú")
    assert "ñandú" not in str(refused.value)
