"""``latido doctor``: what the bot needs, looked at one by one, and what there is to do."""

import asyncio
import os
import sys
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from engine.settings import Settings, SettingsError
from integrations.cli.json_lines import print_object
from integrations.cli.options import (
    DataDirOption,
    FindingsAsJsonOption,
    LanguageOption,
    spoken,
)
from integrations.configuration import ConfigurationError
from integrations.words.catalogue import say
from integrations.words.wording import Language, on_one_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from integrations.doctor import Finding
    from integrations.doctor.finding import Status

__all__ = ["doctor"]

_SIGNS = {"ok": ("✅", "green"), "note": ("💬", "yellow"), "act": ("❌", "red")}
_WIDEST_CHECK = 9


def doctor(
    data_dir: DataDirOption = None,
    *,
    as_json: FindingsAsJsonOption = False,
    language: LanguageOption = None,
) -> None:
    """Look at everything the bot needs, and say what to do where something is missing.

    Settings, discord.py, the data folder and the disk, then Discord: address, token, clock,
    intents, gateway, and the permissions in each server. Nothing is changed, and none of the
    day's connections is spent. Ends with status 1 when something must be done.
    """
    from integrations.doctor import examine  # noqa: PLC0415 - discord.py only where it is needed

    in_words = _spoken(language)
    findings = examine(os.environ, Path.cwd(), data_dir, in_words)
    asking = asyncio.run(_show(findings, in_words, as_json=as_json))
    if not as_json:
        sys.stdout.write(f"{_summary(asking, in_words)}\n")
    raise typer.Exit(1 if asking["act"] else 0)


def _summary(asking: "Counter[Status]", language: Language) -> str:
    """Return the last line: what must be done, else what could be, else that all is well."""
    if count := asking["act"]:
        return say(language, "doctor.summary.act", count=count)
    if count := asking["note"]:
        return say(language, "doctor.summary.note", count=count)
    return say(language, "doctor.summary.ok")


async def _show(
    findings: "AsyncGenerator[Finding, None]", language: Language, *, as_json: bool
) -> "Counter[Status]":
    """Print each finding as it comes; return how many that say what to do there are of each."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())
    asking: Counter[Status] = Counter()
    async with aclosing(findings):
        async for finding in findings:
            asking[finding.status] += finding.to_do is not None
            if as_json:
                print_object(finding)
                sys.stdout.buffer.flush()
                continue
            sign, colour = _SIGNS[finding.status]
            check = say(language, f"doctor.check.{finding.check}")
            line = Text(f"{sign} {check:<{_WIDEST_CHECK}} ", style=colour)
            console.print(line.append(on_one_line(finding.message), style="default"))
            if finding.to_do is None:
                continue
            indent = _WIDEST_CHECK + 4
            advice = Text(f"→ {on_one_line(finding.to_do)}", style="bold")
            if sys.stdout.isatty():
                console.print(Padding(advice, (0, 0, 0, indent)))
            else:
                console.print(Text(" " * indent) + advice)
    return asking


def _spoken(language: str | None) -> Language:
    try:
        return spoken(language)
    except (ConfigurationError, SettingsError):  # the first finding says so
        asked = os.environ.get("LATIDO_LOG_LANGUAGE")
        return next((each for each in get_args(Language) if each == asked), Settings().log_language)
