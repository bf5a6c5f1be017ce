"""What Discord sends a bot when a command is given: the command, its options, who and where."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from integrations.loopback import payloads
from integrations.loopback.delivery import JsonObject

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Channel, Guild

ADMINISTRATOR = str(1 << 3)


def interaction_body(
    guild: "Guild", channel: "Channel", person: "Person", locale: str, permissions: str
) -> JsonObject:
    """What every interaction in a guild holds, whatever it is."""
    return {
        "version": 1,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "channel_id": str(channel.id),
        "channel": payloads.channel(channel) | {"permissions": permissions},
        "member": payloads.member(guild, person) | {"permissions": permissions},
        "locale": locale,
        "guild_locale": "en-US",
        "app_permissions": ADMINISTRATOR,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id)},
        "context": 0,
        "attachment_size_limit": 10_485_760,
    }


_STRING, _INTEGER, _BOOLEAN, USER, CHANNEL, _MENTIONABLE, _NUMBER = 3, 4, 5, 6, 7, 9, 10
_TAKES = {
    _STRING: ("a text", {_STRING}),
    _INTEGER: ("a whole number", {_INTEGER}),
    _BOOLEAN: ("True or False", {_BOOLEAN}),
    USER: ("a person", {USER}),
    CHANNEL: ("a channel", {CHANNEL}),
    _MENTIONABLE: ("a person", {USER}),
    _NUMBER: ("a number", {_NUMBER, _INTEGER}),
}
"""What an option is in words, and which values it takes (Application Command Option Type)."""


class CommandOptionError(ValueError):
    """A command does not take such an option; Discord would not have let anybody give it."""


def check_options(command: JsonObject, called: str, options: Mapping[str, object]) -> None:
    """Check that a command, as it was called, takes these options.

    Raises:
        CommandOptionError: it has none of that name, or takes something else.
    """
    declared = {str(each["name"]): each for each in _declared(command, called.split()[1:])}
    for name, value in options.items():
        if name not in declared:
            there = ", ".join(sorted(declared)) or "none"
            raise CommandOptionError(f"/{called} has no option {name!r}: it has {there}.")
        words, kinds = _TAKES.get(cast("int", declared[name]["type"]), ("", set[int]()))
        if kinds and option_type(value) not in kinds:
            hint = ": give the stand-in's own" if words in {"a person", "a channel"} else ""
            raise CommandOptionError(f"/{called} takes {words} as {name}, not {value!r}{hint}.")


def _declared(command: JsonObject, subcommands: list[str]) -> list[JsonObject]:
    """Return the options of a command, or of a subcommand of it."""
    options = cast("list[JsonObject]", command.get("options", []))
    for name in subcommands:
        found = next((each for each in options if each["name"] == name), {})
        options = cast("list[JsonObject]", found.get("options", []))
    return options


def option_type(value: object) -> int | None:
    """The option type of a script's value; None where no option takes it."""
    if isinstance(value, bool):
        return _BOOLEAN
    for kind, of_python in ((_INTEGER, int), (_NUMBER, float), (_STRING, str)):
        if isinstance(value, of_python):
            return kind
    if hasattr(value, "activities"):
        return USER
    return CHANNEL if hasattr(value, "id") else None


def option_value(value: object) -> object:
    """How a script's value is sent: people and channels by their ids."""
    if option_type(value) in {USER, CHANNEL}:
        return str(cast("Person | Channel", value).id)
    return value


def invocation(
    command: JsonObject,
    guild_id: int | None,
    subcommands: list[str],
    options: tuple[list[JsonObject], JsonObject],
) -> JsonObject:
    """The ``data`` of an interaction; each subcommand is an option that holds the next."""
    given, resolved = options
    for depth, name in reversed(list(enumerate(subcommands))):
        is_group = depth < len(subcommands) - 1
        given = [{"name": name, "type": 2 if is_group else 1, "options": given}]
    data: JsonObject = {
        "id": command["id"],
        "name": command["name"],
        "type": command.get("type", 1),
        "options": given,
        "resolved": resolved,
    }
    if guild_id is not None:
        data["guild_id"] = str(guild_id)
    return data
