"""What a launch needs: a token that is never shown, a folder, and perhaps another Discord."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.configuration import ConfigurationError
from integrations.launch import DEFAULT_DATA_DIR, Launch, data_dir_of, load_launch

TOKEN = "MTIzNDU2Nzg5.GabcDe.made-up_token"


def test_a_token_alone_is_enough() -> None:
    launch = load_launch({"DISCORD_TOKEN": f"{TOKEN}\n"})
    assert launch == Launch(token=TOKEN, data_dir=DEFAULT_DATA_DIR, api_url=None)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_without_a_token_it_says_where_to_get_one(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DISCORD_TOKEN is not set: .*Reset Token"):
        load_launch({"DISCORD_TOKEN": text})


@pytest.mark.parametrize("text", ["two words", "línea", "a\nb", "a\x00b"])
def test_a_text_that_can_be_no_token_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_launch({"DISCORD_TOKEN": text})
    assert text not in str(refused.value)


def test_a_launch_does_not_show_its_token() -> None:
    assert TOKEN not in repr(load_launch({"DISCORD_TOKEN": TOKEN}))


def test_an_option_wins_over_the_environment_and_that_over_the_default() -> None:
    assert data_dir_of({"DATA_DIR": "there"}, Path("here")) == Path("here")
    assert data_dir_of({"DATA_DIR": "there"}, "here") == Path("here")
    assert data_dir_of({"DATA_DIR": "there"}) == Path("there")
    assert data_dir_of({"DATA_DIR": ""}) == DEFAULT_DATA_DIR


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", None),
        ("http://127.0.0.1:8080/api/v10", "http://127.0.0.1:8080/api/v10"),
        ("http://127.0.0.1:8080/api/v10/", "http://127.0.0.1:8080/api/v10"),
        ("http://localhost/api/v9", "http://localhost/api/v9"),
        ("https://proxy.example/discord/api/v10", "https://proxy.example/discord/api/v10"),
        ("http://[::1]:8080/api/v10", "http://[::1]:8080/api/v10"),
    ],
)
def test_another_discord_is_named_by_its_api_base(text: str, url: str | None) -> None:
    assert load_launch({"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": text}).api_url == url


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8080/api/v10",
        "ftp://127.0.0.1/api/v10",
        "http:///api/v10",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8080/api",
        "http://127.0.0.1:8080/api/v",
        "http://127.0.0.1:8080/api/v10/gateway",
        "http://127.0.0.1:8080/api/v10?x=1",
        "http://127.0.0.1:port/api/v10",
        "http://127.0.0.1:99999/api/v10",
        "http://127.0.0.1:0/api/v10",
        "http://[::1/api/v10",
        "http://name:password@127.0.0.1/api/v10",
    ],
)
def test_what_is_no_api_base_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_launch({"DISCORD_TOKEN": TOKEN, "DISCORD_API_URL": text})
    assert "such as https://discord.com/api/v10" in str(refused.value)
    assert "password" not in str(refused.value)
