"""The settings: every number and choice the engine and its surroundings go by.

Durations are seconds; fractions are allowed. A setting's meaning and what it may be stand
beside it, and from there go into error messages and docs/settings.md.
"""

from __future__ import annotations

import difflib
import functools
import json
import math
import zoneinfo
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args, get_type_hints

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Setting", "Settings", "SettingsError", "UnknownSettingError", "all_settings"]


def _means(sentence: str) -> Meta:
    return Meta(description=sentence)


def _allowed(words: str) -> Meta:
    return Meta(extra={"allowed": words})


_NOTHING = frozenset({"", "none"})
_LONGEST_SHOWN = 100
_CENTURY = 100 * 365.25 * 86_400
_Duration = Annotated[float, Meta(ge=0, le=_CENTURY)]
_Id = Annotated[int, Meta(gt=0, le=2**63 - 1)]

Seconds = Annotated[_Duration, _allowed("a number of seconds, 0 or more, at most a century")]
EverySeconds = Annotated[
    float,
    Meta(gt=0, le=_CENTURY),
    _allowed("a number of seconds above 0, at most a century"),
]
Count = Annotated[int, Meta(ge=0), _allowed("a whole number, 0 or more")]
YesNo = Annotated[bool, _allowed("true or false")]
GapSetting = Annotated[
    Literal["bridge", "end"] | _Duration,
    _allowed('"bridge", "end" or a number of seconds, 0 or more, at most a century'),
]
Ids = Annotated[frozenset[_Id], _allowed("a list of Discord ids")]


class _KnownNamesOnly(msgspec.StructMeta):
    """Has whoever misspells a setting in code told which one is meant, as in any other place."""

    def __call__(self, *positional: object, **named: object) -> Any:  # noqa: ANN401 - Settings
        known = self.__struct_fields__
        for name, value in named.items():
            if name not in known:
                raise UnknownSettingError(name, value, known)
        return super().__call__(*positional, **named)


