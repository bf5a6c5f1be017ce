"""The figures of the audits: how they go, for whoever watches."""

from __future__ import annotations

import msgspec

__all__ = ["AuditFigures"]


class AuditFigures(msgspec.Struct, frozen=True):
    """How audits have gone so far.

    Attributes:
        done: audits that came to their end.
        failed: those that were refused or broke off.
        left: IDENTIFYs that audits may still use within a day of the earlier ones.
    """

    done: int
    failed: int
    left: int
