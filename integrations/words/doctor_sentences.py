"""What ``latido doctor`` says, in both languages: what it found, and what there is to do."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["DOCTOR_SENTENCES"]

_PORTAL = "https://discord.com/developers/applications"

_CHECKS: dict[str, Sentence] = {
    "doctor.check.settings": Sentence("", "ajustes", "settings"),
    "doctor.check.version": Sentence("", "versión", "version"),
    "doctor.check.data_dir": Sentence("", "carpeta", "folder"),
    "doctor.check.disk": Sentence("", "disco", "disk"),
    "doctor.check.api": Sentence("", "api", "api"),
    "doctor.check.token": Sentence("", "token", "token"),
    "doctor.check.clock": Sentence("", "reloj", "clock"),
    "doctor.check.intents": Sentence("", "intents", "intents"),
    "doctor.check.gateway": Sentence("", "gateway", "gateway"),
    "doctor.check.guild": Sentence("", "servidor", "guild"),
}

_LOCAL: dict[str, Sentence] = {
    "doctor.settings.ok": Sentence(
        "",
        "los ajustes se entienden; todos tienen su valor por defecto",
        "the settings are understood; all are as by default",
    ),
    "doctor.settings.changed": Sentence(
        "names",
        "los ajustes se entienden; no tienen su valor por defecto: {names:names}",
        "the settings are understood; not as by default: {names:names}",
    ),
    "doctor.settings.bad": Sentence(
        "error",
        "los ajustes no se pueden usar: {error}",
        "the settings cannot be used: {error}",
    ),
    "doctor.settings.do": Sentence(
        "",
        "corrige latido.toml o la variable que se nombra; docs/settings.md dice qué se permite",
        "mend latido.toml or the variable named; docs/settings.md says what is allowed",
    ),
    "doctor.settings.parties": Sentence(
        "seconds check_every",
        "party_grace ({seconds:duration}) es menos que health_check_every "
        "({check_every:duration}): cada party queda desconocida desde la última comprobación, pues "
        "a quien sigue jugando solo lo ve la siguiente",
        "party_grace ({seconds:duration}) is less than health_check_every "
        "({check_every:duration}): each party stays unknown from the last check on, for only the "
        "next one sees whoever plays on",
    ),
    "doctor.settings.parties.do": Sentence(
        "",
        "si quieres sus tiempos más exactos, pon party_grace en health_check_every o más, o "
        "comprueba más a menudo",
        "for closer times set party_grace to health_check_every or more, or check more often",
    ),
    "doctor.settings.old_games": Sentence(
        "count",
        "con presences = false no se oye nada de {count} "
        "{count:juego o party que venía|juegos y parties que venían} de antes, y "
        "{count:sigue|siguen} en marcha: nadie sabe si {count:acabó|acabaron}",
        "with presences = false nothing is heard of {count} "
        "{count:game or party|games and parties} from before, and {count:it goes|they go} on: "
        "nobody knows whether {count:it is|they are} over",
    ),
    "doctor.settings.old_games.do": Sentence(
        "",
        "inicia el bot una vez con presences = true: ve quién sigue jugando y cierra lo demás",
        "start the bot once with presences = true: it sees who plays on, and closes the others",
    ),
    "doctor.version.ok": Sentence(
        "version", "discord.py {version}, como hace falta", "discord.py {version}, as needed"
    ),
    "doctor.version.bad": Sentence(
        "version",
        "discord.py {version}: Latido está hecho para la 2.7",
        "discord.py {version}: Latido is made for 2.7",
    ),
    "doctor.version.do": Sentence(
        "",
        "instala la que hace falta: pip install 'discord.py>=2.7,<2.8'",
        "install the one needed: pip install 'discord.py>=2.7,<2.8'",
    ),
    "doctor.internals.bad": Sentence(
        "what",
        "a este discord.py le falta {what}, que da las pruebas más frescas",
        "this discord.py has no {what}, which gives the freshest evidence",
    ),
    "doctor.data_dir.ok": Sentence(
        "path sessions",
        "{path} está en orden ({sessions} {sessions:sesión en marcha|sesiones en marcha})",
        "{path} is in order ({sessions} live {sessions:session|sessions})",
    ),
    "doctor.data_dir.new": Sentence(
        "path",
        "{path} no existe todavía: el bot la creará",
        "{path} does not exist yet: the bot will make it",
    ),
    "doctor.data_dir.nothing": Sentence(
        "path",
        "en {path} no hay nada de Latido todavía: el bot escribirá ahí",
        "there is nothing of Latido's in {path} yet: the bot will write there",
    ),
    "doctor.data_dir.no_ledger": Sentence(
        "path",
        "un bot ya trabajó en {path}, y ahí no está latido.db, o está vacío: su historial se borró "
        "o no se copió",
        "a bot has watched from {path}, and latido.db is not there, or empty: its history was "
        "removed, or not copied",
    ),
    "doctor.data_dir.no_ledger.do": Sentence(
        "",
        "latido restore COPIA --replace lo recupera; si no, el bot empieza otro",
        "latido restore BACKUP --replace brings it back; without it the bot begins another",
    ),
    "doctor.data_dir.no_folder": Sentence(
        "path", "{path} no es una carpeta", "{path} is not a folder"
    ),
    "doctor.data_dir.no_folder.do": Sentence(
        "",
        "pon en DATA_DIR una carpeta, o quita lo que ocupa su sitio",
        "set DATA_DIR to a folder, or remove what is in its place",
    ),
    "doctor.data_dir.read_only": Sentence(
        "path", "en {path} no se puede escribir", "{path} cannot be written to"
    ),
    "doctor.data_dir.read_only.do": Sentence(
        "path",
        "dale permiso de escritura al usuario del bot: chown o chmod u+rwx {path}",
        "let the bot's user write there: chown or chmod u+rwx {path}",
    ),
    "doctor.data_dir.unreadable": Sentence(
        "path",
        "este usuario no puede leer {path}",
        "{path} may not be read by this user",
    ),
    "doctor.data_dir.unreadable.do": Sentence(
        "path",
        "ejecuta esto como el usuario del bot; si lo es, dale permiso: chown o chmod u+rwx {path}",
        "run this as the bot's user; if it is that one, let it in: chown or chmod u+rwx {path}",
    ),
    "doctor.data_dir.other": Sentence(
        "path meant",
        "en {path} no hay nada de Latido, y en {meant} sí",
        "there is nothing of Latido's in {path}, and there is in {meant}",
    ),
    "doctor.data_dir.other.do": Sentence(
        "path meant",
        "pon DATA_DIR o --data-dir en {meant}; con {path} el bot empezaría de cero",
        "set DATA_DIR or --data-dir to {meant}; with {path} the bot would begin anew",
    ),
    "doctor.data_dir.open": Sentence(
        "path",
        "otros usuarios de la máquina pueden mirar en {path}",
        "other users of this machine can look into {path}",
    ),
    "doctor.data_dir.open.do": Sentence(
        "path", "ciérrala: chmod 700 {path}", "close it: chmod 700 {path}"
    ),
    "doctor.data_dir.broken": Sentence(
        "path count problem",
        "en {path} hay {count} {count:cosa|cosas} mal: {problem}",
        "{count} {count:thing is|things are} wrong in {path}: {problem}",
    ),
    "doctor.data_dir.broken.do": Sentence(
        "",
        "latido verify lo cuenta todo, y qué ayuda en cada caso",
        "latido verify tells all of it, and what helps with each",
    ),
    "doctor.disk.ok": Sentence("room", "quedan {room} de disco", "{room} of disk are free"),
    "doctor.disk.low": Sentence(
        "megabytes",
        "solo quedan {megabytes} MB de disco en DATA_DIR",
        "only {megabytes} MB of disk are free at DATA_DIR",
    ),
    "doctor.disk.do": Sentence(
        "",
        "haz sitio antes de que el bot no pueda escribir, o mueve DATA_DIR",
        "make room before the bot cannot write, or move DATA_DIR",
    ),
}

_DISCORD: dict[str, Sentence] = {
    "doctor.token.ok": Sentence(
        "name", "Discord acepta el token de {name}", "Discord accepts the token, of {name}"
    ),
    "doctor.token.bad": Sentence("", "Discord rechaza el token", "Discord refuses the token"),
    "doctor.token.missing": Sentence(
        "", "DISCORD_TOKEN no está puesto", "DISCORD_TOKEN is not set"
    ),
    "doctor.token.strange": Sentence(
        "",
        "DISCORD_TOKEN tiene caracteres que ningún token tiene",
        "DISCORD_TOKEN holds characters that no token has",
    ),
    "doctor.token.do": Sentence(
        "",
        f"pon en DISCORD_TOKEN uno que valga, de {_PORTAL} (tu aplicación, Bot, Reset Token)",
        f"put a valid one into DISCORD_TOKEN, from {_PORTAL} (your application, Bot, Reset Token)",
    ),
    "doctor.api.ok": Sentence(
        "url milliseconds",
        "{url} responde en {milliseconds} ms",
        "{url} answers in {milliseconds} ms",
    ),
    "doctor.api.bad": Sentence(
        "url", "DISCORD_API_URL es {url}, y no vale", "DISCORD_API_URL is {url}, which will not do"
    ),
    "doctor.api.bad.do": Sentence(
        "",
        "pon la base de la API con su versión, como https://discord.com/api/v10, o quítala",
        "set it to the API's base with its version, such as https://discord.com/api/v10, or unset "
        "it",
    ),
    "doctor.api.unreachable": Sentence(
        "url error", "no se llega a {url}: {error}", "{url} cannot be reached: {error}"
    ),
    "doctor.api.unreachable.do": Sentence(
        "",
        "revisa la red, el cortafuegos, el DNS y DISCORD_API_URL",
        "check the network, the firewall, the DNS and DISCORD_API_URL",
    ),
    "doctor.api.strange": Sentence(
        "url error",
        "{url} no responde como Discord: {error}",
        "{url} does not answer as Discord does: {error}",
    ),
    "doctor.api.strange.do": Sentence(
        "",
        "si es un fallo de Discord (https://discordstatus.com), espera; si hay un proxy delante, "
        "míralo; y si no, corrige DISCORD_API_URL",
        "if Discord has trouble (https://discordstatus.com), wait; if there is a proxy in front, "
        "look at it; otherwise mend DISCORD_API_URL",
    ),
    "doctor.api.limited": Sentence(
        "seconds",
        "Discord pide esperar {seconds:duration}: hubo demasiadas peticiones",
        "Discord asks to wait {seconds:duration}: there were too many requests",
    ),
    "doctor.api.limited.do": Sentence(
        "",
        "espera y vuelve a probar; si sigue, mira quién más usa este token",
        "wait and try again; if it goes on, see who else uses this token",
    ),
    "doctor.intents.ok": Sentence(
        "intents",
        "Discord permite lo que piden los ajustes: {intents:names}",
        "Discord allows what the settings ask for: {intents:names}",
    ),
    "doctor.intents.bad": Sentence(
        "intents", "Discord no permite {intents:names}", "Discord does not allow {intents:names}"
    ),
    "doctor.intents.do": Sentence(
        "settings",
        f"{{settings:actívalo|actívalos}} en {_PORTAL} (tu aplicación, Bot, Privileged Gateway "
        "Intents), o prescinde de {settings:él|ellos} con {settings:names}",
        f"switch {{settings:it|them}} on at {_PORTAL} (your application, Bot, Privileged Gateway "
        "Intents), or do without by {settings:names}",
    ),
    "doctor.clock.ok": Sentence(
        "seconds",
        "el reloj va con el de Discord (a {seconds:duration})",
        "the clock agrees with Discord's (to {seconds:duration})",
    ),
    "doctor.clock.ahead": Sentence(
        "seconds",
        "el reloj va {seconds:duration} por delante del de Discord",
        "the clock is {seconds:duration} ahead of Discord's",
    ),
    "doctor.clock.behind": Sentence(
        "seconds",
        "el reloj va {seconds:duration} por detrás del de Discord",
        "the clock is {seconds:duration} behind Discord's",
    ),
    "doctor.clock.unknown": Sentence(
        "", "Discord no dice qué hora es", "Discord does not say what time it is"
    ),
    "doctor.clock.do": Sentence(
        "",
        "ponlo en hora y que siga en hora: timedatectl set-ntp true",
        "set it, and keep it set: timedatectl set-ntp true",
    ),
    "doctor.gateway.ok": Sentence(
        "url shards count",
        "{url} saluda; {shards} {shards:shard recomendado|shards recomendados}, quedan {count} "
        "conexiones hoy",
        "{url} says hello; {shards} {shards:shard|shards} recommended, {count} connections left "
        "today",
    ),
    "doctor.gateway.silent": Sentence(
        "url error",
        "el gateway {url} no saluda: {error}",
        "the gateway {url} does not say hello: {error}",
    ),
    "doctor.gateway.silent.do": Sentence(
        "",
        "deja salir websockets (wss, puerto 443) en el cortafuegos o el proxy; si Discord tiene "
        "un fallo (https://discordstatus.com), espera",
        "let websockets out (wss, port 443) at the firewall or proxy; if Discord has trouble "
        "(https://discordstatus.com), wait",
    ),
    "doctor.gateway.spent": Sentence(
        "seconds",
        "no quedan conexiones por hoy: vuelven en {seconds:duration}",
        "no connections are left today: they come back in {seconds:duration}",
    ),
    "doctor.gateway.spent.do": Sentence(
        "",
        "no reinicies el bot hasta entonces, y busca por qué se reinicia tanto",
        "do not restart the bot until then, and find out why it restarts so often",
    ),
    "doctor.guilds.none": Sentence(
        "", "el bot no está en ningún servidor", "the bot is in no server"
    ),
    "doctor.guilds.none.do": Sentence("url", "invítalo: {url}", "invite it: {url}"),
    "doctor.guilds.some": Sentence(
        "guilds count",
        "está en {guilds} {guilds:servidor|servidores}; {count} sin mirar por falta de tiempo",
        "it is in {guilds} {guilds:server|servers}; {count} not looked at for want of time",
    ),
    "doctor.guild.ok": Sentence(
        "guild",
        "{guild}: tiene los permisos que hacen falta",
        "{guild}: has the permissions it needs",
    ),
    "doctor.guild.bad": Sentence("guild problem", "{guild}: {problem}", "{guild}: {problem}"),
    "doctor.guild.unknown": Sentence(
        "guild error",
        "{guild}: no se pudo mirar ({error})",
        "{guild}: could not be looked at ({error})",
    ),
    "doctor.guild.unknown.do": Sentence(
        "",
        "vuelve a probar en un rato; si sigue, mira si el bot sigue en ese servidor",
        "try again in a while; if it goes on, see whether the bot is still in that server",
    ),
    "doctor.guild.do": Sentence(
        "",
        "cambia los permisos del canal o del rol del bot en Discord",
        "change the permissions of the channel or of the bot's role in Discord",
    ),
    "doctor.summary.ok": Sentence("", "✅ Todo en orden", "✅ All is well"),
    "doctor.summary.note": Sentence(
        "count",
        "💬 Nada es imprescindible; {count} {count:nota dice|notas dicen} qué conviene hacer",
        "💬 Nothing has to be done; {count} {count:note says|notes say} what could be",
    ),
    "doctor.summary.act": Sentence(
        "count",
        "❌ {count} {count:cosa|cosas} por hacer",
        "❌ {count} {count:thing|things} to do",
    ),
}

DOCTOR_SENTENCES: dict[str, Sentence] = {**_CHECKS, **_LOCAL, **_DISCORD}
