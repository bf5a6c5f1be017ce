"""The examination: check after check, what one needs being what another has found."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from discord.http import Route

from engine.settings import Settings, SettingsError
from integrations.configuration import ConfigurationError, load_settings
from integrations.doctor.asking import (
    Asker,
    LimitedError,
    NotReachedError,
    RefusedError,
    StrangeError,
    asking,
)
from integrations.doctor.discord_checks import (
    check_clock,
    check_gateway,
    check_guilds,
    check_intents,
)
from integrations.doctor.finding import Finding, act, note, ok
from integrations.doctor.local_checks import (
    check_data_dir,
    check_disk,
    check_old_games,
    check_version,
)
from integrations.gateway.address import Address, point_at
from integrations.launch import ApiUrlError, Launch, data_dir_of, load_launch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from integrations.words.wording import Language

__all__ = ["examine"]


async def examine(
    environment: Mapping[str, str],
    folder: Path,
    data_dir: Path | None = None,
    language: Language | None = None,
) -> AsyncGenerator[Finding, None]:
    """Look at everything the bot needs; yield what is found, as it is found.

    Whoever may hear no further closes it (``contextlib.aclosing``): it holds connections.

    Args:
        environment: such as ``os.environ``.
        folder: the working directory, in which ``latido.toml`` may lie.
        data_dir: wins over DATA_DIR.
        language: wins over the setting ``log_language``.
    """
    try:
        settings = load_settings(environment, folder)
    except (ConfigurationError, SettingsError) as error:
        settings = Settings()
        language = language or settings.log_language
        key = "doctor.settings.bad"
        yield act(language, "settings", key, "doctor.settings.do", error=str(error))
    else:
        language = language or settings.log_language
        names = _changed(settings)
        if names:
            yield ok(language, "settings", "doctor.settings.changed", names=names)
        else:
            yield ok(language, "settings", "doctor.settings.ok")
        if settings.party_grace < settings.health_check_every:
            key, grace = "doctor.settings.parties", settings.party_grace
            check_every = settings.health_check_every
            yield note(
                language, "settings", key, f"{key}.do", seconds=grace, check_every=check_every
            )
    path = data_dir_of(environment, data_dir)
    for finding in (
        *check_version(language),
        *check_data_dir(language, path),
        *check_old_games(language, path, presences=settings.presences),
        *check_disk(language, path),
    ):
        yield finding
    try:
        launch = load_launch(environment, data_dir)
    except ApiUrlError as error:
        yield act(language, "api", "doctor.api.bad", "doctor.api.bad.do", url=error.shown)
        return
    except ConfigurationError:
        is_missing = not environment.get("DISCORD_TOKEN", "").strip()
        key = "doctor.token.missing" if is_missing else "doctor.token.strange"
        yield act(language, "token", key, "doctor.token.do")
        return
    async with aclosing(_with_discord(language, settings, launch)) as findings:
        async for finding in findings:
            yield finding


async def _with_discord(
    language: Language, settings: Settings, launch: Launch
) -> AsyncGenerator[Finding, None]:
    """Ask Discord; where something is in the way of all the rest, say so and stop."""
    url = launch.api_url or Route.BASE
    async with asking(url, launch.token) as asker:
        try:
            async with aclosing(_ask(language, settings, launch, asker)) as findings:
                async for finding in findings:
                    yield finding
        except NotReachedError as error:
            key = "doctor.api.unreachable"
            yield act(language, "api", key, f"{key}.do", url=url, error=str(error))
        except StrangeError as error:
            key = "doctor.api.strange"
            yield act(language, "api", key, f"{key}.do", url=url, error=str(error))
        except LimitedError as error:
            key = "doctor.api.limited"
            yield act(language, "api", key, f"{key}.do", seconds=error.seconds)
        except RefusedError:
            yield act(language, "token", "doctor.token.bad", "doctor.token.do")


async def _ask(
    language: Language, settings: Settings, launch: Launch, asker: Asker
) -> AsyncGenerator[Finding, None]:
    me = await asker.get("/users/@me")
    if not isinstance(me.body, dict) or "id" not in me.body:
        raise StrangeError("/users/@me")
    now = datetime.now(UTC)
    milliseconds = round(me.took * 1000)
    yield ok(language, "api", "doctor.api.ok", url=asker.api_url, milliseconds=milliseconds)
    yield ok(language, "token", "doctor.token.ok", name=str(me.body.get("username", me.body["id"])))
    yield check_clock(language, me, now)
    application = (await asker.get("/applications/@me")).body
    if not isinstance(application, dict):
        raise StrangeError("/applications/@me")
    yield check_intents(language, settings, application)
    gateway = (await asker.get("/gateway/bot")).body
    if not isinstance(gateway, dict) or not isinstance(gateway.get("url"), str):
        raise StrangeError("/gateway/bot")
    async with aclosing(check_gateway(language, asker, gateway)) as findings:
        async for finding in findings:
            yield finding
    point_at(Address(asker.api_url, gateway["url"], 1))
    application_id = str(application.get("id", me.body["id"]))
    of_guilds = check_guilds(language, settings, launch.token, application_id)
    async with aclosing(of_guilds) as findings:
        async for finding in findings:
            yield finding


def _changed(settings: Settings) -> list[str]:
    """Return the names of those that are not as by default."""
    default = Settings()
    return [
        name
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(default, name)
    ]
