"""Everything the demo itself says, in Spanish and in English.

What the bot says beside it comes from the bot, out of :mod:`integrations.words.catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from integrations.words.catalogue import Sentence
from integrations.words.wording import fill

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
    text = text.replace("-", "\N{MINUS SIGN}")
    match language:
        case "es":
            return text.replace(".", ",")
        case "en":
            return text
        case _:
            assert_never(language)


_OPENING: dict[str, Sentence] = {
    "opening.title": Sentence(
        "", "Latido: una velada en un minuto", "Latido: an evening in a minute"
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
    "opening.delays": Sentence(
        "announce confirm check",
        "Sus plazos también se encogen: avisa en el chat al cabo de {announce} min, cuenta una "
        "estancia desde los {confirm} min y comprueba todo cada {check} min (de serie: 3 "
        "segundos, 10 segundos y 10 minutos).",
        "Its delays shrink too: it tells the chat after {announce} min, counts a stay from "
        "{confirm} min on and checks everything every {check} min (by default: 3 seconds, 10 "
        "seconds and 10 minutes).",
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

_ORDINARY: dict[str, Sentence] = {
    "ordinary.title": Sentence("", "Una noche cualquiera", "A night like any other"),
    "ordinary.joins": Sentence(
        "who channel", "{who} entra a 👥 {channel}", "{who} joins 👥 {channel}"
    ),
    "ordinary.check": Sentence(
        "check",
        "Ya hay alguien a quien contar: el bot enciende su comprobación periódica (el «health "
        "check», cada {check} minutos). Cuando no quede nadie la apagará.",
        'There is somebody to count: the bot switches on its periodic check (the "health '
        'check", every {check} minutes). When nobody is left it will switch it off.',
    ),
    "ordinary.leaves_early": Sentence(
        "who", "{who} sale enseguida: se había equivocado", "{who} leaves at once: a mistake"
    ),
    "ordinary.too_short": Sentence(
        "confirm",
        "No llegó a {confirm} minutos, así que no cuenta: nada se guarda, y el aviso ya "
        "publicado se borra.",
        "It was less than {confirm} minutes, so it does not count: nothing is saved, and the "
        "notice already posted is deleted.",
    ),
    "ordinary.mutes": Sentence("who", "{who} se silencia", "{who} mutes their microphone"),
    "ordinary.moves": Sentence(
        "who channel", "{who} se pasa a 👥 {channel}", "{who} moves to 👥 {channel}"
    ),
    "ordinary.one_session": Sentence(
        "who since",
        "Ni silenciarse ni cambiar de canal parte la sesión: la de {who} sigue siendo una, "
        "desde las {since}.",
        "Neither muting nor moving breaks the session: {who}'s is still one, since {since}.",
    ),
    "ordinary.plays": Sentence("who game", "{who} abre 🎮 {game}", "{who} opens 🎮 {game}"),
    "ordinary.closes": Sentence("who game", "{who} cierra 🎮 {game}", "{who} closes 🎮 {game}"),
    "ordinary.party": Sentence(
        "",
        "Dos con el mismo juego: empieza una party. También se cuenta, con quién estuvo en "
        "ella y cuánto.",
        "Two with the same game: a party begins. It is counted as well, with who was in it and "
        "for how long.",
    ),
    "ordinary.grown": Sentence(
        "players", "La party crece: ya son {players}.", "The party grows: there are {players} now."
    ),
    "ordinary.shrunk": Sentence(
        "who grace",
        "El bot esperó {grace} minutos por si {who} volvía. No volvió, y sus minutos de juego "
        "quedan guardados; la espera no se cuenta. La party sigue con los otros dos.",
        "The bot waited {grace} minutes in case {who} came back. They did not, and their "
        "minutes of play are saved; the waiting is not counted. The party goes on with the "
        "other two.",
    ),
}

_LOST: dict[str, Sentence] = {
    "lost.title": Sentence("", "Discord pierde un evento", "Discord loses an event"),
    "lost.leaves": Sentence(
        "who",
        "{who} sale de voz, pero Discord no avisa a ningún bot",
        "{who} leaves voice, but Discord tells no bot",
    ),
    "lost.why": Sentence(
        "who",
        "Pasa de verdad, y nadie lo nota: para los dos bots {who} sigue ahí. Latido no se fía: "
        "en cada comprobación pregunta a Discord por cada persona.",
        "It really happens, and nobody notices: to both bots {who} is still there. Latido does "
        "not trust that: at each check it asks Discord about every person.",
    ),
    "lost.found": Sentence(
        "who",
        "Ha preguntado, y {who} no está: es una sesión «huérfana», su final no lo oyó nadie. "
        "La cierra en el último momento en que le constaba, no ahora. Lo que no puede saber, "
        "lo que va de aquel momento a este, lo declara como margen: es el ± de la tabla del "
        "final.",
        'It asked, and {who} is not there: the session is an "orphan", nobody heard its end. '
        "It is closed at the last moment Latido knew of, not now. What it cannot know, from "
        "that moment to this one, it states as a margin: the ± in the table at the end.",
    ),
}

_OUTAGE: dict[str, Sentence] = {
    "outage.title": Sentence("", "El servidor se cae", "The server goes down"),
    "outage.begins": Sentence(
        "guild",
        "Una avería de Discord: el servidor «{guild}» deja de responder",
        'An outage at Discord: the server "{guild}" stops answering',
    ),
    "outage.unknown": Sentence(
        "",
        "Que Discord calle no quiere decir que se hayan ido todos. Latido no cierra nada: «no "
        "lo sé» no es «no está».",
        'That Discord is silent does not mean that everybody left. Latido closes nothing: "I '
        'do not know" is not "not there".',
    ),
    "outage.leaves": Sentence(
        "who",
        "{who} sale de voz durante la avería: ese evento no llegará nunca",
        "{who} leaves voice during the outage: that event will never come",
    ),
    "outage.ends": Sentence(
        "guild", "El servidor «{guild}» vuelve", 'The server "{guild}" is back'
    ),
    "outage.compared": Sentence(
        "who",
        "Al volver, Discord manda la lista de quién está en voz, y Latido la compara con lo "
        "suyo: {who} ya no está, y su sesión se cierra cuando empezó la avería. Los demás "
        "siguen, con su hora de entrada; lo que duró la avería queda dentro de su ±.",
        "On its return Discord sends the list of who is in voice, and Latido compares it with "
        "its own: {who} is gone, and the session is closed at the start of the outage. The "
        "others go on from when they came; the length of the outage becomes part of their ±.",
    ),
    "outage.comes_back": Sentence(
        "who channel", "{who} vuelve a 👥 {channel}", "{who} comes back to 👥 {channel}"
    ),
    "outage.leaves_heard": Sentence(
        "who",
        "{who} sale de voz, y esta vez Discord lo dice",
        "{who} leaves voice, and this time Discord says so",
    ),
    "outage.rival": Sentence(
        "who since",
        "El otro bot nunca oyó salir a {who} la primera vez: para él estuvo aquí sin parar desde "
        "las {since}, y así lo acaba de apuntar.",
        "The other bot never heard {who} leave the first time: to it, they were here without a "
        "break since {since}, and that is what it has just written down.",
    ),
}

_KILL: dict[str, Sentence] = {
    "kill.title": Sentence("", "El bot muere", "The bot dies"),
    "kill.kills": Sentence(
        "pid rival_pid",
        "💥 kill -9 {pid} {rival_pid}: los dos bots mueren en el acto, sin despedirse ni guardar "
        "nada",
        "💥 kill -9 {pid} {rival_pid}: both bots die on the spot, with no goodbye and nothing "
        "saved",
    ),
    "kill.leaves": Sentence(
        "who", "{who} sale de voz; no mira nadie", "{who} leaves voice; nobody is watching"
    ),
    "kill.plays": Sentence(
        "who game",
        "{who} abre 🎮 {game}; no mira nadie",
        "{who} opens 🎮 {game}; nobody is watching",
    ),
    "kill.restarts": Sentence(
        "", "Los dos bots arrancan otra vez", "Both bots are started again"
    ),
    "kill.restored": Sentence(
        "stayed left since",
        "Latido leyó del disco quién estaba, y Discord le dice quién está. {stayed} sigue: "
        "misma sesión, desde las {since}. {left} ya no: su sesión se cierra en el último "
        "«latido», la nota que el bot deja cada medio minuto de que sigue mirando. A quien "
        "encuentra jugando sin sesión le abre una. Nada de esto se anuncia en el chat.",
        "Latido read from disk who was there, and Discord tells it who is. {stayed} still is: "
        "the same session, since {since}. {left} is not: the session is closed at the last "
        '"heartbeat", the note that the bot leaves every half minute that it is watching. '
        "Whoever is found playing without a session gets one. None of this is announced in "
        "the chat.",
    ),
    "kill.rival": Sentence(
        "",
        "El otro bot arranca con la memoria en blanco: de quien ya estaba no sabe cuándo entró, "
        "y cuando salga no apuntará nada.",
        "The other bot starts with a blank memory: of those already there it does not know when "
        "they came, and when they leave it will write nothing down.",
    ),
}  # fmt: skip

_END: dict[str, Sentence] = {
    "end.title": Sentence("", "Todos a dormir", "Everybody to bed"),
    "end.party_over": Sentence(
        "", "Queda uno solo con el juego: la party ha terminado.",
        "Only one is left with the game: the party is over.",
    ),
    "end.leaves": Sentence("who", "{who} sale de voz", "{who} leaves voice"),
    "end.asleep": Sentence(
        "",
        "No queda nadie: la comprobación se apaga sola hasta que vuelva alguien.",
        "Nobody is left: the check switches itself off until somebody comes.",
    ),
    "end.stops": Sentence(
        "", "Se pide a los bots que terminen (SIGTERM)", "The bots are asked to end (SIGTERM)"
    ),
    "end.stopped": Sentence(
        "status seconds",
        "Latido terminó bien (código {status}) en {seconds} s, con todo guardado.",
        "Latido ended cleanly (status {status}) within {seconds} s, everything saved.",
    ),
    "end.verified": Sentence(
        "",
        "`latido verify` repasa lo guardado: todo en orden, nada dos veces.",
        "`latido verify` goes over what was saved: all in order, nothing twice.",
    ),
    "end.findings": Sentence(
        "problems",
        "❌ `latido verify` encontró algo en lo guardado: {problems:names}",
        "❌ `latido verify` found something in what was saved: {problems:names}",
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
        "«error» es lo apuntado menos la verdad; en el total, la suma sin signos. «su ±» es "
        "cuánto dice Latido que puede equivocarse, y «¿dentro?» si la verdad cae ahí.",
        '"error" is what was written down less the truth; in the total, the sum without signs. '
        '"its ±" is how far off Latido says it can be, and "within?" whether the truth lies there.',
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
    "next.run": Sentence(
        "",
        "Con tu servidor:  DISCORD_TOKEN=… DATA_DIR=./data latido run",
        "On your server:   DISCORD_TOKEN=… DATA_DIR=./data latido run",
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
        "",
        "Lo demás:         latido --help",
        "All the rest:     latido --help",
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
    "trouble.no_folder": Sentence(
        "path",
        "No existe la carpeta de {path}: créala, o guarda la tabla en otra.",
        "The folder of {path} is not there: make it, or save the table elsewhere.",
    ),
}

SENTENCES: dict[str, Sentence] = {
    **_OPENING,
    **_ORDINARY,
    **_LOST,
    **_OUTAGE,
    **_KILL,
    **_END,
    **_TABLE,
    **_NEXT,
    **_TROUBLE,
}
"""All sentences by key."""
