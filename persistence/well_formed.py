"""Names as files can hold them."""

from __future__ import annotations

__all__ = ["well_formed"]


def well_formed(text: str) -> str:
    r"""Return ``text`` with every half of a surrogate pair replaced by a question mark.

    JSON can spell such halves (``"\ud83d"``) and Python's own decoder lets them through, but
    neither UTF-8 nor SQLite can hold them; one odd name must not keep the rest from disk.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
