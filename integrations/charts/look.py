"""How charts look: colours for a dark and a light background, language, time zone.

Voice, games and parties have the blue, orange and green of Okabe and Ito
(https://jfly.uni-koeln.de/color/), lighter or darker where the background asks for it; the
steps of the heat map differ in lightness, which everybody sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from integrations.words.wording import Language
    from machines import Kind

__all__ = ["DARK", "LIGHT", "THEMES", "Look", "Theme"]


class Theme(NamedTuple):
    """Colours, as hexadecimal RGB. No two of a theme are the same, so that each has a name."""

    background: str
    ink: str
    faint: str
    grid: str
    voice: str
    game: str
    party: str
    heat: tuple[str, str, str, str, str, str]

    def of_kind(self, kind: Kind) -> str:
        """Return the colour of a kind of session."""
        return {"voice": self.voice, "game": self.game, "party": self.party}[kind]

    def named(self) -> dict[str, str]:
        """Return every colour by a name fit for CSS."""
        steps = {f"heat-{step}": colour for step, colour in enumerate(self.heat)}
        return {name: str(getattr(self, name)) for name in self._fields[:-1]} | steps


DARK = Theme(
    background="#2b2d31",
    ink="#f2f3f5",
    faint="#b5bac1",
    grid="#43464d",
    voice="#56b4e9",
    game="#f0a830",
    party="#34c99a",
    heat=("#36393f", "#21476b", "#2a6ea6", "#3f9bdc", "#8fd0f7", "#e8f7ff"),
)
LIGHT = Theme(
    background="#ffffff",
    ink="#1e1f22",
    faint="#5c5e66",
    grid="#e3e5e8",
    voice="#0072b2",
    game="#c46c00",
    party="#008a64",
    heat=("#eef1f5", "#c7dff2", "#8fc1e5", "#4795cb", "#1a66a3", "#0a3a69"),
)
THEMES: dict[str, Theme] = {"dark": DARK, "light": LIGHT}


class Look(NamedTuple):
    """How one chart is to look."""

    theme: Theme
    language: Language
    zone: ZoneInfo
