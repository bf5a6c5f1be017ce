"""Whoever opts out while no bot runs: what counted before is written down, once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from engine import Settings, Watched
from machines import PartySession
from persistence import HistoryFilter, LedgerReader, OptOuts, read_live, verify
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population, hour_ago
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.integrations.gateway.fed_bot import fed, payload
from tests.integrations.gateway.plaza import leave_without_guild

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from machines import GameSession, Record, VoiceSession

PEOPLE = Population.of(6, guilds=1, began=hour_ago(), channels=2, idle_each=1)
GUILD = PEOPLE.guilds[0]
SPEAKER, PLAYER, IDLER = PEOPLE.in_voice[0], PEOPLE.playing[0], GUILD.idle[0]
QUIET = Settings(audit_every=0, channel_info=False, deep_check_budget=0, log_language="en")
HOUR = 3600


async def play_for_an_hour(folder: Path) -> None:
    """Have one in voice heard of, and two play together; an hour later the bot is stopped.

    One of those two is found to play no more at the next start.
    """
    async with fed(folder, PEOPLE) as bot:
        bot.clock.passes(60)
        muted = SPEAKER.voice_update(SPEAKER.channel_id, muted=True)
        bot.hears("VOICE_STATE_UPDATE", payload(muted))
        bot.hears("PRESENCE_UPDATE", payload(IDLER.presence_update(PLAYER.game)))
        bot.clock.passes(HOUR)
        bot.clock.catches_up()
        heartbeat = Watched(guild_ids=(GUILD.id,), until=bot.cog.now())
        bot.cog._tracker.observe(heartbeat)  # noqa: SLF001 - there is no connection that beats
        await written(bot.cog)


async def starts_again(folder: Path) -> None:
    """Run for a minute, two hours after the first start."""
    clock = ScriptedClock()
    clock.passes(2 * HOUR)
    async with fed(folder, PEOPLE, QUIET, clock) as bot:
        await written(bot.cog)
        bot.clock.passes(60)
        bot.clock.catches_up()


def live_of(folder: Path, user_id: int) -> VoiceSession | GameSession:
    [session] = [
        each
        for each in read_live(folder).state.sessions
        if type(each) is not PartySession and each.user_id == user_id
    ]
    return session


def watched_until(folder: Path) -> int:
    [watch] = read_live(folder).state.guilds
    assert watch.observed_until is not None
    return watch.observed_until


def records(folder: Path, user_id: int = SPEAKER.id) -> list[Record]:
    return list(LedgerReader(folder).history(HistoryFilter(user_id=user_id)))


async def test_what_counted_before_ends_where_they_were_last_seen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await play_for_an_hour(tmp_path)
    before, watched = live_of(tmp_path, SPEAKER.id), watched_until(tmp_path)
    OptOuts(tmp_path).add(SPEAKER.id)
    await starts_again(tmp_path)

    [record] = records(tmp_path)
    assert (record.id, record.user_id, record.reason) == (before.id, SPEAKER.id, "opted_out")
    assert record.ended_at == before.last_seen < watched
    after = [(each.start, each.end, each.value) for each in record.stretches][-1]
    assert after == (before.last_seen, watched, "unknown")
    assert f"💾 Time saved: {before.username} was in " in caplog.text
    assert not [
        each
        for each in read_live(tmp_path).state.sessions
        if getattr(each, "user_id", None) == SPEAKER.id
    ]


async def test_it_is_written_once_though_the_snapshot_still_has_it(tmp_path: Path) -> None:
    """As after a kill between the row of the ledger and the snapshot without it."""
    await play_for_an_hour(tmp_path / "data")
    OptOuts(tmp_path / "data").add(SPEAKER.id)
    shutil.copytree(tmp_path / "data", tmp_path / "before")
    await starts_again(tmp_path / "data")
    first = records(tmp_path / "data")
    for name in ("active_sessions.json", "active_sessions.json.journal", "observed_until.json"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
        if (tmp_path / "before" / name).exists():
            shutil.copy(tmp_path / "before" / name, tmp_path / "data" / name)
    await starts_again(tmp_path / "data")
    assert len(first) == 1
    assert records(tmp_path / "data") == first
    assert verify(tmp_path / "data") == []


async def test_the_others_of_their_party_keep_what_they_played(tmp_path: Path) -> None:
    await play_for_an_hour(tmp_path)
    watched = watched_until(tmp_path)
    [party] = [each for each in read_live(tmp_path).state.sessions if type(each) is PartySession]
    OptOuts(tmp_path).add(PLAYER.id)
    await starts_again(tmp_path)
    theirs, together = sorted(records(tmp_path, PLAYER.id), key=lambda each: each.kind)
    assert (theirs.kind, theirs.user_id, theirs.reason) == ("game", PLAYER.id, "opted_out")
    assert (together.id, set(together.player_ids)) == (party.id, {PLAYER.id, IDLER.id})
    assert together.ended_at <= watched
    [others] = [each for each in records(tmp_path, IDLER.id) if each.kind == "game"]
    assert (others.reason, others.ended_at) == ("gap", watched), "as the look found them gone"


async def test_one_that_waits_for_its_guild_is_written_down_as_well(tmp_path: Path) -> None:
    await play_for_an_hour(tmp_path)
    leave_without_guild(tmp_path)
    before = live_of(tmp_path, SPEAKER.id)
    OptOuts(tmp_path).add(SPEAKER.id)
    await starts_again(tmp_path)
    [record] = records(tmp_path)
    assert (record.id, record.reason, record.ended_at) == (before.id, "opted_out", before.last_seen)


async def test_whoever_is_tracked_again_before_the_next_start_goes_on(tmp_path: Path) -> None:
    await play_for_an_hour(tmp_path)
    before = live_of(tmp_path, SPEAKER.id)
    OptOuts(tmp_path).add(SPEAKER.id)
    OptOuts(tmp_path).remove(SPEAKER.id)
    await starts_again(tmp_path)
    assert records(tmp_path) == []
    after = live_of(tmp_path, SPEAKER.id)
    assert (after.id, after.started_at) == (before.id, before.started_at)
    assert msgspec.to_builtins(after)["state"] == "recovered"
