"""The demo from its first line to the closing table, and nothing left behind."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.baselines.events_only import counted_in
from integrations.demo.closing_table import ClosingTable
from integrations.demo.comparison import Comparison, compare, truth_by_subject
from integrations.demo.evening import (
    ANNOUNCE_AFTER,
    CHECK_EVERY,
    CONFIRM_AFTER,
    EVENT_DELAY,
    Evening,
)
from integrations.demo.narrator import Narrator, console_on
from integrations.demo.processes import DemoError
from integrations.demo.sentences import tell
from integrations.loopback import LoopbackDiscord
from persistence import HistoryFilter, LedgerReader, verify

if TYPE_CHECKING:
    from typing import TextIO

    from integrations.words.wording import Language

__all__ = ["main"]

FAILED, INTERRUPTED = 1, 130
"""Exit statuses: Latido was wrong or did not do its part; the demo was told to stop."""


def main(
    language: Language = "es",
    save_table: Path | None = None,
    *,
    keep: Path | None = None,
    pace: float = 1.0,
    stream: TextIO | None = None,
) -> int:
    """Play the demo and return its exit status: 1 where Latido's record breaks its own bound.

    Args:
        language: what everything is said in.
        save_table: an SVG file for the closing table.
        keep: a folder, new or empty, for what the bots write; None: one that is removed.
        pace: seconds a minute of the evening takes.
        stream: where to print; None: standard output.

    Raises:
        DemoError: the folder of ``save_table`` is not there, or ``keep`` cannot be used.
    """
    if save_table is not None and not save_table.absolute().parent.is_dir():
        raise DemoError(tell(language, "trouble.no_folder", path=str(save_table)))
    narrator = Narrator(console_on(sys.stdout if stream is None else stream), language)
    if keep is not None:
        _make_empty(keep, language)
    try:
        if keep is None:
            with tempfile.TemporaryDirectory(prefix="latido-demo-") as folder:
                status = asyncio.run(_perform(narrator, Path(folder), save_table, pace))
            narrator.says("next.keep")
        else:
            status = asyncio.run(_perform(narrator, keep.absolute(), save_table, pace))
            narrator.says("next.kept", path=str(keep / "data"))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if keep is None:
            narrator.says("trouble.interrupted")
        else:
            narrator.says("trouble.interrupted_kept", path=str(keep))
        return INTERRUPTED
    except DemoError as error:
        narrator.log("ERROR", str(error))
        return FAILED
    return status


def _make_empty(folder: Path, language: Language) -> None:
    try:
        folder.mkdir(exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError:
        is_empty = False
    if not is_empty:
        raise DemoError(tell(language, "trouble.not_empty", path=str(folder)))


async def _perform(narrator: Narrator, folder: Path, save_table: Path | None, pace: float) -> int:
    _stop_on_signals()
    _open(narrator)
    async with LoopbackDiscord() as discord:
        evening = Evening(discord, narrator, folder, pace)
        async with evening.bots, evening.chat:
            await evening.play()
        truth = truth_by_subject(discord.truth, evening.guild.id)
    records = LedgerReader(evening.bots.data_dir).history(HistoryFilter())
    comparison = compare(
        truth,
        records,
        counted_in(evening.bots.records),
        confirm_after=CONFIRM_AFTER * pace,
        event_delay=EVENT_DELAY,
    )
    names = {person.id: person.name for person in (evening.pino, evening.agu, evening.zeta)}
    is_in_order = _verified(narrator, evening.bots.data_dir)
    _close(
        narrator, comparison, ClosingTable(comparison, names, narrator.language, pace), save_table
    )
    return FAILED if comparison.broken or not is_in_order else 0


def _open(narrator: Narrator) -> None:
    narrator.title("opening.title")
    for key in ("opening.what", "opening.real", "opening.rival", "opening.clock"):
        narrator.points(key)
    narrator.points(
        "opening.delays", announce=ANNOUNCE_AFTER, confirm=CONFIRM_AFTER, check=CHECK_EVERY
    )
    narrator.gap()
    narrator.says("opening.legend")
    narrator.happens("20:01", narrator.tell("opening.legend.happens"))
    narrator.log("INFO", narrator.tell("opening.legend.log"))
    narrator.chat(
        narrator.tell("place.notices"), narrator.tell("opening.legend.chat"), deleted=False
    )
    narrator.means(narrator.tell("opening.legend.means"))
    narrator.gap()


def _verified(narrator: Narrator, data_dir: Path) -> bool:
    findings = [finding.sentence for finding in verify(data_dir)]
    if findings:
        narrator.says("end.findings", problems=findings)
    else:
        narrator.means(narrator.tell("end.verified"))
    return not findings


def _close(
    narrator: Narrator, comparison: Comparison, closing: ClosingTable, save_table: Path | None
) -> None:
    narrator.title("table.title")
    narrator.shows(closing.table())
    narrator.says("table.errors")
    narrator.says("table.margins", check=CHECK_EVERY)
    if comparison.short:
        narrator.says(
            "table.short",
            visits=comparison.short,
            confirm=CONFIRM_AFTER,
            counted=comparison.short_counted,
        )
    narrator.gap()
    narrator.concludes(closing.summary())
    if comparison.broken:
        narrator.says("table.broken", rows=len(comparison.broken))
    else:
        narrator.says("table.kept")
    if save_table is not None:
        save_table.write_text(closing.svg(), encoding="utf-8")
        narrator.says("table.saved", path=str(save_table))
    narrator.title("next.title")
    for key in ("next.run", "next.embed", "next.cog", "next.help"):
        narrator.says(key)


def _stop_on_signals() -> None:
    """Have SIGTERM and SIGHUP end the demo as Ctrl-C does, everything cleaned up."""
    task = asyncio.current_task()
    if task is None:
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
