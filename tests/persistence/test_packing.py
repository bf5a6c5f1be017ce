"""Packed sessions say what the session said at that instant, and become the same text."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import SECOND, AnySession, GuildWatch, Kind, PartySession
from persistence import packing
from persistence.packing import pack, pack_watch, text_of, unpack
from persistence.snapshot_entries import SECTION_OF, PartyEntry
from persistence.snapshot_format import encode_session, encode_watch
from tests.persistence.examples import game, party, voice
from tests.strategies import guild_watches, party_sessions, sessions


def text_held(packed: bytes, kind: Kind, session_id: str) -> bytes:
    return b"".join(text_of(SECTION_OF[kind], session_id, packed))


@given(session=sessions())
def test_unpacking_gives_back_every_field(session: AnySession) -> None:
    unpacked = unpack(session.kind, session.id, pack(session))
    assert type(unpacked) is type(session)
    assert msgspec.to_builtins(unpacked) == msgspec.to_builtins(session)


@given(session=sessions())
def test_a_packed_session_becomes_the_text_that_the_session_itself_becomes(
    session: AnySession,
) -> None:
    assert text_held(pack(session), session.kind, session.id) == encode_session(session)


@given(party=party_sessions(), at_once=st.integers(1, 5))
def test_it_is_the_same_party_however_many_players_are_packed_at_a_time(
    party: PartySession, at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "_PLAYERS_AT_ONCE", at_once)
        packed = pack(party)
    unpacked = unpack("party", party.id, packed)
    assert msgspec.to_builtins(unpacked) == msgspec.to_builtins(party)
    assert text_held(packed, "party", party.id) == encode_session(party)


@given(party=party_sessions())
def test_the_text_of_a_party_is_that_of_its_entry_as_a_whole(party: PartySession) -> None:
    """Whatever its names are; and without anybody it has an empty list."""
    told = msgspec.json.decode(encode_session(party))
    entry = msgspec.json.decode(encode_session(party), type=PartyEntry)
    assert encode_session(party) == msgspec.json.encode(entry)
    assert [each["session_id"] for each in told["players"]] == [
        each.session_id for each in party.players
    ]
    assert dict(zip(told["player_ids"], told["player_names"], strict=True)) == {
        str(each.user_id): each.username for each in party.named
    }


def test_whatever_looks_like_an_empty_list_is_not_taken_for_the_players() -> None:
    session = party("p")
    session.game_name = '[] "players":[]'
    session.continues = True
    session.players = [msgspec.structs.replace(each, user_id=-1) for each in session.players]
    told = msgspec.json.decode(encode_session(session))
    assert told["player_ids"] == told["player_names"] == []
    assert [each["username"] for each in told["players"]] == ["Pino", "agu", "Zeta"]


@pytest.mark.parametrize("session", [voice("v"), game("g"), party("p")], ids=lambda s: s.kind)
def test_what_changes_after_packing_does_not_matter(session: AnySession) -> None:
    packed, before = pack(session), encode_session(session)
    session.last_seen += SECOND
    session.stretches = ()
    assert text_held(packed, session.kind, session.id) == before


def test_half_of_a_surrogate_pair_becomes_a_question_mark() -> None:
    session = voice("v")
    session.username = "Pino \ud83d"
    assert text_held(pack(session), "voice", "v") == encode_session(session)
    assert b"Pino ?" in encode_session(session)


@given(watch=guild_watches())
def test_a_packed_watch_becomes_the_text_that_the_watch_itself_becomes(watch: GuildWatch) -> None:
    packed = pack_watch(watch)
    assert [*text_of("guilds", str(watch.guild_id), packed)] == [encode_watch(watch)]


def test_a_watch_is_held_in_less_than_half_of_its_text() -> None:
    at = 1_767_045_600 * SECOND
    watch = GuildWatch(guild_id=9, observed_until=at, looked_at=at, looked_at_games=at)
    assert 2 * len(pack_watch(watch)) < len(encode_watch(watch))


def test_a_session_is_held_in_less_than_half_of_its_text() -> None:
    session = voice("v")
    assert 2 * len(pack(session)) < len(encode_session(session))


def test_the_id_by_which_a_session_is_held_is_not_packed_with_it() -> None:
    assert b"a-long-id" not in pack(voice("a-long-id"))
    assert unpack("voice", "a-long-id", pack(voice("a-long-id"))).id == "a-long-id"
