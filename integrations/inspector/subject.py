"""What the inspector looks at: one cog, or an engine on its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from integrations.evidence.check_figures import CheckFigures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine import SessionEngine
    from integrations.cog import SessionCog
    from integrations.evidence.audit_figures import AuditFigures
    from integrations.keeping.store_figures import StoreFigures
    from machines import Instant

__all__ = ["Connection", "Subject", "subject_of"]


Connection = Literal["connecting", "connected", "cut"]
"""Whether Discord can be heard: not yet, yes, not any more."""


def _no_name(_guild_id: int) -> str | None:
    return None


def _connected() -> Connection:
    return "connected"


def _nothing_waits() -> None:
    """Do nothing: all that was heard is taken in."""


@dataclass(frozen=True)
class Subject:
    """An engine and its surroundings, as far as the inspector shows them.

    Attributes:
        engine: the sessions.
        now: tells the present.
        data_dir: where the ledger lies.
        guild_name: says what a guild is called; None where nobody knows.
        connection: says whether Discord can be heard.
        checks: the figures of the health check.
        stores: the figures of writing things down; None where nothing is.
        dropped: what the outside was asked for and will not do, by kind.
        audits: how audits have gone; None where there are none.
        catch_up: has the engine take in what was heard and waits, for who looks at it now.
    """

    engine: SessionEngine
    now: Callable[[], Instant]
    data_dir: Path
    guild_name: Callable[[int], str | None] = _no_name
    connection: Callable[[], Connection] = _connected
    checks: CheckFigures = field(default_factory=CheckFigures)
    stores: Callable[[], StoreFigures | None] = lambda: None
    dropped: Callable[[], Counter[str]] = Counter
    audits: Callable[[], AuditFigures | None] = lambda: None
    catch_up: Callable[[], object] = _nothing_waits


def subject_of(cog: SessionCog) -> Subject:
    """Return what there is to see of a cog."""
    bot = cog.bot

    def guild_name(guild_id: int) -> str | None:
        guild = bot.get_guild(guild_id)
        return None if guild is None else guild.name

    def connection() -> Connection:
        if cog.is_watching:
            return "connected"
        return "cut" if bot.is_ready() else "connecting"

    return Subject(
        engine=cog.engine,
        now=cog.now,
        data_dir=cog.data_dir,
        guild_name=guild_name,
        connection=connection,
        checks=cog.check_figures,
        stores=lambda: cog.store_figures,
        dropped=lambda: cog.dropped,
        audits=lambda: cog.audit_figures,
        catch_up=lambda: cog.engine,  # whoever asks for it has it taken in
    )
