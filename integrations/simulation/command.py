"""``latido simulate``: a run, its report, and the story of the first violation if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from integrations.simulation.explanation import explain
from integrations.simulation.report import Report, report_of_run
from integrations.simulation.simulation import simulate

if TYPE_CHECKING:
    from typing import TextIO

    from engine import Settings
    from integrations.simulation.options import Options

__all__ = ["run"]

_PIPE_WIDTH = 160
_HEADINGS = (
    "bot",
    "records",
    "minutes true",
    "recorded",
    "error per person",
    "largest",
    "over-counted",
    "under-counted",
    "lost",
    "invented",
)


def run(options: Options, settings: Settings, out: TextIO, err: TextIO, *, as_json: bool) -> int:
    """Simulate, and report; return 1 where a record breaks the law, else 0."""
    played = simulate(options, settings)
    report = report_of_run(played)
    if as_json:
        out.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _print(report, out)
    if not played.law.violations:
        return 0
    err.write("\n".join(explain(played, played.law.violations[0])) + "\n")
    return 1


def _print(report: Report, out: TextIO) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading == "bot" else "right")
    for score in report.bots:
        table.add_row(
            score.bot,
            str(score.records),
            _digits(score.true_minutes),
            _digits(score.recorded_minutes),
            _digits(score.mean_error),
            _digits(score.largest_error),
            _digits(score.over_counted),
            _digits(score.under_counted),
            str(score.lost),
            str(score.invented),
        )
    width = None if out.isatty() else _PIPE_WIDTH
    console = Console(file=out, width=width, highlight=False)
    console.print(table)
    if not any(score.true_minutes for score in report.bots):
        console.print("\nNobody was in voice or played: give more --hours, or more --people.")
    console.print(
        f"\nOf the time in Latido's records {report.unknown_share:.1%} is unknown; "
        f"{report.unknowable_share:.1%} nobody could have known.\n"
        f"Asserted wrongly where nothing could show it: {_digits(report.unseeable_minutes)} min.\n"
        f"Violations of the law: {report.violations}.\n"
        f"Spent: {report.identifies} identifies, {report.audits} audits, "
        f"{report.rest_calls} REST calls, {report.member_queries} member queries."
    )


def _digits(minutes: float) -> str:
    """Return minutes with as many digits as tell something: few of them to a hundredth."""
    if minutes >= 1000:  # noqa: PLR2004 - four digits are enough
        return f"{minutes:.0f}"
    return f"{minutes:.1f}" if minutes >= 100 else f"{minutes:.2f}"  # noqa: PLR2004 - as above
