"""What the log says of sessions, checks and files, in both languages."""

from __future__ import annotations

from integrations.words.connection_sentences import CONNECTION_SENTENCES
from integrations.words.doing import PLAYED, PLAYING, SIGN
from integrations.words.sentence import Sentence

__all__ = ["LOG_SENTENCES"]

_SAVED: dict[str, Sentence] = {
    "voice": Sentence(
        "username channel seconds",
        "💾 Tiempo guardado: {username} estuvo en 👥 {channel} por {seconds:duration}",
        "💾 Time saved: {username} was in 👥 {channel} for {seconds:duration}",
    ),
    "game": Sentence(
        "username game activity seconds",
        f"💾 Tiempo guardado: {{username}} {PLAYED.es} {SIGN} {{game}} por {{seconds:duration}}",
        f"💾 Time saved: {{username}} {PLAYED.en} {SIGN} {{game}} for {{seconds:duration}}",
    ),
    "party": Sentence(
        "game players seconds",
        "💾 Tiempo guardado: party de 🎮 {game}, {players} {players:jugador|jugadores} en total, "
        "por {seconds:duration}",
        "💾 Time saved: party of 🎮 {game}, {players} {players:player|players} in all, "
        "for {seconds:duration}",
    ),
}
"""What was saved, by kind."""

_HOW_SURE: dict[str, Sentence] = {
    "saved": Sentence("", "", ""),
    "saved_about": Sentence("uncertain", " (± {uncertain:duration})", " (± {uncertain:duration})"),
    "saved_or_more": Sentence(
        "uncertain more",
        " (± {uncertain:duration}: pudo seguir hasta {more:duration} más, pero nada lo prueba)",
        " (± {uncertain:duration}: perhaps up to {more:duration} longer, which nothing proves)",
    ),
    "saved_or_earlier": Sentence(
        "uncertain earlier",
        " (± {uncertain:duration}: pudo empezar hasta {earlier:duration} antes, pero nada lo "
        "prueba)",
        " (± {uncertain:duration}: perhaps begun up to {earlier:duration} earlier, which nothing "
        "proves)",
    ),
    "saved_or_earlier_or_more": Sentence(
        "uncertain earlier more",
        " (± {uncertain:duration}: pudo empezar hasta {earlier:duration} antes y seguir hasta "
        "{more:duration} más, pero nada lo prueba)",
        " (± {uncertain:duration}: perhaps begun up to {earlier:duration} earlier, and up to "
        "{more:duration} longer, which nothing proves)",
    ),
    "saved_partly_or_more": Sentence(
        "uncertain more",
        " (± {uncertain:duration}: parte no se sabe, y pudo seguir hasta {more:duration} más, pero "
        "nada lo prueba)",
        " (± {uncertain:duration}: part of it is unknown, and perhaps it went on up to "
        "{more:duration} longer, which nothing proves)",
    ),
    "saved_partly_or_earlier": Sentence(
        "uncertain earlier",
        " (± {uncertain:duration}: parte no se sabe, y pudo empezar hasta {earlier:duration} "
        "antes, pero nada lo prueba)",
        " (± {uncertain:duration}: part of it is unknown, and perhaps it began up to "
        "{earlier:duration} earlier, which nothing proves)",
    ),
    "saved_partly_or_earlier_or_more": Sentence(
        "uncertain earlier more",
        " (± {uncertain:duration}: parte no se sabe, y pudo empezar hasta {earlier:duration} antes "
        "y seguir hasta {more:duration} más, pero nada lo prueba)",
        " (± {uncertain:duration}: part of it is unknown, and perhaps it began up to "
        "{earlier:duration} earlier, and went on up to {more:duration} longer, which nothing "
        "proves)",
    ),
    "saved_unbounded": Sentence("", " (inicio desconocido)", " (start unknown)"),
    "saved_unbounded_or_more": Sentence(
        "more",
        " (inicio desconocido; pudo seguir hasta {more:duration} más, pero nada lo prueba)",
        " (start unknown; perhaps up to {more:duration} longer, which nothing proves)",
    ),
}
"""How sure that is: the ends of those sentences, by the first part of their key."""

