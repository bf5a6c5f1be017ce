"""What slash commands and charts say, in both languages. Names in them come escaped."""

from __future__ import annotations

from integrations.words.doing import PLAYING_AT, SIGN
from integrations.words.sentence import Sentence
from integrations.words.why_sentences import WHY_SENTENCES

__all__ = ["COMMAND_SENTENCES"]

_WORDS: dict[str, Sentence] = {
    "kind.voice": Sentence("", "Voz", "Voice"),
    "kind.game": Sentence("", "Juegos", "Games"),
    "kind.party": Sentence("", "Parties", "Party time"),
    "period.today": Sentence("", "Hoy", "Today"),
    "period.week": Sentence("", "Esta semana", "This week"),
    "period.month": Sentence("", "Este mes", "This month"),
    "period.all": Sentence("", "Desde siempre", "All time"),
    "sure.exact": Sentence("", "exacto", "exact"),
    "sure.about": Sentence("seconds", "± {seconds:duration}", "± {seconds:duration}"),
    "sure.not_known_yet": Sentence("", "aún no se sabe", "not known yet"),
    "sure.unbounded": Sentence("", "inicio desconocido", "start unknown"),
    "sure.unbounded_too": Sentence(
        "count",
        "{count} {count:inicio desconocido|inicios desconocidos}",
        "{count} {count:start|starts} unknown",
    ),
    "word.sessions": Sentence(
        "count", "{count} {count:sesión|sesiones}", "{count} {count:session|sessions}"
    ),
    "word.people": Sentence(
        "count", "{count} {count:persona|personas}", "{count} {count:person|people}"
    ),
    "word.players": Sentence("count", "{count} en total", "{count} in all"),
    "word.deleted": Sentence("name", "{name} (borrado)", "{name} (deleted)"),
    "word.gone": Sentence("name", "{name} (ya no está aquí)", "{name} (no longer here)"),
    "word.nameless": Sentence("", "(sin nombre)", "(no name)"),
    "word.others": Sentence("count", "y {count} más", "and {count} more"),
    "word.page": Sentence("page pages", "Página {page} de {pages}", "Page {page} of {pages}"),
}

