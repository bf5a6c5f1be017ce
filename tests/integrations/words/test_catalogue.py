"""The catalogue: complete in both languages, word for word as documented, fit for its callers."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import pytest

from integrations.words.catalogue import CATALOGUE, UnknownSentenceError, say
from integrations.words.doing import SIGNS
from integrations.words.wording import Language, Value, placeholders
from machines import (
    KINDS,
    ActivityType,
    AnySession,
    GameSession,
    Kind,
    PartySession,
    Player,
    VoiceSession,
)
from machines.outcomes import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
LANGUAGES: tuple[Language, ...] = get_args(Language)

DOCUMENTED: list[tuple[str, dict[str, Value], str]] = [
    ("check.activated", {}, "🏥 Health check activado (hay sesiones activas)"),
    ("check.started", {}, "🏥 Iniciando health check de sesiones..."),
    ("privacy.forgotten", {"count": 1}, "🗑️ Hecho: se borró 1 sesión tuya"),
    ("privacy.forgotten", {"count": 2}, "🗑️ Hecho: se borraron 2 sesiones tuyas"),
    (
        "table.may_go_on",
        {"count": 1},
        (
            "Aún falta aquí 1 sesión: habrá acabado si nadie vuelve a tiempo. latido sessions la "
            "muestra."
        ),
    ),
    (
        "table.may_go_on",
        {"count": 2},
        (
            "Aún faltan aquí 2 sesiones: habrán acabado si nadie vuelve a tiempo. latido sessions "
            "las muestra."
        ),
    ),
    (
        "table.to_be_written",
        {"count": 2},
        (
            "Aún faltan aquí 2 sesiones: acabaron, y el bot no las ha apuntado. Lo hará en cuanto "
            "corra, mire y pueda escribir; latido sessions las muestra."
        ),
    ),
    (
        "orphaned.voice",
        {"username": "Pino", "channel": "General"},
        "🔧 Sesión huérfana detectada: Pino en voz",
    ),
    (
        "orphaned.game",
        {"username": "agu", "game": "VALORANT", "activity": "playing"},
        "🔧 Sesión huérfana detectada: agu jugando VALORANT",
    ),
    (
        "orphaned.party",
        {"game": "VALORANT", "players": 3},
        "🔧 Party huérfana detectada: VALORANT",
    ),
    (
        "saved.voice",
        {"username": "Pino", "channel": "General", "seconds": 2700.0},
        "💾 Tiempo guardado: Pino estuvo en 👥 General por 45 min",
    ),
    (
        "saved_about.game",
        {
            "username": "Pino",
            "game": "VALORANT",
            "activity": "playing",
            "seconds": 53.0,
            "uncertain": 23.8,
        },
        "💾 Tiempo guardado: Pino jugó 🎮 VALORANT por 53 s (± 24 s)",
    ),
    (
        "saved.game",
        {"username": "Pino", "game": "VALORANT", "activity": "streaming", "seconds": 53.0},
        "💾 Tiempo guardado: Pino emitió 📺 VALORANT por 53 s",
    ),
    (
        "saved.game",
        {"username": "Pino", "game": "Spotify", "activity": "listening", "seconds": 53.0},
        "💾 Tiempo guardado: Pino escuchó 🎧 Spotify por 53 s",
    ),
    (
        "saved_or_more.voice",
        {
            "username": "Pino",
            "channel": "General",
            "seconds": 0.0,
            "uncertain": 400.0,
            "more": 300.0,
        },
        (
            "💾 Tiempo guardado: Pino estuvo en 👥 General por 0 s (± 6 min 40 s: pudo seguir "
            "hasta 5 min más, pero nada lo prueba)"
        ),
    ),
    (
        "saved_unbounded.party",
        {"game": "VALORANT", "players": 3, "seconds": 50.0},
        (
            "💾 Tiempo guardado: party de 🎮 VALORANT, 3 jugadores en total, por 50 s (inicio "
            "desconocido)"
        ),
    ),
    (
        "recovered.voice",
        {"username": "Pino", "channel": "General"},
        "🔧 Recuperando sesión perdida: Pino en General",
    ),
    (
        "check.repaired",
        {"voice": 1, "games": 0, "parties": 1},
        "🔧 Health check completado: 1 voice, 0 games, 1 parties arregladas",
    ),
    (
        "intents.refused",
        {
            "intents": ["Presence Intent", "Server Members Intent"],
            "settings": ["presences = false", "members = false"],
        },
        (
            "❌ Discord no permite a este bot Presence Intent y Server Members Intent: actívalos "
            "en https://discord.com/developers/applications (tu aplicación, Bot, Privileged "
            "Gateway Intents), o prescinde de ellos con presences = false y members = false"
        ),
    ),
    ("check.ok", {}, "✅ Health check completado: Todo OK"),
    (
        "restored.voice",
        {"username": "Pino", "channel": "General"},
        "🔄 Sesión de voz restaurada: Pino en General",
    ),
    (
        "restored.game",
        {"username": "Pino", "game": "VALORANT", "activity": "playing"},
        "🔄 Sesión de juego restaurada: Pino jugando VALORANT",
    ),
    (
        "restored.party",
        {"game": "VALORANT", "players": 3},
        "🔄 Sesión de party restaurada: VALORANT con 3 jugadores",
    ),
    ("restored.none", {}, "🔄 No hay sesiones previas para restaurar"),
    ("persisted", {"count": 3}, "💾 3 sesiones persistidas"),
    ("check.deactivated", {}, "🏥 Health check desactivado (no hay sesiones activas)"),
]

EXAMPLES: dict[str, Value] = {
    "activity": "streaming",
    "added": 3,
    "audits": 3,
    "bots": ["proposal"],
    "identifies": 5,
    "absent": "62.3",
    "earlier": 300.0,
    "than": ["latido", "perfect"],
    "queries": 4,
    "rest_calls": 6,
    "share": 0.16,
    "hours": "24",
    "week": 168,
    "unknowable": 0.1,
    "broken": 1,
    "known": 2,
    "records": 4,
    "user_id": 123456789,
    "at": "22:30",
    "channels": ["General", "AFK"],
    "checks": 2,
    "day": "lunes",
    "drift": 1,
    "exceptions": 0,
    "floor": "22:25",
    "grace": 60.0,
    "highest": 2760.0,
    "hour": "22:00",
    "lag": 0.1,
    "lowest": 2640.0,
    "megabytes": 50,
    "milliseconds": 120,
    "page": 1,
    "pages": 3,
    "place": "1",
    "present": 2640.0,
    "tracked": 3,
    "unknown": 60.0,
    "until": "22:35",
    "zone": "America/Bogota",
    "channel": "General",
    "channel_id": 987654321,
    "check_every": 600.0,
    "code": 4010,
    "columns": ["state", "until"],
    "shown": 6,
    "total": 30,
    "names": ["confirm_after", "keep_days"],
    "count": 2,
    "entry": "voice_sessions.123456789",
    "error": "TimeoutError",
    "event": "VOICE_STATE_UPDATE",
    "game": "VALORANT",
    "games": 2,
    "guild": "Plaza",
    "guild_id": 1,
    "guilds": 2,
    "intents": ["voice_states"],
    "ids": "stay-1, stay-2",
    "kept_as": "active_sessions.broken.json",
    "kind": "voice",
    "line": 3,
    "lost": "CHANNEL_INFO",
    "meant": "./data",
    "folder": "a week",
    "program": "latido",
    "more": 300.0,
    "name": "Latido",
    "parties": 2,
    "path": "active_sessions.json",
    "players": ["Pino", "agu", "Zeta"],
    "problem": "cut short",
    "room": "82 GB",
    "seconds": 2700.0,
    "session_id": "1f3a",
    "since": "2025-12-01",
    "sessions": 2,
    "settings": ["presences = false"],
    "shard": 0,
    "shards": 1,
    "signal": "SIGTERM",
    "state": "ended",
    "trigger": "confirm",
    "uncertain": 300.0,
    "url": "http://127.0.0.1/api/v10",
    "used": "active_sessions.previous.json",
    "username": "Pino",
    "version": "2.7.1",
    "voice": 2,
    "what": "_connection.parsers",
}


SAVED: dict[str, dict[str, Value]] = {
    "saved": {"seconds": 60.0},
    "saved_about": {"seconds": 60.0, "uncertain": 300.0},
    "saved_or_more": {"seconds": 60.0, "uncertain": 300.0, "more": 300.0},
    "saved_or_earlier": {"seconds": 60.0, "uncertain": 300.0, "earlier": 300.0},
    "saved_or_earlier_or_more": {
        "seconds": 60.0,
        "uncertain": 300.0,
        "earlier": 200.0,
        "more": 100.0,
    },
    "saved_partly_or_more": {"seconds": 60.0, "uncertain": 300.0, "more": 30.0},
    "saved_partly_or_earlier": {"seconds": 60.0, "uncertain": 300.0, "earlier": 30.0},
    "saved_partly_or_earlier_or_more": {
        "seconds": 60.0,
        "uncertain": 300.0,
        "earlier": 20.0,
        "more": 10.0,
    },
    "saved_unbounded": {"seconds": 60.0},
    "saved_unbounded_or_more": {"seconds": 60.0, "more": 300.0},
}
"""What is said of a time that was saved, with what it needs besides the session's names."""

