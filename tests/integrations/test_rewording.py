"""That Discord cannot be reached is one sentence, which says when it is tried again."""

from __future__ import annotations

import logging
from pathlib import Path

import aiohttp
import pytest

from integrations.launch import Launch
from integrations.rewording import Reworded

LAUNCH = Launch(token="t", data_dir=Path("data"), api_url="https://proxy/api/v10")
NOBODY = OSError("no route to host")


def said(message: str, *values: object, error: Exception, language: str = "en") -> str:
    """Return what the log says of an error that discord.py logs with this message."""
    record = logging.LogRecord(
        "discord.client", logging.ERROR, __file__, 1, message, values, (type(error), error, None)
    )
    assert Reworded(LAUNCH, "es" if language == "es" else "en").filter(record)
    assert (record.exc_info is None) == isinstance(error, OSError | aiohttp.ClientError)
    return record.getMessage()


@pytest.mark.parametrize(
    ("message", "values", "when"),
    [
        ("Attempting a reconnect in %.2fs", (731.4,), "12 min"),
        ("Attempting a reconnect for shard ID %s in %.2fs", (3, 12.2), "12 s"),
        ("Attempting a reconnect in %.2fs", (0.2,), "1 s"),
    ],
)
def test_it_says_when_it_is_tried_again(
    message: str, values: tuple[object, ...], when: str
) -> None:
    """After some hours without a network a quarter of an hour lay between two tries, in silence."""
    assert said(message, *values, error=NOBODY) == (
        "❌ Discord cannot be reached at https://proxy/api/v10 (no route to host): it is tried "
        f"again in {when}; if it stays so, check the network and DISCORD_API_URL"
    )
    assert f"se intenta otra vez en {when};" in said(message, *values, error=NOBODY, language="es")


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ("Failed to connect for shard_id: %s. Retrying...", (3,)),
        ("Ignoring exception in %s", ("on_ready",)),
        ("Something else", ()),
    ],
)
def test_where_that_is_not_told_it_says_that_it_goes_on(
    message: str, values: tuple[object, ...]
) -> None:
    sentence = said(message, *values, error=aiohttp.ClientError())
    assert sentence == (
        "❌ Discord cannot be reached at https://proxy/api/v10 (ClientError): it is tried again "
        "and again; check the network and DISCORD_API_URL"
    )


def test_what_is_a_bug_keeps_its_traceback() -> None:
    assert said("Ignoring exception in %s", "on_ready", error=KeyError("x")) == (
        "Ignoring exception in on_ready"
    )
