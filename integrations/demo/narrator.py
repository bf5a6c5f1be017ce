"""How the demo speaks: what happens, what the bot writes and posts, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from integrations.demo.sentences import decimal, tell
from integrations.words.wording import on_one_line

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import RenderableType

    from integrations.words.wording import Language, Value

__all__ = ["Narrator", "console_on"]

_WIDEST = 100
_INDENT = "       "
_LOG_STYLES = {"WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold red"}


def console_on(stream: TextIO) -> Console:
    """Return a console that is plain where ``stream`` is no terminal, and not too wide."""
    console = Console(file=stream, highlight=False, emoji=False, markup=False)
    console.width = min(console.width, _WIDEST) if console.is_terminal else _WIDEST
    return console


class Narrator:
    """Prints the demo's lines, each kind in its own way."""

    def __init__(self, console: Console, language: Language) -> None:
        """Speak ``language`` on ``console``."""
        self.console = console
        self.language = language
        self._scenes = 0

    def tell(self, key: str, /, **values: Value) -> str:
        """Return a sentence of the demo."""
        return tell(self.language, key, **values)

    def number(self, value: float) -> str:
        """Return a number with one decimal place: "12,5" in Spanish, "12.5" in English."""
        return decimal(self.language, value)

    def briefly(self, value: float) -> str:
        """Return a number as it is said: whole ones have no decimal place."""
        return str(int(value)) if value == int(value) else self.number(value)

    def title(self, key: str) -> None:
        """Print a heading."""
        self.console.print()
        self.console.rule(
            Text(f" {self.tell(key)} ", style="bold"), style="cyan", characters="─", align="left"
        )

    def scene(self, key: str) -> None:
        """Print the heading of the next scene."""
        self._scenes += 1
        heading = f" {self._scenes}. {self.tell(key)} "
        self.console.print()
        self.console.rule(Text(heading, style="bold cyan"), style="cyan", align="left")

    def says(self, key: str, /, **values: Value) -> None:
        """Print a sentence as it is."""
        self._wrapped("", self.tell(key, **values))

    def command(self, key: str, /, **values: Value) -> None:
        """Print a sentence with a command in it on one line, however long: it is to be copied."""
        self.console.print(Text(self.tell(key, **values)), soft_wrap=True)

    def points(self, key: str, /, **values: Value) -> None:
        """Print a sentence as one of a list."""
        self._wrapped("• ", self.tell(key, **values))

    def happens(self, at: str, text: str) -> None:
        """Print what happens on the server at a time of the evening."""
        self._wrapped(f"{at}  ", text, prefix_style="bold cyan", style="bold")

    def means(self, text: str) -> None:
        """Print what it means."""
        self._wrapped(f"{_INDENT}→ ", text, prefix_style="green", style="green")

    def concludes(self, text: str) -> None:
        """Print what all of it comes to."""
        self._wrapped("", text, style="bold")

    def log(self, level: str, text: str) -> None:
        """Print a line that the bot wrote into its log."""
        style = _LOG_STYLES.get(level, "bright_black")
        prefix = f"{_INDENT}│ Latido   "
        self._wrapped(prefix, on_one_line(text), prefix_style="bright_black", style=style)

    def chat(self, channel: str, text: str, *, deleted: bool) -> None:
        """Print a message that the bot posted, or one that it deleted."""
        prefix = f"{_INDENT}│ {f'#{channel}':<8} "
        said = on_one_line(text.replace("**", ""))
        style = "bright_black strike" if deleted else "blue"
        self._wrapped(prefix, f"🗑 {said}" if deleted else said, prefix_style="blue", style=style)

    def shows(self, what: RenderableType) -> None:
        """Print a table or the like."""
        self.console.print(what)

    def gap(self) -> None:
        """Leave a line free."""
        self.console.print()

    def _wrapped(self, prefix: str, text: str, *, prefix_style: str = "", style: str = "") -> None:
        """Print ``text`` behind ``prefix``, its further lines set in below the first."""
        width = self.console.width - len(prefix)
        lead = Text(prefix, style=prefix_style)
        bar = prefix.rstrip() if prefix.strip() == "│" else ""
        for line in Text(text, style=style).wrap(self.console, max(20, width)):
            line.rstrip()
            self.console.print(Text.assemble(lead, line), soft_wrap=True)
            lead = Text(bar.ljust(len(prefix)))
