"""What ``/porque`` says: why a session counted as it did, one sentence a step."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["WHY_SENTENCES"]

WHY_SENTENCES: dict[str, Sentence] = {
    "why.title": Sentence("username", "🧾 Por qué: {username}", "🧾 Why: {username}"),
    "why.nothing": Sentence(
        "username",
        "🌱 De {username} no hay ninguna sesión que explicar",
        "🌱 There is no session of {username} to explain",
    ),
    "why.heard": Sentence(
        "at",
        "▶️ {at} Discord avisó de que empezaba, y desde ahí cuenta",
        "▶️ {at} Discord said that it began, and it counts from there",
    ),
    "why.found": Sentence(
        "at floor seconds",
        "🔎 {at} Se encontró en marcha: el aviso de que empezaba no llegó. Pudo empezar desde "
        "{floor}; esos {seconds:duration} son desconocidos",
        "🔎 {at} Found going on: the news of its start never came. It may have begun as early as "
        "{floor}; those {seconds:duration} are unknown",
    ),
    "why.call": Sentence(
        "at floor seconds",
        "📞 {floor} Cuenta desde aquí, que es lo más probable, pero no se vio con seguridad hasta "
        "las {at}: los {seconds:duration} de en medio son desconocidos",
        "📞 {floor} It counts from here, the likeliest start, but was first seen for sure at "
        "{at}: the {seconds:duration} in between are unknown",
    ),
    "why.unbounded": Sentence(
        "at",
        "🔎 {at} Ya estaba en marcha cuando el bot empezó a mirar, o se atrasó el reloj mientras "
        "no miraba: nada dice desde cuándo",
        "🔎 {at} It was going on when the bot began to watch, or the clock was put back while it "
        "did not: nothing says since when",
    ),
    "why.goes_on": Sentence(
        "at",
        "⏩ {at} Ya estaba en marcha: sigue desde aquí, y lo de antes se guardó aparte",
        "⏩ {at} It was going on already: it goes on from here, and what came before was written "
        "down apart",
    ),
    "why.confirmed": Sentence(
        "at seconds",
        "✅ {at} A los {seconds:duration} seguía: confirmada, y cuenta desde el principio",
        "✅ {at} Still there after {seconds:duration}: confirmed, and it counts from its start",
    ),
    "why.recovered": Sentence(
        "",
        "♻️ Recuperada por una comprobación: se guarda dure lo que dure, y nadie recibió aviso",
        "♻️ Recovered by a check: it is kept however short it was, and nobody was notified",
    ),
    "why.away": Sentence(
        "at until seconds",
        "🚪 {at} → {until} Salió y volvió a tiempo: la misma sesión, pero estos "
        "{seconds:duration} no cuentan",
        "🚪 {at} → {until} Left and came back in time: the same session, but these "
        "{seconds:duration} do not count",
    ),
    "why.too_few": Sentence(
        "at until seconds",
        "🚪 {at} → {until} No había bastantes jugadores: estos {seconds:duration} no cuentan",
        "🚪 {at} → {until} Too few players were there: these {seconds:duration} do not count",
    ),
    "why.gap": Sentence(
        "at until seconds",
        "🌫️ {at} → {until} Nadie podía mirar (reinicio, corte o caída) y después seguía: estos "
        "{seconds:duration} cuentan, como desconocidos",
        "🌫️ {at} → {until} Nobody could watch (a restart, a cut, an outage) and it went on after: "
        "these {seconds:duration} count, as unknown",
    ),
    "why.late_end": Sentence(
        "at until seconds",
        "🌫️ {at} → {until} Nada prueba que siguiera: estos {seconds:duration} son desconocidos y "
        "no cuentan",
        "🌫️ {at} → {until} Nothing proves that it went on: these {seconds:duration} are unknown "
        "and do not count",
    ),
    "why.moved": Sentence(
        "at channel", "➡️ {at} Se movió a 👥 {channel}", "➡️ {at} Moved to 👥 {channel}"
    ),
    "why.moved_unheard": Sentence(
        "at floor channel",
        "➡️ {floor} → {at} Se movió a 👥 {channel}; el aviso no llegó, y no se sabe cuándo fue",
        "➡️ {floor} → {at} Moved to 👥 {channel}; the news never came, so it is not known when",
    ),
    "why.joined": Sentence(
        "at username", "👤 {at} **{username}** entró", "👤 {at} **{username}** came in"
    ),
    "why.there": Sentence(
        "at username",
        "👤 {at} **{username}** ya estaba",
        "👤 {at} **{username}** was there already",
    ),
    "why.parted": Sentence(
        "at username", "👤 {at} **{username}** salió", "👤 {at} **{username}** went out"
    ),
    "why.running": Sentence(
        "at",
        "🟢 Sigue en marcha; la última prueba es de {at}",
        "🟢 It is going on; the latest evidence is from {at}",
    ),
    "why.end.left": Sentence(
        "at grace",
        "⏹️ {at} Salió y no volvió en {grace:duration}: acabó cuando salió",
        "⏹️ {at} Left and did not come back within {grace:duration}: it ended with the leaving",
    ),
    "why.end.cancelled": Sentence(
        "at grace",
        "⏹️ {at} Demasiado corta para contar",
        "⏹️ {at} Too short to count",
    ),
    "why.end.leave_missed": Sentence(
        "at grace",
        "⏹️ {at} Una comprobación vio que ya no estaba y su salida no se oyó: se cierra aquí, en "
        "la última noticia suya, no cuando se descubrió",
        "⏹️ {at} A check saw that it was over and the leaving was never heard: closed here, at the "
        "last news of it, not when that was found out",
    ),
    "why.end.gap": Sentence(
        "at grace",
        "⏹️ {at} Tras un rato sin poder mirar ya no estaba: se cierra donde se dejó de mirar",
        "⏹️ {at} Gone after a time in which nobody watched: closed where the watching stopped",
    ),
    "why.end.gap_not_bridged": Sentence(
        "at grace",
        "⏹️ {at} Tras un rato sin poder mirar estaba otra vez, pero como sesión nueva (por los "
        "ajustes, o porque hubo señales de que se fue)",
        "⏹️ {at} There again after a time in which nobody watched, but as a new session (the "
        "settings say so, or there were signs of a break)",
    ),
    "why.end.guild_removed": Sentence(
        "at grace",
        "⏹️ {at} El bot dejó el servidor: todo lo suyo se cerró",
        "⏹️ {at} The bot left the server: everything there was closed",
    ),
    "why.end.channel_deleted": Sentence(
        "at grace", "⏹️ {at} Se borró el canal", "⏹️ {at} The channel was deleted"
    ),
    "why.end.opted_out": Sentence(
        "at grace", "⏹️ {at} Pidió no aparecer", "⏹️ {at} The person opted out"
    ),
    "why.end.too_few_players": Sentence(
        "at grace",
        "⏹️ {at} Quedaron pocos jugadores, y en {grace:duration} no volvieron",
        "⏹️ {at} Too few players were left, and none came back within {grace:duration}",
    ),
    "why.end.goes_on": Sentence(
        "at grace",
        "⏩ {at} No terminó: duraba ya mucho, y lo de hasta aquí se guardó aparte. Sigue como otra",
        "⏩ {at} It did not end: it had gone on for long, so what came so far was written down. "
        "It goes on as another",
    ),
    "why.sum.exact": Sentence(
        "seconds",
        "🧮 **{seconds:duration}**, y es exacto: todo se vio",
        "🧮 **{seconds:duration}**, and that is exact: all of it was seen",
    ),
    "why.sum.between": Sentence(
        "seconds present unknown lowest highest",
        "🧮 {present:duration} vistos + {unknown:duration} desconocidos = **{seconds:duration}**. "
        "La verdad está entre {lowest:duration} y {highest:duration}",
        "🧮 {present:duration} seen + {unknown:duration} unknown = **{seconds:duration}**. The "
        "truth lies between {lowest:duration} and {highest:duration}",
    ),
    "why.sum.unbounded": Sentence(
        "seconds lowest",
        "🧮 **{seconds:duration}** contados; al menos {lowest:duration} son seguros, y puede ser "
        "más, porque nada dice cuándo empezó",
        "🧮 **{seconds:duration}** counted; at least {lowest:duration} are certain, and it may be "
        "more, for nothing says when it began",
    ),
    "why.footer": Sentence(
        "",
        "Vale lo que dice el registro: presente ≤ verdad ≤ presente + desconocido",
        "The record says: present ≤ truth ≤ present + unknown",
    ),
}
