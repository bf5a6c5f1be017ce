"""A party's timeline against a count of its players, instant by instant."""

from __future__ import annotations

from operator import attrgetter
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import (
    PartySession,
    Player,
    Span,
    Stretch,
    Timeline,
    attendance_since,
    ended_together,
    timeline_of,
)
from machines.together import seen_together, together
from tests.how_often import examples
from tests.machines.builders import at, away, party, player, unknown

MOMENTS = st.integers(0, 30)


STRETCHES = st.builds(
    lambda ends, value: Stretch(min(ends), max(ends), value),
    st.tuples(MOMENTS, MOMENTS),
    st.sampled_from(["away", "unknown"]),
)


@st.composite
def players(draw: st.DrawFn) -> Player:
    """Draw one player's game session; its unknown may reach beyond its start and end."""
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    user_id = draw(st.integers(1, 4))
    return Player(
        session_id=f"g{user_id}",
        user_id=user_id,
        username=f"player {user_id}",
        started_at=start,
        ended_at=draw(st.sampled_from([end, None])),
        stretches=tuple(draw(st.lists(STRETCHES, max_size=3))),
    )


@st.composite
def parties(draw: st.DrawFn) -> tuple[PartySession, int]:
    """Draw a party and how far it is told."""
    first, until = sorted((draw(MOMENTS), draw(MOMENTS)))
    held = party(min_players=draw(st.integers(1, 3)))
    held.players = draw(st.lists(players(), max_size=6))
    held.started_at = first
    return held, until


def believed(each: Player, instant: int) -> str:
    """Say what one game session asserts of [instant, instant + 1)."""
    values = {s.value for s in each.stretches if s.start <= instant < s.end}
    if "unknown" in values:
        return "unknown"
    going_on = each.started_at <= instant and (each.ended_at is None or instant < each.ended_at)
    return "present" if going_on and "away" not in values else "absent"


def counted(held: PartySession, until: int, instant: int) -> str:
    """Say what a party must assert of [instant, instant + 1): count its people."""
    beliefs: dict[int, set[str]] = {}
    for each in held.players:
        beliefs.setdefault(each.user_id, set()).add(believed(each, instant))
    sure = sum("present" in said for said in beliefs.values())
    maybe = sum("present" in said or "unknown" in said for said in beliefs.values())
    if sure >= held.min_players:
        return "present" if held.started_at <= instant < until else "absent"
    return "unknown" if maybe >= held.min_players else "absent"


def last_known(held: PartySession, until: int) -> int:
    """Return the last instant that anything is said about; those who play on play until then."""
    ends = [s.end for each in held.players for s in each.stretches if s.end > s.start]
    ends += [each.ended_at for each in held.players if each.ended_at is not None]
    ends += [each.started_at for each in held.players]
    return max([until, *ends])


def told(timeline: Timeline, instant: int) -> str:
    """Say what a timeline asserts of [instant, instant + 1)."""
    for span in timeline.spans():
        if span.start <= instant < span.end:
            return "absent" if span.value == "away" else span.value
    return "absent"


@st.composite
def histories(draw: st.DrawFn) -> tuple[PartySession, int]:
    """Draw a party of players whose stretches end one after the other, as the machines add them."""
    held, until = draw(parties())
    for place, each in enumerate(held.players):
        more = draw(st.lists(STRETCHES, max_size=12))
        stretches = sorted((*each.stretches, *more), key=attrgetter("end"))
        held.players[place] = msgspec.structs.replace(each, stretches=tuple(stretches))
    return held, until


@given(parties())
def test_a_party_is_on_while_enough_people_play(drawn: tuple[PartySession, int]) -> None:
    held, until = drawn
    timeline = together(held, until)
    for instant in range(last_known(held, until)):
        assert told(timeline, instant) == counted(held, until, instant), instant


@given(parties())
def test_a_party_is_credited_nothing_before_its_start_or_after_it_is_over(
    drawn: tuple[PartySession, int],
) -> None:
    held, until = drawn
    timeline = together(held, until)
    assert held.started_at <= timeline.started_at <= timeline.ended_at <= until
    assert timeline.account().seconds >= 0


@given(parties())
def test_a_party_is_seen_up_to_the_last_instant_of_which_enough_people_are_certain(
    drawn: tuple[PartySession, int],
) -> None:
    held, until = drawn
    sure = [i + 1 for i in range(until) if counted(held, until, i) == "present"]
    assert seen_together(held, until) == max(sure, default=held.started_at)


def credited(held: PartySession, until: int, instant: int) -> bool:
    """Say whether enough people's sessions credit [instant, instant + 1), and the party may."""
    people = {
        each.user_id
        for each in held.players
        if believed(each, instant) != "absent"
        and not any(s.value == "away" and s.start <= instant < s.end for s in each.stretches)
        and each.started_at <= instant
        and (each.ended_at is None or instant < each.ended_at)
    }
    return held.started_at <= instant < until and len(people) >= held.min_players