_COMMANDS: dict[str, Sentence] = {
    "command.failed": Sentence(
        "",
        "❌ Algo falló al responder, y ha quedado en el registro del bot: prueba otra vez en un "
        "momento",
        "❌ Something failed while answering, and is in the bot's log: try again in a moment",
    ),
    "command.broke": Sentence(
        "name error",
        "❌ Error al responder a /{name}: {error}",
        "❌ Error answering /{name}: {error}",
    ),
    "command.taken": Sentence(
        "name",
        "⚠️ El bot ya tiene un comando /{name} (o demasiados comandos): el de Latido no se añade",
        "⚠️ The bot already has a command /{name} (or too many commands): Latido's is not added",
    ),
    "command.not_synced": Sentence(
        "error",
        "⚠️ Discord no aceptó los comandos ({error}): se intenta otra vez más tarde",
        "⚠️ Discord did not take the commands ({error}): they are sent again later",
    ),
    "command.not_now": Sentence(
        "",
        "⏳ Todavía estoy arrancando: prueba en unos segundos",
        "⏳ I am still starting: try again in a few seconds",
    ),
    "command.guild_only": Sentence(
        "",
        "🏠 Este comando solo vale en un servidor: úsalo en uno de sus canales",
        "🏠 This command is for a server: give it in one of its channels",
    ),
    "command.admins_only": Sentence(
        "",
        "🔒 Este comando es para quien administra el servidor",
        "🔒 This command is for those who manage the server",
    ),
    "command.hidden": Sentence(
        "",
        "🙈 Esa persona no quiere aparecer aquí: de ella no se guarda nada nuevo",
        "🙈 That person does not want to appear here: nothing new is kept about them",
    ),
    "command.hidden_you": Sentence(
        "name",
        "🙈 Pediste no aparecer: de ti no se guarda nada nuevo. Con `/{name}` puedes volver",
        "🙈 You asked not to appear: nothing new is kept about you. `/{name}` brings you back",
    ),
    "command.bot_person": Sentence(
        "", "🤖 De los bots no se guarda nada", "🤖 Nothing is kept about bots"
    ),
    "time.title": Sentence("username", "⏱️ Tiempo de {username}", "⏱️ Time of {username}"),
    "time.top": Sentence("", "Lo más jugado", "Most played"),
    "time.channels": Sentence("", "Canales", "Channels"),
    "time.nothing": Sentence(
        "username",
        "🌱 De {username} no hay nada en este periodo. Empieza a contar tras un momento en "
        "voz o en un juego",
        "🌱 There is nothing of {username} in this period. It counts after a moment in voice or "
        "in a game",
    ),
    "time.footer": Sentence(
        "zone",
        "🟢 sigue en marcha · ± lo máximo que se aleja de la verdad · horas en {zone}",
        "🟢 still going on · ± the most it can be away from the truth · {zone} time",
    ),
    "ranking.title": Sentence("kind", "🏆 Ranking · {kind}", "🏆 Ranking · {kind}"),
    "ranking.line": Sentence(
        "place username seconds",
        "{place} **{username}** · {seconds:duration}",
        "{place} **{username}** · {seconds:duration}",
    ),
    "ranking.you": Sentence(
        "place seconds",
        "👉 Tú: {place}.º, con {seconds:duration}",
        "👉 You: number {place}, with {seconds:duration}",
    ),
    "ranking.nothing": Sentence(
        "",
        "🌱 Nadie tiene tiempo en este periodo todavía",
        "🌱 Nobody has any time in this period yet",
    ),
    "sessions.title": Sentence("", "📡 Ahora mismo", "📡 Right now"),
    "sessions.voice": Sentence(
        "username channel seconds",
        "🔊 **{username}** en 👥 {channel} · {seconds:duration}",
        "🔊 **{username}** in 👥 {channel} · {seconds:duration}",
    ),
    "sessions.game": Sentence(
        "username game activity seconds",
        f"{SIGN} **{{username}}** {PLAYING_AT.es} **{{game}}** · {{seconds:duration}}",
        f"{SIGN} **{{username}}** {PLAYING_AT.en} **{{game}}** · {{seconds:duration}}",
    ),
    "sessions.party": Sentence(
        "game players seconds",
        "🎉 Party de **{game}** · {seconds:duration} · {players:names}",
        "🎉 Party of **{game}** · {seconds:duration} · {players:names}",
    ),
    "sessions.away": Sentence("at", "salió {at}, quizá vuelva", "left {at}, may come back"),
    "sessions.unwatched": Sentence(
        "at", "sin noticias desde {at}", "nobody has been watching since {at}"
    ),
    "sessions.nothing": Sentence(
        "",
        "🌙 Ahora no hay nadie en voz ni jugando",
        "🌙 Nobody is in voice or playing at the moment",
    ),
    "sessions.footer": Sentence(
        "",
        "Cuenta el tiempo hasta ahora; lo que sigue al último punto dice cuán seguro es",
        "Time counts up to now; what follows the last dot says how sure it is",
    ),
    "games.title": Sentence("", "🎮 A qué juega el servidor", "🎮 What the server plays"),
    "games.line": Sentence(
        "place game seconds",
        "{place}. **{game}** · {seconds:duration}",
        "{place}. **{game}** · {seconds:duration}",
    ),
    "games.busiest": Sentence(
        "day hour",
        "🔥 La hora con más gente: {day} a las {hour}",
        "🔥 The busiest hour: {day} at {hour}",
    ),
    "games.nothing": Sentence(
        "",
        "🌱 Nadie ha jugado en este periodo, o Discord no se lo dice al bot (intent de presencias)",
        "🌱 Nobody played in this period, or Discord does not tell the bot (presence intent)",
    ),
}

