"""The demo from its first line to the closing table, and nothing left behind."""

from __future__ import annotations

import asyncio
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from engine import Settings
from integrations.baselines.events_only import counted_in
from integrations.demo.closing_table import ClosingTable
from integrations.demo.comparison import Comparison, compare, truth_by_subject
from integrations.demo.evening import (
    AS_BY_DEFAULT,
    CHECK_EVERY,
    CONFIRM_AFTER,
    EVENT_DELAY,
    OF_ITS_OWN,
    Evening,
)
from integrations.demo.narrator import Narrator, console_on
from integrations.demo.processes import DATA_DIR, DemoError
from integrations.demo.sentences import tell
from integrations.demo.stopping import Stopping
from integrations.loopback import LoopbackDiscord
from persistence import HistoryFilter, LedgerReader, verify
from persistence.errors import reason_of

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
    program: str = "latido",
    pace: float = 1.0,
    stream: TextIO | None = None,
) -> int:
    """Play the demo and return its exit status: 1 where Latido's record breaks its own bound.

    Args:
        language: what everything is said in.
        save_table: an SVG file for the closing table.
        keep: a folder, new or empty, for what the bots write; None: one that is removed.
        program: how whoever reads it calls the command line.
        pace: seconds a minute of the evening takes.
        stream: where to print; None: standard output.

    Raises:
        DemoError: ``save_table`` cannot be written, or ``keep`` cannot be used.
    """
    if save_table is not None:
        _prove_writable(save_table, language)
    narrator = Narrator(console_on(sys.stdout if stream is None else stream), language)
    if keep is not None:
        _make_empty(keep, language)
    stopping = Stopping()
    try:
        with stopping.heard():
            if keep is None:
                with tempfile.TemporaryDirectory(prefix="latido-demo-") as folder:
                    playing = _perform(narrator, Path(folder), save_table, pace, program)
                    status = stopping.run(playing)
            else:
                playing = _perform(narrator, keep.absolute(), save_table, pace, program)
                status = stopping.run(playing)
        _tell_next(narrator, keep, program)
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


def _prove_writable(file: Path, language: Language) -> None:
    """Make sure, before the evening, that a file can be written after it; leave it as it is."""
    path = str(file)
    try:
        if not file.absolute().parent.is_dir():
            raise DemoError(tell(language, "trouble.no_folder", path=path))
        is_new = not file.exists()
        file.open("a").close()
        if is_new:
            file.unlink()
    except OSError as error:
        raise DemoError(
            tell(language, "trouble.cannot_save", path=path, error=reason_of(error))
        ) from error


def _make_empty(folder: Path, language: Language) -> None:
    try:
        folder.mkdir(exist_ok=True)
        is_empty = not any(folder.iterdir())
        if is_empty:  # whoever looks at it from now on finds it, before the bot has started
            (folder / DATA_DIR).mkdir(mode=0o700)
    except OSError as error:
        is_taken = isinstance(error, FileExistsError)
        key = "trouble.no_new_folder" if is_taken else "trouble.cannot_keep"
        raise DemoError(tell(language, key, path=str(folder), error=reason_of(error))) from error
    if not is_empty:
        raise DemoError(tell(language, "trouble.not_empty", path=str(folder)))


async def _perform(
    narrator: Narrator, folder: Path, save_table: Path | None, pace: float, program: str
) -> int:
    _open(narrator, program)
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


def _open(narrator: Narrator, program: str) -> None:
    narrator.title("opening.title")
    narrator.says("opening.other_language", program=program)
    for key in ("opening.what", "opening.real", "opening.rival", "opening.clock"):
        narrator.points(key)
    in_minutes = {name: narrator.briefly(count) for name, count in AS_BY_DEFAULT.items()}
    narrator.points("opening.as_by_default", **in_minutes)
    narrator.points(
        "opening.of_its_own",
        **{name: narrator.briefly(count) for name, count in OF_ITS_OWN.items()},
        **{f"default_{name}": getattr(Settings(), name) for name in (*OF_ITS_OWN, "event_delay")},
        event_delay=narrator.number(EVENT_DELAY),
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
        try:
            save_table.write_text(closing.svg(), encoding="utf-8")
        except OSError as error:  # it could be written before the evening
            key, path = "trouble.cannot_save", str(save_table)
            raise DemoError(narrator.tell(key, path=path, error=reason_of(error))) from error
        narrator.says("table.saved", path=str(save_table))


def _tell_next(narrator: Narrator, keep: Path | None, program: str) -> None:
    narrator.title("next.title")
    if keep is None:
        narrator.command("next.keep", program=program)
    else:
        narrator.says("next.kept", path=str(keep))
        for key in ("next.history", "next.totals", "next.report", "next.verify"):
            narrator.command(key, program=program, path=shlex.quote(str(keep)))
    for key in ("next.run", "next.embed", "next.cog", "next.help"):
        narrator.command(key, program=program)
