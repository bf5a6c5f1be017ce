"""Notes about the gateway, over a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from persistence.errors import SnapshotWriteError
from persistence.gateway_notes import (
    GATEWAY_NOTES_NAME,
    GatewayNotes,
    read_gateway_notes,
    write_gateway_notes,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_noted_is_known_again(tmp_path: Path) -> None:
    notes = GatewayNotes(refuses_channel_info=True, audits_at=[1, 2])
    write_gateway_notes(tmp_path, notes)
    assert read_gateway_notes(tmp_path) == notes


def test_without_notes_nothing_is_known(tmp_path: Path) -> None:
    assert read_gateway_notes(tmp_path) == GatewayNotes()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"audits_at": "yesterday"}', b"\xff", b"[" * 100_000]
)
def test_what_cannot_be_read_counts_as_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / GATEWAY_NOTES_NAME).write_bytes(content)
    assert read_gateway_notes(tmp_path) == GatewayNotes()
    write_gateway_notes(tmp_path, GatewayNotes(refuses_channel_info=True))
    assert read_gateway_notes(tmp_path).refuses_channel_info


def test_a_folder_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SnapshotWriteError, match="cannot be written"):
        write_gateway_notes(tmp_path / "missing", GatewayNotes())