class Settings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    metaclass=_KnownNamesOnly,
):
    """All settings with their defaults; docs/settings.md lists them.

    Values are checked however it is made, so that a wrong one is found where it is written.

    Raises:
        SettingsError: a value is not allowed, or a name is none
            (:class:`UnknownSettingError`).
    """

    announce_after: Annotated[
        Seconds, _means("From a start to its entry notice, which goes out up to a second later.")
    ] = 3.0
    confirm_after: Annotated[
        Seconds, _means("From a start until it counts; what is shorter leaves no record.")
    ] = 10.0
    health_check_every: Annotated[
        EverySeconds, _means("From one health check to the next, while there are sessions.")
    ] = 600.0
    voice_grace: Annotated[
        Seconds, _means("How long somebody may be out of voice and come back to the same session.")
    ] = 60.0
    game_grace: Annotated[
        Seconds, _means("How long somebody may be out of a game and come back to the same session.")
    ] = 900.0
    party_grace: Annotated[
        Seconds,
        _means(
            "How long a party may have too few players and still go on. Shorter than "
            "`health_check_every`, its record is unknown from the last check on: whoever plays on "
            "when the others leave is seen by nothing else."
        ),
    ] = 1800.0
    party_min_players: Annotated[
        int,
        Meta(ge=2),
        _allowed("a whole number, 2 or more"),
        _means("How many people with the same game make a party."),
    ] = 2
    party_chapter: Annotated[
        EverySeconds | None,
        _allowed('a number of seconds above 0, at most a century, or "none" for never'),
        _means(
            "How long a party goes on until what came so far is written down and it goes on as "
            "another, or it would grow for ever. Each is a session of its own wherever sessions "
            "are counted. It waits for a look at everybody's games: an audit, or the bot coming "
            "back to the server. In one of more than 75,000 members Discord shows nobody all of "
            "them, and a party goes on as one."
        ),
    ] = 86_400.0
    recover_missing: Annotated[
        YesNo,
        _means(
            "Whether whoever is found without a session is given one. A joining that was never "
            "sent is found by an audit (`audit_every`) or by the start of the call."
        ),
    ] = True
    track_listening: Annotated[
        YesNo, _means("Whether listening (Spotify) is tracked like a game.")
    ] = False
    streaming: Annotated[
        Literal["game", "separate", "ignore"],
        _allowed('"game", "separate" or "ignore"'),
        _means("Whether a stream counts as its game, as an activity of its own, or not at all."),
    ] = "separate"
    orphan_credit: Annotated[
        Literal["watched", "midpoint", "detected"],
        _allowed('"watched", "midpoint" or "detected"'),
        _means(
            "How much unknown time is credited when a leaving was missed: none (only what comes "
            "before a gap), half, or all."
        ),
    ] = "watched"
    voice_gap: Annotated[
        GapSetting,
        _means("Whether a voice session goes on over a time in which nobody watched, or how long."),
    ] = "bridge"
    game_gap: Annotated[GapSetting, _means("The same for games.")] = "bridge"
    party_gap: Annotated[GapSetting, _means("The same for parties.")] = "bridge"
    event_delay: Annotated[
        Seconds, _means("How late an event of Discord's may come and still be taken as punctual.")
    ] = 2.0
    heartbeat_every: Annotated[
        EverySeconds,
        _means(
            "How often it is written down until when the bot watched, while there are sessions; "
            "for the first time once confirm_after is over."
        ),
    ] = 30.0
    deep_check_budget: Annotated[
        Count, _means("How many people one check may look up at Discord one by one.")
    ] = 50
    audit_every: Annotated[
        Seconds, _means("From one audit over a second gateway session to the next; 0: never.")
    ] = 3600.0
    audit_identifies_per_day: Annotated[
        Count, _means("How many of the day's IDENTIFYs audits may use.")
    ] = 200
    channel_info: Annotated[
        YesNo, _means("Whether Discord is asked since when the calls of voice channels go on.")
    ] = True
    voice_cooldown: Annotated[
        Seconds, _means("From one voice notice about a person to the next.")
    ] = 1200.0
    game_cooldown: Annotated[
        Seconds, _means("From one game notice about a person to the next.")
    ] = 1800.0
    party_cooldown: Annotated[
        Seconds, _means("From one party notice about a game to the next.")
    ] = 3600.0
    ignored_games: Annotated[
        frozenset[str],
        _allowed("a list of names of games"),
        _means("Games that are not tracked."),
    ] = frozenset()
    game_aliases: Annotated[
        dict[str, str],
        _allowed("a table from a game's name to the name it counts under"),
        _means("Names that mean the same game."),
    ] = msgspec.field(default_factory=dict)
    ignored_channels: Annotated[Ids, _means("Voice channels that are not tracked.")] = frozenset()
    ignored_roles: Annotated[Ids, _means("Roles whose members are not tracked.")] = frozenset()
    ignore_bots: Annotated[YesNo, _means("Whether other bots are left out.")] = True
    ignore_afk_channel: Annotated[
        YesNo, _means("Whether moving to the AFK channel is leaving.")
    ] = True
    presences: Annotated[
        YesNo,
        _means("Whether to ask for the presence intent; without it there are no games or parties."),
    ] = True
    members: Annotated[
        YesNo,
        _means("Whether to ask for the members intent; without it fewer people are known by name."),
    ] = True
    timezone: Annotated[
        str,
        _allowed('a time zone such as "America/Bogota" or "UTC"'),
        _means("The time zone in which days begin and end."),
    ] = "UTC"
    keep_days: Annotated[
        Annotated[int, Meta(ge=1, le=36_525)] | None,
        _allowed("a whole number of days, 1 or more, at most a century, or nothing for ever"),
        _means(
            "How long ended sessions are kept after the day on which they ended; then they go "
            "within the hour, with what they come to in totals."
        ),
    ] = None
    log_language: Annotated[
        Literal["es", "en"],
        _allowed('"es" or "en"'),
        _means("The language of logs, notices and the command line."),
    ] = "es"
    command_language: Annotated[
        Literal["es", "en"],
        _allowed('"es" or "en"'),
        _means(
            "The language in which slash commands are named, the other being their translation, "
            "and in which people are answered whose Discord speaks neither."
        ),
    ] = "es"
    chart_theme: Annotated[
        Literal["dark", "light"],
        _allowed('"dark" or "light"'),
        _means("The colours of charts in answers."),
    ] = "dark"
    log_names: Annotated[YesNo, _means("Whether the names of people appear in the log.")] = True
    notify_channel_id: Annotated[
        _Id | dict[_Id, _Id] | None,
        _allowed("the id of a text channel, a table from guild ids to channel ids, or nothing"),
        _means("Where notices go; a notice goes only to a channel of its own guild."),
    ] = None

    def __post_init__(self) -> None:
        """Check every value and bring it into its declared type."""
        for setting in all_settings():
            value = getattr(self, setting.name)
            msgspec.structs.force_setattr(self, setting.name, setting.check(value))
        if not _is_timezone(self.timezone):
            raise SettingsError("timezone", self.timezone, _declared("timezone").allowed)


