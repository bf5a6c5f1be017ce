"""What commands, their options and choices are called, in both languages.

discord.py asks a translator for each name and each of Discord's locales when the commands are
sent to Discord (``CommandTree.sync``); see Discord's documentation, "Application Commands",
"Localization".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discord import Locale
from discord.app_commands import Choice, TranslationContextTypes, Translator, locale_str

from integrations.words.catalogue import say

if TYPE_CHECKING:
    from integrations.words.wording import Language

__all__ = ["NameTranslator", "Named", "choices", "language_of", "name_of", "named"]

_KEY = "latido"
_SPANISH = frozenset({Locale.spain_spanish, Locale.latin_american_spanish})
_ENGLISH = frozenset({Locale.american_english, Locale.british_english})


class Named(NamedTuple):
    """A name and what it means, in Spanish and in English."""

    es: str
    en: str
    meaning_es: str = ""
    meaning_en: str = ""

    def name(self, language: Language) -> str:
        """Return the name in a language."""
        return self.es if language == "es" else self.en

    def meaning(self, language: Language) -> str:
        """Return what it means, in a language."""
        return self.meaning_es if language == "es" else self.meaning_en


_NAMES: dict[str, Named] = {
    "time": Named(
        "tiempo",
        "time",
        "Cuánto tiempo llevas, o lleva otra persona, en voz, juegos y parties",
        "How much time you, or somebody else, spent in voice, games and parties",
    ),
    "ranking": Named(
        "ranking",
        "ranking",
        "Quién pasa más tiempo en voz, en juegos o en parties",
        "Who spends the most time in voice, games or parties",
    ),
    "sessions": Named(
        "sesiones",
        "sessions",
        "Quién está ahora en voz y jugando, desde cuándo y cuán seguro es",
        "Who is in voice and playing now, for how long, and how sure that is",
    ),
    "games": Named("juegos", "games", "A qué juega este servidor", "What this server plays"),
    "why": Named(
        "porque",
        "why",
        "Por qué la última sesión contó como contó, paso a paso",
        "Why the last session counted as it did, step by step",
    ),
    "health": Named(
        "salud",
        "health",
        "Cómo está el bot, qué arregló y qué le falta (administración)",
        "How the bot is, what it repaired, what it lacks (for administrators)",
    ),
    "privacy": Named(
        "privacidad",
        "privacy",
        "Lo que se guarda de ti: verlo, llevártelo, borrarlo o no aparecer",
        "What is kept about you: see it, take it, erase it, or opt out",
    ),
    "person": Named(
        "persona", "person", "De quién; tú, si no dices nada", "Whose; yours if you say nothing"
    ),
    "period": Named("periodo", "period", "Desde cuándo", "Since when"),
    "kind": Named("tipo", "kind", "Voz, juegos o parties", "Voice, games or parties"),
    "action": Named("accion", "action", "Qué quieres hacer", "What you want to do"),
}


def name_of(key: str, language: Language) -> str:
    """Return what a command or an option is called in a language."""
    return _NAMES[key].name(language)


class _Label(NamedTuple):
    name: locale_str
    meaning: locale_str


def named(key: str, language: Language) -> _Label:
    """Return name and description of a command or an option, for the translator to translate."""
    entry = _NAMES[key]
    return _Label(
        locale_str(entry.name(language), **{_KEY: f"name.{key}"}),
        locale_str(entry.meaning(language), **{_KEY: f"meaning.{key}"}),
    )


def choices(language: Language, family: str, values: tuple[str, ...]) -> list[Choice[str]]:
    """Return the choices of an option; their names are the catalogue's ``family.value``."""
    return [
        Choice(
            name=locale_str(say(language, f"{family}.{value}"), **{_KEY: f"say.{family}.{value}"}),
            value=value,
        )
        for value in values
    ]


def language_of(locale: Locale, otherwise: Language) -> Language:
    """Return what to speak to somebody whose Discord is in ``locale``."""
    if locale in _SPANISH:
        return "es"
    return "en" if locale in _ENGLISH else otherwise


class NameTranslator(Translator):
    """Translates Latido's names; everything else is left to the translator that was there."""

    def __init__(self, language: Language, earlier: Translator | None = None) -> None:
        """Names are in ``language`` already; ``earlier`` is asked about what is not ours."""
        self._language: Language = language
        self._earlier = earlier

    async def load(self) -> None:
        """Take over, waking the earlier translator, which discord.py has just put to sleep."""
        if self._earlier is not None:
            await self._earlier.load()

    async def unload(self) -> None:
        """Let go of the earlier translator as well."""
        if self._earlier is not None:
            await self._earlier.unload()

    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """Return ``string`` in ``locale``, or None where it is to stay as it is."""
        key = string.extras.get(_KEY)
        if key is None:
            return (
                None
                if self._earlier is None
                else await self._earlier.translate(string, locale, context)
            )
        language = language_of(locale, self._language)
        if language == self._language:
            return None
        part, _, name = key.partition(".")
        match part:
            case "name":
                return _NAMES[name].name(language)
            case "meaning":
                return _NAMES[name].meaning(language)
            case _:
                return say(language, name)