_HEALTH: dict[str, Sentence] = {
    "health.title": Sentence("", "🩺 Salud de Latido", "🩺 Latido's health"),
    "health.check": Sentence("", "Última comprobación", "Last check"),
    "health.check.none": Sentence(
        "",
        "Ninguna todavía: se hacen mientras hay sesiones",
        "None yet: they are made while there are sessions",
    ),
    "health.check.begun": Sentence(
        "",
        "La primera ha empezado, y ninguna ha terminado todavía",
        "The first has begun, and none has come to its end yet",
    ),
    "health.check.last": Sentence(
        "at seconds lag",
        "{at}, en {seconds} s; empezó con {lag} s de retraso",
        "{at}, took {seconds} s; it began {lag} s late",
    ),
    "health.live": Sentence("", "En marcha", "Going on"),
    "health.live.counts": Sentence(
        "voice games parties",
        "🔊 {voice} · 🎮 {games} · 🎉 {parties} (todos los servidores)",
        "🔊 {voice} · 🎮 {games} · 🎉 {parties} (all servers)",
    ),
    "health.found": Sentence("", "Encontrado y arreglado", "Found and repaired"),
    "health.found.counts": Sentence(
        "checks drift unknown exceptions",
        "{drift} en la última de {checks} {checks:comprobación|comprobaciones}; {unknown} sin "
        "respuesta; {exceptions} {exceptions:error|errores} en total",
        "{drift} in the last of {checks} {checks:check|checks}; {unknown} without an answer; "
        "{exceptions} {exceptions:error|errors} in all",
    ),
    "health.latest": Sentence("", "Las últimas", "The last ones"),
    "health.latest.line": Sentence(
        "at drift unknown",
        "{at}: {drift} {drift:arreglada|arregladas}, {unknown} sin respuesta",
        "{at}: {drift} repaired, {unknown} without an answer",
    ),
    "health.watch": Sentence("", "Este servidor", "This server"),
    "health.watch.on": Sentence("", "✅ El bot lo está mirando", "✅ The bot is watching it"),
    "health.watch.gap": Sentence(
        "at",
        "🌫️ Nadie mira desde {at}: lo de en medio queda como desconocido",
        "🌫️ Nobody has been watching since {at}: the time in between stays unknown",
    ),
    "health.to_do": Sentence("", "Qué hacer", "What to do"),
    "health.nothing_to_do": Sentence("", "✅ Nada: todo está bien", "✅ Nothing: all is well"),
    "health.stale": Sentence(
        "at",
        "⏰ La última comprobación fue {at}: mira el registro del bot, o reinícialo",
        "⏰ The last check was {at}: look at the bot's log, or restart it",
    ),
    "health.unwritten": Sentence(
        "count",
        "💾 {count} {count:sesión|sesiones} sin escribir: haz sitio en DATA_DIR o devuélvele el "
        "permiso de escritura",
        "💾 {count} {count:session|sessions} not written yet: make room in DATA_DIR or make it "
        "writable",
    ),
    "health.no_view": Sentence(
        "count channels",
        "🔒 No veo {channels:names}: dame «Ver canal» ahí, o ponlos en ignored_channels",
        '🔒 I cannot see {channels:names}: give me "View Channel" there, or put them into '
        "ignored_channels",
    ),
    "health.no_connect": Sentence(
        "count channels",
        "🔒 Sin «Conectar» en {channels:names} no puedo preguntar a Discord por quién está ahí: "
        "dámelo",
        '🔒 Without "Connect" in {channels:names} I cannot ask Discord about people there: give it '
        "to me",
    ),
    "health.no_send": Sentence(
        "channel",
        "🔕 No puedo avisar en {channel}: dame «Ver canal» y «Enviar mensajes», o cambia "
        "notify_channel_id",
        '🔕 I cannot post in {channel}: give me "View Channel" and "Send Messages", or change '
        "notify_channel_id",
    ),
    "health.no_channel": Sentence(
        "channel_id",
        "🔕 No hay canal de texto {channel_id} en este servidor: cambia notify_channel_id",
        "🔕 There is no text channel {channel_id} in this server: change notify_channel_id",
    ),
}

