"""The documents that are made from the code, so that they cannot say anything else.

``python -m integrations.generated_docs`` writes them anew, ``--check`` only compares and exits
1 where one differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from integrations import embedding_page, machines_page, settings_page
from integrations.diagrams.formats import svg
from integrations.truth_pages import picture_of, told
from machines import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["differing", "documents", "main"]

DOCS = Path("docs")
_HEADER = "<!-- Generated from the code by `make diagrams`: change the code, not this file. -->\n"


def documents() -> dict[Path, str]:
    """Return the text of every generated document, by its path from the project's root."""
    pictures = {DOCS / "images" / f"{kind}.svg": _HEADER + svg(kind) for kind in KINDS}
    pictures |= {
        DOCS / "images" / f"truth-{each.story.name}.svg": _HEADER + picture_of(each)
        for each in told()
    }
    return {
        DOCS / "embedding.md": _HEADER + embedding_page.render(),
        DOCS / "machines.md": _HEADER + machines_page.render(),
        DOCS / "settings.md": _HEADER + settings_page.render(),
        **pictures,
    }


def differing(root: Path) -> dict[Path, str]:
    """Return the documents that are missing below ``root`` or say something else there."""
    return {path: text for path, text in documents().items() if _read(root / path) != text}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m integrations.generated_docs",
        description="Write the documents that are made from the code.",
    )
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if one differs")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (here)")
    options = parser.parse_args(arguments)
    root: Path = options.root
    found = differing(root)
    for path, text in found.items():
        if options.check:
            sys.stderr.write(f"{path.as_posix()} is not what the code says: run `make diagrams`.\n")
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
        sys.stderr.write(f"{path.as_posix()} written.\n")
    return 1 if options.check and found else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
