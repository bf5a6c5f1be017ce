"""What the report of ``latido report`` says, in both languages."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["REPORT_SENTENCES"]

REPORT_SENTENCES: dict[str, Sentence] = {
    "report.title": Sentence("", "Informe de Latido", "Latido report"),
    "report.guild": Sentence("guild_id", "servidor {guild_id}", "server {guild_id}"),
    "report.guilds": Sentence("", "todos los servidores", "all servers"),
    "report.between": Sentence("since until", "del {since} al {until}", "{since} to {until}"),
    "report.until": Sentence("until", "desde siempre hasta el {until}", "all time until {until}"),
    "report.made": Sentence("at zone", "Hecho el {at} ({zone})", "Made on {at} ({zone})"),
    "report.together": Sentence("kind", "{kind}, de todos juntos", "{kind}, everybody's together"),
    "report.people": Sentence("", "Personas", "People"),
    "report.sessions": Sentence("", "Sesiones", "Sessions"),
    "report.running": Sentence(
        "count",
        "{count} {count:sigue en marcha y cuenta|siguen en marcha y cuentan} hasta ahora.",
        "{count} still going on, counted up to now.",
    ),
    "report.sure": Sentence(
        "seconds",
        "La verdad se aleja como mucho {seconds:duration} de estas sumas, tomadas juntas.",
        "The truth is at most {seconds:duration} away from these sums, taken together.",
    ),
    "report.once": Sentence(
        "",
        "Cada momento de una persona cuenta una vez en cada suma, juegue a lo que juegue y esté en "
        "los servidores que esté.",
        "Each moment of a person counts once in each sum, whatever they play and in however many "
        "servers they are.",
    ),
    "report.exact": Sentence(
        "", "Todo se vio: las sumas son exactas.", "All of it was seen: the sums are exact."
    ),
    "report.sure_but_for": Sentence(
        "seconds count",
        "Salvo por {count} {count:inicio que nadie conoce|inicios que nadie conoce}, la verdad se "
        "aleja como mucho {seconds:duration} de estas sumas, tomadas juntas.",
        "But for {count} {count:start that nobody knows|starts that nobody knows}, the truth is at "
        "most {seconds:duration} away from these sums, taken together.",
    ),
    "report.exact_but_for": Sentence(
        "count",
        "Salvo por {count} {count:inicio que nadie conoce|inicios que nadie conoce}, todo se vio.",
        "But for {count} {count:start that nobody knows|starts that nobody knows}, all of it was "
        "seen.",
    ),
    "report.ranking": Sentence("", "Quién pasa más tiempo", "Who spends the most time"),
    "report.hours": Sentence(
        "",
        "Cada casilla suma cuánto estuvo cada cual, en voz o con juegos, en esa hora de la semana: "
        "cada momento de una persona cuenta una vez.",
        "Each square adds up how long each person was there, in voice or with games, in that hour "
        "of the week: each moment of a person counts once.",
    ),
    "report.hours.numbers": Sentence(
        "",
        "Cada número suma, en minutos, cuánto estuvo cada cual, en voz o con juegos, en esa hora "
        "de la semana: cada momento de una persona cuenta una vez.",
        "Each number adds up, in minutes, how long each person was there, in voice or with games, "
        "in that hour of the week: each moment of a person counts once.",
    ),
    "report.games": Sentence(
        "",
        "Los juegos suman más que el tiempo con juegos de arriba: quien juega a dos a la vez "
        "cuenta en los dos.",
        "The games add up to more than the time with games above: whoever plays two at once "
        "counts in both.",
    ),
    "report.weeks": Sentence("", "El tiempo de cada persona", "Each person's time"),
    "report.kinds": Sentence(
        "",
        "Voz, juegos y parties van uno al lado de otro y no se suman: una hora jugando en voz "
        "cuenta en los dos.",
        "Voice, games and parties stand side by side and are not added up: an hour of a game in "
        "voice counts in both.",
    ),
    "report.sideways": Sentence(
        "",
        "Estos gráficos siguen hacia la derecha: muévelos de lado.",
        "These charts go on to the right: move them sideways.",
    ),
    "report.parties": Sentence("", "Las parties más largas", "The longest parties"),
    "report.seen_twice": Sentence(
        "",
        "Una party que se vio a la vez en varios servidores sale una sola vez, en el que más duró.",
        "A party that was seen in several servers at once is listed once, in the one where it "
        "lasted longest.",
    ),
    "report.numbers": Sentence("", "Los números", "The numbers"),
    "report.name": Sentence("", "Nombre", "Name"),
    "report.time": Sentence("", "Tiempo", "Time"),
    "report.sureness": Sentence("", "Seguridad", "How sure"),
    "report.game": Sentence("", "Juego", "Game"),
    "report.server": Sentence("", "Servidor", "Server"),
    "report.from": Sentence("", "Desde", "From"),
    "report.until_word": Sentence("", "Hasta", "Until"),
    "report.players": Sentence("", "Jugadores", "Players"),
    "report.empty": Sentence(
        "",
        "En este periodo no hay nada registrado. Cuando el bot vea a alguien en voz o jugando, "
        "aparecerá aquí.",
        "Nothing is recorded in this period. When the bot sees somebody in voice or playing, it "
        "will appear here.",
    ),
    "report.reading": Sentence("", "Cómo leerlo", "How to read it"),
    "report.reading.present": Sentence(
        "",
        "Cada registro dice cuándo se vio a la persona (presente), cuándo no estaba (fuera) y "
        "cuándo nadie podía saberlo (desconocido). Lo que afirma es verdad, salvo donde nada lo "
        "podía mostrar: si Discord no envió ni la salida ni la vuelta y nadie miró entretanto, o "
        "si entregó un evento tarde, que cuenta cuando llegó",
        "Each record says when the person was seen (present), was not there (away), and when "
        "nobody could know (unknown). What it asserts is true, except where nothing could show it: "
        "Discord sent neither the leaving nor the return, and nobody looked in between, or it "
        "delivered an event late, which counts when it came",
    ),
    "report.reading.sum": Sentence(
        "",
        "El tiempo suma lo presente y, de lo desconocido, lo que cae dentro de la sesión. El ± es "
        "lo máximo que la verdad puede alejarse de esa suma",
        "The time is what was present plus the unknown that lies inside the session. The ± is how "
        "far the truth can be from that sum at most",
    ),
    "report.reading.start": Sentence(
        "",
        "«Inicio desconocido» quiere decir que la persona ya estaba cuando el bot miró por primera "
        "vez: puede ser más, nunca menos de lo visto",
        '"Start unknown" means that the person was there when the bot first looked: it may be '
        "more, never less than what was seen",
    ),
    "report.no_charts": Sentence(
        "",
        "Este informe va sin gráficos porque falta el extra charts.",
        "This report has no charts, for the extra charts is not installed.",
    ),
    "report.no_charts_here": Sentence(
        "",
        "El informe va sin gráficos: para tenerlos, pip install matplotlib (el extra charts)",
        "The report has no charts: to have them, pip install matplotlib (the extra charts)",
    ),
    "report.standard_output": Sentence("", "salida estándar", "standard output"),
    "report.written": Sentence(
        "path sessions",
        "📄 {path}: {sessions} {sessions:sesión|sesiones}",
        "📄 {path}: {sessions} {sessions:session|sessions}",
    ),
}
