"""What is posted in a channel when somebody comes or goes, in both languages; and why it is not."""

from __future__ import annotations

from integrations.words.doing import IS_PLAYING, SIGN, STOPPED
from integrations.words.sentence import Sentence

__all__ = ["NOTICE_SENTENCES"]

NOTICE_SENTENCES: dict[str, Sentence] = {
    "notice.voice.entry": Sentence(
        "username channel",
        "🔊 **{username}** entró a 👥 {channel}",
        "🔊 **{username}** joined 👥 {channel}",
    ),
    "notice.voice.exit": Sentence(
        "username channel seconds",
        "👋 **{username}** salió de 👥 {channel} después de {seconds:duration}",
        "👋 **{username}** left 👥 {channel} after {seconds:duration}",
    ),
    "notice.game.entry": Sentence(
        "username game activity",
        f"{SIGN} **{{username}}** {IS_PLAYING.es} **{{game}}**",
        f"{SIGN} **{{username}}** {IS_PLAYING.en} **{{game}}**",
    ),
    "notice.game.exit": Sentence(
        "username game activity seconds",
        f"🏁 **{{username}}** {STOPPED.es} **{{game}}** después de {{seconds:duration}}",
        f"🏁 **{{username}}** {STOPPED.en} **{{game}}** after {{seconds:duration}}",
    ),
    "notice.party.entry": Sentence(
        "game players",
        "🎉 Party de **{game}**: {players:names}",
        "🎉 Party of **{game}**: {players:names}",
    ),
    "notice.party.exit": Sentence(
        "game players seconds",
        "🏁 Terminó la party de **{game}** después de {seconds:duration}: {players:names}",
        "🏁 The party of **{game}** is over after {seconds:duration}: {players:names}",
    ),
    "notify.no_permission": Sentence(
        "channel_id guild_id",
        "🔕 Sin permiso para avisar en el canal {channel_id} del servidor {guild_id}: da al bot "
        "«Ver canal» y «Enviar mensajes» allí, o cambia notify_channel_id",
        "🔕 No permission to notify in channel {channel_id} of server {guild_id}: give the bot "
        '"View Channel" and "Send Messages" there, or change notify_channel_id',
    ),
    "notify.no_channel": Sentence(
        "channel_id guild_id",
        "🔕 El servidor {guild_id} no tiene un canal de texto {channel_id}: cambia "
        "notify_channel_id",
        "🔕 Server {guild_id} has no text channel {channel_id}: change notify_channel_id",
    ),
    "notify.dropped": Sentence(
        "count",
        "🔕 Hay {count} avisos esperando a Discord: el siguiente no se envía",
        "🔕 {count} notices are waiting for Discord: one more is not sent",
    ),
    "notify.failed": Sentence(
        "channel_id error",
        "🔕 No se pudo avisar en el canal {channel_id}: {error}",
        "🔕 Could not notify in channel {channel_id}: {error}",
    ),
}