_SAVED_SURELY: dict[str, Sentence] = {
    f"{key}.{kind}": Sentence(
        f"{saved.values} {sure.values}".rstrip(), saved.es + sure.es, saved.en + sure.en
    )
    for key, sure in _HOW_SURE.items()
    for kind, saved in _SAVED.items()
}

_SESSIONS: dict[str, Sentence] = {
    "recovered.voice": Sentence(
        "username channel",
        "🔧 Recuperando sesión perdida: {username} en {channel}",
        "🔧 Recovering lost session: {username} in {channel}",
    ),
    "recovered.game": Sentence(
        "username game activity",
        f"🔧 Recuperando sesión perdida: {{username}} {PLAYING.es} {{game}}",
        f"🔧 Recovering lost session: {{username}} {PLAYING.en} {{game}}",
    ),
    "recovered.party": Sentence(
        "game players",
        "🔧 Recuperando party perdida: {game} con {players} {players:jugador|jugadores}",
        "🔧 Recovering lost party: {game} with {players} {players:player|players}",
    ),
    "goes_on.party": Sentence(
        "game players seconds",
        "⏩ La party sigue: {game}, guardado lo de hasta aquí ({seconds:duration}) con {players} "
        "{players:jugador|jugadores}",
        "⏩ The party goes on: {game}, saved so far ({seconds:duration}) with {players} "
        "{players:player|players}",
    ),
    "orphaned.voice": Sentence(
        "username channel",
        "🔧 Sesión huérfana detectada: {username} en voz",
        "🔧 Orphaned session detected: {username} in voice",
    ),
    "orphaned.game": Sentence(
        "username game activity",
        f"🔧 Sesión huérfana detectada: {{username}} {PLAYING.es} {{game}}",
        f"🔧 Orphaned session detected: {{username}} {PLAYING.en} {{game}}",
    ),
    "orphaned.party": Sentence(
        "game players",
        "🔧 Party huérfana detectada: {game}",
        "🔧 Orphaned party detected: {game}",
    ),
    "restored.voice": Sentence(
        "username channel",
        "🔄 Sesión de voz restaurada: {username} en {channel}",
        "🔄 Voice session restored: {username} in {channel}",
    ),
    "restored.game": Sentence(
        "username game activity",
        f"🔄 Sesión de juego restaurada: {{username}} {PLAYING.es} {{game}}",
        f"🔄 Game session restored: {{username}} {PLAYING.en} {{game}}",
    ),
    "restored.party": Sentence(
        "game players",
        "🔄 Sesión de party restaurada: {game} con {players} {players:jugador|jugadores}",
        "🔄 Party session restored: {game} with {players} {players:player|players}",
    ),
    "restored.none": Sentence(
        "",
        "🔄 No hay sesiones previas para restaurar",
        "🔄 No earlier sessions to restore",
    ),
    "restored.known": Sentence(
        "count",
        "🔄 {count} {count:sesión|sesiones} ya {count:estaba guardada|estaban guardadas}",
        "🔄 {count} {count:session was|sessions were} saved already",
    ),
    "forbidden": Sentence(
        "session_id kind state trigger",
        "❌ La sesión {session_id} ({kind}) está en {state}, donde {trigger} no está permitido",
        "❌ Session {session_id} ({kind}) is {state}, where {trigger} is not allowed",
    ),
    "session_error": Sentence(
        "session_id kind error",
        "❌ Error en la sesión {session_id} ({kind}): {error}",
        "❌ Error in session {session_id} ({kind}): {error}",
    ),
}

