"""Chapters: when one ends, when it waits, and that nothing of a party grows for ever."""

from __future__ import annotations

import copy
from itertools import product

import pytest

import machines.chapters
from machines import (
    SECOND,
    BotEvent,
    LogLine,
    NoticeDue,
    PartySession,
    Record,
    SessionChanged,
    Stretch,
)
from tests.engine.two_bots import GAME, GUILD, ORIGIN, PEOPLE, Bot, World, judge

_TOO_LATE = 1_200
"""Seconds: more than a chapter ends before the look after which it does so."""


def evening(**more: object) -> World:
    """Two people have played for two hours, in a guild in which everybody was looked at before."""
    world = World(**({"chapter": 3_600.0} | more))  # type: ignore[arg-type]
    world.look()
    world.comes_or_goes(1)
    world.comes_or_goes(2)
    world.passes(7_200)
    return world


def chapters(world: World) -> list[Record]:
    return [each for each in world.chaptered.party_records() if each.reason == "goes_on"]


def most_of(bot: Bot) -> int:
    return max(each.max_players or 0 for each in bot.party_records())


def party_of(world: World) -> PartySession:
    [party] = [s for s in world.chaptered.engine.sessions() if isinstance(s, PartySession)]
    return party


def test_a_party_that_has_gone_on_for_long_goes_on_as_another_from_the_same_instant() -> None:
    world = evening()
    before = len(world.chaptered.effects)

    world.look()

    [chapter], party = chapters(world), party_of(world)
    assert (chapter.started_at, chapter.ended_at) == (ORIGIN, world.now - 900 * SECOND)
    assert (chapter.state, chapter.seconds, chapter.uncertain_seconds) == ("ended", 6_300.0, 0.0)
    assert party.started_at == party.confirmed_at == chapter.ended_at
    assert (party.state, party.max_players, party.continues) == ("confirmed", 2, True)
    assert [player.started_at for player in party.players] == [chapter.ended_at] * 2
    news = world.chaptered.effects[before:]
    assert not [each for each in news if isinstance(each, NoticeDue)]
    assert [each.key for each in news if isinstance(each, LogLine)] == ["goes_on.party"]
    told = [each for each in news if isinstance(each, BotEvent)]
    assert [(each.name, each.session.id) for each in told] == [
        ("session_ended", chapter.id),
        ("session_confirmed", party.id),
    ]


def test_what_it_goes_on_as_is_saved_whole_and_once_and_counts_who_is_there_by_now() -> None:
    world = evening()
    world.comes_or_goes(3)
    world.passes(3_600)
    world.comes_or_goes(3)
    world.passes(3_600)
    before = len(world.chaptered.effects)
    world.look()
    [chapter], party = chapters(world), party_of(world)
    assert (chapter.max_players, party.max_players) == (3, 2)

    world.comes_or_goes(4)
    world.passes(20)

    news = world.chaptered.effects[before:]
    saved = [e for e in news if isinstance(e, SessionChanged) and e.session is party]
    assert [each.players and [p.user_id for p in each.players] for each in saved] == [(), [4]]


@pytest.mark.parametrize("shelf", [1, 500])
def test_each_has_as_many_players_at_once_as_were_there_in_its_own_time(
    monkeypatch: pytest.MonkeyPatch, shelf: int
) -> None:
    monkeypatch.setattr(machines.chapters, "_SHELF", shelf)
    world = evening()
    world.comes_or_goes(3)
    world.passes(60)
    world.comes_or_goes(3)
    world.passes(2_000)
    for some in (3, 4), (5,), (3, 4, 5), (3,), ():
        for passer in some:
            world.comes_or_goes(passer)
        world.passes(60)
    world.look()
    [chapter], party = chapters(world), party_of(world)
    assert (chapter.max_players, len({p.user_id for p in chapter.players})) == (3, 3)
    assert party.max_players == 5


def test_none_has_more_at_once_than_the_party_was_ever_told_of() -> None:
    world = World(600.0)
    world.look()
    world.comes_or_goes(1)
    world.comes_or_goes(2)
    world.passes(20)
    world.look_while_somebody_comes_or_goes(0, 3)
    world.is_cut()
    world.comes_or_goes(1)
    world.passes(2_500)
    world.resumes()
    world.ends()
    assert judge(world) == 1
    assert most_of(world.chaptered) == most_of(world.endless) == 2


