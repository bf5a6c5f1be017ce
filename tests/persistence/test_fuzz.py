"""Any damage to any file: a restore, or the documented error; the bot starts either way."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import from_datetime, to_datetime
from persistence import DataDir, HistoryFilter, PersistenceError, live_files, read_live, verify
from tests.how_often import examples
from tests.persistence.examples import HOUR, START, game, party, party_record, record, voice

FILES = [
    "active_sessions.json",
    "active_sessions.journal",
    "active_sessions.json.previous",
    "observed_until.json",
    "latido.db",
    "latido.db-wal",
]


@pytest.fixture(scope="module")
def good() -> Path:
    """Return a DATA_DIR as a kill leaves it, with every file that there can be."""
    folder = Path(tempfile.mkdtemp()) / "data"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(live_files, "SMALL", 0)
        data_dir = DataDir(folder, now=lambda: START)
        for session in (voice(), game(), party()):
            data_dir.live.put(session)
            data_dir.live.flush_now()
        data_dir.live.replace(data_dir.live.load().state)
        data_dir.live.flush_now()
        data_dir.live.put(voice("v2", user_id=2))
        data_dir.live.flush_now()
        data_dir.ledger.append_now([record("r1", started_at=START - 9 * HOUR), party_record("r2")])
        copy = folder.with_name("killed")
        shutil.copytree(folder, copy)
        data_dir.close()
    (copy / "observed_until.json").write_bytes(b'{"observed_until":{"1":"2025-12-29T22:30:00Z"}}')
    return copy


def starts(folder: Path) -> None:
    """Do everything that a bot and the command line do with a folder."""
    for look in (read_live, verify):
        try:
            look(folder)
        except PersistenceError as error:
            assert str(error)  # noqa: PT017 - either way is right
    try:
        data_dir = DataDir(folder, now=lambda: START + HOUR)
    except PersistenceError as error:
        assert "cannot be opened" in str(error) or "schema" in str(error)  # noqa: PT017
        return
    with data_dir:
        try:
            state = data_dir.restore().state
        except PersistenceError as error:
            assert str(error)  # noqa: PT017 - either way is right
            return
        for session in state.sessions:
            assert from_datetime(to_datetime(session.started_at)) == session.started_at
        assert len(state.sessions) <= 5
        try:
            list(data_dir.ledger.history(HistoryFilter()))
            data_dir.ledger.append_now([record("fresh", user_id=3)])
        except PersistenceError as error:
            assert str(error)  # noqa: PT017 - either way is right
        data_dir.live.put(voice("fresh live", user_id=4))
        data_dir.live.flush_now()
    assert "fresh live" in {session.id for session in read_live(folder).state.sessions}


@settings(max_examples=examples(75), deadline=None)
@given(
    name=st.sampled_from(FILES),
    cuts=st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.sampled_from(["cut", "flip", "insert", "zero", "repeat"]),
            st.binary(min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_damaged_bytes(good: Path, name: str, cuts: list[tuple[float, str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        shutil.copytree(good, folder)
        data = bytearray((folder / name).read_bytes())
        for where, how, extra in cuts:
            at = int(where * len(data))
            match how:
                case "cut":
                    del data[at:]
                case "flip":
                    for number, mask in enumerate(extra[: len(data) - at]):
                        data[at + number] ^= mask
                case "insert":
                    data[at:at] = extra
                case "zero":
                    data[at : at + 512] = bytes(len(data[at : at + 512]))
                case _:
                    data[at:at] = data[at // 2 : at]
        (folder / name).write_bytes(data)
        starts(folder)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, part in inside:
        found += places(part, (*path, key)) if isinstance(part, dict | list) else [(*path, key)]
    return found


@settings(max_examples=examples(100), deadline=None)
@given(data=st.data())
def test_wrong_values_anywhere_in_a_snapshot(good: Path, data: st.DataObject) -> None:
    document = json.loads((good / "active_sessions.json").read_bytes())
    *path, key = data.draw(st.sampled_from(places(document)))
    inside = document
    for part in path:
        inside = inside[part]
    inside[key] = data.draw(VALUES)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        shutil.copytree(good, folder)
        text = json.dumps(document)
        if data.draw(st.booleans()):
            text = text.replace('"guild_id"', '"guild_id": [], "guild_id"', 1)
        (folder / "active_sessions.json").write_text(text, encoding="utf-8")
        starts(folder)