_CHECK: dict[str, Sentence] = {
    "check.activated": Sentence(
        "",
        "🏥 Health check activado (hay sesiones activas)",
        "🏥 Health check activated (there are active sessions)",
    ),
    "check.deactivated": Sentence(
        "",
        "🏥 Health check desactivado (no hay sesiones activas)",
        "🏥 Health check deactivated (there are no active sessions)",
    ),
    "check.started": Sentence(
        "",
        "🏥 Iniciando health check de sesiones...",
        "🏥 Starting health check of sessions...",
    ),
    "check.ok": Sentence(
        "",
        "✅ Health check completado: Todo OK",
        "✅ Health check completed: All OK",
    ),
    "check.partly": Sentence(
        "count",
        "🏥 Health check completado: nada que arreglar, pero {count} "
        "{count:sesión quedó|sesiones quedaron} sin respuesta",
        "🏥 Health check completed: nothing to repair, but {count} "
        "{count:session|sessions} could not be answered for",
    ),
    "check.repaired": Sentence(
        "voice games parties",
        "🔧 Health check completado: {voice} voice, {games} games, {parties} parties arregladas",
        "🔧 Health check completed: {voice} voice, {games} games, {parties} parties repaired",
    ),
    "check.unknown": Sentence(
        "count",
        "🏥 Discord no puede decir nada de {count} {count:sesión|sesiones}: siguen como están",
        "🏥 Discord cannot tell about {count} {count:session|sessions}: nothing changes there",
    ),
    "check.cut_off": Sentence(
        "seconds",
        "🏥 El health check tardó más de {seconds:duration} y se cortó: lo que falta sigue como "
        "está hasta el próximo",
        "🏥 The health check took more than {seconds:duration} and was cut off: the rest stays as "
        "it is until the next",
    ),
    "check.figures": Sentence(
        "tracked drift unknown seconds lag exceptions",
        "🏥 Health check: {tracked} seguidas, {drift} desviadas, {unknown} desconocidas; tardó "
        "{seconds} s, con {lag} s de retraso; {exceptions} errores hasta ahora",
        "🏥 Health check: {tracked} tracked, {drift} off, {unknown} unknown; took {seconds} s, "
        "{lag} s late; {exceptions} errors so far",
    ),
    "check.failed": Sentence(
        "error",
        "❌ Error en health check: {error}",
        "❌ Error in health check: {error}",
    ),
}

