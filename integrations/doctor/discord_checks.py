"""What only Discord can say: token, intents, clock, gateway, and permissions in each guild."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import discord

from integrations.commands.health_command import said
from integrations.doctor.asking import NotReachedError, StrangeError
from integrations.doctor.finding import Finding, act, note, ok
from integrations.permission_needs import PORTAL_NAMES, needs_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from datetime import datetime

    from engine import Settings
    from integrations.doctor.asking import Asked, Asker
    from integrations.permission_needs import Need
    from integrations.words.wording import Language

__all__ = ["check_clock", "check_gateway", "check_guilds", "check_intents"]

_CLOCK_MAY_BE_OFF = 5.0
_PRESENCE_FLAGS = (1 << 12) | (1 << 13)
_MEMBERS_FLAGS = (1 << 14) | (1 << 15)
_ADDRESS = "https://discord.com/oauth2/authorize?client_id={id}&scope=bot%20applications.commands&permissions=1051648"
_GUILD_PATIENCE = 10.0
_GUILDS_PATIENCE = 60.0
_AT_ONCE = 4
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What discord.py raises where an answer is not of Discord's shape."""


def check_intents(language: Language, settings: Settings, application: dict[str, Any]) -> Finding:
    """Look at which privileged intents the application has (its flags)."""
    flags = application.get("flags")
    known = flags if isinstance(flags, int) else 0
    wanted = {
        "presences": (settings.presences, _PRESENCE_FLAGS),
        "members": (settings.members, _MEMBERS_FLAGS),
    }
    asked = {name: bits for name, (is_wanted, bits) in wanted.items() if is_wanted}
    refused = [name for name, bits in asked.items() if not known & bits]
    if refused:
        return act(
            language,
            "intents",
            "doctor.intents.bad",
            "doctor.intents.do",
            intents=[PORTAL_NAMES[name] for name in refused],
            settings=[f"{name} = false" for name in refused],
        )
    names = ["voice_states", *asked]
    return ok(language, "intents", "doctor.intents.ok", intents=names)


def check_clock(language: Language, asked: Asked, now: datetime) -> Finding:
    """Compare the clock with the Date header of an answer that has just come.

    The header has whole seconds and is as old as the way back was long, so less than two
    seconds mean nothing.
    """
    if asked.date is None:
        return note(language, "clock", "doctor.clock.unknown")
    try:
        theirs = parsedate_to_datetime(asked.date)
    except ValueError:
        return note(language, "clock", "doctor.clock.unknown")
    if theirs.tzinfo is None:
        return note(language, "clock", "doctor.clock.unknown")
    ahead = (now - theirs).total_seconds() - 0.5 - asked.took / 2
    off = max(0.0, abs(ahead) - 0.5 - asked.took / 2)
    if off <= _CLOCK_MAY_BE_OFF:
        return ok(language, "clock", "doctor.clock.ok", seconds=max(1.0, off))
    key = "doctor.clock.ahead" if ahead > 0 else "doctor.clock.behind"
    return act(language, "clock", key, "doctor.clock.do", seconds=off)


async def check_gateway(
    language: Language, asker: Asker, answer: dict[str, Any]
) -> AsyncGenerator[Finding, None]:
    """Look at the connections left today, and say hello to the gateway."""
    url, limit = str(answer["url"]), answer.get("session_start_limit") or {}
    remaining = limit.get("remaining")
    if remaining == 0:
        key, seconds = "doctor.gateway.spent", float(limit.get("reset_after") or 0) / 1000
        yield act(language, "gateway", key, f"{key}.do", seconds=seconds)
    try:
        await asker.hello(url)
    except NotReachedError as error:
        key = "doctor.gateway.silent"
        yield act(language, "gateway", key, f"{key}.do", url=url, error=str(error))
        return
    shards = answer.get("shards")
    yield ok(
        language,
        "gateway",
        "doctor.gateway.ok",
        url=url,
        shards=shards if isinstance(shards, int) else 1,
        count="?" if remaining is None else remaining,
    )


async def check_guilds(
    language: Language, settings: Settings, token: str, application_id: str
) -> AsyncGenerator[Finding, None]:
    """Look at the permissions in each guild of the bot, four guilds at once."""
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30.0)
    async with client:
        try:
            async with asyncio.timeout(_GUILD_PATIENCE):
                await client.login(token)
                guilds = [guild async for guild in client.fetch_guilds(limit=None)]
        except (discord.DiscordException, OSError, TimeoutError, *_UNREADABLE) as error:
            described = _described(error)
            raise StrangeError(f"{described} /users/@me/guilds") from error
        if not guilds:
            url = _ADDRESS.format(id=application_id)
            yield act(language, "guild", "doctor.guilds.none", "doctor.guilds.none.do", url=url)
            return
        turn = asyncio.Semaphore(_AT_ONCE)
        looks = [
            asyncio.create_task(_look(client, guild, language, settings, turn))
            for guild in sorted(guilds, key=lambda one: one.id)
        ]
        done, late = await asyncio.wait(looks, timeout=_GUILDS_PATIENCE)
        for one in late:
            one.cancel()
        if late:
            count = len(late)
            yield note(language, "guild", "doctor.guilds.some", guilds=len(guilds), count=count)
        for look in looks:
            if look in done:
                for finding in look.result():
                    yield finding


async def _look(
    client: discord.Client,
    guild: discord.Guild,
    language: Language,
    settings: Settings,
    turn: asyncio.Semaphore,
) -> list[Finding]:
    async with turn:
        try:
            async with asyncio.timeout(_GUILD_PATIENCE):
                whole = await client.fetch_guild(guild.id, with_counts=False)
                channels = await whole.fetch_channels()
                me = await whole.fetch_member(_id_of(client))
        except (discord.DiscordException, OSError, TimeoutError, *_UNREADABLE) as error:
            key, described = "doctor.guild.unknown", _described(error)
            return [note(language, "guild", key, f"{key}.do", guild=guild.name, error=described)]
    needs = await needs_in(channels, me, settings)
    return list(_findings(whole, needs, language))


def _findings(guild: discord.Guild, needs: list[Need], language: Language) -> Iterator[Finding]:
    if not needs:
        yield ok(language, "guild", "doctor.guild.ok", guild=guild.name)
    for need in needs:
        yield act(
            language,
            "guild",
            "doctor.guild.bad",
            "doctor.guild.do",
            guild=guild.name,
            problem=said(need, language).partition(" ")[2],  # without its sign
        )


def _described(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return str(error) or f"> {_GUILD_PATIENCE:g} s"
    if isinstance(error, _UNREADABLE):
        return f"{type(error).__name__}: {error}"  # a KeyError's text is only the key
    return str(error) or type(error).__name__


def _id_of(client: discord.Client) -> int:
    return 0 if client.user is None else client.user.id