@given(parties())
def test_a_party_lasts_from_the_first_to_the_last_that_enough_people_are_credited(
    drawn: tuple[PartySession, int],
) -> None:
    held, until = drawn
    instants = [i for i in range(until) if credited(held, until, i)]
    timeline = together(held, until)
    if instants:
        assert (timeline.started_at, timeline.ended_at) == (instants[0], instants[-1] + 1)
    else:
        assert timeline.started_at == timeline.ended_at == held.started_at


@given(st.data(), parties())
def test_the_order_of_the_players_does_not_matter(
    data: st.DataObject, drawn: tuple[PartySession, int]
) -> None:
    held, until = drawn
    expected = together(held, until)
    held.players = data.draw(st.permutations(held.players))
    assert together(held, until) == expected


@given(parties())
def test_people_who_only_played_elsewhere_in_time_make_no_party(
    drawn: tuple[PartySession, int],
) -> None:
    held, until = drawn
    held.min_players = 5
    assert together(held, until).account() == (0.0, 0.0)


def test_two_who_play_from_start_to_end_are_a_party_all_the_time() -> None:
    assert together(party(player(1, 0), player(2, 0)), at(100)) == (at(0), at(100), [], False)


def test_a_party_begins_with_the_player_who_makes_it_enough() -> None:
    held = party(player(1, 0), player(2, 30), started=30)
    assert together(held, at(100)) == (at(30), at(100), [], False)


def test_while_too_few_play_the_party_is_away() -> None:
    held = party(player(1, 0), player(2, 0, 40), player(2, 60))
    assert together(held, at(100)) == (at(0), at(100), [away(40, 60)], False)


def test_a_person_with_two_sessions_of_the_game_counts_once() -> None:
    held = party(player(1, 0), player(1, 0))
    assert together(held, at(100)).account() == (0.0, 0.0)


def test_a_person_with_two_sessions_is_credited_once() -> None:
    held = party(player(1, 0), player(1, 0), player(2, 0, 40, unknown(40, 60)))
    assert together(held, at(100)) == (at(0), at(40), [unknown(40, 60)], False)


def test_two_sessions_of_one_person_that_follow_each_other_leave_no_hole() -> None:
    held = party(player(1, 0), player(2, 0, 50), player(2, 50))
    assert list(together(held, at(100)).spans()) == [Span(at(0), at(100), "present", credited=True)]


def test_a_player_who_is_away_does_not_count() -> None:
    held = party(player(1, 0), player(2, 0, None, away(20, 30)))
    assert together(held, at(100)).account() == (90.0, 0.0)


def test_unknown_players_matter_only_where_they_could_decide() -> None:
    held = party(player(1, 0), player(2, 0), player(3, 0, None, unknown(20, 30)))
    assert together(held, at(100)).account() == (100.0, 0.0)
    held.min_players = 3
    assert together(held, at(100)).account() == (100.0, 10.0)


def test_a_player_found_to_have_left_earlier_shortens_the_party() -> None:
    """Closed in retrospect: gone at 40, noticed at 90, the other plays on."""
    held = party(player(1, 0), player(2, 0, 40, unknown(40, 90)))
    held.absent_since = at(40)
    timeline = timeline_of(held, at(90))
    assert (timeline.started_at, timeline.ended_at) == (at(0), at(40))
    assert timeline.account() == (40.0, 50.0)


def test_the_one_who_plays_on_is_there_while_it_is_unknown_whether_the_other_was() -> None:
    """Else the record would assert that nobody played together from 40 to 90."""
    held = party(player(1, 0), player(2, 0, 40, unknown(40, 90)))
    assert together(held, at(40)).stretches == [unknown(40, 90)]


def test_the_time_that_another_party_holds_is_not_this_ones() -> None:
    """Ended at a gap and found again after it: two parties of the same two people."""
    players = player(1, 0, None, unknown(18, 30)), player(2, 0, None, unknown(18, 30))
    earlier, later = party(*players, started=0), party(*players, started=30)
    assert together(earlier, at(20)) == (at(0), at(20), [unknown(18, 30)], False)
    assert together(later, at(100)) == (at(30), at(100), [unknown(18, 30)], False)


def test_a_party_over_a_gap_is_unknown_in_the_gap() -> None:
    held = party(player(1, 0, None, unknown(18, 30)), player(2, 0, None, unknown(18, 30)))
    assert together(held, at(100)).account() == (100.0, 12.0)


def test_people_found_playing_may_have_played_together_before() -> None:
    held = party(
        player(1, 20, None, unknown(5, 20)), player(2, 20, None, unknown(10, 20)), started=20
    )
    assert together(held, at(100)).stretches == [unknown(10, 20)]


def test_away_is_said_only_between_start_and_end() -> None:
    unheard = unknown(5, 10), unknown(60, 70)
    held = party(player(1, 20, 40, *unheard), player(2, 20, 40, *unheard), started=20)
    assert together(held, at(100)) == (at(20), at(40), list(unheard), False)


def test_nothing_bounds_a_party_of_people_whose_start_nothing_bounds() -> None:
    held = party(player(1, 20, unbounded=True), player(2, 20, unbounded=True), started=20)
    assert together(held, at(100)).account() == (80.0, None)


