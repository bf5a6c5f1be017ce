"""The closing table: the truth beside what each bot wrote down, and the errors of both."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from integrations.demo.sentences import decimal, tell
from integrations.words.wording import on_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrations.demo.comparison import Comparison, Row
    from integrations.words.wording import Language

__all__ = ["ClosingTable"]

_SVG_WIDTH = 96
_ID = "latido-demo"
_MARGIN = 9
_GOOD, _BAD = "green", "red"
_THEME = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [(36, 41, 47), (180, 35, 24), (17, 99, 41), (148, 98, 0),
     (9, 105, 218), (130, 80, 223), (27, 124, 131), (110, 119, 129)],
    [(87, 96, 106), (180, 35, 24), (17, 99, 41), (148, 98, 0),
     (9, 105, 218), (130, 80, 223), (27, 124, 131), (140, 149, 159)],
)  # fmt: skip
_IN_THE_DARK = {"#24292f": "#e6edf3", "#b42318": "#ff7b72", "#116329": "#3fb950"}
"""What a colour of the text is where the reader's pages are dark; the paper is #0d1117 there."""

_SVG = """\
<svg class="{unique_id}" viewBox="0 0 {terminal_width} {terminal_height}" \
xmlns="http://www.w3.org/2000/svg" role="img">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
{styles}
DARK
</style>
<defs>
{lines}
</defs>
<rect class="{unique_id}-paper" fill="#ffffff" x="-9" y="-9" width="100%" height="100%" rx="8"/>
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</svg>
"""


class ClosingTable:
    """A comparison as a table, in minutes of the evening."""

    def __init__(
        self,
        comparison: Comparison,
        names: Mapping[int, str],
        language: Language,
        pace: float,
    ) -> None:
        """Prepare it.

        Args:
            comparison: what to show.
            names: people's names by id.
            language: of the headings.
            pace: seconds that a minute of the evening took.
        """
        self._comparison = comparison
        self._shown = _rounded(comparison, pace / 10)
        self._names = names
        self._language: Language = language
        self._pace = pace

    def table(self) -> Table:
        """Return it as a table for a rich console."""
        table = Table(box=box.SIMPLE_HEAD, show_footer=True, pad_edge=False, padding=(0, 1))
        shown = self._shown
        total: list[Text | str] = [
            self.minutes(shown.truth),
            self.minutes(shown.latido),
            self.minutes(shown.error),
            "",
            self._verdict(is_within=not self._comparison.broken),
            self.minutes(shown.rival),
            self.minutes(shown.rival_error),
        ]
        headings = ("truth", "latido", "error", "margin", "within", "rival", "error")
        styles = ("", "bold", "bold", "", "", "", "")
        table.add_column(self._tell("table.who"), self._tell("table.total"), footer_style="bold")
        table.add_column(self._tell("table.what"))
        for heading, footer, style in zip(headings, total, styles, strict=True):
            table.add_column(
                self._tell(f"table.{heading}"),
                footer,
                justify="left" if heading == "within" else "right",
                style=style,
                footer_style="bold",
                no_wrap=True,
            )
        for row, exact in zip(shown.rows, self._comparison.rows, strict=True):
            table.add_row(*self._cells(row, is_within=exact.is_within))
        return table

    def svg(self) -> str:
        """Return it as an SVG picture that needs no font of its own and no network."""
        console = Console(
            record=True, file=io.StringIO(), width=_SVG_WIDTH, force_terminal=True,
            color_system="truecolor", legacy_windows=False,
        )  # fmt: skip
        console.print(Text(self._tell("table.title"), style="bold"))
        console.print(self.table())
        console.print(Text(self.summary()))
        picture = console.export_svg(
            theme=_THEME,
            code_format=_SVG.replace("TITLE", escape(self._tell("table.title"))),
            unique_id=_ID,
            title="",
        )
        return _with_a_margin(_with_dark_colours(picture))

    def summary(self) -> str:
        """Return the table in one sentence."""
        shown = self._shown
        return self._tell(
            "table.summary",
            truth=self.minutes(shown.truth),
            latido=self.minutes(shown.error),
            rival=self.minutes(shown.rival_error),
        )

    def minutes(self, seconds: float, *, signed: bool = False) -> str:
        """Return seconds as minutes of the evening, in the language's way."""
        return decimal(self._language, seconds / self._pace, signed=signed)

    def _cells(self, row: Row, *, is_within: bool) -> list[Text | str]:
        return [
            Text(on_one_line(self._who(row))),
            Text(on_one_line(self._what(row))),
            self.minutes(row.truth),
            self.minutes(row.latido),
            self._error(row.error),
            self._margin(row.uncertain),
            self._verdict(is_within=is_within),
            self.minutes(row.rival),
            self._error(row.rival_error),
        ]

    def _who(self, row: Row) -> str:
        user_id = row.subject.user_id
        if user_id is None:
            return self._tell("table.party", players=row.players)
        return self._names.get(user_id, str(user_id))

    def _what(self, row: Row) -> str:
        return row.subject.game_name or self._tell("table.voice")

    def _error(self, seconds: float) -> Text:
        text = self.minutes(seconds, signed=True)
        large = abs(seconds) / self._pace >= 10  # noqa: PLR2004 - minutes that nobody overlooks
        return Text(text, style=_BAD if large else "")

    def _margin(self, seconds: float | None) -> str:
        if seconds is None:
            return self._tell("table.unbounded")
        return f"± {self.minutes(seconds)}"

    def _verdict(self, *, is_within: bool) -> Text:
        key, style = ("table.yes", _GOOD) if is_within else ("table.no", _BAD)
        return Text(self._tell(key), style=style)

    def _tell(self, key: str, **values: str | int) -> str:
        return tell(self._language, key, **values)


def _with_dark_colours(picture: str) -> str:
    """Return a picture with colours for dark pages behind those that it has for light ones."""
    classes = re.findall(r"(\.\S+) \{ fill: (#[0-9a-f]{6})", picture)
    texts = [f"{each} {{ fill: {_IN_THE_DARK[light]} }}" for each, light in classes]
    dark = "\n".join([f".{_ID}-paper {{ fill: #0d1117 }}", *texts])
    return picture.replace("DARK", f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}", 1)


def _with_a_margin(picture: str) -> str:
    """Return a picture, whose view is as large as its text, with room around that."""

    def wider(view: re.Match[str]) -> str:
        width, height = (float(size) + 2 * _MARGIN for size in view.groups())
        return f'viewBox="-{_MARGIN} -{_MARGIN} {width:g} {height:g}"'

    return re.sub(r'viewBox="0 0 (\S+) ([^"]+)"', wider, picture, count=1)


def _rounded(comparison: Comparison, unit: float) -> Comparison:
    """Return a comparison of what is shown, so that errors and totals follow from that."""

    def whole(seconds: float) -> float:
        return round(seconds / unit) * unit

    rows = [
        replace(row, truth=whole(row.truth), latido=whole(row.latido), rival=whole(row.rival))
        for row in comparison.rows
    ]
    return replace(comparison, rows=rows)
