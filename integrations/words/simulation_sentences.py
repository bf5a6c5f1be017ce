"""What ``latido simulate`` says, in both languages: its table, and what the table means."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["SIMULATION_SENTENCES"]

_HEADINGS: dict[str, Sentence] = {
    "simulate.bot": Sentence("", "bot", "bot"),
    "simulate.records": Sentence("", "registros", "records"),
    "simulate.true": Sentence("", "minutos reales", "minutes true"),
    "simulate.recorded": Sentence("", "apuntados", "recorded"),
    "simulate.error": Sentence("", "error por persona", "error per person"),
    "simulate.largest": Sentence("", "mayor", "largest"),
    "simulate.over": Sentence("", "de más", "too much"),
    "simulate.under": Sentence("", "de menos", "too little"),
    "simulate.lost": Sentence("", "perdidas", "lost"),
    "simulate.invented": Sentence("", "inventadas", "invented"),
}

_MEANINGS: dict[str, Sentence] = {
    "simulate.means": Sentence(
        "",
        "Los tiempos son minutos en voz y con juegos, de todos juntos; las parties, que salen de "
        "los juegos, no cuentan aquí.",
        "Times are minutes in voice and with games, everybody's together; parties, which follow "
        "from games, do not count here.",
    ),
    "simulate.means.bot": Sentence(
        "",
        "latido es este motor; proposal, la comprobación con que se propuso este proyecto, que "
        "cree lo que discord.py recuerda; events-only, un bot que solo escucha eventos; perfect, "
        "uno que lo oye todo al instante mientras está conectado y del resto cuenta lo que "
        "Discord dice después.",
        "latido is this engine; proposal, the check that this project was proposed with, which "
        "believes what discord.py remembers; events-only, a bot that only listens to events; "
        "perfect, one that hears everything at once while it is connected and counts "
        "of the rest what Discord tells afterwards.",
    ),
    "simulate.means.records": Sentence(
        "",
        "cuántos registros apuntó, los de parties incluidos; perfect no lleva parties, y de una "
        "sesión con una ausencia corta, que para latido es una, hace dos.",
        "how many records it wrote down, those of parties included; perfect keeps no parties, and "
        "makes two of a session with a short absence, which is one to latido.",
    ),
    "simulate.means.true": Sentence(
        "",
        "lo que de verdad duró todo, menos lo que es muy corto para contar.",
        "how long all of it really was, except what is too short to count.",
    ),
    "simulate.means.recorded": Sentence(
        "", "lo que el bot contó de eso.", "how much of it the bot counted."
    ),
    "simulate.means.error": Sentence(
        "",
        "cuánto se apartan de la verdad los totales de una persona (el de voz y el de cada juego), "
        "de media. Lo contado de más y de menos se compensa en el mismo total.",
        "how far a person's totals (that of voice and of each game) are from the truth, on "
        "average. Too much and too little make up for each other in the same total.",
    ),
    "simulate.means.largest": Sentence(
        "", "el de la persona con más error.", "that of the person with the largest."
    ),
    "simulate.means.over": Sentence(
        "", "lo contado que no fue así.", "what was counted and was not so."
    ),
    "simulate.means.under": Sentence(
        "", "lo que fue así y no se contó.", "what was so and was not counted."
    ),
    "simulate.means.lost": Sentence(
        "",
        "sesiones de las que ningún registro cuenta nada.",
        "sessions of which no record counts anything.",
    ),
    "simulate.means.invented": Sentence(
        "",
        "trozos contados en los que no hubo nada.",
        "pieces counted in which there was nothing.",
    ),
}

_FINDINGS: dict[str, Sentence] = {
    "simulate.luck": Sentence(
        "bots than share",
        "{bots:names}: más cerca que {than:names}, por suerte. En el {share:share} del tiempo "
        "real nadie escuchaba: quien adivina lo que pasó ahí acierta unas veces y otras no, sin "
        "decir cuál; perfect cuenta solo lo que se puede saber. Con otra semilla (--seed) o más "
        "tiempo (--hours) sale de otra manera.",
        "{bots:names}: nearer than {than:names}, by luck. Nobody listened in {share:share} of what "
        "was true: whoever guesses what was then is right at one time and wrong at another, and "
        "does not say which; perfect counts only what can be known. Another --seed, or more "
        "--hours, turns out otherwise.",
    ),
    "simulate.short": Sentence(
        "hours week",
        "{hours} h es poco: una sola parada de horas puede decidir qué bot queda más cerca, y eso "
        "es el azar. Una semana (--hours {week}) dice más.",
        "{hours} h is short: a single restart of hours may decide which bot is nearest, by chance. "
        "A week (--hours {week}) says more.",
    ),
    "simulate.nothing": Sentence(
        "",
        "Nadie estuvo en voz ni jugó: pide más --hours, o más --people.",
        "Nobody was in voice or played: give more --hours, or more --people.",
    ),
    "simulate.kept": Sentence(
        "folder program path until",
        "Lo que Latido apuntó está en {folder}: míralo con {program} history --data-dir {path}, o "
        "haz una página con {program} report --data-dir {path} --until {until} "
        "--output report.html.",
        "What Latido wrote down is in {folder}: look at it with {program} history --data-dir "
        "{path}, or make a page of it with {program} report --data-dir {path} --until {until} "
        "--output report.html.",
    ),
    "simulate.interrupted": Sentence(
        "",
        "Interrumpida: no hay nada que contar.",
        "Interrupted: there is nothing to report.",
    ),
    "simulate.unknown": Sentence(
        "share unknowable",
        "Del tiempo de los registros de Latido, el {share:share} es desconocido; el "
        "{unknowable:share} del tiempo real nadie lo pudo saber.",
        "Of the time in Latido's records {share:share} is unknown; {unknowable:share} of what was "
        "true nobody could have known.",
    ),
    "simulate.violations": Sentence(
        "count",
        "Violaciones de la ley: {count}. La ley: lo que un registro afirma es verdad, donde algo "
        "podía mostrarlo.",
        "Violations of the law: {count}. The law: what a record asserts is true, where anything "
        "could show it.",
    ),
    "simulate.unseeable": Sentence(
        "present absent",
        "Donde nada lo podía mostrar (un evento llegó tarde o no se envió, y nadie miró "
        "entretanto): {present} min con alguien que no estaba, que están en «de más», y {absent} "
        "min sin nadie donde alguien estaba, que están en «de menos».",
        "Where nothing could show it (an event came late or never, and nobody looked in between): "
        '{present} min with somebody who was not there, which are in "too much", and {absent} '
        'min without anybody where somebody was, which are in "too little".',
    ),
    "simulate.spent": Sentence(
        "identifies audits rest_calls queries",
        "Gastado: {identifies} {identifies:inicio|inicios} de sesión (IDENTIFY), {audits} "
        "{audits:auditoría|auditorías}, {rest_calls} {rest_calls:petición|peticiones} REST, "
        "{queries} {queries:consulta|consultas} de miembros.",
        "Spent: {identifies} identifies, {audits} audits, {rest_calls} REST calls, {queries} "
        "member queries.",
    ),
}

SIMULATION_SENTENCES: dict[str, Sentence] = {**_HEADINGS, **_MEANINGS, **_FINDINGS}
