"""Several reports as one: the first that knows a person speaks for them."""

from hypothesis import given
from hypothesis import strategies as st

from engine import ActivitySeen, Channel, GuildReport, MergedReport, PresenceObserved, VoiceObserved
from machines import Evidence, GameSession, VoiceSession

GUILD = 900
PEOPLE = (1, 2, 3)
people = st.frozensets(st.sampled_from(PEOPLE))


@st.composite
def reports(draw: st.DrawFn) -> GuildReport:
    voice = {
        user: VoiceObserved(
            guild_id=GUILD,
            user_id=user,
            username="Pino",
            channel=draw(st.sampled_from((None, Channel(500, "General"), Channel(501, "Sala")))),
        )
        for user in draw(people)
    }
    games = {
        user: PresenceObserved(
            guild_id=GUILD,
            user_id=user,
            username="Pino",
            activities=draw(st.sampled_from(((), (ActivitySeen("VALORANT"),)))),
        )
        for user in draw(people)
    }
    return GuildReport(
        guild_id=GUILD,
        source="rest",
        at=draw(st.integers(1, 1000)),
        voice=voice,
        games=games,
        complete_voice=draw(st.booleans()),
        complete_games=draw(st.booleans()),
        looked_voice=draw(people),
        looked_games=draw(people),
    )


def sessions_of(user: int) -> tuple[VoiceSession, GameSession]:
    return (
        VoiceSession(
            id=f"v{user}",
            guild_id=GUILD,
            started_at=0,
            last_seen=0,
            user_id=user,
            username="Pino",
            channel_id=500,
            channel_name="General",
        ),
        GameSession(
            id=f"g{user}",
            guild_id=GUILD,
            started_at=0,
            last_seen=0,
            user_id=user,
            username="Pino",
            game_name="VALORANT",
        ),
    )


@given(st.lists(reports(), max_size=4), st.sampled_from(PEOPLE))
def test_the_first_report_that_knows_a_person_speaks_for_them(
    told: list[GuildReport], user: int
) -> None:
    merged = MergedReport(guild_id=GUILD, reports=tuple(told))
    for session in sessions_of(user):
        answers = (report.about(session) for report in told)
        unknown = Evidence("unknown", merged.at, merged.source)
        expected = next((each for each in answers if each.presence != "unknown"), unknown)
        assert merged.about(session) == expected


@given(st.lists(reports(), max_size=4), st.sampled_from(PEOPLE))
def test_somebody_is_in_the_channel_where_the_first_report_saw_them(
    told: list[GuildReport], user: int
) -> None:
    merged = MergedReport(guild_id=GUILD, reports=tuple(told))
    channels = (report.channel_of(user) for report in told)
    assert merged.channel_of(user) == next((c for c in channels if c is not None), None)


@given(st.lists(reports(), max_size=3), reports(), st.sampled_from(PEOPLE))
def test_whomever_no_report_knows_is_looked_up_otherwise_and_nobody_is_found_there(
    told: list[GuildReport], remembered: GuildReport, user: int
) -> None:
    merged = MergedReport(guild_id=GUILD, reports=tuple(told), otherwise=remembered)
    for session in sessions_of(user):
        answers = (report.about(session) for report in (*told, remembered))
        unknown = Evidence("unknown", merged.at, merged.source)
        expected = next((each for each in answers if each.presence != "unknown"), unknown)
        assert merged.about(session) == expected
    assert merged.at == min(report.at for report in (*told, remembered))
    found = [seen for report in told for seen in report.sightings()]
    assert list(merged.sightings()) == found
    assert list(merged.in_voice()) == [seen for seen in found if isinstance(seen, VoiceObserved)]