_STORAGE: dict[str, Sentence] = {
    "persisted": Sentence(
        "count",
        "💾 {count} {count:sesión persistida|sesiones persistidas}",
        "💾 {count} {count:session|sessions} persisted",
    ),
    "persist.failed": Sentence(
        "error",
        "❌ Error al persistir sesiones: {error} Nada se pierde mientras el bot siga: "
        "haz sitio en DATA_DIR o devuélvele el permiso de escritura",
        "❌ Error persisting sessions: {error} Nothing is lost while the bot runs",
    ),
    "persist.damaged": Sentence(
        "error",
        "❌ Error al persistir sesiones: {error} Nada se pierde mientras el bot siga: guarda lo "
        "que se pueda leer con latido export --output ARCHIVO y mueve latido.db a otro sitio; el "
        "bot empieza uno nuevo y escribe en él lo que espera",
        "❌ Error persisting sessions: {error} Nothing is lost while the bot runs: once latido.db "
        "is moved away, it writes what waits to a new one",
    ),
    "persist.locked": Sentence(
        "error",
        "❌ Error al persistir sesiones: {error} Nada se pierde mientras el bot siga: otro "
        "programa tiene latido.db ocupado; ciérralo",
        "❌ Error persisting sessions: {error} Nothing is lost while the bot runs",
    ),
    "persist.put_by.failed": Sentence(
        "error",
        "❌ Error al persistir sesiones terminadas: {error} Nada se pierde, ni si el bot se "
        "reinicia (si lo matan, quizá lo que acaba de terminar): "
        "haz sitio en DATA_DIR o devuélvele el permiso de escritura",
        "❌ Error persisting ended sessions: {error} Nothing is lost, nor if the bot is restarted "
        "(a kill may cost what has just ended)",
    ),
    "persist.put_by.damaged": Sentence(
        "error",
        "❌ Error al persistir sesiones terminadas: {error} Nada se pierde, ni si el bot se "
        "reinicia (si lo matan, quizá lo que acaba de terminar): "
        "guarda lo que se pueda leer con latido export --output ARCHIVO y mueve "
        "latido.db a otro sitio; el bot empieza uno nuevo y escribe en él lo que espera",
        "❌ Error persisting ended sessions: {error} Nothing is lost, nor if the bot is restarted "
        "(a kill may cost what has just ended): "
        "once latido.db is moved away, it writes what waits to a new one",
    ),
    "persist.put_by.locked": Sentence(
        "error",
        "❌ Error al persistir sesiones terminadas: {error} Nada se pierde, ni si el bot se "
        "reinicia (si lo matan, quizá lo que acaba de terminar): "
        "otro programa tiene latido.db ocupado; ciérralo",
        "❌ Error persisting ended sessions: {error} Nothing is lost, nor if the bot is restarted "
        "(a kill may cost what has just ended)",
    ),
    "persist.given_up": Sentence(
        "count",
        "❌ Esperan {count} sesiones sin poder escribirse: no caben más en memoria, y las que "
        "terminen desde ahora se pierden; haz ya lo que dice el error de antes",
        "❌ {count} sessions wait to be written: memory holds no more, and those that end from "
        "now on are lost; do now what the error before this says",
    ),
    "persist.given_up.lines": Sentence(
        "count",
        "❌ Esperan {count} líneas del log hasta que se escriba de qué hablan: no caben más en "
        "memoria, y las que vengan desde ahora no saldrán",
        "❌ {count} lines of the log wait until what they tell of is written: memory holds no "
        "more, and those that come from now on are left out",
    ),
    "persist.given_up.events": Sentence(
        "count",
        "❌ Esperan {count} eventos del bot hasta que se escriba de qué hablan: no caben más en "
        "memoria, y de los que vengan desde ahora nadie sabrá",
        "❌ {count} events of the bot wait until what they tell of is written: memory holds no "
        "more, and nobody hears of those that come from now on",
    ),
    "persist.lost": Sentence(
        "count",
        "❌ Mientras no se pudo escribir {count:se perdió|se perdieron} {count} "
        "{count:sesión|sesiones}",
        "❌ While nothing could be written, {count} {count:session was|sessions were} lost",
    ),
    "persist.lost.lines": Sentence(
        "count",
        "❌ Mientras no se pudo escribir {count:no salió|no salieron} {count} "
        "{count:línea|líneas} del log",
        "❌ While nothing could be written, {count} {count:line|lines} of the log "
        "{count:was|were} left out",
    ),
    "persist.lost.events": Sentence(
        "count",
        "❌ Mientras no se pudo escribir {count:se perdió|se perdieron} {count} "
        "{count:evento|eventos} del bot",
        "❌ While nothing could be written, {count} {count:event|events} of the bot "
        "{count:was|were} lost",
    ),
    "retention.removed": Sentence(
        "count",
        "🧹 {count} {count:sesión antigua borrada|sesiones antiguas borradas} (keep_days)",
        "🧹 {count} old {count:session|sessions} removed (keep_days)",
    ),
    "retention.failed": Sentence(
        "error",
        "🧹 No se pudieron borrar sesiones antiguas: {error}",
        "🧹 Old sessions could not be removed: {error}",
    ),
    "persist.again": Sentence(
        "",
        "✅ Otra vez se puede escribir en DATA_DIR: todo está persistido",
        "✅ DATA_DIR can be written again: everything is persisted",
    ),
    "persist.unsaved.put_by": Sentence(
        "error",
        "❌ El bot se detiene sin que latido.db tenga todo lo terminado: {error} Nada se pierde: "
        "el próximo arranque vuelve a probar",
        "❌ The bot stops and latido.db lacks some of what has ended: {error} Nothing is lost: the "
        "next start tries again",
    ),
    "persist.unsaved": Sentence(
        "error",
        "❌ El bot se detiene sin poder persistir: {error} El próximo arranque sigue desde lo "
        "último que quedó escrito",
        "❌ The bot stops without being able to persist: {error} The next start goes on from what "
        "was written last",
    ),
    "storage.unreadable": Sentence(
        "path kept_as problem",
        "⚠️ No se puede leer {path} ({problem}): queda guardado como {kept_as}; míralo antes "
        "de borrarlo",
        "⚠️ {path} cannot be read ({problem}): it is kept as {kept_as}; look at it before "
        "deleting it",
    ),
    "ledger.damaged": Sentence(
        "path problem",
        "⚠️ {path} está dañado ({problem}): guarda lo que se pueda leer con latido export --output "
        "ARCHIVO y mueve latido.db a otro sitio; el bot empieza uno nuevo, y latido import ARCHIVO "
        "le añade lo guardado",
        "⚠️ {path} is damaged ({problem}): save what can be read with latido export --output FILE, "
        "then move latido.db away; the bot begins a new one, and latido import FILE adds what was "
        "saved",
    ),
    "ledger.read_only": Sentence(
        "path",
        "⚠️ En {path} no se puede escribir: devuélvele el permiso de escritura; lo que termine "
        "espera a su lado mientras tanto",
        "⚠️ {path} may not be written: make it writable; what ends waits beside it meanwhile",
    ),
    "storage.previous": Sentence(
        "path used",
        "⚠️ En lugar de {path} se usa {used}, el anterior que estaba bien",
        "⚠️ Instead of {path}, {used} is used, the previous good one",
    ),
    "storage.missing": Sentence(
        "path used",
        "⚠️ Falta {path}: se usa {used}, el anterior que estaba bien",
        "⚠️ {path} is missing: {used} is used, the previous good one",
    ),
    "storage.entry": Sentence(
        "path entry kept_as problem",
        "⚠️ En {path} no se puede leer {entry} ({problem}): lo demás se restaura, y el archivo "
        "entero queda como {kept_as}",
        "⚠️ In {path}, {entry} cannot be read ({problem}): the rest is restored, and the whole "
        "file is kept as {kept_as}",
    ),
    "storage.damaged": Sentence(
        "path problem",
        "⚠️ No se puede leer {path} ({problem}): se queda como está; `latido verify` dice qué "
        "hacer, y el bot lo apartará cuando arranque",
        "⚠️ {path} cannot be read ({problem}): it stays as it is; `latido verify` says what "
        "to do, and the bot sets it aside when it starts",
    ),
    "storage.damaged_entry": Sentence(
        "path entry problem",
        "⚠️ En {path} no se puede leer {entry} ({problem}): se sigue sin eso, y "
        "el bot guardará aparte el archivo entero cuando arranque",
        "⚠️ In {path}, {entry} cannot be read ({problem}): it is left out, and "
        "the bot keeps the whole file aside when it starts",
    ),
    "storage.proposal": Sentence(
        "path kept_as sessions",
        "🔄 {path} estaba en el formato antiguo: {sessions} {sessions:sesión|sesiones} pasan al "
        "nuevo, y el archivo queda como {kept_as}",
        "🔄 {path} was in the old format: {sessions} {sessions:session is|sessions are} taken "
        "over, and the file is kept as {kept_as}",
    ),
}

LOG_SENTENCES: dict[str, Sentence] = {
    **_SESSIONS,
    **_SAVED_SURELY,
    **_CHECK,
    **_STORAGE,
    **CONNECTION_SENTENCES,
}