class SettingsError(Exception):
    """A setting has a value that it may not have.

    Attributes:
        setting: its name.
        value: what it was given.
        allowed: what it may be, in words.
        origin: where the value was read; empty where it was given in code.
    """

    def __init__(self, setting: str, value: object, allowed: str, origin: str = "") -> None:
        """Say which setting, which value, and what is allowed."""
        where = f" (from {origin})" if origin else ""
        told = f"The setting {setting} is {_shown(value)}{where}: set it to {allowed}."
        super().__init__(_writable(told))
        self.setting = setting
        self.value = value
        self.allowed = allowed
        self.origin = origin


class UnknownSettingError(SettingsError):
    """There is no setting of that name."""

    def __init__(
        self, setting: str, value: object, known: Iterable[str], origin: str = "code"
    ) -> None:
        """Say which name, what it was given and where, and what may have been meant."""
        names = list(known)
        allowed = f"one of {', '.join(names)}"
        super().__init__(setting, value, allowed, origin)
        meant = _nearest(setting, names)
        hint = (
            f"did you mean {meant}?" if meant else "take it out; docs/settings.md lists them all."
        )
        what = f"There is no setting {setting} (it is {_shown(value)} in {origin})"
        self.args = (_writable(f"{what}: {hint}"),)


class Setting(NamedTuple):
    """One setting as it is declared: what errors and documents say about it."""

    name: str
    type: object
    default: object
    allowed: str
    meaning: str

    @property
    def may_be_nothing(self) -> bool:
        """Whether no value is allowed."""
        return type(None) in get_args(get_args(self.type)[0])

    def check(self, value: object, *, lenient: bool = False, origin: str = "") -> object:
        """Return ``value`` in the setting's type; ``lenient`` reads it out of text too.

        There "none", and no text at all, are no value, where that is allowed.

        Raises:
            SettingsError: the value is not allowed.
        """
        if lenient and self.may_be_nothing and isinstance(value, str):
            value = None if value.lower() in _NOTHING else value
        try:
            checked = msgspec.convert(value, self.type, strict=not lenient, str_keys=lenient)
        except (msgspec.ValidationError, OverflowError, UnicodeEncodeError) as error:
            raise SettingsError(self.name, value, self.allowed, origin) from error
        try:
            msgspec.json.encode(checked)
        except UnicodeEncodeError as error:  # the ledger would refuse it later
            allowed = f"{self.allowed}, in UTF-8"
            raise SettingsError(self.name, value, allowed, origin) from error
        if isinstance(checked, float) and not math.isfinite(checked):
            raise SettingsError(self.name, value, self.allowed, origin)
        return checked


@functools.cache
def all_settings() -> tuple[Setting, ...]:
    """Return every setting, in the order in which they are declared."""
    declared = get_type_hints(Settings, include_extras=True)
    return tuple(
        Setting(
            name=field.name,
            type=declared[field.name],
            default=(
                field.default
                if field.default_factory is msgspec.NODEFAULT
                else field.default_factory()
            ),
            allowed=_described(declared[field.name])["allowed"],
            meaning=_described(declared[field.name])["meaning"],
        )
        for field in msgspec.structs.fields(Settings)
    )


def _declared(name: str) -> Setting:
    return next(setting for setting in all_settings() if setting.name == name)


def _described(declared: object) -> Mapping[str, str]:
    """Return the words that stand beside a field, the outermost last."""
    words: dict[str, str] = {}
    for meta in get_args(declared)[1:]:
        words.update(meta.extra or {})
        if meta.description is not None:
            words["meaning"] = meta.description
    return words


def _nearest(name: str, known: list[str]) -> str | None:
    """Return the one that is meant most likely: the one that goes on so, else one alike."""
    prefix = name[: name.find("_") + 1]  # LATIDO_, in the environment: that is like any other
    if not all(one.startswith(prefix) for one in known):
        prefix = ""
    spelled = {one.removeprefix(prefix).lower(): one for one in known}
    own = name.removeprefix(prefix).lower()
    longer = [one for one in spelled if one.startswith(own)]
    alike = longer if len(longer) == 1 else difflib.get_close_matches(own, spelled, n=1)
    return spelled[alike[0]] if alike else None


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _writable(text: str) -> str:
    """Return text that a file and JSON can hold: bytes that are no UTF-8 are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _is_timezone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
