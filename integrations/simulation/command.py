"""``latido simulate``: a run, its report, and the story of the first violation if there is one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from integrations.simulation.explanation import explain
from integrations.simulation.report import Report, report_of_run
from integrations.simulation.score_table import digits, score_table
from integrations.simulation.simulation import simulate
from integrations.words.catalogue import say
from integrations.words.wording import with_decimal_sign
from persistence import DataDir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from engine import Settings
    from integrations.simulation.options import Options
    from integrations.simulation.score import Score
    from integrations.words.wording import Language

__all__ = ["run"]

_PIPE_WIDTH = 160
_OURS, _NOT_TO_BE_BEATEN = "latido", "perfect"
_WEEK = 168
"""Hours: in that many no single restart decides."""

_NEARER = 0.1
"""Minutes a person. That much comes of seconds for which an event is late."""


def run(
    options: Options,
    settings: Settings,
    out: TextIO,
    err: TextIO,
    language: Language,
    *,
    as_json: bool,
    keep: Path | None = None,
) -> int:
    """Simulate, and report; return 1 where a record breaks the law, else 0.

    The story of what broke it is in English. ``keep``: a folder for Latido's records.
    """
    played = simulate(options, settings)
    if keep is not None:
        with DataDir.open(keep, timezone=settings.timezone) as folder:
            asyncio.run(folder.ledger.append(played.latido.durable.ledger))
    report = report_of_run(played)
    if as_json:
        out.write(msgspec.json.encode(report).decode() + "\n")
    elif any(score.true_minutes for score in report.bots):
        _print(report, out, language)
    else:
        err.write(f"{say(language, 'simulate.nothing')}\n")
    if not played.law.violations:
        return 0
    err.write("\n".join(explain(played, played.law.violations[0])) + "\n")
    return 1


def _print(report: Report, out: TextIO, language: Language) -> None:
    width = None if out.isatty() else _PIPE_WIDTH
    console = Console(file=out, width=width, highlight=False, markup=False)
    shown = score_table(report.bots, language, console.width)
    console.print(shown.table)
    if shown.left_out:
        left_out = [say(language, f"simulate.{column}") for column in shown.left_out]
        console.print(f"\n{say(language, 'table.left_out', columns=left_out)}")
    lines = [
        "",
        *_findings(report, language),
        "",
        say(language, "simulate.means"),
        *(
            f"{say(language, f'simulate.{column}')}: {say(language, f'simulate.means.{column}')}"
            for column in shown.columns
        ),
    ]
    for line in lines:
        console.print(line, soft_wrap=not out.isatty())


def _findings(report: Report, language: Language) -> Iterator[str]:
    hours = report.options.hours
    if hours < _WEEK:
        yield say(
            language, "simulate.short", hours=with_decimal_sign(language, f"{hours:g}"), week=_WEEK
        )
    lucky = _nearer_by_luck(report.bots)
    if lucky and report.unknowable_share:
        nearer_than_ours = set(_nearer_than(_OURS, report.bots))
        than = [*([_OURS] if nearer_than_ours.issuperset(lucky) else []), _NOT_TO_BE_BEATEN]
        share = report.unknowable_share
        yield say(language, "simulate.luck", bots=lucky, than=than, share=share)
    yield say(
        language,
        "simulate.unknown",
        share=report.unknown_share,
        unknowable=report.unknowable_share,
    )
    yield say(language, "simulate.violations", count=report.violations)
    present, unseeable = report.unseeable_present_minutes, report.unseeable_minutes
    yield say(
        language,
        "simulate.unseeable",
        present=digits(present, language),
        absent=digits(unseeable - present, language),
    )
    yield say(
        language,
        "simulate.spent",
        identifies=report.identifies,
        audits=report.audits,
        rest_calls=report.rest_calls,
        queries=report.member_queries,
    )


def _nearer_by_luck(scores: list[Score]) -> list[str]:
    """Return the bots that came nearer than the one that knows all that can be known."""
    return _nearer_than(_NOT_TO_BE_BEATEN, scores)


def _nearer_than(bot: str, scores: list[Score]) -> list[str]:
    error = next(score.mean_error for score in scores if score.bot == bot)
    return [score.bot for score in scores if score.mean_error < error - _NEARER]
