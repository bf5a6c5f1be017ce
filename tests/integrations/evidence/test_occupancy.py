"""Who is in which voice channel, everybody counted, and the events that do not fit."""

from __future__ import annotations

from collections import Counter

import pytest

from integrations.evidence import occupancy as occupancy_module
from integrations.evidence.occupancy import Occupancy, VoiceStates
from integrations.gateway.guild_payload import GuildPayload, VoicePart, VoiceUpdate

GUILD, GENERAL, SALA = 900, 500, 501
PINO, AGU = 1, 2


@pytest.fixture(autouse=True, params=[16, 2, 0])
def _few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go through the people for a channel, or look it up, or do the former until it is another."""
    monkeypatch.setattr(occupancy_module, "_FEW", request.param)


def says(
    user: int, channel: int | None, session: str | None = "a", *, self_mute: bool = False
) -> VoiceUpdate:
    return VoiceUpdate(
        guild_id=GUILD, user_id=user, channel_id=channel, session_id=session, self_mute=self_mute
    )


def hears(occupancy: Occupancy, update: VoiceUpdate, now: int) -> bool:
    person, where, details = update.user_id, update.channel_id, update.details
    return occupancy.change(GUILD, person, where, update.session_id, details, now)


def guild(*people: tuple[int, int | None]) -> GuildPayload:
    states = [VoicePart(user_id=user, channel_id=channel) for user, channel in people]
    return GuildPayload(id=GUILD, voice_states=states)


def test_people_are_counted_channel_by_channel() -> None:
    occupancy = Occupancy()
    occupancy.take(guild((PINO, GENERAL), (AGU, GENERAL), (3, SALA), (4, None)))
    assert occupancy.people(GUILD) == {GENERAL: 2, SALA: 1}
    hears(occupancy, says(AGU, SALA), 1)
    hears(occupancy, says(PINO, None), 2)
    assert occupancy.people(GUILD) == {SALA: 2}
    assert occupancy.people_in(GUILD, GENERAL) == 0


@pytest.mark.parametrize("people", [15, 16, 17, 40])
def test_however_many_come_and_go_each_channel_has_its_people(people: int) -> None:
    occupancy = Occupancy()
    channels = [GENERAL + user % 3 for user in range(people)]
    for user, channel_id in enumerate(channels):
        hears(occupancy, says(user, channel_id), 1)
    held = occupancy._states[GUILD]  # noqa: SLF001 - what it holds is meant
    assert (held.channels is None) == (people <= occupancy_module._FEW)  # noqa: SLF001 - as above
    assert occupancy.people(GUILD) == Counter(channels)
    assert all(occupancy.people_in(GUILD, each) == channels.count(each) for each in channels)
    for user in range(1, people):
        hears(occupancy, says(user, GENERAL), 2)
    hears(occupancy, says(0, SALA), 2)
    assert occupancy.people(GUILD) == {GENERAL: people - 1, SALA: 1}
    for user in range(1, people):
        hears(occupancy, says(user, None), 3)
    assert occupancy.people(GUILD) == {SALA: 1}
    assert occupancy.people_in(GUILD, GENERAL) == 0


def test_a_payload_replaces_what_was_held() -> None:
    occupancy = Occupancy()
    occupancy.take(guild((PINO, GENERAL)))
    occupancy.take(guild((AGU, SALA)))
    assert occupancy.people(GUILD) == {SALA: 1}


def test_what_is_replaced_or_passed_over_is_handed_back() -> None:
    occupancy, states = Occupancy(), VoiceStates()
    occupancy.take(guild((PINO, GENERAL)))
    assert list(occupancy.replace(GUILD, states).by_person) == [PINO]
    hears(occupancy, says(AGU, SALA), 10)
    assert list(states.by_person) == [AGU]
    late = VoiceStates()
    assert occupancy.replace(GUILD, late, asked_at=10) is late
    assert occupancy.people(GUILD) == {SALA: 1}


def test_a_payload_older_than_an_event_replaces_nothing() -> None:
    occupancy = Occupancy()
    hears(occupancy, says(PINO, GENERAL), 10)
    occupancy.take(guild(), asked_at=10)
    assert occupancy.people(GUILD) == {GENERAL: 1}
    occupancy.take(guild(), asked_at=11)
    assert occupancy.people(GUILD) == {}


@pytest.mark.parametrize("channel_id", [GENERAL, None])
def test_a_payload_older_than_a_leave_replaces_nothing_whoever_was_there(
    channel_id: int | None,
) -> None:
    occupancy = Occupancy()
    hears(occupancy, says(PINO, channel_id), 9)
    hears(occupancy, says(PINO, None), 10)
    occupancy.take(guild((PINO, GENERAL)), asked_at=10)
    assert occupancy.people(GUILD) == {}


def test_of_a_guild_in_which_nobody_is_left_nothing_is_held() -> None:
    occupancy = Occupancy()
    hears(occupancy, says(PINO, GENERAL), 9)
    hears(occupancy, says(PINO, None), 10)
    assert not occupancy._states  # noqa: SLF001 - there are many such guilds


def test_what_fits_is_no_sign_of_a_lost_event() -> None:
    occupancy = Occupancy()
    assert not hears(occupancy, says(PINO, GENERAL), 1)
    assert not hears(occupancy, says(PINO, GENERAL, self_mute=True), 2)
    assert not hears(occupancy, says(PINO, SALA, self_mute=True), 3)
    assert not hears(occupancy, says(PINO, None), 4)


def test_an_event_that_changes_nothing_is_a_sign() -> None:
    occupancy = Occupancy()
    hears(occupancy, says(PINO, GENERAL), 1)
    assert hears(occupancy, says(PINO, GENERAL), 2)


def test_a_leave_of_somebody_who_was_not_there_is_a_sign() -> None:
    assert hears(Occupancy(), says(PINO, None), 1)


def test_another_connection_without_a_leave_is_a_sign_where_both_are_known() -> None:
    occupancy = Occupancy()
    hears(occupancy, says(PINO, GENERAL), 1)
    assert hears(occupancy, says(PINO, GENERAL, "b"), 2)
    assert not hears(occupancy, says(PINO, SALA, None), 3)
    assert not hears(occupancy, says(PINO, GENERAL, "c"), 4)


def test_people_and_guilds_can_be_forgotten() -> None:
    occupancy = Occupancy()
    occupancy.take(guild((PINO, GENERAL), (AGU, SALA)))
    occupancy.clear(GUILD, SALA)
    assert occupancy.people(GUILD) == {GENERAL: 1}
    occupancy.leave(GUILD, PINO)
    assert occupancy.people(GUILD) == {}
    occupancy.take(guild((PINO, GENERAL)))
    assert list(occupancy.forget(GUILD).by_person) == [PINO]
    assert occupancy.people(GUILD) == {}
    assert not hears(occupancy, says(PINO, GENERAL), 1)
    assert not Occupancy().forget(GUILD).by_person


def test_what_was_heard_of_a_guild_before_it_was_left_is_no_news_of_it_after_that() -> None:
    occupancy = Occupancy()
    hears(occupancy, says(PINO, GENERAL), 20)
    occupancy.forget(GUILD)
    occupancy.take(guild((AGU, SALA)), asked_at=10)
    assert occupancy.people(GUILD) == {SALA: 1}


def test_a_channel_that_was_cleared_is_empty_for_whoever_comes_to_it_next() -> None:
    occupancy = Occupancy()
    occupancy.take(guild((PINO, GENERAL), (AGU, GENERAL), (3, SALA)))
    occupancy.clear(GUILD, GENERAL)
    assert not hears(occupancy, says(PINO, GENERAL), 10)
    assert occupancy.people(GUILD) == {GENERAL: 1, SALA: 1}
    assert not hears(occupancy, says(AGU, None), 11)  # follows from the channel's end
    assert hears(occupancy, says(AGU, None), 11)
    hears(occupancy, says(3, GENERAL), 12)
    hears(occupancy, says(PINO, None), 13)
    assert occupancy.people(GUILD) == {GENERAL: 1}
    occupancy.clear(GUILD, SALA)
    assert occupancy.people(GUILD) == {GENERAL: 1}


def test_whoever_was_in_emptied_channels_is_let_go_of_and_nobody_else() -> None:
    occupancy, states = Occupancy(), VoiceStates()
    for state in guild((PINO, GENERAL), (AGU, GENERAL), (3, SALA)).voice_states:
        states.take(state)
    occupancy.replace(GUILD, states)
    occupancy.clear(GUILD, GENERAL)
    hears(occupancy, says(PINO, GENERAL), 10)
    assert len(list(occupancy.letting_go())) == 3
    assert list(states.by_person) == [PINO, 3]
    assert occupancy.people(GUILD) == {GENERAL: 1, SALA: 1}
    assert hears(occupancy, says(AGU, None), 11)  # too late to follow from it
    assert not list(occupancy.letting_go())


def test_what_changes_while_people_of_emptied_channels_are_let_go_of_harms_nothing() -> None:
    occupancy = Occupancy()
    occupancy.take(guild((PINO, GENERAL), (AGU, GENERAL), (3, SALA)))
    occupancy.clear(GUILD, GENERAL)
    letting_go = occupancy.letting_go()
    next(letting_go)
    assert not hears(occupancy, says(AGU, None), 10)
    occupancy.clear(GUILD, SALA)
    occupancy.forget(GUILD)
    assert len(list(letting_go)) == 2
    assert occupancy.people(GUILD) == {}


def test_nobody_is_taken_into_a_channel_that_has_gone_since_a_guild_came() -> None:
    occupancy = Occupancy()
    states = VoiceStates(is_whole=False)
    occupancy.begin(GUILD, states, 10)
    [first, second, third] = guild((PINO, GENERAL), (AGU, GENERAL), (3, SALA)).voice_states
    states.take(first)
    occupancy.clear(GUILD, GENERAL)
    states.take(second)
    states.take(third)
    assert occupancy.people(GUILD) == {SALA: 1}
    assert not hears(occupancy, says(AGU, None), 11)  # it follows from that
    assert hears(occupancy, says(AGU, None), 12)
    assert occupancy.people(GUILD) == {SALA: 1}


def test_who_leaves_while_a_guild_is_read_is_not_the_end_of_those_who_are_still_to_come() -> None:
    occupancy = Occupancy()
    states = VoiceStates(is_whole=False)
    occupancy.begin(GUILD, states, 10)
    [first, second] = guild((PINO, GENERAL), (AGU, GENERAL)).voice_states
    states.take(first)
    assert not hears(occupancy, says(PINO, None), 11)
    states.take(second)
    assert occupancy.people(GUILD) == {GENERAL: 1}


def test_an_audit_that_was_asked_for_before_a_guild_came_is_passed_over() -> None:
    occupancy = Occupancy()
    occupancy.begin(GUILD, VoiceStates(), 10)
    occupancy.take(guild((PINO, GENERAL)), asked_at=9)
    assert occupancy.people(GUILD) == {}
