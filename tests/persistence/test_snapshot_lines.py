"""The snapshot comes in lines that can be decoded one by one, and is JSON like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence import snapshot_lines
from persistence.snapshot_entries import SECTIONS, Document
from persistence.snapshot_lines import document_from, lines_of, schema_of
from tests.persistence.test_pieces import read_in

if TYPE_CHECKING:
    from persistence.snapshot_entries import Section

HEAD: dict[str, object] = {
    "schema": 2,
    "edition": "5f0c",
    "after": None,
    "last_updated": "2025-12-29T23:00:00Z",
}
sections = st.fixed_dictionaries(
    {name: st.dictionaries(st.text(), st.text(), max_size=8) for name in SECTIONS}
)


def text_of(told: dict[Section, dict[str, str]]) -> bytes:
    entries = [
        (name, [(key, (msgspec.json.encode(value),)) for key, value in of.items()])
        for name, of in told.items()
    ]
    return b"".join(lines_of(HEAD, entries))


def as_told(document: Document) -> bytes:
    return msgspec.json.encode(document)


@given(told=sections, line=st.integers(1, 60), read=st.integers(1, 300))
def test_by_lines_it_says_what_it_says_as_a_whole(
    told: dict[Section, dict[str, str]], line: int, read: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_lines, "_LINE", line)
        text = text_of(told)
    whole = msgspec.json.decode(text, type=Document)
    pieces = read_in(text, read)
    assert as_told(document_from(pieces)) == as_told(whole)
    assert schema_of(pieces) == 2
    assert {name: len(of) for name, of in whole.entries().items()} == {
        name: len(of) for name, of in told.items()
    }


def test_each_line_is_decoded_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_lines, "_LINE", 100)
    text = text_of({"voice_sessions": {str(number): "x" * 30 for number in range(100)}})
    decoded: list[int] = []

    def entries_in(line: bytes) -> dict[str, msgspec.Raw]:
        decoded.append(len(line))
        return msgspec.json.decode(line, type=dict[str, msgspec.Raw])

    monkeypatch.setattr(snapshot_lines, "_entries_in", entries_in)
    assert len(document_from(read_in(text)).voice_sessions) == 100
    assert len(decoded) > 20
    assert max(decoded) < 250


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b""),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b",", b" ,\n "),
        lambda text: text + b"\n\n",
    ],
)
def test_other_line_breaks_change_nothing(change: object) -> None:
    assert callable(change)
    text = text_of({"voice_sessions": {"v1": "a; b", "v2": "c"}, "guilds": {"900": "d"}})
    document = document_from([change(text)])
    assert list(document.voice_sessions) == ["v1", "v2"]
    assert list(document.guilds) == ["900"]


@pytest.mark.parametrize("cut", [1, 2, 5, 40])
def test_a_text_that_is_cut_off_is_refused(cut: int) -> None:
    text = text_of({"voice_sessions": {"v1": "a"}, "guilds": {"900": "d"}})
    with pytest.raises(ValueError, match=r"truncated|malformed"):
        document_from([text[:-cut]])


@pytest.mark.parametrize("indent", [1, 2])
def test_a_snapshot_that_somebody_has_indented_is_still_one_of_its_schema(indent: int) -> None:
    told: dict[Section, dict[str, str]] = {"voice_sessions": {"v1": "a"}, "guilds": {"900": "d"}}
    text = msgspec.json.format(text_of(told), indent=indent)
    assert schema_of([text]) == 2
    assert list(document_from([text]).voice_sessions) == ["v1"]
