"""The browser of the tests: where pictures are written, and where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integrations.inspector.chromium import picture_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_pictures_stay_out_of_the_docs_unless_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WRITE_PICTURES", raising=False)
    assert picture_folder(tmp_path) == tmp_path


def test_no_picture_is_written_where_no_font_has_emoji(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists_nothing = tmp_path / "fc-list"
    lists_nothing.write_text("#!/bin/sh\n")
    lists_nothing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("WRITE_PICTURES", "1")
    with pytest.raises(RuntimeError, match="No font has emoji: install one"):
        picture_folder(tmp_path)
