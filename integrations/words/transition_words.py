"""What each transition means, in Spanish; the tables of the machines say it in English."""

from __future__ import annotations

__all__ = ["MEANINGS", "in_spanish"]

MEANINGS: dict[str, str] = {
    "seen to come": "se le vio llegar",
    "found in the guild with no session": "estaba en el servidor sin sesión",
    "still there after announce_after: an entry notice may go out": (
        "sigue ahí pasado announce_after: puede enviarse el aviso de entrada"
    ),
    "the guild cannot say: asked again at the next evidence": (
        "el servidor no puede decirlo: se volverá a preguntar con la próxima evidencia"
    ),
    "still there after confirm_after: it counts from its start": (
        "sigue ahí pasado confirm_after: cuenta desde su comienzo"
    ),
    "left before it was confirmed: nothing is written": (
        "se fue antes de confirmarse: no se guarda nada"
    ),
    "moved to another channel": "se movió a otro canal",
    "moved to another channel: the session goes on": "se movió a otro canal: la sesión continúa",
    "seen to leave: the grace begins": "se le vio salir: empieza el margen",
    "came back within the grace": "volvió dentro del margen",
    "did not come back: it ended when they left": "no volvió: terminó cuando se fue",
    "the guild says nothing newer: nothing changes": (
        "el servidor no dice nada más reciente: nada cambia"
    ),
    "gone, and it may have come to count unseen: how long is unknown": (
        "ya no está, y pudo llegar a contar sin que se viera: no se sabe cuánto duró"
    ),
    "gone before it was confirmed: nothing is written": (
        "ya no estaba antes de confirmarse: no se guarda nada"
    ),
    "still there": "sigue ahí",
    "away before the gap and after it: whether they were back in it is unknown": (
        "fuera antes y después del hueco: no se sabe si volvió mientras tanto"
    ),
    "away, as known: the grace decides, not the check": (
        "fuera, como se sabía: decide el margen, no la comprobación"
    ),
    "gone, and the leaving was missed": "ya no está, y su salida no se vio",
    "there again, but not for the same stay": "vuelve a estar, pero no es la misma estancia",
    "there still: it goes on, the gap is unknown": "sigue ahí: continúa, y el hueco es desconocido",
    "there again, and the coming back was missed": "vuelve a estar, y su regreso no se vio",
    "there still: evidence renewed": "sigue ahí: evidencia renovada",
    "guild, channel or member gone: nothing is written": (
        "ya no hay servidor, canal o miembro: no se guarda nada"
    ),
    "guild, channel or member gone: closed with the reason": (
        "ya no hay servidor, canal o miembro: se cierra con el motivo"
    ),
    "details changed": "cambió algún dato",
    "details changed: the session goes on": "cambió algún dato: la sesión continúa",
    "a player came or went": "entró o salió alguien",
    "it has gone on for long: what came so far is written, another goes on from there": (
        "dura ya mucho: lo de hasta aquí se guarda, y otra sigue desde ahí"
    ),
    "it goes on from where the one before it ended": "sigue desde donde acabó la anterior",
}


def in_spanish(meaning: str) -> str:
    """Return what a transition means, in Spanish; as it is where nobody has put it so."""
    return MEANINGS.get(meaning, meaning)
