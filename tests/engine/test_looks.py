"""Looks at a guild: what a check finds out while the guild was watched all along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import (
    ActivitySeen,
    ChannelDeleted,
    GuildReport,
    MergedReport,
    PresenceObserved,
    Settings,
)
from engine.people import People
from machines import (
    BotEvent,
    Evidence,
    LogLine,
    NoticeDue,
    NoticeWithdrawn,
    RecordEnded,
    SessionChanged,
    WatchChanged,
    from_datetime,
    spans,
)
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    ZETA,
    Evening,
    ago,
    at,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freezegun.api import FrozenDateTimeFactory

    from engine import Call, Channel, GameRules, VoiceObserved
    from machines import AnySession, Effect, Instant, Record, Source, Span

OSU = "osu!"


def certain(record: Record) -> list[Span]:
    """Return when somebody was there for certain."""
    timeline = spans(record.started_at, record.ended_at, record.stretches)
    return [each for each in timeline if each.value == "present"]


def changes(effects: list[Effect]) -> list[Effect]:
    """Return the effects that somebody would notice."""
    kinds = (SessionChanged, RecordEnded, BotEvent, NoticeDue, NoticeWithdrawn)
    return [effect for effect in effects if isinstance(effect, kinds)]


# Still there


def test_whoever_is_still_there_is_seen_and_nothing_changes(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(600)
    assert changes(evening.look(voice={PINO: GENERAL})) == []
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.last_seen)) == ("confirmed", 600)


def test_the_cache_is_no_news(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, source="cache")
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.last_seen) == 0


def test_a_move_that_was_missed_lies_somewhere_since_they_were_last_seen(
    evening: Evening,
) -> None:
    evening.look()
    evening.until(50)
    evening.joins(PINO)
    evening.until(600)
    evening.look(voice={PINO: LOUNGE})
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.channel_name, session.state) == ("Sala", "confirmed")
    assert [(s.channel_name, ago(s.since), ago(s.floor)) for s in session.stays] == [
        ("General", 50, 50),
        ("Sala", 600, 50),
    ]


# Gone


def test_whoever_is_gone_unseen_is_credited_until_last_seen(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(600)
    evening.look(voice={PINO: GENERAL})
    evening.until(1200)
    effects = evening.look()
    record = evening.record
    assert (record.state, record.reason) == ("orphaned", "leave_missed")
    assert (ago(record.ended_at), record.seconds, record.uncertain_seconds) == (600, 600, 600)
    assert unknown_in(record) == [(600, 1200)]
    assert [line.key for line in only(effects, LogLine)] == [
        "orphaned.voice",
        "saved_or_more.voice",
    ]
    assert [event.name for event in only(effects, BotEvent)] == ["session_orphaned"]


def test_how_much_longer_it_may_have_been_is_logged_with_what_is_counted(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(300)
    [_orphaned, saved] = only(evening.look(), LogLine)
    assert (saved.values["seconds"], saved.values["more"]) == (0, 300)
    assert saved.values["uncertain"] == evening.record.uncertain_seconds == 300


def test_an_orphan_leaves_without_a_word_to_people(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(600)
    assert only(evening.look(), NoticeDue) == []


@pytest.mark.parametrize(
    ("credit", "ended_at", "uncertain"), [("watched", 0, 600), ("midpoint", 300, 300)]
)
def test_an_orphan_is_credited_as_the_settings_say(
    clock: FrozenDateTimeFactory, credit: str, ended_at: int, uncertain: int
) -> None:
    settings = Settings(orphan_credit="midpoint" if credit == "midpoint" else "watched")
    evening = Evening(clock, settings)
    evening.joins(PINO)
    evening.until(600)
    evening.look()
    assert (ago(evening.record.ended_at), evening.record.uncertain_seconds) == (
        ended_at,
        uncertain,
    )


def test_whoever_was_seen_to_leave_has_their_grace_whatever_the_look_says(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(120)
    assert changes(evening.look()) == []
    evening.until(150)
    evening.joins(PINO)
    evening.until(300)
    evening.leaves(PINO)
    evening.until(400)
    assert evening.record.seconds == 250


def test_whoever_is_gone_before_it_counts_leaves_no_record(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(5)
    assert only(evening.look(), NoticeWithdrawn)
    assert not evening.engine.registry.count
    assert evening.records == []


def test_a_return_that_was_missed_is_unknown_since_they_left(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.look(voice={PINO: GENERAL})
    evening.until(300)
    evening.leaves(PINO)
    evening.until(400)
    record = evening.record
    assert unknown_in(record) == [(100, 150)]
    assert (record.seconds, record.uncertain_seconds) == (300, 50)


def test_a_look_asked_before_they_left_and_answered_after_brings_nobody_back(
    evening: Evening,
) -> None:
    """It may speak of the time before their leaving: no proof that they are there again."""
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(105)
    evening.look(voice={PINO: GENERAL}, source="rest", asked_at=95, looked_voice=frozenset({PINO}))
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.absent_since), unknown_in(session)) == (100, [])
    evening.until(200)
    record = evening.record
    assert (ago(record.ended_at), record.seconds, record.uncertain_seconds) == (100, 100, 0)


def test_the_cache_does_not_bring_back_who_was_seen_to_leave(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.look(voice={PINO: GENERAL}, source="cache")
    evening.until(200)
    assert evening.record.seconds == 100


# Unknown


def test_unknown_ends_nothing_however_often_it_is_said(evening: Evening) -> None:
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(100)
    for second in (700, 1300, 1900):
        evening.until(second)
        effects = evening.look(complete_voice=False, complete_games=False)
        assert changes(effects) == []
    assert evening.engine.counts() == {"voice": 1, "game": 1}
    assert evening.engine.counters["unknown"] == 6


def test_people_about_whom_nothing_can_be_said_are_left_alone(evening: Evening) -> None:
    evening.joins(PINO)
    evening.joins(AGU)
    evening.until(600)
    evening.look(without=PINO)
    assert evening.voice_of(PINO) is not None
    assert evening.voice_of(AGU) is None


def test_a_look_at_one_person_says_nothing_of_others(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.joins(user)
        evening.plays(user, OSU)
    evening.until(600)
    evening.look(
        source="rest",
        complete_voice=False,
        complete_games=False,
        looked_voice=frozenset({PINO}),
        looked_games=frozenset({AGU}),
    )
    assert {(r.kind, r.user_id) for r in evening.records} == {
        ("voice", PINO),
        ("game", AGU),
        ("party", None),
    }


def test_a_listed_person_without_the_game_plays_it_no_more(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(600)
    evening.look(games={PINO: ("Chess",)}, source="members", complete_games=False)
    assert evening.record.game_name == OSU
    assert [session.game_name for session in evening.games_of(PINO)] == ["Chess"]


# Stale


def test_what_is_older_than_the_last_event_is_passed_over(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    evening.joins(PINO)
    evening.until(115)
    evening.look(taken_at=105, source="audit")
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "confirmed"
    assert unknown_in(session) == []


def test_an_old_look_does_not_bring_back_who_was_seen_to_leave_since(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    evening.look(voice={PINO: GENERAL}, taken_at=99, source="audit")
    evening.until(200)
    assert evening.record.seconds == 100
    assert not evening.engine.registry.count


@pytest.mark.parametrize("times", [1, 2])
def test_an_old_look_does_not_find_whose_session_ended_since(
    clock: FrozenDateTimeFactory, times: int
) -> None:
    evening = Evening(clock, Settings(voice_grace=0, game_grace=0))
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.leaves(PINO)
    evening.plays(PINO)
    evening.until(105)
    for _ in range(times):
        evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)}, taken_at=99, source="audit")
    assert len(evening.records) == 2
    assert not evening.engine.registry.count


def test_an_old_look_does_not_find_whose_channel_was_deleted_since(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(103)
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    evening.until(105)
    for _ in range(2):
        evening.look(voice={PINO: GENERAL}, taken_at=100)
    assert evening.record.reason == "channel_deleted"
    assert not evening.engine.registry.count


def test_a_look_older_than_another_finds_nobody(evening: Evening) -> None:
    evening.until(100)
    evening.look()
    evening.until(110)
    evening.look(
        voice={PINO: GENERAL},
        games={PINO: (OSU,)},
        taken_at=90,
        source="rest",
        complete_voice=False,
        complete_games=False,
    )
    assert not evening.engine.registry.count


def test_a_look_that_saw_them_before_they_joined_is_no_absence(evening: Evening) -> None:
    evening.until(100)
    evening.joins(PINO)
    evening.until(101)
    evening.look(taken_at=99, source="audit")
    evening.until(200)
    assert evening.voice_of(PINO) is not None


# The cache


def test_the_first_cache_of_a_process_is_believed(evening: Evening) -> None:
    evening.look(voice={PINO: GENERAL}, source="cache")
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "recovered"


def is_found_by_the_cache(evening: Evening) -> None:
    """Pino was gone at 100; nobody has heard him come, and the cache says at 615 that he is there.

    So he has come since, or the cache has him still because his leaving was never sent.
    """
    evening.until(100)
    evening.look()
    evening.until(600)
    evening.restart(back_at=615)
    evening.look(voice={PINO: GENERAL}, source="cache")


def test_whoever_the_cache_alone_finds_is_there_for_certain_from_their_next_event_on(
    evening: Evening,
) -> None:
    is_found_by_the_cache(evening)
    evening.until(1000)
    evening.shows(PINO)
    evening.until(1600)
    evening.leaves(PINO)
    evening.until(1700)
    record = evening.record
    assert (ago(record.started_at), ago(record.ended_at)) == (615, 1600)
    assert unknown_in(record) == [(100, 615), (615, 1000)]
    assert [(ago(each.start), ago(each.end)) for each in certain(record)] == [(1000, 1600)]


def test_so_they_are_from_a_look_that_sees_them(evening: Evening) -> None:
    is_found_by_the_cache(evening)
    evening.until(1000)
    evening.look(
        voice={PINO: GENERAL},
        source="rest",
        looked_voice=frozenset({PINO}),
        complete_voice=False,
        complete_games=False,
    )
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.unwatched_since is None
    assert unknown_in(session)[-1] == (615, 1000)


def test_what_a_look_does_not_see_of_them_was_never_certain(evening: Evening) -> None:
    is_found_by_the_cache(evening)
    evening.until(1000)
    evening.look()
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (0, 1000 - 100)


def test_so_it_stays_over_a_further_restart(evening: Evening) -> None:
    is_found_by_the_cache(evening)
    evening.until(700)
    evening.heartbeat()
    evening.restart(back_at=710)
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.unwatched_since) == 615


def test_so_it_is_of_whoever_the_cache_alone_has_playing(evening: Evening) -> None:
    """They may have left the guild while it was out: discord.py keeps them, with their game."""
    evening.look()
    evening.until(600)
    evening.restart(back_at=615)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)}, source="cache")
    evening.until(1000)
    evening.plays(PINO, OSU)
    evening.look(
        source="rest",
        looked_games=frozenset({AGU}),
        complete_voice=False,
        complete_games=False,
    )
    evening.until(1600)
    evening.plays(PINO)
    evening.until(3000)
    ghost, player = sorted(evening.records, key=lambda each: each.seconds)
    assert (ghost.user_id, ghost.seconds, ghost.uncertain_seconds) == (AGU, 0, 1000)
    assert player.user_id == PINO
    assert [(ago(each.start), ago(each.end)) for each in certain(player)] == [(1000, 1600)]


@pytest.mark.parametrize("by_look", [True, False])
def test_the_party_of_those_whom_the_cache_alone_has_playing_is_silent_once_it_is_proven(
    evening: Evening, *, by_look: bool
) -> None:
    evening.look(games={PINO: (OSU,), AGU: (OSU,)}, source="cache")
    assert not evening.parties()
    evening.until(1000)
    if by_look:
        evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    else:
        evening.plays(PINO, OSU)
        assert not evening.parties()
        evening.plays(AGU, OSU)
    assert evening.party().state == "recovered"
    evening.until(1100)
    assert not only(evening.effects, NoticeDue)


def test_it_is_told_where_somebody_was_seen_to_come_to_it(evening: Evening) -> None:
    evening.look(games={PINO: (OSU,)}, source="cache")
    evening.until(1000)
    evening.plays(AGU, OSU)
    evening.until(1100)
    evening.plays(PINO, OSU)
    assert evening.party().state == "confirmed"
    assert only(evening.effects, NoticeDue)


def test_the_first_cache_of_a_process_moves_whoever_moved_while_nobody_watched(
    evening: Evening,
) -> None:
    evening.look()
    evening.until(50)
    evening.joins(PINO)
    evening.until(600)
    evening.restart(back_at=615)
    evening.until(620)
    evening.look(voice={PINO: LOUNGE}, source="cache")
    evening.until(700)
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id))
    session = evening.voice_of(PINO)
    assert session is not None
    before, after = session.stays
    assert (before.channel_name, after.channel_name) == ("General", "Sala")
    assert (ago(after.floor), ago(after.since)) == (50, 620)


def test_it_moves_nobody_of_whom_something_was_heard_since(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(600)
    evening.restart(back_at=620)
    evening.shows(PINO)
    evening.look(voice={PINO: LOUNGE}, source="cache", taken_at=619)
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.channel_name == "General"


@pytest.mark.parametrize("source", ["rest", "audit"])
def test_no_look_moves_anybody_of_whom_something_was_replayed_since(
    evening: Evening, source: Source
) -> None:
    """When it happened is not known, but it is not known to be older than the look either."""
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.joins(PINO, since=90)
    evening.until(101)
    evening.look(voice={PINO: LOUNGE}, source=source, asked_at=95, taken_at=99)
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.channel_name == "General"


def test_after_a_look_the_cache_finds_nobody(evening: Evening) -> None:
    evening.look()
    evening.until(600)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)}, source="cache")
    assert not evening.engine.registry.count


def test_after_a_look_the_cache_bridges_no_gap(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.look(voice={PINO: GENERAL}, source="cache")
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.unwatched_since is not None
    assert evening.engine.watch_of(GUILD).gap_since is not None


def test_after_a_look_the_cache_moves_nobody(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.look(voice={PINO: LOUNGE}, source="cache")
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.channel_name == "General"


def test_a_look_at_voice_leaves_the_cache_of_games_to_be_believed(evening: Evening) -> None:
    evening.look(complete_games=False)
    evening.until(10)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)}, source="cache")
    assert evening.voice_of(PINO) is None
    assert len(evening.games_of(PINO)) == 1
    assert ago(evening.engine.watch_of(GUILD).looked_at) == 0
    assert ago(evening.engine.watch_of(GUILD).looked_at_games) == 10


def test_an_older_look_does_not_take_the_place_of_a_later_one(evening: Evening) -> None:
    evening.until(100)
    evening.look()
    evening.look(taken_at=90)
    watch = evening.engine.watch_of(GUILD)
    assert (ago(watch.looked_at), ago(watch.looked_at_games)) == (100, 100)


# Twice


def test_a_second_look_changes_nothing(evening: Evening) -> None:
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.unwatched(since=90)
    evening.until(200)
    voice, games = {AGU: LOUNGE, PINO: LOUNGE}, {AGU: (OSU,), ZETA: (OSU, "Chess")}
    assert changes(evening.look(voice, games)) != []
    assert changes(evening.look(voice, games)) == []
    assert changes(evening.look(voice, games, source="cache")) == []


# Several reports as one


def test_whoever_one_of_several_reports_finds_was_there_when_that_one_was_answered(
    evening: Evening,
) -> None:
    """The cache of the same look was read before the question was even asked."""
    evening.look()
    evening.until(100)
    seen = PresenceObserved(
        guild_id=GUILD, user_id=PINO, username=None, activities=(ActivitySeen(OSU),)
    )
    asked = GuildReport(
        guild_id=GUILD, source="members", at=at(100), asked_at=at(95), games={PINO: seen}
    )
    cached = GuildReport(guild_id=GUILD, source="cache", at=at(90))
    evening.show(MergedReport(guild_id=GUILD, reports=(asked, cached)))
    game = evening.game_of(PINO)
    assert (ago(game.started_at), unknown_in(game)) == (100, [(0, 100)])


# One broken session


class Broken:
    """A live guild that fails over one person."""

    def __init__(self, report: GuildReport, user: int) -> None:
        self._report = report
        self._user = user
        self.guild_id = report.guild_id
        self.source: Source = report.source
        self.at: Instant = report.at
        self.earliest: Instant = report.earliest
        self.complete_voice = report.complete_voice
        self.complete_games = report.complete_games
        self.parts = report.parts

    def about(self, session: AnySession) -> Evidence:
        if getattr(session, "user_id", None) == self._user:
            raise RuntimeError("the shelf fell over")
        return self._report.about(session)

    def call_in(self, channel_id: int) -> Call | None:
        return self._report.call_in(channel_id)

    def channel_of(self, user_id: int) -> Channel | None:
        return self._report.channel_of(user_id)

    def reading(self) -> Iterator[object]:
        return self._report.reading()

    def of_person(self, user_id: int, *, games: bool) -> Broken:
        return Broken(self._report.of_person(user_id, games=games), self._user)

    def in_voice(self) -> Iterator[VoiceObserved]:
        return self._report.in_voice()

    def sightings(self) -> Iterator[VoiceObserved | PresenceObserved]:
        return self._report.sightings()

    def under(self, rules: GameRules) -> Broken:
        return Broken(self._report.under(rules), self._user)


def test_an_error_in_one_session_is_counted_logged_and_harms_no_other(evening: Evening) -> None:
    evening.joins(PINO)
    evening.joins(AGU)
    evening.until(600)
    report = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=from_datetime(evening.now()),
        complete_voice=True,
        complete_games=True,
    )
    effects = evening.show(Broken(report, PINO))
    assert evening.record.user_id == AGU
    broken = evening.voice_of(PINO)
    assert broken is not None
    assert broken.state == "confirmed"
    [line] = [line for line in only(effects, LogLine) if line.level == "error"]
    assert (line.key, line.values["session_id"], line.values["kind"]) == (
        "session_error",
        broken.id,
        "voice",
    )
    assert line.values["error"] == "RuntimeError: the shelf fell over"
    assert evening.engine.counters["session_errors"] == 1
    assert only(effects, WatchChanged)
    evening.look(voice={PINO: GENERAL})
    assert ago(broken.last_seen) == 600


def test_a_player_who_cannot_be_asked_about_does_not_prove_a_party(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    games = {
        user: PresenceObserved(
            guild_id=GUILD, user_id=user, username=None, activities=(ActivitySeen(OSU),)
        )
        for user in (PINO, AGU)
    }
    report = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=from_datetime(evening.now()),
        games=games,
        complete_voice=True,
        complete_games=True,
    )
    evening.show(Broken(report, PINO))
    assert ago(evening.party().unwatched_since) == 100


def test_an_error_in_finding_one_person_leaves_the_others_found(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_voice = People.find_voice

    def failing(people: People, seen: VoiceObserved, *rest: Any, **more: Any) -> None:  # noqa: ANN401 - as there
        if seen.user_id == PINO:
            raise LookupError("broken")
        find_voice(people, seen, *rest, **more)

    monkeypatch.setattr(People, "find_voice", failing)
    evening.look(voice={PINO: GENERAL, AGU: GENERAL})
    assert evening.engine.counters["session_errors"] == 1
    assert evening.voice_of(PINO) is None
    assert evening.voice_of(AGU) is not None