def test_one_unbounded_player_leaves_the_party_bounded_by_the_other() -> None:
    held = party(player(1, 20, unbounded=True), player(2, 10), started=20)
    assert together(held, at(100)).account() == (80.0, 10.0)


def test_an_unbounded_player_may_have_been_there_whenever_another_may() -> None:
    held = party(player(1, 20, unbounded=True), player(2, 10, None, unknown(4, 10)), started=20)
    assert together(held, at(100)).account() == (80.0, 16.0)


def test_two_unbounded_sessions_of_one_person_are_one_unbounded_person() -> None:
    held = party(
        player(1, 20, 30, unbounded=True), player(1, 40, unbounded=True), player(2, 10), started=20
    )
    assert together(held, at(100)).account().uncertain_seconds is not None


def test_a_party_without_players_lasts_no_time() -> None:
    held = party(started=10)
    held.players = []
    assert together(held, at(100)) == (at(10), at(10), [], False)


@given(histories(), st.integers(2, 4))
def test_when_enough_were_last_there_is_said_by_as_little_as_says_so(
    drawn: tuple[PartySession, int], lately: int
) -> None:
    held, until = drawn
    with mock.patch("machines.together._LATELY", lately):
        assert ended_together(held, until) == together(held, until).ended_at


@st.composite
def leavings(draw: st.DrawFn) -> tuple[PartySession, int]:
    """Draw a party of people who have come and left, most of them for the first time."""
    players = []
    for session in range(draw(st.integers(2, 5))):
        user_id = draw(st.sampled_from((session, session, session, 0)))
        started = draw(st.integers(0, 8))
        ended = draw(st.none() | st.integers(started, 12))
        stretches = draw(st.just(()) | st.just(()) | st.tuples(STRETCHES))
        player = Player(
            session_id=str(session),
            user_id=user_id,
            username="",
            started_at=started,
            ended_at=ended,
            stretches=stretches,
        )
        players.append(player)
    held = party(*players, min_players=draw(st.integers(2, 3)))
    held.started_at = draw(st.integers(0, 8))
    return held, draw(st.integers(held.started_at, 14))


@settings(max_examples=examples(500))
@given(leavings())
def test_who_has_left_says_until_when_enough_were_there(drawn: tuple[PartySession, int]) -> None:
    held, until = drawn
    assert ended_together(held, until) == together(held, until).ended_at


@pytest.mark.parametrize(
    ("players", "min_players"),
    [
        ([player(1, 0), player(2, 0, 50)], 2),
        ([player(1, 0), player(2, 0, 40), player(3, 0, 50)], 2),
        ([player(1, 0), player(2, 0, 50), player(3, 0, 60)], 3),
        ([player(1, 0, 50), player(2, 0, 60)], 2),
        ([player(1, 0, 50, away(10, 20)), player(2, 0, None, unknown(5, 49))], 2),
    ],
    ids=["one of two", "two of three", "two of three are too few", "both", "back long before"],
)
def test_who_has_left_last_says_it_without_anybody_else_being_asked(
    players: list[Player], min_players: int
) -> None:
    held = party(*players, min_players=min_players)
    with mock.patch("machines.together.together") as whole:
        assert ended_together(held, at(100)) == at(50)
    whole.assert_not_called()
    assert together(held, at(100)).ended_at == at(50)


@pytest.mark.parametrize(
    ("players", "ends"),
    [
        ([player(1, 0, None, away(20, 50)), player(2, 0, 50)], 20),
        ([player(1, 0, None, away(20, 60)), player(2, 0, 50)], 20),
        ([player(1, 0, None, unknown(20, 60)), player(2, 0, 50)], 50),
        ([player(1, 0), player(2, 0, 5)], 10),
    ],
    ids=["back as the other left", "back later", "unknown since", "left before it began"],
)
def test_who_has_left_does_not_say_it_alone(players: list[Player], ends: int) -> None:
    held = party(*players, started=10)
    assert ended_together(held, at(100)) == together(held, at(100)).ended_at == at(ends)


@given(histories())
def test_nothing_before_its_start_says_when_enough_were_there(
    drawn: tuple[PartySession, int],
) -> None:
    held, until = drawn
    since = attendance_since(held.players, held.min_players, held.started_at)
    told, whole = together(held, until, since), together(held, until)
    assert (told.started_at, told.ended_at) == (whole.started_at, whole.ended_at)


def test_of_a_long_history_only_the_end_is_gone_through() -> None:
    often = [away(second, second + 1) for second in range(0, 2_000, 2)]
    held = party(player(1, 0, None, *often), player(2, 0, 2_000))
    with mock.patch("machines.together.attendance_of") as of_all:
        assert ended_together(held, at(2_100)) == at(2_000)
    of_all.assert_not_called()


@pytest.mark.parametrize("ended", [1, 50, 1_998])
def test_enough_may_have_been_there_long_ago_for_the_last_time(ended: int) -> None:
    often = [away(second, second + 1) for second in range(0, 2_000, 2)]
    held = party(player(1, 0, None, *often), player(2, 0, ended))
    assert ended_together(held, at(2_100)) == together(held, at(2_100)).ended_at
