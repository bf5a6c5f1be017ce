"""What the demo says of the evening itself, scene by scene, in both languages."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["STORY_SENTENCES"]

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
        "desde las {since}. Su línea del final nombrará el último canal; el registro guarda los "
        "dos.",
        "Neither muting nor moving breaks the session: {who}'s is still one, since {since}. Its "
        "line at the end will name the last channel; the record keeps both.",
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
        "players",
        "La party crece: ya son {players}. Su aviso queda como cuando empezó.",
        "The party grows: there are {players} now. Its notice stays as when it began.",
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
        "lo que va de aquel momento a este, lo declara como margen: es el ± de esa línea, "
        "y de la tabla del final.",
        'It asked, and {who} is not there: the session is an "orphan", nobody heard its end. '
        "It is closed at the last moment Latido knew of, not now. What it cannot know, from "
        "that moment to this one, it states as a margin: the ± in that line, and in the table "
        "at the end.",
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
    "outage.one_notice": Sentence(
        "channel who other cooldown",
        "#{channel} anuncia a {who} y no a {other}: de una misma persona se anuncia una entrada "
        "cada {cooldown} minutos como mucho (voice_cooldown), y la última de {other} fue hace "
        "menos.",
        "#{channel} announces {who} and not {other}: at most one coming of the same person is "
        "announced in {cooldown} minutes (voice_cooldown), and {other}'s last was less than that "
        "ago.",
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
    "kill.connected": Sentence(
        "",
        "El bot dice «Conectado» detrás de todo eso: Discord le manda primero cada servidor, y "
        "Latido lo compara en cuanto llega.",
        'The bot says "Connected" after all that: Discord sends it each server first, and Latido '
        "compares it as soon as it comes.",
    ),
    "kill.restored": Sentence(
        "stayed left since",
        "Latido leyó del disco quién estaba, y Discord le dice quién está. {stayed} sigue: "
        "misma sesión, desde las {since}. {left} ya no: su sesión se cierra en el último "
        "«latido», la nota que el bot deja cada medio minuto de que sigue mirando. A quien "
        "encuentra jugando sin sesión le abre una, desde que empezó el juego: Discord dice con "
        "cada juego desde cuándo va («hace 5 min», en el perfil). Como no se vio, lo de en medio "
        "queda como desconocido; y como esa hora no prueba nada, el ± llega hasta la última vez "
        "que se vio a qué jugaba cada cual: cuando volvió el servidor.",
        "Latido read from disk who was there, and Discord tells it who is. {stayed} still is: "
        "the same session, since {since}. {left} is not: the session is closed at the last "
        '"heartbeat", the note that the bot leaves every half minute that it is watching. '
        "Whoever is found playing without a session gets one, from when the game began: with each "
        'game Discord says since when it has been going on ("for 5 min", in the profile). As '
        "nobody saw it, what lies in between is unknown; and as that time is no proof, the ± "
        "reaches back to when it was last seen what each of them played: when the server came "
        "back.",
    ),
    "kill.silent": Sentence(
        "channel",
        "De quien sigue o se encuentra tras un hueco, #{channel} no dice nada, ni ahora ni cuando "
        "salga. Como ya no llega nadie nuevo, #{channel} calla hasta el final de la velada; a "
        "quien llegara lo anunciaría como antes.",
        "Of whoever goes on over a gap or is found after it, #{channel} says nothing, neither now "
        "nor when they leave. As nobody new comes any more, #{channel} is silent to the end of "
        "the evening; somebody who came would be announced as before.",
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

STORY_SENTENCES: dict[str, Sentence] = {**_ORDINARY, **_LOST, **_OUTAGE, **_KILL, **_END}
