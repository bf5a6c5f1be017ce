"""What the log says of the connection, of what Discord allows, and of guilds, in both languages."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["CONNECTION_SENTENCES"]

CONNECTION_SENTENCES: dict[str, Sentence] = {
    "run.ready": Sentence(
        "name guilds",
        "✅ Conectado como {name} en {guilds} {guilds:servidor|servidores}",
        "✅ Connected as {name} to {guilds} {guilds:server|servers}",
    ),
    "run.no_token": Sentence(
        "",
        "DISCORD_TOKEN no está puesto: pon ahí el token del bot, de "
        "https://discord.com/developers/applications (tu aplicación, Bot, Reset Token).",
        "DISCORD_TOKEN is not set: put the bot's token there, from "
        "https://discord.com/developers/applications (your application, Bot, Reset Token).",
    ),
    "run.stopping": Sentence(
        "signal",
        "⏹️ {signal}: persistiendo y cerrando...",
        "⏹️ {signal}: persisting and closing...",
    ),
    "run.stopped": Sentence("", "⏹️ Cerrado: todo está persistido", "⏹️ Closed: all is persisted"),
    "run.unreachable": Sentence(
        "url error",
        "❌ No se llega a Discord en {url} ({error}): se sigue intentando; revisa la red y "
        "DISCORD_API_URL",
        "❌ Discord cannot be reached at {url} ({error}): it is tried again and again; check the "
        "network and DISCORD_API_URL",
    ),
    "run.unreachable_until": Sentence(
        "url error seconds",
        "❌ No se llega a Discord en {url} ({error}): se intenta otra vez en {seconds:duration}; "
        "si sigue así, revisa la red y DISCORD_API_URL",
        "❌ Discord cannot be reached at {url} ({error}): it is tried again in {seconds:duration}; "
        "if it stays so, check the network and DISCORD_API_URL",
    ),
    "run.closed": Sentence(
        "code",
        "❌ Discord cerró la conexión definitivamente (código {code}): busca el código en "
        "https://discord.com/developers/docs/topics/opcodes-and-status-codes",
        "❌ Discord closed the connection for good (code {code}): look it up at "
        "https://discord.com/developers/docs/topics/opcodes-and-status-codes",
    ),
    "token.refused": Sentence(
        "",
        "❌ Discord rechaza el token: pon en DISCORD_TOKEN uno que valga, de "
        "https://discord.com/developers/applications (tu aplicación, Bot, Reset Token)",
        "❌ Discord refuses the token: put a valid one into DISCORD_TOKEN, from "
        "https://discord.com/developers/applications (your application, Bot, Reset Token)",
    ),
    "intents.refused": Sentence(
        "intents settings",
        "❌ Discord no permite a este bot {intents:names}: {intents:actívalo|actívalos} en "
        "https://discord.com/developers/applications (tu aplicación, Bot, Privileged Gateway "
        "Intents), o prescinde de {intents:él|ellos} con {settings:names}",
        "❌ Discord does not allow this bot {intents:names}: switch {intents:it|them} on at "
        "https://discord.com/developers/applications (your application, Bot, Privileged Gateway "
        "Intents), or do without by {settings:names}",
    ),
    "intents.no_guilds": Sentence(
        "",
        "⚠️ Al bot le falta guilds en sus discord.Intents: no ve quién está ya cuando se conecta, "
        "solo oye lo que cambia después",
        "⚠️ The bot lacks guilds in its discord.Intents: it does not see who is there when it "
        "connects, and only hears what changes after",
    ),
    "intents.no_voice_states": Sentence(
        "",
        "⚠️ Al bot le falta voice_states en sus discord.Intents: no ve quién está en voz, y las "
        "sesiones de voz de antes siguen como estaban",
        "⚠️ The bot lacks voice_states in its discord.Intents: it does not see who is in voice, and "
        "the voice sessions of before stay as they were",
    ),
    "intents.no_presences": Sentence(
        "",
        "⚠️ Al bot le falta presences en sus discord.Intents: no hay juegos ni parties. Pídelo al "
        "crear el bot, o pon presences = false",
        "⚠️ The bot lacks presences in its discord.Intents: there are no games and no parties. Ask "
        "for it where the bot is made, or set presences = false",
    ),
    "intents.no_members": Sentence(
        "",
        "⚠️ Al bot le falta members en sus discord.Intents: no se oye quién deja el servidor, y "
        "puede faltar el nombre de alguien. Pídelo al crear el bot, o pon members = false",
        "⚠️ The bot lacks members in its discord.Intents: nobody is heard leaving the server, and "
        "some names may be missing. Ask for it where the bot is made, or set members = false",
    ),
    "intents.presences_off": Sentence(
        "",
        "🙈 Con presences = false no hay juegos ni parties",
        "🙈 With presences = false there are no games and no parties",
    ),
    "intents.members_off": Sentence(
        "",
        "🙈 Con members = false no se oye quién deja el servidor, y puede faltar el nombre de "
        "alguien",
        "🙈 With members = false nobody is heard leaving the server, and some names may be missing",
    ),
    "intents.no_raw_presences": Sentence(
        "",
        "⚠️ El bot se creó sin enable_raw_presences=True: no se ven los juegos de quien no está "
        "en la caché",
        "⚠️ The bot was made without enable_raw_presences=True: games of people who are not "
        "cached are not seen",
    ),
    "internals.changed": Sentence(
        "what lost",
        "⚠️ Esta versión de discord.py no tiene {what}: el bot sigue, sin {lost}",
        "⚠️ This version of discord.py has no {what}: the bot goes on, without {lost}",
    ),
    "connection.lost": Sentence(
        "shard",
        "🔌 Conexión perdida (shard {shard}): desde ahora nadie mira",
        "🔌 Connection lost (shard {shard}): from now on nobody watches",
    ),
    "connection.resumed": Sentence(
        "shard",
        "🔌 Conexión reanudada (shard {shard}): Discord repite lo que faltaba",
        "🔌 Connection resumed (shard {shard}): Discord replays what was missed",
    ),
    "guild.unavailable": Sentence(
        "guild",
        "🔌 {guild} no está disponible: sus sesiones siguen como están",
        "🔌 {guild} is unavailable: its sessions stay as they are",
    ),
    "guild.available": Sentence(
        "guild seconds",
        "🔌 {guild} vuelve a estar disponible, tras {seconds:duration}",
        "🔌 {guild} is available again, after {seconds:duration}",
    ),
    "guild.removed": Sentence(
        "guild",
        "🔌 El bot ya no está en {guild}: sus sesiones se cierran",
        "🔌 The bot is no longer in {guild}: its sessions are closed",
    ),
}
