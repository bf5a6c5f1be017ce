"""The doctor, against a Discord that is well and one that misbehaves in every way it can."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

import discord
import pytest
import typer

from integrations.cli import doctor_command
from integrations.doctor import Finding, asking, discord_checks, examine
from integrations.doctor.local_checks import check_data_dir, check_old_games
from integrations.loopback import LoopbackDiscord
from integrations.loopback.pointing import pointed_at
from integrations.loopback.server import PATIENCE
from persistence import DataDir
from tests.integrations.sessions import game_session, voice_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import ModuleType

    from integrations.loopback import Guild, VoiceChannel
    from integrations.words.wording import Language


class Usage(NamedTuple):
    """What :func:`shutil.disk_usage` returns."""

    total: int
    used: int
    free: int


DISCORD_CHECKS = {"api", "token", "clock", "intents", "gateway", "guild"}


@pytest.fixture
async def stand_in(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoopbackDiscord]:
    """A stand-in that is waited for however busy the machine is, on a disk with enough room."""
    monkeypatch.setattr(asking, "_PATIENCE", PATIENCE)
    monkeypatch.setattr(discord_checks, "_GUILD_PATIENCE", PATIENCE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**11, 9 * 10**11))
    async with LoopbackDiscord() as discord:
        with pointed_at(discord.api_url):
            yield discord


@pytest.fixture
def plaza(stand_in: LoopbackDiscord) -> Guild:
    return stand_in.add_guild("Plaza")


@pytest.fixture
def general(plaza: Guild) -> VoiceChannel:
    return plaza.add_voice_channel("General")


@pytest.fixture
def open_folder(folder: Path) -> Path:
    folder.chmod(0o755)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with DataDir(tmp_path / "data"):
        pass
    return tmp_path / "data"


def has_no_patience_once(
    called: str, of: object, monkeypatch: pytest.MonkeyPatch, module: ModuleType, patience: str
) -> None:
    """Have patience run short from the call of a function on; what comes before has its time."""
    original = getattr(of, called)

    def calling(*given: object) -> object:
        monkeypatch.setattr(module, patience, 0.2)
        return original(*given)

    monkeypatch.setattr(of, called, calling)


async def findings(
    stand_in: LoopbackDiscord, folder: Path, **environment: str
) -> dict[str, Finding]:
    """Return the last finding of each check, the worst winning."""
    known = {
        "DISCORD_TOKEN": stand_in.token,
        "DISCORD_API_URL": stand_in.api_url,
        "LATIDO_LOG_LANGUAGE": "en",
    }
    found: dict[str, Finding] = {}
    async for finding in examine(known | environment, folder.parent, folder):
        before = found.get(finding.check)
        if before is None or before.status != "act":
            found[finding.check] = finding
        assert (finding.to_do is not None) or finding.status != "act"
    return found


def to_do(found: dict[str, Finding]) -> set[str]:
    return {check for check, finding in found.items() if finding.status == "act"}


@pytest.mark.usefixtures("general")
async def test_where_all_is_well_nothing_is_to_be_done(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    found = await findings(stand_in, folder)
    assert {finding.status for finding in found.values()} == {"ok"}
    assert set(found) == DISCORD_CHECKS | {"settings", "version", "data_dir", "disk"}


@pytest.mark.usefixtures("general")
async def test_no_identify_of_the_day_is_spent(stand_in: LoopbackDiscord, folder: Path) -> None:
    await findings(stand_in, folder)
    assert stand_in.gateway.starts.used == 0
    assert not stand_in.journal.received_ops(2)


async def test_settings_that_are_not_as_by_default_are_named(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    found = await findings(stand_in, folder, LATIDO_CONFIRM_AFTER="30", LATIDO_KEEP_DAYS="9")
    assert found["settings"].message == (
        "the settings are understood; not as by default: confirm_after, keep_days and log_language"
    )
    found = await findings(stand_in, folder, LATIDO_LOG_LANGUAGE="es")
    says = "los ajustes se entienden; todos tienen su valor por defecto"
    assert found["settings"].message == says


async def test_a_token_that_is_missing_or_refused(stand_in: LoopbackDiscord, folder: Path) -> None:
    missing = await findings(stand_in, folder, DISCORD_TOKEN="")
    refused = await findings(stand_in, folder, DISCORD_TOKEN="wrong")
    assert to_do(missing) == to_do(refused) == {"token"}
    assert missing["token"].message == "DISCORD_TOKEN is not set"
    assert "refuses" in refused["token"].message
    assert "wrong" not in str(refused)


async def test_an_address_that_cannot_be_used_is_not_laid_to_the_token(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    found = await findings(stand_in, folder, DISCORD_API_URL="ftp://127.0.0.1")
    assert to_do(found) == {"api"}
    assert found["api"].message == "DISCORD_API_URL is ftp://127.0.0.1, which will not do"


async def test_a_token_that_can_be_none_is_said_to_be_so_and_not_shown(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    found = await findings(stand_in, folder, DISCORD_TOKEN="no token")
    assert found["token"].message == "DISCORD_TOKEN holds characters that no token has"
    assert "no token" not in (found["token"].to_do or "")


@pytest.mark.parametrize("language", ["es", "en"])
async def test_what_is_missing_is_said_once_and_in_one_language(
    folder: Path, language: Language
) -> None:
    async for finding in examine({}, folder.parent, folder, language):
        if finding.status == "act":
            said = f"{finding.message} {finding.to_do}"
            assert said.count("developers/applications") == 1
            assert ("is not set" in said) == (language == "en")


@pytest.mark.usefixtures("general")
async def test_a_party_that_no_check_comes_to_before_its_end_is_worth_a_note(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    found = await findings(stand_in, folder, LATIDO_PARTY_GRACE="60")
    assert found["settings"].status == "note"
    said = "party_grace (1 min) is less than health_check_every (10 min)"
    assert said in found["settings"].message
    assert (await findings(stand_in, folder, LATIDO_PARTY_GRACE="600"))["settings"].status == "ok"


async def test_intents_that_are_off(
    stand_in: LoopbackDiscord, folder: Path, general: VoiceChannel
) -> None:
    assert general.can_view
    stand_in.allow_intents(presences=False, members=False)
    found = await findings(stand_in, folder)
    assert to_do(found) == {"intents"}
    assert "Presence Intent and Server Members Intent" in found["intents"].message
    assert "presences = false and members = false" in (found["intents"].to_do or "")
    assert (found["intents"].to_do or "").startswith("switch them on at ")
    without = await findings(stand_in, folder, LATIDO_PRESENCES="no", LATIDO_MEMBERS="no")
    assert to_do(without) == set()


@pytest.mark.usefixtures("general")
@pytest.mark.parametrize(("off", "word"), [(40.0, "behind"), (-40.0, "ahead")])
async def test_a_clock_that_is_off(
    stand_in: LoopbackDiscord, folder: Path, off: float, word: str
) -> None:
    stand_in.faults.clock_is_off_by = off
    found = await findings(stand_in, folder)
    assert to_do(found) == {"clock"}
    assert word in found["clock"].message


async def test_permissions_that_are_missing_in_a_guild(
    stand_in: LoopbackDiscord, folder: Path, plaza: Guild, general: VoiceChannel
) -> None:
    general.allows(connect=False)
    chat = plaza.add_text_channel("chat")
    chat.allows(send=False)
    stand_in.add_guild("Otra")
    notices = f'{{"{plaza.id}": "{chat.id}"}}'
    found = await findings(stand_in, folder, LATIDO_NOTIFY_CHANNEL_ID=notices)
    assert to_do(found) == {"guild"}
    assert found["guild"].message.startswith('Plaza: Without "Connect" in General')


async def test_a_bot_in_no_guild_is_told_how_to_be_invited(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    found = await findings(stand_in, folder)
    assert to_do(found) == {"guild"}
    assert f"client_id={stand_in.bot.id}" in (found["guild"].to_do or "")


@pytest.mark.usefixtures("general")
async def test_a_gateway_that_is_down_or_silent(
    stand_in: LoopbackDiscord, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.faults.gateway_down = True
    down = await findings(stand_in, folder)
    stand_in.faults.gateway_down = False
    stand_in.faults.freeze()
    has_no_patience_once("hello", asking.Asker, monkeypatch, asking, "_PATIENCE")
    silent = await findings(stand_in, folder)
    assert to_do(down) == to_do(silent) == {"gateway"}
    assert "HTTP 503" in down["gateway"].message


@pytest.mark.usefixtures("general")
async def test_a_day_whose_connections_are_spent(stand_in: LoopbackDiscord, folder: Path) -> None:
    stand_in.gateway.starts.remaining = 0
    found = await findings(stand_in, folder)
    assert to_do(found) == {"gateway"}
    assert "no connections are left" in found["gateway"].message


async def test_an_api_that_nobody_answers_at(stand_in: LoopbackDiscord, folder: Path) -> None:
    await stand_in.stop()
    found = await findings(stand_in, folder)
    assert to_do(found) == {"api"}
    assert "cannot be reached" in found["api"].message


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_page_of_a_proxy_in_place_of_discord(
    stand_in: LoopbackDiscord, folder: Path, status: int
) -> None:
    stand_in.faults.rest_is_a_proxy_page(status=status)
    found = await findings(stand_in, folder)
    assert to_do(found) == {"api"}
    assert "does not answer as Discord" in found["api"].message


@pytest.mark.usefixtures("general")
async def test_a_server_that_fails_once_is_asked_again(
    stand_in: LoopbackDiscord, folder: Path
) -> None:
    stand_in.faults.rest_fails("GET /users/@me", status=500, times=1)
    assert to_do(await findings(stand_in, folder)) == set()


@pytest.mark.usefixtures("general")
async def test_too_many_requests(stand_in: LoopbackDiscord, folder: Path) -> None:
    short = stand_in.faults.rest_limits("GET /users/@me", retry_after=0.01, times=1)
    assert to_do(await findings(stand_in, folder)) == set()
    assert short.hits == 1
    stand_in.faults.rest_limits("GET /users/@me", retry_after=60.0, times=None)
    found = await findings(stand_in, folder)
    assert to_do(found) == {"api"}
    assert "1 min" in found["api"].message


@pytest.mark.usefixtures("general")
async def test_a_guild_that_cannot_be_looked_at_is_said_and_stops_nothing(
    stand_in: LoopbackDiscord, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_no_patience_once("_look", discord_checks, monkeypatch, discord_checks, "_GUILD_PATIENCE")
    stand_in.faults.rest_dawdles("GET /guilds/*", seconds=5)
    found = await findings(stand_in, folder)
    assert to_do(found) == set()
    assert found["guild"].status == "note"


@pytest.mark.usefixtures("general")
@pytest.mark.parametrize(
    ("method", "status", "said"), [("login", "act", "api"), ("fetch_guild", "note", "guild")]
)
async def test_an_answer_without_what_belongs_in_it_is_said(
    stand_in: LoopbackDiscord,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    status: str,
    said: str,
) -> None:
    async def misread(*_: object, **__: object) -> None:
        raise KeyError("description")

    monkeypatch.setattr(discord.Client, method, misread)
    found = await findings(stand_in, folder)
    assert found[said].status == status
    assert "description" in found[said].message


@pytest.mark.usefixtures("general")
async def test_guilds_that_there_was_no_time_for_are_counted(
    stand_in: LoopbackDiscord, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord_checks, "_GUILDS_PATIENCE", 0.05)
    stand_in.faults.rest_dawdles("GET /guilds/*", seconds=5)
    found = await findings(stand_in, folder)
    assert "1 not looked at" in found["guild"].message


async def test_settings_that_cannot_be_used(stand_in: LoopbackDiscord, folder: Path) -> None:
    found = await findings(stand_in, folder, LATIDO_CONFIRM_AFTER="soon", DISCORD_TOKEN="")
    assert to_do(found) == {"settings", "token"}
    assert "LATIDO_CONFIRM_AFTER" in found["settings"].message


async def test_a_data_folder_that_is_not_there_yet_is_no_trouble(
    stand_in: LoopbackDiscord, tmp_path: Path
) -> None:
    found = await findings(stand_in, tmp_path / "new" / "data", DISCORD_TOKEN="")
    assert found["data_dir"].status == "note"
    assert not (tmp_path / "new").exists()


async def test_a_folder_with_nothing_in_it_is_not_said_to_be_in_order(
    stand_in: LoopbackDiscord, tmp_path: Path
) -> None:
    found = await findings(stand_in, tmp_path, DISCORD_TOKEN="")
    assert found["data_dir"].status == "note"
    assert found["data_dir"].message == (
        f"there is nothing of Latido's in {tmp_path} yet: the bot will write there"
    )


async def test_a_data_folder_that_is_a_file_or_broken(
    stand_in: LoopbackDiscord, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert "data_dir" in to_do(await findings(stand_in, file, DISCORD_TOKEN=""))
    (folder / "active_sessions.json").write_text("{", encoding="utf-8")
    found = await findings(stand_in, folder, DISCORD_TOKEN="")
    assert "active_sessions.json" in found["data_dir"].message
    assert "latido verify" in (found["data_dir"].to_do or "")
    assert "what helps with each" in (found["data_dir"].to_do or "")


@pytest.mark.parametrize(
    ("presences", "games", "said"),
    [
        (True, 2, []),
        (False, 0, []),
        (
            False,
            1,
            [
                (
                    "with presences = false nothing is heard of 1 game or party from before, and it"
                    " goes on: nobody knows whether it is over"
                )
            ],
        ),
        (
            False,
            2,
            [
                (
                    "with presences = false nothing is heard of 2 games and parties from before,"
                    " and they go on: nobody knows whether they are over"
                )
            ],
        ),
    ],
)
def test_games_of_before_of_which_nothing_is_heard_any_more_are_named_with_the_cause(
    tmp_path: Path, *, presences: bool, games: int, said: list[str]
) -> None:
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.put(voice_session())
        for number in range(games):
            data_dir.live.put(game_session(number))
        data_dir.live.flush_now()
    found = list(check_old_games("en", tmp_path, presences=presences))
    assert [each.message for each in found] == said
    assert all("presences = true" in (each.to_do or "") for each in found)


def test_whether_games_of_before_go_on_is_asked_of_no_folder_that_is_not_there(
    tmp_path: Path,
) -> None:
    assert list(check_old_games("en", tmp_path / "new", presences=False)) == []


@pytest.mark.parametrize("looks", ["os.scandir", "pathlib.Path.exists"])
def test_a_folder_that_may_not_be_read_is_one_thing_that_no_backup_helps_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch, looks: str
) -> None:
    def refused(_path: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patched:
        patched.setattr(looks, refused)
        patched.setattr(os, "access", lambda *_asked: False)
        told = list(check_data_dir("en", folder))
    assert told == [
        Finding(
            "data_dir",
            "act",
            f"{folder} may not be read by this user",
            "run this as the bot's user; if it is that one, let it in: chown or chmod u+rwx "
            f"{folder}",
        )
    ]


def test_the_folder_that_a_data_folder_is_in_is_not_taken_for_it(tmp_path: Path) -> None:
    with DataDir.open(tmp_path / "data"):
        pass
    tmp_path.chmod(0o755)
    assert list(check_data_dir("en", tmp_path)) == [
        Finding(
            "data_dir",
            "note",
            f"there is nothing of Latido's in {tmp_path}, and there is in {tmp_path / 'data'}",
            f"set DATA_DIR or --data-dir to {tmp_path / 'data'}; with {tmp_path} the bot would "
            "begin anew",
        )
    ]


async def test_a_data_folder_that_others_can_look_into(
    stand_in: LoopbackDiscord, open_folder: Path
) -> None:
    environment = {"LATIDO_LOG_LANGUAGE": "en"}
    told = [one async for one in examine(environment, open_folder.parent, open_folder)]
    (note,) = [finding for finding in told if finding.status == "note"]
    assert "chmod 700" in (note.to_do or "")
    assert not stand_in.journal.requests


async def test_a_disk_that_is_nearly_full(
    stand_in: LoopbackDiscord, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 50_000_000))
    found = await findings(stand_in, folder, DISCORD_TOKEN="")
    assert to_do(found) == {"disk", "token"}
    assert "50 MB" in found["disk"].message


async def test_another_version_of_the_library(
    stand_in: LoopbackDiscord, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "2.4.0")
    found = await findings(stand_in, folder, DISCORD_TOKEN="")
    assert "2.4.0" in found["version"].message
    assert "version" in to_do(found)


async def test_the_language_is_that_of_the_logs(stand_in: LoopbackDiscord, folder: Path) -> None:
    found = await findings(stand_in, folder, DISCORD_TOKEN="wrong", LATIDO_LOG_LANGUAGE="es")
    assert "rechaza" in found["token"].message


@pytest.mark.usefixtures("general")
async def test_whoever_reads_no_further_is_told_nothing_of_what_was_still_open(
    stand_in: LoopbackDiscord,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As ``latido doctor | head`` has it: asyncio logs what it cannot close itself."""
    monkeypatch.setenv("DISCORD_TOKEN", stand_in.token)
    monkeypatch.setenv("DISCORD_API_URL", stand_in.api_url)
    printed: list[Finding] = []
    reads = 0

    def print_object(finding: Finding) -> None:
        if len(printed) == reads:
            raise BrokenPipeError
        printed.append(finding)

    monkeypatch.setattr(doctor_command, "print_object", print_object)

    def doctor() -> bool:
        """Return whether somebody read all of it."""
        printed.clear()
        try:
            doctor_command.doctor(folder, as_json=True, language="en")
        except BrokenPipeError:
            return False
        except typer.Exit:
            return True
        raise AssertionError

    while not await asyncio.to_thread(doctor):
        reads += 1
    assert {one.check for one in printed} >= DISCORD_CHECKS
    assert [each.getMessage() for each in caplog.records if each.name == "asyncio"] == []