def test_a_chapter_is_never_shorter_than_can_be_told() -> None:
    world = evening(chapter=1e-7)
    world.look()
    world.look()
    world.look_at(1)
    assert len(chapters(world)) == 1


def test_its_chapters_end_as_often_as_it_has_gone_on_for_so_long() -> None:
    world = evening()
    for _hour in range(10):
        world.look()
        world.passes(3_600)
    world.ends()

    assert judge(world) == 11


def test_it_goes_on_as_it_is_where_it_has_not_gone_on_for_so_long_or_the_setting_says_never() -> (
    None
):
    world = evening(chapter=7_000.0)
    world.look()
    assert not chapters(world)
    assert not [each for each in world.endless.party_records() if each.reason == "goes_on"]


def test_a_look_at_one_person_says_nothing_of_the_others() -> None:
    world = evening()
    world.look_at(1)
    assert not chapters(world)


def test_it_waits_while_somebody_may_turn_out_to_have_been_there_before() -> None:
    world = evening(confirm_after=3_000.0)
    world.comes_or_goes(3)
    world.passes(2_990)
    world.look()
    assert chapters(world)  # it ends before they came

    world = evening(confirm_after=3_000.0)
    world.comes_or_goes(3)
    world.passes(20)
    for bot in world.bots:
        [pending] = [s for s in bot.engine.sessions() if s.state == "pending"]
        pending.stretches = (Stretch(ORIGIN + 60 * SECOND, pending.started_at, "unknown"),)
    world.look()
    assert not chapters(world)


def one_that_waited() -> World:
    """An evening with a look while somebody had just come, who went: the next look ends it."""
    world = evening(confirm_after=1_000.0)
    world.comes_or_goes(3)
    for bot in world.bots:
        [pending] = [s for s in bot.engine.sessions() if s.state == "pending"]
        pending.stretches = (Stretch(ORIGIN, pending.started_at, "unknown"),)
    world.look()
    for bot in world.bots:
        [pending] = [s for s in bot.engine.sessions() if s.state == "pending"]
        pending.stretches = ()
    world.comes_or_goes(3)
    assert not chapters(world)
    return world


def test_once_nothing_is_in_the_way_it_is_done_at_any_look() -> None:
    world = one_that_waited()
    world.look_at(2)
    assert chapters(world)


def test_it_waits_while_somebody_has_not_been_seen_since() -> None:
    world = one_that_waited()
    [player] = world.chaptered.engine.sessions_of(GUILD, 1)
    player.last_seen = ORIGIN
    world.look_at(2)
    assert not chapters(world)


def test_it_waits_while_nobody_watches_it() -> None:
    world = one_that_waited()
    world.is_lost(0)
    world.look_at(2)
    assert not chapters(world)


def test_it_waits_while_too_few_are_there() -> None:
    world = evening(party_grace=3_000.0)
    world.comes_or_goes(2)
    world.passes(600)
    world.look()
    assert not chapters(world)


@pytest.mark.parametrize(
    ("what", "is_so"), [("to_come", ["s9"]), ("began_earlier", True), ("unsaved", {"s1": None})]
)
def test_it_waits_while_anything_about_it_is_left_to_be_done(what: str, is_so: object) -> None:
    world = evening()
    report = world.report(0, "audit")
    engine = world.chaptered.engine
    group = engine._parties._groups.of_session[party_of(world).id]  # noqa: SLF001 - as a crowd has
    look = engine.begin(report)
    while not look.is_done:
        setattr(group.roster, what, copy.copy(is_so))
        world.chaptered.keep(engine.go_on(look, world.now, lambda: True))
    assert not chapters(world)


def test_whoever_is_gone_by_then_moves_with_the_clock_as_all_others_do() -> None:
    world = evening(game_grace=60.0)
    world.comes_or_goes(3)
    world.passes(3_600)
    world.comes_or_goes(3)
    world.passes(300)
    world.look()
    assert [player.user_id for player in party_of(world).players] == [1, 2, 3]
    world.clock_is_set(3_600)
    world.ends()
    assert judge(world) == 1


