"""What is decoded in pieces is what the whole says, however it is written and wherever cut."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence import pieces
from persistence.pieces import decode_in_pieces

SECTIONS = ("voice", "games")
leaves = st.none() | st.integers() | st.text()
entries = st.recursive(
    st.dictionaries(st.text(), leaves, max_size=3),
    lambda inner: st.dictionaries(st.text(), inner | st.lists(inner | leaves, max_size=3)),
    max_leaves=6,
)
members = {
    "voice": st.dictionaries(st.text(), entries | leaves, max_size=8),
    "games": st.dictionaries(st.text(), entries, max_size=8) | st.lists(entries),
    "schema": st.integers() | st.text(),
    "unknown": entries | leaves,
}


class Told(msgspec.Struct):
    """A document with two sections, of which one may be a list."""

    voice: dict[str, msgspec.Raw] = {}
    games: dict[str, msgspec.Raw] | list[msgspec.Raw] = msgspec.field(default_factory=dict)
    schema: int | str | None = None


def read_in(data: bytes, size: int = 1_700) -> list[bytes]:
    """Return what is read of a file, so many bytes at a time."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def plain(told: Told) -> object:
    return msgspec.json.decode(msgspec.json.encode(told))


@given(
    document=st.permutations(list(members)).flatmap(
        lambda names: st.fixed_dictionaries({}, optional={name: members[name] for name in names})
    ),
    indent=st.none() | st.integers(0, 3),
    size=st.integers(1, 80),
    read=st.integers(1, 200),
)
def test_in_pieces_it_says_what_it_says_as_a_whole(
    document: dict[str, Any], indent: int | None, size: int, read: int
) -> None:
    data = json.dumps(document, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_PIECE", size)
        in_pieces = decode_in_pieces(read_in(data, read), Told, SECTIONS)
    assert plain(in_pieces) == plain(msgspec.json.decode(data, type=Told))


def many(entry: object, count: int = 100) -> bytes:
    return json.dumps({"voice": {str(number): entry for number in range(count)}}).encode()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make pieces of 500 bytes; note how many bytes are decoded at a time."""
    sizes: list[int] = []

    def noted(text: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
        sizes.append(len(bytes(text)))
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])

    monkeypatch.setattr(pieces, "_PIECE", 500)
    monkeypatch.setattr(pieces, "_object", noted)
    return sizes


@pytest.mark.parametrize("entry", [{"name": "x},"}, {"name": "}}", "of": [{"a": {}}, {"b": 1}]}])
def test_no_piece_is_longer_however_many_entries_there_are(
    decoded: list[int], entry: object
) -> None:
    assert len(decode_in_pieces(read_in(many(entry)), Told, SECTIONS).voice) == 100
    assert max(decoded) < 600
    longest = max(decoded)
    decode_in_pieces(read_in(many(entry, 1_000)), Told, SECTIONS)
    assert max(decoded) <= longest + 10


def test_what_cannot_be_cut_is_read_all_the_same(decoded: list[int]) -> None:
    data = json.dumps({"games": [{"number": number} for number in range(200)]}).encode()
    assert len(decode_in_pieces(read_in(data), Told, SECTIONS).games) == 200
    assert max(decoded) >= len(data)


def test_a_section_that_comes_twice_is_not_taken_for_another(decoded: list[int]) -> None:
    first = many({"name": "x" * 20}, 5).removesuffix(b"}")
    again = many({"name": "y" * 20}).removeprefix(b"{")
    data = b'%b,"games":{"1":{}},%b' % (first, again)
    assert decoded == []
    told = decode_in_pieces(read_in(data), Told, SECTIONS)
    assert (len(told.voice), told.games.keys()) == (100, {"1"})  # type: ignore[union-attr]


@pytest.mark.parametrize("cut", [1, 2, 30, 700])
def test_a_text_that_is_cut_off_is_refused(decoded: list[int], cut: int) -> None:
    with pytest.raises(ValueError, match=r"truncated|malformed"):
        decode_in_pieces(read_in(many({"name": "Pino"})[:-cut]), Told, SECTIONS)
    assert decoded


def test_a_section_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected `object"):
        decode_in_pieces([b'{"voice": 1}'], Told, SECTIONS)
