"""Packed sessions say what the session said at that instant, and become the same text."""

import msgspec
import pytest
from hypothesis import given

from machines import SECOND, AnySession
from persistence.packing import pack, text_of, unpack
from persistence.snapshot_entries import SECTION_OF
from persistence.snapshot_format import encode_session
from tests.persistence.examples import game, party, voice
from tests.strategies import sessions


@given(session=sessions())
def test_unpacking_gives_back_every_field(session: AnySession) -> None:
    unpacked = unpack(session.kind, session.id, pack(session))
    assert type(unpacked) is type(session)
    assert msgspec.to_builtins(unpacked) == msgspec.to_builtins(session)


@given(session=sessions())
def test_a_packed_session_becomes_the_text_that_the_session_itself_becomes(
    session: AnySession,
) -> None:
    assert text_of(SECTION_OF[session.kind], session.id, pack(session)) == encode_session(session)


@pytest.mark.parametrize("session", [voice("v"), game("g"), party("p")], ids=lambda s: s.kind)
def test_what_changes_after_packing_does_not_matter(session: AnySession) -> None:
    packed, before = pack(session), encode_session(session)
    session.last_seen += SECOND
    session.stretches = ()
    assert text_of(SECTION_OF[session.kind], session.id, packed) == before


def test_half_of_a_surrogate_pair_becomes_a_question_mark() -> None:
    session = voice("v")
    session.username = "Pino \ud83d"
    assert text_of("voice_sessions", "v", pack(session)) == encode_session(session)
    assert b"Pino ?" in encode_session(session)


def test_of_a_guild_or_a_cooldown_the_text_is_held_as_it_is() -> None:
    assert text_of("guilds", "1", b'{"observed_until":null}') == b'{"observed_until":null}'


def test_a_session_is_held_in_less_than_half_of_its_text() -> None:
    session = voice("v")
    assert 2 * len(pack(session)) < len(encode_session(session))


def test_the_id_by_which_a_session_is_held_is_not_packed_with_it() -> None:
    assert b"a-long-id" not in pack(voice("a-long-id"))
    assert unpack("voice", "a-long-id", pack(voice("a-long-id"))).id == "a-long-id"
