"""What the commands of ``latido`` say, in both languages: tables, and what was done."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["CLI_SENTENCES"]

_TABLE: dict[str, Sentence] = {
    "table.day": Sentence("", "día", "day"),
    "table.kind": Sentence("", "tipo", "kind"),
    "table.who": Sentence("", "quién", "who"),
    "table.what": Sentence("", "qué", "what"),
    "table.server": Sentence("", "servidor", "server"),
    "table.since": Sentence("", "desde", "since"),
    "table.from": Sentence("", "desde", "from"),
    "table.until": Sentence("", "hasta", "until"),
    "table.so_far": Sentence("", "hasta ahora", "so far"),
    "table.time": Sentence("", "tiempo", "time"),
    "table.uncertain": Sentence("", "seguridad", "uncertain"),
    "table.state": Sentence("", "estado", "state"),
    "table.why": Sentence("", "por qué", "why"),
    "table.voice": Sentence("", "voz", "voice"),
    "table.game": Sentence("", "juego", "game"),
    "table.party": Sentence("", "party", "party"),
    "table.confirmed": Sentence("", "confirmada", "confirmed"),
    "table.recovered": Sentence("", "recuperada", "recovered"),
    "table.away": Sentence("", "fuera", "away"),
    "table.away_until": Sentence("at", "fuera hasta {at}", "away until {at}"),
    "table.left_at": Sentence("at", "salió {at}", "left {at}"),
    "table.left_out": Sentence(
        "columns",
        "{columns:No cabe|No caben}: {columns:names}. Con una terminal más ancha o con --json "
        "{columns:se ve|se ven}.",
        "No room for: {columns:names}. A wider terminal shows {columns:it|them}, and so does "
        "--json.",
    ),
    "table.zone": Sentence(
        "zone",
        "Las horas están en {zone} (el ajuste timezone).",
        "Times are in {zone} (the setting timezone).",
    ),
    "table.days": Sentence(
        "zone",
        "Los días empiezan a medianoche en {zone} (el ajuste timezone).",
        "Days begin at midnight in {zone} (the setting timezone).",
    ),
    "table.left": Sentence("", "salió", "left"),
    "table.cancelled": Sentence("", "demasiado corta", "too short"),
    "table.leave_missed": Sentence("", "salida no vista", "leaving missed"),
    "table.gap": Sentence("", "hueco", "gap"),
    "table.gap_not_bridged": Sentence("", "hueco sin salvar", "gap not bridged"),
    "table.guild_removed": Sentence("", "bot fuera del servidor", "server left"),
    "table.channel_deleted": Sentence("", "canal borrado", "channel deleted"),
    "table.opted_out": Sentence("", "no quiere aparecer", "opted out"),
    "table.too_few_players": Sentence("", "pocos jugadores", "too few players"),
    "table.goes_on": Sentence("", "sigue", "goes on"),
    "table.nothing": Sentence("", "No hay sesiones que mostrar.", "No sessions to show."),
    "table.streaming_means": Sentence(
        "",
        "📺: emite (stream) ese juego, lo que cuenta aparte de jugarlo (el ajuste streaming).",
        "📺: streams that game, which counts apart from playing it (the setting streaming).",
    ),
    "table.away_means": Sentence(
        "",
        "fuera: ya salió, o a la party le falta gente; si vuelve antes de esa hora, la sesión "
        "sigue, y si no, acabó cuando salió.",
        "away: has left, or the party lacks players; back by that time the session goes on, else "
        "it was over when they left.",
    ),
    "table.left_means": Sentence(
        "",
        "salió: es tarde para volver a esa sesión, que acabó entonces; el bot la pasa a latido "
        "history en cuanto corra, mire y pueda escribir.",
        "left: it is too late to come back to that session, which was over with the leaving; the "
        "bot moves it to latido history once it runs, watches and can write.",
    ),
    "table.not_running": Sentence(
        "",
        "No hay ningún bot en marcha aquí: el tiempo cuenta hasta la última vez que se sabe que "
        "el bot miraba.",
        "No bot is running here: time counts up to when it is last known to have been watching.",
    ),
    "table.not_watched": Sentence(
        "count",
        "No consta que alguien esté mirando {count} de estas sesiones (la conexión con Discord "
        "está cortada, su servidor no está, el bot no oye las de ese tipo, por presences o por los "
        "intents, o no puede escribir en su carpeta; latido doctor ayuda a saberlo): su tiempo "
        "cuenta hasta la última vez que se sabe que el bot miraba.",
        "Nobody is known to watch {count} of these sessions at the moment (the connection to "
        "Discord is cut, their server is away, the bot does not hear those of their kind, by "
        "presences or by its intents, or cannot write to its folder; latido doctor helps to tell): "
        "their time counts up to when the bot is last known to have been watching.",
    ),
    "table.go_on": Sentence(
        "count",
        "{count} {count:sesión sigue|sesiones siguen} en marcha, y aquí solo están las acabadas: "
        "latido sessions {count:la|las} muestra.",
        "{count} {count:session goes|sessions go} on, and only those that are over are here: "
        "latido sessions lists {count:it|them}.",
    ),
    "table.may_go_on": Sentence(
        "count",
        "Aún {count:falta|faltan} aquí {count} {count:sesión|sesiones}: "
        "{count:habrá|habrán} acabado si nadie vuelve a tiempo. latido sessions "
        "{count:la|las} muestra.",
        "Not here yet: {count} {count:session that is|sessions that are} over unless somebody "
        "comes back in time; latido sessions lists {count:it|them}.",
    ),
    "table.to_be_written": Sentence(
        "count",
        "Aún {count:falta|faltan} aquí {count} {count:sesión|sesiones}: "
        "{count:acabó|acabaron}, y el bot no {count:la|las} ha apuntado. Lo hará en cuanto corra, "
        "mire y pueda escribir; latido sessions {count:la|las} muestra.",
        "Not here yet: {count} {count:session that is|sessions that are} over, and that the bot "
        "has not written down; it does so once it runs, watches and can write, and latido sessions "
        "lists {count:it|them}.",
    ),
    "watch.not_running": Sentence(
        "",
        "No hay ningún bot en marcha aquí: nada cambiará hasta que arranque uno.",
        "No bot is running here: nothing will change until one starts.",
    ),
    "watch.not_watched": Sentence(
        "count",
        "Ahora nadie mira {count} de ellas: su tiempo cuenta hasta la última vez que se miró.",
        "Nobody watches {count} now: their time counts up to when somebody last did.",
    ),
    "watch.none": Sentence(
        "",
        "Ahora no hay ninguna sesión. Ctrl-C termina.",
        "No sessions at the moment. Ctrl-C ends.",
    ),
    "watch.count": Sentence(
        "sessions",
        "{sessions} {sessions:sesión|sesiones}. Ctrl-C termina.",
        "{sessions} {sessions:session|sessions}. Ctrl-C ends.",
    ),
    "watch.more": Sentence(
        "sessions count",
        "{sessions} {sessions:sesión|sesiones}, {count} más abajo. Ctrl-C termina.",
        "{sessions} {sessions:session|sessions}, {count} more below. Ctrl-C ends.",
    ),
}

_DONE: dict[str, Sentence] = {
    "folder.missing": Sentence(
        "path",
        "No hay ninguna carpeta {path} (todavía): arranca el bot, o indica su carpeta con "
        "--data-dir.",
        "There is no folder {path} here (yet): start the bot, or name its folder with --data-dir.",
    ),
    "folder.nothing": Sentence(
        "path",
        "En {path} no hay nada de Latido: arranca el bot, o indica su carpeta con --data-dir.",
        "There is nothing of Latido's in {path}: start the bot, or name its folder with "
        "--data-dir.",
    ),
    "folder.other": Sentence(
        "path meant",
        "En {path} no hay nada de Latido, y en {meant} sí: indica esa con --data-dir.",
        "There is nothing of Latido's in {path}, and there is in {meant}: name that with "
        "--data-dir.",
    ),
    "verify.done": Sentence("path", "{path} está en orden.", "{path} is in order."),
    "verify.no_ledger": Sentence(
        "path",
        "Pero un bot ya trabajó en {path}, y ahí no está latido.db, o está vacío: si había "
        "historial, se borró o no se copió con lo demás. latido restore COPIA --replace lo "
        "recupera; si no, el bot empieza otro.",
        "But a bot has watched from {path}, and latido.db is not there, or empty: if there was a "
        "history, it was removed, or not copied with the rest. latido restore BACKUP --replace "
        "brings it back; without it the bot begins another.",
    ),
    "backup.done": Sentence(
        "path",
        "Todo está en {path}: guárdalo donde no lo lea nadie más.",
        "Everything is in {path}: keep it where nobody else reads it.",
    ),
    "backup.partly_done": Sentence(
        "path",
        "En {path} está lo que se puede leer, y nada de lo demás: guárdalo donde no lo lea nadie "
        "más, y mira los archivos dañados antes de arrancar el bot.",
        "{path} holds what can be read, and nothing of the rest: keep it where nobody else reads "
        "it, and look at the damaged files before the bot starts.",
    ),
    "backup.as_it_is": Sentence(
        "path",
        "Lo que no se puede leer está en {path} tal cual, y lo demás, entero: guarda también "
        "las copias de antes, que pueden tenerlo entero.",
        "{path} holds what cannot be read as it is, and the rest whole: keep the backups from "
        "before as well, which may have all of it whole.",
    ),
    "ledger.unreadable_records": Sentence(
        "path count ids problem",
        "⚠️ En {path} no se {count:puede|pueden} leer {count} {count:sesión|sesiones} ({ids}; "
        "{problem}): todo lo demás está, y latido verify dice qué hacer",
        "⚠️ In {path}, {count} {count:session|sessions} cannot be read ({ids}; {problem}): all "
        "others are there, and latido verify says what to do",
    ),
    "ledger.none_lost": Sentence(
        "path count problem",
        "⚠️ {path} está dañado ({problem}): las sesiones están todas, y latido verify dice qué "
        "hacer",
        "⚠️ {path} is damaged ({problem}): all sessions are there all the same, and latido verify "
        "says what to do",
    ),
    "ledger.lost": Sentence(
        "path count problem",
        "⚠️ {path} está dañado ({problem}): en él {count:se pierde|se pierden} {count} "
        "{count:sesión|sesiones}; todas las demás están, y latido verify dice qué hacer",
        "⚠️ {path} is damaged ({problem}): {count} {count:session|sessions} in it cannot be read; "
        "all others are there, and latido verify says what to do",
    ),
    "ledger.lost_at_least": Sentence(
        "path count problem",
        "⚠️ {path} está dañado ({problem}), sus índices también: en él {count:se pierde|se pierden} "
        "al menos {count} {count:sesión|sesiones}; está lo que se ha podido leer, y latido verify "
        "dice qué hacer",
        "⚠️ {path} is damaged ({problem}), its indexes too: at least {count} "
        "{count:session|sessions} in it cannot be read; what can be is there, and latido verify "
        "says what to do",
    ),
    "ledger.lost_some": Sentence(
        "path problem",
        "⚠️ {path} está dañado ({problem}), sus índices también: no se sabe cuántas sesiones se "
        "pierden en él; está lo que se ha podido leer, y latido verify dice qué hacer",
        "⚠️ {path} is damaged ({problem}), its indexes too: how many sessions in it cannot be read "
        "is not known; what can be is there, and latido verify says what to do",
    ),
    "restore.done": Sentence(
        "path used", "{path} tiene ahora lo mismo que {used}.", "{path} holds what {used} holds."
    ),
    "restore.kept": Sentence(
        "kept_as", "Lo que había queda en {kept_as}.", "What was there is kept in {kept_as}."
    ),
    "export.done": Sentence(
        "sessions", "Sesiones escritas: {sessions}.", "Sessions written: {sessions}."
    ),
    "export.cooldown": Sentence(
        "guild_id until",
        "Se guarda además: ningún aviso de entrada en el servidor {guild_id} antes de {until}.",
        "Held besides: no entry notice in server {guild_id} before {until}.",
    ),
    "export.opted_out": Sentence(
        "", "Se guarda además: que no quiere aparecer.", "Held besides: that they opted out."
    ),
    "import.done": Sentence(
        "added known broken",
        "Sesiones añadidas: {added}; ya estaban: {known}; no se pueden leer: {broken}.",
        "Sessions taken over: {added}; there already: {known}; not readable: {broken}.",
    ),
    "import.broken_line": Sentence(
        "path line problem",
        "en {path} no se puede leer la línea {line}: {problem}",
        "line {line} of {path} cannot be read: {problem}",
    ),
    "import.broken_row": Sentence(
        "path line problem",
        "en {path} no se puede leer la fila {line}: {problem}",
        "row {line} of {path} cannot be read: {problem}",
    ),
    "import.broken_entry": Sentence(
        "path entry problem",
        "en {path} no se puede leer {entry}: {problem}",
        "{entry} of {path} cannot be read: {problem}",
    ),
    "totals.nothing": Sentence("", "No hay tiempo que mostrar.", "No time to show."),
    "forget.done": Sentence(
        "records sessions parties",
        "Borrado: sesiones acabadas {records}, en marcha {sessions}; fuera de parties: {parties}.",
        "Removed: ended sessions {records}, live sessions {sessions}; left out of parties: "
        "{parties}.",
    ),
    "forget.cleaned": Sentence("path", "Quitado de {path}.", "Left out of {path}."),
    "forget.removed": Sentence(
        "path",
        "Borrado {path}, de donde no se puede quitar nada.",
        "Removed {path}, which nothing can be left out of.",
    ),
    "forget.elsewhere": Sentence(
        "",
        "Las copias y exportaciones que estén fuera de la carpeta son cosa tuya.",
        "Backups and exports outside the folder are yours to look after.",
    ),
    "opt_out.done": Sentence(
        "user_id",
        "A la persona {user_id} ya no se la sigue.",
        "The person {user_id} is not tracked any more.",
    ),
    "opt_out.before": Sentence(
        "user_id",
        "A la persona {user_id} no se la sigue, como antes.",
        "The person {user_id} is not tracked, as before.",
    ),
    "opt_out.live": Sentence(
        "sessions",
        "Sesiones suyas en marcha: {sessions}. El próximo arranque del bot las anota, hasta donde "
        "se la vio por última vez.",
        "Live sessions of theirs: {sessions}. The bot's next start writes them down, up to where "
        "they were last seen.",
    ),
    "opt_out.undone": Sentence(
        "user_id",
        "A la persona {user_id} se la sigue otra vez.",
        "The person {user_id} is tracked again.",
    ),
    "opt_out.undone_before": Sentence(
        "user_id",
        "A la persona {user_id} se la sigue, como antes.",
        "The person {user_id} is tracked, as before.",
    ),
    "prune.done": Sentence(
        "sessions", "Sesiones borradas: {sessions}.", "Sessions removed: {sessions}."
    ),
}

CLI_SENTENCES: dict[str, Sentence] = {**_TABLE, **_DONE}