_PRIVACY: dict[str, Sentence] = {
    "privacy.title": Sentence("", "🔒 Tu privacidad", "🔒 Your privacy"),
    "privacy.held": Sentence(
        "count",
        "De ti se {count:guarda|guardan} {count} {count:sesión|sesiones} en este bot: cuándo "
        "empezó y acabó cada una, dónde o con qué juego, y tu nombre. Nunca lo que dices o "
        "escribes",
        "About you, {count} {count:session is|sessions are} kept in this bot: when each began "
        "and ended, where or with which game, and your name. Never what you say or write",
    ),
    "privacy.choices": Sentence(
        "",
        "📦 **Exportar**: todo lo tuyo en un archivo. 🙈 **No aparecer**: desde ahora no se "
        "guarda nada de ti y no sales en ningún lado. 🗑️ **Olvidar**: se borra todo lo tuyo para "
        "siempre",
        "📦 **Export**: all of yours in a file. 🙈 **Opt out**: from now on nothing is kept about "
        "you and you appear nowhere. 🗑️ **Forget**: all of yours is erased for good",
    ),
    "privacy.choices_out": Sentence(
        "",
        "📦 **Exportar**: todo lo tuyo de antes en un archivo. 👋 **Volver a aparecer**: desde "
        "ahora cuentas de nuevo. 🗑️ **Olvidar**: se borra todo lo tuyo para siempre",
        "📦 **Export**: all of yours from before in a file. 👋 **Opt in**: from now on you count "
        "again. 🗑️ **Forget**: all of yours is erased for good",
    ),
    "privacy.export": Sentence("", "📦 Exportar", "📦 Export"),
    "privacy.forget": Sentence("", "🗑️ Olvidar", "🗑️ Forget"),
    "privacy.opt_out": Sentence("", "🙈 No aparecer", "🙈 Opt out"),
    "privacy.opt_in": Sentence("", "👋 Volver a aparecer", "👋 Opt in"),
    "privacy.exported": Sentence(
        "count",
        "📦 Todo lo que hay de ti: {count} {count:sesión|sesiones}, una por línea (JSON)",
        "📦 All there is about you: {count} {count:session|sessions}, one a line (JSON)",
    ),
    "privacy.unreadable": Sentence(
        "count",
        "⚠️ Además, {count} {count:sesión tuya está dañada y no se puede|sesiones tuyas están "
        "dañadas y no se pueden} leer; Olvidar también {count:la|las} borra",
        "⚠️ Besides, {count} of your sessions {count:is damaged and cannot|are damaged and cannot} "
        "be read; Forget erases {count:it|them}, too",
    ),
    "privacy.too_big": Sentence(
        "count",
        "📦 Son {count} sesiones, más de lo que cabe en un mensaje: pide el archivo a quien "
        "administra el bot (`latido export --user`)",
        "📦 There are {count} sessions, more than a message holds: ask whoever runs the bot for "
        "the file (`latido export --user`)",
    ),
    "privacy.sure": Sentence(
        "",
        "🗑️ ¿Borrar para siempre todas tus sesiones, en todos los servidores de este bot? No hay "
        "vuelta atrás",
        "🗑️ Erase all your sessions for good, in all servers of this bot? There is no way back",
    ),
    "privacy.sure.yes": Sentence("", "🗑️ Sí, olvidar todo", "🗑️ Yes, forget everything"),
    "privacy.forgotten": Sentence(
        "count",
        "🗑️ Hecho: se {count:borró|borraron} {count} {count:sesión tuya|sesiones tuyas}",
        "🗑️ Done: {count} of your sessions {count:was|were} erased",
    ),
    "privacy.counts_on": Sentence(
        "",
        "Desde ahora cuentas de nuevo: si no quieres, usa No aparecer. Para no contar nada de "
        "antes se guarda una semana tu id, y desde cuándo cuentas",
        "From now on you count anew: Opt out ends that. So that nothing of before counts, your id "
        "is kept for a week, and since when you count",
    ),
    "privacy.opted_out": Sentence(
        "",
        "🙈 Hecho: desde ahora no se guarda nada de ti y no apareces en ningún lado. Lo de antes "
        "sigue guardado: para borrarlo, usa Olvidar",
        "🙈 Done: from now on nothing is kept about you and you appear nowhere. What was there "
        "before stays: Forget erases it",
    ),
    "privacy.opted_in": Sentence(
        "",
        "👋 Hecho: vuelves a contar desde ahora, en cuanto se oiga algo de ti o se mire de nuevo "
        "tu servidor",
        "👋 Done: you count again from now on, as soon as something is heard of you or your server "
        "is looked at anew",
    ),
    "privacy.is_out": Sentence(
        "",
        "🙈 Ahora mismo no apareces en ningún lado, y no se guarda nada nuevo de ti",
        "🙈 At the moment you appear nowhere, and nothing new is kept about you",
    ),
}

