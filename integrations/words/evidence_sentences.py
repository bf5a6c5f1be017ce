"""What is said about audits and channel info."""

from __future__ import annotations

from integrations.words.sentence import Sentence

__all__ = ["EVIDENCE_SENTENCES"]

EVIDENCE_SENTENCES: dict[str, Sentence] = {
    "audit.not_now": Sentence(
        "",
        "🔍 Auditoría aplazada: los IDENTIFY que quedan hoy son para el bot, o su conexión no "
        "está en pie",
        "🔍 Audit put off: the IDENTIFYs left today are the bot's own, or its connection is not up",
    ),
    "audit.failed": Sentence(
        "error",
        "🔍 La auditoría no se pudo hacer, se intentará más tarde: {error}",
        "🔍 The audit could not be done, it will be tried later: {error}",
    ),
    "channel_info.refused": Sentence(
        "",
        "🕰️ Este gateway no conoce Request Channel Info (op 43, cierre 4001): no se le vuelve a "
        "preguntar, y el bot sigue sin saber desde cuándo hay gente en cada canal",
        "🕰️ This gateway does not know Request Channel Info (op 43, close code 4001): it is not "
        "asked again, and the bot goes on without knowing since when people are in each channel",
    ),
    "channel_info.silent": Sentence(
        "",
        "🕰️ El gateway no responde a Request Channel Info (op 43): se le pregunta otra vez dentro "
        "de una hora",
        "🕰️ The gateway does not answer Request Channel Info (op 43): it is asked again in an hour",
    ),
    "channel_info.taken": Sentence(
        "",
        "🕰️ discord.py u otra extensión ya atiende CHANNEL_INFO: Latido la deja y sigue sin ella",
        "🕰️ discord.py or another extension handles CHANNEL_INFO already: Latido leaves it alone "
        "and goes on without",
    ),
}