SPELLED_ALIKE = {
    *("notice.party.entry", "sure.about", "doctor.guild.bad", "table.party"),
    *("simulate.bot", "ranking.title", "ranking.line", "games.line"),
    *(f"doctor.check.{name}" for name in ("api", "token", "intents", "gateway")),
}
"""What is the same in both languages."""


@pytest.mark.parametrize(("key", "values", "line"), DOCUMENTED)
def test_the_documented_lines_are_said_word_for_word(
    key: str, values: dict[str, Value], line: str
) -> None:
    assert say("es", key, **values) == line


def test_both_languages_name_the_same_values_and_none_that_is_not_given() -> None:
    for key, sentence in CATALOGUE.items():
        assert placeholders(sentence.es) == placeholders(sentence.en), key
        assert placeholders(sentence.es) <= set(sentence.values.split()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said_on_one_line_in_both_languages(language: Language) -> None:
    for key, sentence in CATALOGUE.items():
        said = say(language, key, **{name: EXAMPLES[name] for name in sentence.values.split()})
        assert said.strip() == said, key
        assert len(said.splitlines()) == 1, key
        assert "{" not in said, key


def test_a_sentence_is_translated_and_begins_with_the_same_sign() -> None:
    for key, sentence in CATALOGUE.items():
        sign = sentence.es.split()[0]
        if not any(map(str.isalpha, sign)):
            assert sign == sentence.en.split()[0], key
        assert sentence.es != sentence.en or key in SPELLED_ALIKE, key


def test_a_percentage_has_its_article_in_spanish() -> None:
    shares = re.compile(r"(\w+ )?\{\w+:share\}")
    found = [before for one in CATALOGUE.values() for before in shares.findall(one.es)]
    assert found == ["el "] * len(found) != []


def test_the_parts_of_a_sentence_are_set_apart_alike_in_both_languages() -> None:
    for key, sentence in CATALOGUE.items():
        for sign in (" · ", " — ", " → "):
            assert sentence.es.count(sign) == sentence.en.count(sign), key


def test_the_time_zone_is_named_in_words_that_fit_utc_as_well() -> None:
    assert say("es", "chart.zone", zone="UTC") == "horas en UTC"
    assert say("es", "time.footer", zone="UTC").endswith(" · horas en UTC")
    assert say("es", "table.zone", zone="UTC") == "Las horas están en UTC (el ajuste timezone)."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", ["recovered", "orphaned", "restored", *SAVED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_machines_name_a_session_by_is_what_its_lines_need(
    kind: Kind, family: str, language: Language
) -> None:
    player = Player(session_id="g", user_id=1, username="Pino", started_at=0)
    sessions: dict[Kind, AnySession] = {
        "voice": VoiceSession(
            id="v", guild_id=1, started_at=0, last_seen=0,
            user_id=1, username="Pino", channel_id=2, channel_name="General",
        ),
        "game": GameSession(
            id="g", guild_id=1, started_at=0, last_seen=0,
            user_id=1, username="Pino", game_name="VALORANT",
        ),
        "party": PartySession(
            id="p", guild_id=1, started_at=0, last_seen=0, game_name="VALORANT", players=[player]
        ),
    }  # fmt: skip
    values: dict[str, Value] = {**names_of(sessions[kind])}
    values |= SAVED.get(family, {})
    assert set(values) == set(CATALOGUE[f"{family}.{kind}"].values.split())
    subject = "VALORANT" if kind == "party" else "Pino"
    assert subject in say(language, f"{family}.{kind}", **values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stream_is_told_from_its_game_wherever_one_of_them_is_named(language: Language) -> None:
    """Two records that overlap looked like one that is counted twice."""
    named = [key for key, one in CATALOGUE.items() if "activity" in one.values.split()]
    families = ("recovered", "orphaned", "restored", *SAVED)
    assert {f"{family}.game" for family in families} <= set(named)
    assert {"notice.game.entry", "notice.game.exit", "sessions.game"} <= set(named)
    for key in named:
        values = {name: EXAMPLES[name] for name in CATALOGUE[key].values.split()}
        said = [say(language, key, **{**values, "activity": one}) for one in get_args(ActivityType)]
        assert len(set(said)) == len(said), key


def test_an_activity_that_is_none_is_an_error() -> None:
    with pytest.raises(UnknownSentenceError, match="competing"):
        say("en", "restored.game", username="Pino", game="VALORANT", activity="competing")


def test_every_activity_has_a_sign_in_the_order_in_which_sentences_list_them() -> None:
    assert tuple(SIGNS) == get_args(ActivityType)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("notice", ["entry", "exit"])
def test_every_notice_can_be_said_with_one_set_of_values(
    kind: Kind, notice: Literal["entry", "exit"]
) -> None:
    said = say(
        "en",
        f"notice.{kind}.{notice}",
        username="Pino",
        channel="General",
        game="VALORANT",
        activity="playing",
        players=("Pino", "agu"),
        seconds=2700.0,
    )
    assert "Pino" in said
    assert ("45 min" in said) == (notice == "exit")


def test_an_unknown_key_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownSentenceError, match=r"'saved\.chess'"):
        say("es", "saved.chess", username="Pino")