_CHARTS: dict[str, Sentence] = {
    "chart.heat_map": Sentence("", "Cuándo hay gente", "When people are there"),
    "chart.heat_map.of": Sentence("username", "Cuándo está {username}", "When {username} is there"),
    "chart.heat_map.counts": Sentence(
        "",
        "tiempo en cada hora de la semana, sumado",
        "time in each hour of the week, added up",
    ),
    "chart.heat_map.less": Sentence("", "menos", "less"),
    "chart.heat_map.more": Sentence("", "más", "more"),
    "chart.heat_map.legend": Sentence(
        "seconds", "más (hasta {seconds:duration})", "more (up to {seconds:duration})"
    ),
    "chart.games": Sentence("", "Los juegos más jugados", "Most played games"),
    "chart.bars": Sentence("username", "El tiempo de {username}", "{username}'s time"),
    "chart.bars.hour": Sentence("", "por hora", "by the hour"),
    "chart.bars.day": Sentence("", "por día", "by day"),
    "chart.bars.week": Sentence("", "por semana", "by week"),
    "chart.party": Sentence("game", "La party de {game}", "The party of {game}"),
    "chart.party.whole": Sentence("", "la party", "the party"),
    "chart.present": Sentence("", "presente", "present"),
    "chart.away": Sentence("", "fuera", "away"),
    "chart.unknown": Sentence("", "desconocido", "unknown"),
    "chart.uncounted": Sentence("", "desconocido, no cuenta", "unknown, not counted"),
    "chart.hours": Sentence("", "horas", "hours"),
    "chart.first": Sentence(
        "shown total",
        "Los {shown} con más tiempo, de {total}",
        "The {shown} with the most time, of {total}",
    ),
    "chart.days": Sentence("since until", "del {since} al {until}", "{since} to {until}"),
    "chart.zone": Sentence("zone", "horas en {zone}", "{zone} time"),
    "chart.not_drawn": Sentence(
        "error",
        "⚠️ Los gráficos de una respuesta no se pudieron dibujar ({error}): va como texto",
        "⚠️ The charts of an answer could not be drawn ({error}): it is given as text",
    ),
    "chart.too_many": Sentence(
        "count",
        "⚠️ Ya hay {count} respuestas a la espera de sus gráficos: la siguiente va como texto",
        "⚠️ There are {count} answers already that wait for their charts: another is given as text",
    ),
    "chart.none": Sentence("", "Sin datos en este periodo", "No data in this period"),
}

COMMAND_SENTENCES: dict[str, Sentence] = {
    **_WORDS,
    **_COMMANDS,
    **_HEALTH,
    **_PRIVACY,
    **WHY_SENTENCES,
    **_CHARTS,
}
