"""Arrays in pieces say what they say as a whole, whatever their items hold."""

from __future__ import annotations

from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import Player, Stay, Stretch
from persistence import arrays
from persistence.arrays import decode_array, encode_array

instants = st.integers(0, 2**50)
names = st.text() | st.sampled_from(["},{", '"},{"', "],[", '\\"},{', "[1,2],[3"])
stretches = st.builds(Stretch, instants, instants, st.sampled_from(["away", "unknown"]))
players = st.builds(
    Player,
    session_id=names,
    user_id=instants,
    username=names,
    started_at=instants,
    stretches=st.lists(stretches, max_size=3).map(tuple),
)
stays = st.builds(Stay, instants, names, instants, instants)
PLAYERS = msgspec.json.Decoder(tuple[Player, ...])
STAYS = msgspec.json.Decoder(tuple[Stay, ...])


@given(listed=st.lists(players, max_size=8), size=st.integers(1, 400), at_once=st.integers(1, 9))
def test_players_in_pieces_are_those_of_the_whole(
    listed: list[Player], size: int, at_once: int
) -> None:
    whole = msgspec.json.encode(listed).decode()
    with mock.patch.multiple(arrays, _PIECE=size, _ITEMS=at_once):
        assert encode_array(listed) == whole
        assert encode_array(decode_array(whole, PLAYERS, "},{")) == whole


@given(listed=st.lists(stays, max_size=8), size=st.integers(1, 100))
def test_stays_in_pieces_are_those_of_the_whole(listed: list[Stay], size: int) -> None:
    with mock.patch.object(arrays, "_PIECE", size):
        assert decode_array(encode_array(listed), STAYS, "],[") == tuple(listed)


def test_a_long_array_is_decoded_some_at_a_time() -> None:
    listed = [
        Player(session_id=f"p{number}", user_id=number, username="Pino", started_at=0)
        for number in range(10_000)
    ]
    decoder = mock.Mock(decode=mock.Mock(side_effect=PLAYERS.decode))
    found: tuple[Player, ...] = decode_array(encode_array(listed), decoder, "},{")
    assert [each.user_id for each in found] == [*range(10_000)]
    taken = [len(call.args[0]) for call in decoder.decode.call_args_list]
    assert len(taken) > 10
    assert max(taken) < 1.1 * arrays._PIECE  # noqa: SLF001 - what is promised


@pytest.mark.parametrize("size", [1, 10_000])
def test_what_is_wrong_is_told_with_its_place(size: int) -> None:
    text = '[[1,"a",2,3],[1,"b",2,"x"]]'
    with (
        mock.patch.object(arrays, "_PIECE", size),
        pytest.raises(msgspec.ValidationError, match=r"\$\[1\]\[3\]"),
    ):
        decode_array(text, STAYS, "],[")
