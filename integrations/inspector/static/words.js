// Every word of the page, in Spanish and in English. {count:one|many} is "one" where the count is 1.
// What Latido says elsewhere too has the words of its catalogue: see integrations/inspector/shared_words.py.

import { SHARED } from "./shared-words.js";

const WORDS = {
  ...SHARED,
  skip: ["Ir al contenido", "Skip to content"],
  nav: ["Secciones", "Sections"],
  "tab.overview": ["Ahora", "Now"],
  "tab.sessions": ["Sesiones", "Sessions"],
  "tab.timeline": ["Línea de tiempo", "Timeline"],
  "tab.checks": ["Comprobaciones", "Checks"],
  "tab.machine": ["Máquina de {kind}", "The {kind} machine"],
  "link.loading": ["Conectando…", "Connecting…"],
  "link.live": ["En directo", "Live"],
  "link.connecting": ["Esperando a Discord", "Waiting for Discord"],
  "link.cut": ["Discord no responde", "Discord cannot be heard"],
  "link.lost": ["Sin conexión con el bot", "The bot cannot be reached"],
  "banner.lost": ["El bot no responde: lo que ves es de las {time}. Se vuelve a intentar solo.", "The bot does not answer: what you see is from {time}. It is tried again by itself."],
  "banner.cut": ["La conexión con Discord está cortada: mientras dure, nada vence y nada se da por terminado.", "The connection to Discord is cut: while it is, nothing comes due and nothing is taken to have ended."],
  "theme.auto": ["Tema: el del sistema", "Theme: the system's"],
  "theme.light": ["Tema: claro", "Theme: light"],
  "theme.dark": ["Tema: oscuro", "Theme: dark"],
  language: ["In English", "En español"],
  party: ["Parties", "Parties"],
  "one.voice": ["voz", "voice"], "one.game": ["juego", "game"], "one.party": ["party", "party"],
  "tile.pending": ["{count} más por confirmar", "{count} more to be confirmed"],
  "tile.recovered": ["{count} {count:recuperada|recuperadas} entre ellas", "{count} recovered among them"],
  "tile.over": ["Terminadas", "Ended"],
  "tile.orphaned": ["{count} {count:huérfana|huérfanas} entre ellas", "{count} orphaned among them"],
  "tile.unwritten": ["{count} más, {count:demasiado corta|demasiado cortas}", "{count} more, too short"],
  "tile.unwatched": ["Sin vigilar", "Unwatched"],
  "tile.unwatched.none": ["todo a la vista", "all in sight"],
  "tile.unwatched.some": ["a la espera de noticias", "waiting for news"],
  "tile.check": ["Última comprobación", "Last check"],
  "tile.check.none": ["ninguna todavía", "none yet"],
  "check.ok": ["Todo bien", "All well"],
  "check.repaired": ["{count} {count:arreglada|arregladas}", "{count} repaired"],
  "check.unknown": ["{count} {count:sesión|sesiones} sin respuesta", "{count} {count:session|sessions} unanswered"],
  "check.unknown.why": ["Discord no dijo nada de ellas: siguen como están hasta la próxima comprobación", "Discord did not tell about them: they stay as they are until the next check"],
  "check.errors": ["{count} {count:error|errores}", "{count} {count:error|errors}"],
  "check.cut_off": ["interrumpida", "cut off"],
  "check.next": ["cada {every} mientras haya sesiones", "every {every} while there are sessions"],
  "checks.empty": ["Todavía no ha habido ninguna comprobación", "There has been no check yet"],
  "checks.empty.more": ["Mientras haya sesiones se hace una cada {every}, la primera {every} después de que empiecen.", "While there are sessions there is one every {every}, the first one {every} after they begin."],
  "checks.durations": ["Duración de {count:la última|las últimas} {count} {count:comprobación|comprobaciones}: la más larga tardó {longest}", "Duration of the last {count} {count:check|checks}: the longest took {longest}"],
  "checks.chart": ["Cuánto tardó cada una de las últimas", "How long each of the last ones took"],
  "found.well": ["todo bien", "all well"], "found.repaired": ["algo arreglado", "something repaired"],
  "found.unknown": ["algo sin respuesta", "something unanswered"], "found.bad": ["error, o interrumpida", "an error, or cut off"],
  "checks.when": ["Cuándo", "When"], "checks.result": ["Resultado", "Result"], "checks.tracked": ["Sesiones vivas", "Live sessions"],
  "checks.repaired": ["Arregladas", "Repaired"], "checks.unknown": ["Sin respuesta", "Unanswered"], "checks.took": ["Tardó", "Took"], "checks.lag": ["Retraso", "Late by"],
  "feed.title": ["Transiciones", "Transitions"],
  "feed.pause": ["Pausar", "Pause"], "feed.resume": ["Seguir", "Resume"],
  "feed.empty": ["Aún no ha pasado nada. En cuanto alguien entre, se verá aquí.", "Nothing has happened yet. As soon as somebody comes, it shows here."],
  "machine.full": ["En detalle", "In detail"],
  "filter.search": ["Buscar persona, canal o juego", "Search person, channel or game"],
  "filter.kind": ["Tipo", "Kind"], "filter.state": ["Estado", "State"], "filter.guild": ["Servidor", "Server"],
  "any.kind": ["Todos los tipos", "All kinds"], "any.guild": ["Todos los servidores", "All servers"],
  "state.live": ["En curso", "Going on"], "state.pending": ["pendiente", "pending"], "state.confirmed": ["confirmada", "confirmed"],
  "state.ended": ["terminada", "ended"], "state.orphaned": ["huérfana", "orphaned"], "state.new": ["nueva", "new"],
  "state.unwatched": ["sin vigilar", "unwatched"], "state.over": ["Terminadas hace poco", "Ended lately"],
  "column.who": ["Quién", "Who"], "column.where": ["Dónde", "Where"], "column.state": ["Estado", "State"],
  "column.for": ["Desde hace", "For"], "column.evidence": ["Evidencia", "Evidence"], "column.due": ["Próximo plazo", "Next deadline"],
  "row.players": ["{count} {count:jugador|jugadores}", "{count} {count:player|players}"],
  "sessions.count": ["{shown} de {total}", "{shown} of {total}"],
  "sessions.none": ["No hay nadie", "Nobody is here"],
  "sessions.none.more": ["En cuanto alguien entre en voz o juegue, aparecerá aquí.", "As soon as somebody joins voice or plays, they show here."],
  "sessions.nomatch": ["Nada coincide", "Nothing matches"],
  "sessions.nomatch.more": ["Prueba con otras palabras o quita algún filtro.", "Try other words, or take away a filter."],
  "sessions.clear": ["Quitar filtros", "Clear filters"],
  "presence.absent": ["ausente", "absent"],
  "source.event": ["evento", "event"], "source.replay": ["evento repetido", "replayed event"], "source.guild_create": ["datos del servidor", "server data"],
  "source.audit": ["auditoría", "audit"], "source.rest": ["REST", "REST"], "source.members": ["consulta de miembros", "member query"],
  "source.cache": ["caché", "cache"], "source.engine": ["deducido", "derived"],
  "evidence.seen": ["visto", "seen"],
  "due.announce": ["anunciar", "announce"], "due.confirm": ["confirmar", "confirm"], "due.end": ["terminar", "end"],
  "due.now": ["al saberse algo", "once something is known"],
  ago: ["hace {time}", "{time} ago"], in: ["en {time}", "in {time}"], now: ["ahora", "now"],
  "life.close": ["Cerrar", "Close"], "life.credited": ["contados", "credited"], "life.uncertain": ["± {time} de duda", "± {time} in doubt"],
  "life.started": ["Comenzó", "Started"], "life.confirmed": ["Confirmada", "Confirmed"], "life.seen": ["Última evidencia", "Last evidence"], "life.unanswered": ["Preguntado después", "Asked since"], "life.ended": ["Terminó", "Ended"],
  "life.absent": ["Fuera desde", "Away since"], "life.unwatched": ["Sin vigilar desde", "Unwatched since"], "life.due": ["Próximo plazo", "Next deadline"], "life.reason": ["Motivo", "Reason"],
  "life.players": ["Jugadores", "Players"], "life.steps": ["Transición a transición", "Transition by transition"], "life.time": ["Su tiempo", "Its time"],
  "life.guild": ["Servidor", "Server"], "life.times": ["{count} veces, hasta las {time}", "{count} times, until {time}"],
  "life.gap": ["nadie miraba desde las {since} hasta las {until}", "nobody watched from {since} to {until}"],
  "life.unknown": ["desconocido desde las {since} (la última prueba) hasta las {until}", "unknown from {since} (the last proof) to {until}"],
  "life.since": ["pudo ser desde las {time}", "it may have been since {time}"],
  "life.moved": ["a {channel}", "to {channel}"],
  "life.left_out": ["… {count} {count:anterior ya no se guarda|anteriores ya no se guardan} …", "… {count} in between {count:is|are} no longer kept …"],
  "life.earlier": ["Lo anterior pasó antes de que el inspector mirase.", "What came before happened before the inspector watched."],
  "life.ledger": ["Del libro de registro: las transiciones solo se guardan mientras el bot está en marcha.", "From the ledger: transitions are kept only while the bot runs."],
  "life.missing": ["No hay ninguna sesión así", "There is no such session"],
  "life.missing.more": ["Puede que fuese demasiado corta para guardarse.", "It may have been too short to be kept."],
  "reason.left": ["se fue", "left"], "reason.cancelled": ["demasiado corta", "too short"], "reason.leave_missed": ["su salida no se vio", "the leaving was missed"],
  "reason.gap": ["ya no estaba tras un hueco", "gone after a gap"], "reason.gap_not_bridged": ["el hueco no se salva", "the gap is not bridged"],
  "reason.guild_removed": ["el bot ya no está en el servidor", "the bot left the server"], "reason.channel_deleted": ["canal borrado", "channel deleted"],
  "reason.opted_out": ["no quiere aparecer", "opted out"], "reason.too_few_players": ["pocos jugadores", "too few players"],
  "reason.goes_on": ["sigue como otra", "goes on as another"],
  "timeline.range": ["Periodo", "Period"],
  "range.5": ["5 min", "5 min"], "range.60": ["1 h", "1 h"], "range.360": ["6 h", "6 h"], "range.1440": ["24 h", "24 h"], "range.10080": ["7 días", "7 days"],
  "timeline.empty": ["Nadie estuvo en este periodo", "Nobody was here in this period"],
  "timeline.empty.more": ["Prueba con un periodo más largo.", "Try a longer period."],
  "timeline.pages": ["Páginas de la línea de tiempo", "Pages of the timeline"],
  "timeline.shown": ["{first} a {last} de {total}", "{first} to {last} of {total}"],
  "timeline.back": ["Anteriores", "Back"], "timeline.onward": ["Siguientes", "Next"],
  "timeline.cut": ["Hay más de lo que cabe: elige un servidor o un periodo más corto.", "There is more than fits: choose a server or a shorter period."],
  "load.failed": ["No se pudo leer", "It could not be read"], "load.again": ["Volver a intentarlo", "Try again"], loading: ["Leyendo…", "Reading…"],
};

let language = 0;

export function chooseLanguage(code) {
  language = code === "en" ? 1 : 0;
  document.documentElement.lang = code;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = word(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
}

export const isEnglish = () => language === 1;
export const locale = () => (language ? "en-GB" : "es-ES");

export function word(key, values = {}) {
  const said = WORDS[key];
  if (!said) return key;
  return said[language].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (place, name, one, many) => {
    if (many === undefined) return values[name] ?? place;
    return String(values[name]) === "1" ? one : many;
  });
}