def test_it_waits_where_somebody_was_there_after_it_who_may_have_been_there_before() -> None:
    world = evening(game_grace=60.0)
    world.is_lost(200)
    world.passes(10)
    world.comes_or_goes(3)
    world.passes(100)
    world.comes_or_goes(3)
    world.look_at(1)
    world.look_at(2)
    world.passes(400)
    world.look()
    assert not chapters(world)
    world.passes(3_600)
    world.look()
    world.ends()
    assert judge(world) == 1


@pytest.mark.parametrize(
    ("user", "late"), [*product(PEOPLE, (None, 60, 800)), *product((1, 2, 3), (_TOO_LATE,))]
)
def test_whoever_comes_or_goes_while_it_ends_is_in_what_follows_as_they_are(
    user: int, late: int | None
) -> None:
    for pieces in range(30):
        world = evening()
        world.comes_or_goes(3)
        world.passes(1_300)
        world.look_while_somebody_comes_or_goes(pieces, user, late)
        if late == _TOO_LATE and world.chapters_before_news:
            return  # what is told as late as that is told of what is written already
        world.passes(120)
        world.ends()
        judge(world)
        assert most_of(world.chaptered) == most_of(world.endless)


def test_it_waits_while_somebody_is_away_of_whom_it_is_not_known_since_when() -> None:
    world = evening()
    world.comes_or_goes(3)
    world.passes(3_600)
    world.comes_or_goes(3)
    world.is_cut()  # and so nobody says that their time is over
    world.passes(3_600)
    world.cut_at = None
    world.look(source="guild_create")
    assert world.chaptered.engine.game_of(GUILD, 3, GAME) is not None
    assert not chapters(world)


def test_it_waits_where_too_few_were_there_at_that_instant() -> None:
    world = evening(party_grace=3_000.0)
    world.comes_or_goes(2)
    world.passes(1_200)
    world.comes_or_goes(2)
    world.passes(600)

    world.look()
    assert not chapters(world)

    world.passes(1_200)
    world.look()
    [chapter] = chapters(world)
    assert chapter.ended_at == world.now - 900 * SECOND
    world.ends()
    assert judge(world) == 1


@pytest.mark.parametrize("back_for", [300, 900])
def test_it_waits_where_they_were_too_few_up_to_that_instant_or_from_it_on(back_for: int) -> None:
    world = evening(party_grace=3_000.0)
    world.comes_or_goes(2)
    world.passes(600)
    world.comes_or_goes(2)
    world.passes(back_for)
    world.look()
    assert not chapters(world)


def test_whoever_is_away_as_a_chapter_ends_and_comes_back_is_away_in_both() -> None:
    world = evening()
    world.comes_or_goes(3)
    world.passes(3_600)
    world.comes_or_goes(3)
    left = world.now
    world.passes(600)
    world.comes_or_goes(3)
    came = world.now
    world.passes(600)
    world.look()
    [chapter], party = chapters(world), party_of(world)
    [before] = [player for player in chapter.players if player.user_id == 3]
    [after] = [player for player in party.players if player.user_id == 3]
    assert left < chapter.ended_at < came
    assert before.stretches == (Stretch(left, chapter.ended_at, "away"),)
    assert after.stretches == (Stretch(chapter.ended_at, came, "away"),)
    world.ends()
    assert judge(world) == 1


def test_a_month_in_which_two_are_always_there_takes_no_more_room_than_a_day() -> None:
    world = World(86_400.0)
    world.bots = (world.chaptered,)
    world.look()
    world.comes_or_goes(1)
    world.comes_or_goes(2)
    held = []
    for day in range(30):
        for number in range(100):
            passer = 10 + 100 * day + number
            world.comes_or_goes(passer)
            world.passes(840)
            world.comes_or_goes(passer)
            world.passes(24)
            if number % 20 == 0:
                world.look()
        held.append(len(party_of(world).players))

    records = world.chaptered.party_records()
    assert len(records) in {28, 29}
    assert len({user for record in records for user in record.player_ids}) > 2_800
    assert max(held) < 130