def test_a_missing_value_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownSentenceError, match="channel"):
        say("es", "recovered.voice", username="Pino")


def test_a_value_of_the_wrong_kind_is_an_error() -> None:
    with pytest.raises(UnknownSentenceError, match="duration"):
        say("es", "saved.game", username="Pino", game="Hades", activity="playing", seconds="long")


class Call(NamedTuple):
    """A place in the code that says a sentence; ``values`` is None where they are not listed."""

    place: str
    key: str
    values: frozenset[str] | None


def calls_in(source: Path) -> Iterator[Call]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        if called not in {"say", "_say", "LogLine"}:
            continue
        names = [word.arg for word in node.keywords]
        listed = called != "LogLine" and None not in names
        values = frozenset(name for name in names if name is not None)
        for argument in node.args[: 2 if called == "LogLine" else None][-1:]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                place = f"{source.relative_to(ROOT)}:{node.lineno}"
                yield Call(place, argument.value, values if listed else None)


def all_calls() -> list[Call]:
    packages = ("machines", "engine", "persistence", "integrations")
    sources = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [call for source in sources for call in calls_in(source)]


def test_everything_the_code_says_is_in_the_catalogue_with_its_values() -> None:
    calls = all_calls()
    assert calls
    for call in calls:
        assert call.key in CATALOGUE, call.place
        if call.values is not None:
            assert placeholders(CATALOGUE[call.key].es) <= call.values, call.place
            assert call.values <= set(CATALOGUE[call.key].values.split()), call.place
