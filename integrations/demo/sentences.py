"""Everything the demo itself says, in Spanish and in English.

What the bot says beside it comes from the bot, out of :mod:`integrations.words.catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.demo.story_sentences import STORY_SENTENCES
from integrations.words.sentence import Sentence
from integrations.words.wording import fill, with_decimal_sign

if TYPE_CHECKING:
    from integrations.words.wording import Language, Value

__all__ = ["SENTENCES", "decimal", "tell"]


def tell(language: Language, key: str, /, **values: Value) -> str:
    """Return the sentence ``key`` in ``language`` with ``values`` in it.

    Raises:
        KeyError: no sentence has that key, or a value is missing.
    """
    return fill(language, SENTENCES[key].template(language), values)


def decimal(language: Language, value: float, *, signed: bool = False) -> str:
    """Return a number with one decimal place, "12,5" or "12.5"; ``signed`` shows a plus too."""
    tenths = round(value, 1) + 0.0  # never "-0.0"
    text = f"{tenths:+.1f}" if signed and tenths else f"{tenths:.1f}"
    return with_decimal_sign(language, text.replace("-", "\N{MINUS SIGN}"))


_OPENING: dict[str, Sentence] = {
    "opening.title": Sentence(
        "", "Latido: una velada en un minuto", "Latido: an evening in a minute"
    ),
    "opening.other_language": Sentence(
        "program",
        "In English: {program} demo --language en",
        "En español: {program} demo --language es",
    ),
    "opening.what": Sentence(
        "",
        "Latido es un bot de Discord que apunta quién está en un canal de voz, quién juega a "
        "qué y qué grupos juegan juntos (una «party»), y durante cuánto tiempo.",
        "Latido is a Discord bot that writes down who is in a voice channel, who plays what, "
        'which groups play together (a "party"), and for how long.',
    ),
    "opening.real": Sentence(
        "",
        "Aquí habla con un Discord de mentira que corre en esta máquina: ni token, ni red. Todo "
        "lo demás es de verdad: el mismo bot que arranca `latido run`, en un proceso aparte, "
        "con conexiones, muerte y reinicio de verdad.",
        "Here it talks to a stand-in for Discord on this machine: no token, no network. All "
        "else is real: the very bot that `latido run` starts, in a process of its own, with "
        "real connections, a real death and a real restart.",
    ),
    "opening.rival": Sentence(
        "",
        "A su lado corre otro bot, que solo escucha eventos: empieza a contar cuando oye que "
        "alguien entra y para cuando oye que sale. Ve lo mismo y muere en el mismo instante. "
        "Al final se compara lo que apuntó cada uno con lo que pasó de verdad.",
        "Beside it runs another bot, which only listens to events: it starts to count when it "
        "hears somebody come and stops when it hears them leave. It sees the same and dies at "
        "the same instant. At the end, what each wrote down is compared with what really "
        "happened.",
    ),
    "opening.clock": Sentence(
        "",
        "El reloj va deprisa: un segundo de los tuyos es un minuto de la velada. El bot cuenta "
        "los tuyos: donde escribe «por 12 s», son 12 minutos de la velada.",
        "The clock runs fast: one second of yours is one minute of the evening. The bot counts "
        'yours: where it writes "for 12 s", that is 12 minutes of the evening.',
    ),
    "opening.as_by_default": Sentence(
        "health_check_every heartbeat_every voice_grace voice_cooldown game_cooldown "
        "party_cooldown",
        "Con el reloj se acortan los ajustes del bot. Estos son, en tiempo de la velada, los de "
        "serie: comprueba todo cada {health_check_every} min (health_check_every), anota que sigue "
        "mirando cada {heartbeat_every} min (heartbeat_every), espera {voice_grace} min a quien "
        "salió de voz (voice_grace), y entre un aviso y otro de lo mismo pasan {voice_cooldown}, "
        "{game_cooldown} o {party_cooldown} min (voice_cooldown, game_cooldown, party_cooldown).",
        "The bot's settings are shortened with the clock. These are, in time of the evening, the "
        "defaults: it checks everything every {health_check_every} min (health_check_every), "
        "notes that it is watching every {heartbeat_every} min (heartbeat_every), waits "
        "{voice_grace} min for whoever left voice (voice_grace), and lets {voice_cooldown}, "
        "{game_cooldown} or {party_cooldown} min pass between two notices of the same "
        "(voice_cooldown, game_cooldown, party_cooldown).",
    ),
    "opening.of_its_own": Sentence(
        "announce_after confirm_after game_grace party_grace event_delay default_announce_after "
        "default_confirm_after default_game_grace default_party_grace default_event_delay",
        "Estos no son los de serie, para que quepan en la velada: avisa en el chat al cabo de "
        "{announce_after} min (announce_after; de serie, {default_announce_after:duration}), "
        "cuenta una estancia desde los {confirm_after} min (confirm_after; "
        "{default_confirm_after:duration}), espera {game_grace} min a quien dejó un juego "
        "(game_grace; {default_game_grace:duration}) y {party_grace} min a una party que se "
        "quedó sin gente (party_grace; {default_party_grace:duration}). A un evento le da "
        "{event_delay} s de los tuyos para llegar (event_delay; {default_event_delay:duration}).",
        "These are not the defaults, so that the evening has room for them: it tells the chat "
        "after {announce_after} min (announce_after; by default "
        "{default_announce_after:duration}), counts a stay from {confirm_after} min on "
        "(confirm_after; {default_confirm_after:duration}), waits {game_grace} min for whoever "
        "left a game (game_grace; {default_game_grace:duration}) and {party_grace} min for a "
        "party that lacks players (party_grace; {default_party_grace:duration}). It gives an "
        "event {event_delay} s of yours to arrive (event_delay; {default_event_delay:duration}).",
    ),
    "opening.legend": Sentence("", "Cómo leerlo:", "How to read it:"),
    "opening.legend.happens": Sentence(
        "", "lo que pasa en el servidor", "what happens on the server"
    ),
    "opening.legend.log": Sentence(
        "", "lo que escribe el bot en su registro", "what the bot writes into its log"
    ),
    "opening.legend.chat": Sentence(
        "", "lo que el bot publica en el chat", "what the bot posts in the chat"
    ),
    "opening.legend.means": Sentence("", "qué significa", "what it means"),
    "place.notices": Sentence("", "avisos", "notices"),
    "opening.starting": Sentence(
        "", "Arrancando los dos bots…", "Starting the two bots…"
    ),
    "opening.started": Sentence(
        "pid rival_pid",
        "Conectados: Latido es el proceso {pid}, el otro bot el {rival_pid}.",
        "Connected: Latido is process {pid}, the other bot {rival_pid}.",
    ),
}  # fmt: skip

_TABLE: dict[str, Sentence] = {
    "table.title": Sentence(
        "", "La velada en minutos: lo que pasó y lo que apuntó cada bot",
        "The evening in minutes: what happened and what each bot wrote down",
    ),
    "table.who": Sentence("", "quién", "who"),
    "table.what": Sentence("", "qué", "what"),
    "table.truth": Sentence("", "verdad", "truth"),
    "table.latido": Sentence("", "Latido", "Latido"),
    "table.error": Sentence("", "error", "error"),
    "table.margin": Sentence("", "su ±", "its ±"),
    "table.within": Sentence("", "¿dentro?", "within?"),
    "table.rival": Sentence("", "solo eventos", "events only"),
    "table.voice": Sentence("", "en voz", "in voice"),
    "table.party": Sentence("players", "party de {players}", "party of {players}"),
    "table.total": Sentence("", "total", "total"),
    "table.yes": Sentence("", "✓ sí", "✓ yes"),
    "table.no": Sentence("", "✗ no", "✗ no"),
    "table.unbounded": Sentence("", "?", "?"),
    "table.errors": Sentence(
        "",
        "«error» es lo apuntado menos la verdad; en el total, la suma de todos sin sus signos.",
        '"error" is what was written down less the truth; in the total, the sum of them without '
        "their signs.",
    ),
    "table.margins": Sentence(
        "check",
        "«su ±» es cuánto dice Latido que puede equivocarse como mucho (la suma de los ± de sus "
        "líneas en el registro), y «¿dentro?» si la verdad cae ahí. Suma todo lo que quedó sin "
        "prueba en el evento perdido, la avería y la muerte: cada vez, desde la última vez que a "
        "alguien se le vio (un evento suyo o una comprobación, cada {check} minutos) hasta la "
        "siguiente. Por eso es más que lo que duraron, y casi siempre mucho más que el error.",
        '"its ±" is how far off Latido says it can be at most (the sum of the ± of its lines in '
        'the log), and "within?" whether the truth lies there. It adds up all that is without '
        "proof around the lost event, the outage and the death: each time from when somebody was "
        "last seen (an event of theirs, or a check, every {check} minutes) to when they were seen "
        "again. So it is more than those took, and mostly far more than the error.",
    ),
    "table.short": Sentence(
        "visits confirm counted",
        "Fuera de la tabla, para todos: {visits} {visits:visita|visitas} de menos de {confirm} "
        "minutos, que Latido descarta a propósito (el otro bot apuntó {counted}).",
        "Left out of the table, for all: {visits} {visits:visit|visits} of less than {confirm} "
        "minutes, which Latido drops on purpose (the other bot wrote down {counted}).",
    ),
    "table.summary": Sentence(
        "truth latido rival",
        "De {truth} minutos, Latido se equivoca en {latido}; el bot que solo escucha eventos, en "
        "{rival}.",
        "Of {truth} minutes, Latido gets {latido} wrong; the bot that only listens to events, "
        "{rival}.",
    ),
    "table.kept": Sentence(
        "",
        "✓ En todas las filas la verdad cae dentro del margen que Latido declaró.",
        "✓ In every row the truth lies within the margin that Latido stated.",
    ),
    "table.broken": Sentence(
        "rows",
        "✗ En {rows} {rows:fila|filas} la verdad cae fuera del margen que Latido declaró: esto "
        "es un error suyo, y nos gustaría saberlo.",
        "✗ In {rows} {rows:row|rows} the truth lies outside the margin that Latido stated: that "
        "is a defect, and we would like to hear of it.",
    ),
    "table.saved": Sentence("path", "La tabla está en {path}", "The table is in {path}"),
}  # fmt: skip

_NEXT: dict[str, Sentence] = {
    "next.title": Sentence("", "Y ahora", "What next"),
    "next.keep": Sentence(
        "program",
        "Para guardarla:   {program} demo --keep velada   # y al acabar dice cómo mirarla",
        "To keep it:       {program} demo --language en --keep evening   # and how to look at it",
    ),
    "next.kept": Sentence(
        "path", "Esta velada queda en {path}:", "This evening is kept in {path}:"
    ),
    "next.history": Sentence(
        "program path",
        "  {program} history --data-dir {path}/data",
        "  {program} history --language en --data-dir {path}/data",
    ),
    "next.totals": Sentence(
        "program path",
        "  {program} totals Pino --data-dir {path}/data",
        "  {program} totals Pino --language en --data-dir {path}/data",
    ),
    "next.report": Sentence(
        "program path",
        "  {program} report --data-dir {path}/data --output {path}/report.html",
        "  {program} report --language en --data-dir {path}/data --output {path}/report.html",
    ),
    "next.verify": Sentence(
        "program path",
        "  {program} verify --data-dir {path}/data",
        "  {program} verify --language en --data-dir {path}/data",
    ),
    "next.run": Sentence(
        "program",
        "Con tu servidor:  DISCORD_TOKEN=… DATA_DIR=./data {program} run",
        "On your server:   DISCORD_TOKEN=… DATA_DIR=./data {program} run",
    ),
    "next.embed": Sentence(
        "",
        "Dentro de tu bot: from latido import SessionCog, Settings",
        "Inside your bot:  from latido import SessionCog, Settings",
    ),
    "next.cog": Sentence(
        "",
        "                  await bot.add_cog(SessionCog(bot, Settings()))  # discord.py",
        "                  await bot.add_cog(SessionCog(bot, Settings()))  # in discord.py",
    ),
    "next.help": Sentence(
        "program",
        "Lo demás:         {program} --help",
        "All the rest:     {program} --help",
    ),
}

_TROUBLE: dict[str, Sentence] = {
    "trouble.bot_ended": Sentence(
        "name status",
        "El proceso de {name} terminó por su cuenta (código {status}); sus últimas líneas "
        "están arriba.",
        "The process of {name} ended on its own (status {status}); its last lines are above.",
    ),
    "trouble.never": Sentence(
        "what seconds",
        "Se esperó en vano {seconds} s a que Latido escribiera: {what}",
        "Waited {seconds} s in vain for Latido to write: {what}",
    ),
    "trouble.never_posted": Sentence(
        "",
        "Se esperó en vano a que Latido publicara su aviso en el chat.",
        "Waited in vain for Latido to post its notice in the chat.",
    ),
    "trouble.never_deleted": Sentence(
        "",
        "Se esperó en vano a que Latido borrara su aviso del chat.",
        "Waited in vain for Latido to delete its notice from the chat.",
    ),
    "trouble.not_connected": Sentence(
        "seconds",
        "Los bots no se conectaron en {seconds} s: con la máquina menos ocupada, inténtalo otra "
        "vez.",
        "The bots did not connect within {seconds} s: try again when the machine is less busy.",
    ),
    "trouble.interrupted": Sentence(
        "",
        "Interrumpida: los bots están parados y no queda nada en el disco.",
        "Interrupted: the bots are stopped and nothing is left on the disk.",
    ),
    "trouble.interrupted_kept": Sentence(
        "path",
        "Interrumpida: los bots están parados; lo que apuntaron está en {path}.",
        "Interrupted: the bots are stopped; what they wrote down is in {path}.",
    ),
    "trouble.not_empty": Sentence(
        "path",
        "{path} no se puede usar para guardar la velada, pues no está vacía: da una carpeta nueva "
        "o vacía.",
        "{path} cannot be used to keep the evening, for it is not empty: name a folder that is "
        "new or empty.",
    ),
    "trouble.no_new_folder": Sentence(
        "path error",
        "{path} no se puede usar para guardar la velada ({error}): da una carpeta nueva o vacía.",
        "{path} cannot be used to keep the evening ({error}): name a folder that is new or empty.",
    ),
    "trouble.cannot_keep": Sentence(
        "path error",
        "{path} no se puede usar para guardar la velada ({error}): da una carpeta en un sitio "
        "donde puedas escribir.",
        "{path} cannot be used to keep the evening ({error}): name a folder in a place where you "
        "may write.",
    ),
    "trouble.cannot_save": Sentence(
        "path error",
        "En {path} no se puede escribir ({error}): guarda la tabla en otro archivo.",
        "{path} cannot be written ({error}): name another file for the table.",
    ),
    "trouble.no_folder": Sentence(
        "path",
        "No existe la carpeta de {path}: créala, o guarda la tabla en otra.",
        "The folder of {path} is not there: make it, or save the table elsewhere.",
    ),
}

SENTENCES: dict[str, Sentence] = {
    **_OPENING,
    **STORY_SENTENCES,
    **_TABLE,
    **_NEXT,
    **_TROUBLE,
}
"""All sentences by key."""
