"""JSON over HTTP as Discord's API does it."""

import msgspec
from aiohttp import web

from integrations.loopback.delivery import JsonObject
from integrations.loopback.errors import INVALID_FORM, DiscordError


def json_answer(
    body: object, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """An answer in JSON, with the bare content type that discord.py looks for."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )


async def read_object(request: web.Request) -> JsonObject:
    """The JSON object a client sent; of a form with files, its ``payload_json``.

    Raises:
        DiscordError: there is none.
    """
    text = await _text(request)
    try:
        return msgspec.json.decode(text, type=JsonObject)
    except msgspec.MsgspecError as error:
        raise DiscordError(INVALID_FORM) from error


async def read_files(request: web.Request) -> list[tuple[str, bytes]]:
    """The files of a form, by name, in order; none where what was sent is no form."""
    if not request.content_type.startswith("multipart/"):
        return []
    fields = (await request.post()).values()
    return [(one.filename, one.file.read()) for one in fields if isinstance(one, web.FileField)]


async def read_objects(request: web.Request) -> list[JsonObject]:
    """The JSON array of objects a client sent.

    Raises:
        DiscordError: there is none.
    """
    try:
        return msgspec.json.decode(await request.read(), type=list[JsonObject])
    except msgspec.MsgspecError as error:
        raise DiscordError(INVALID_FORM) from error


async def _text(request: web.Request) -> str | bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    field = (await request.post()).get("payload_json", "")
    return field if isinstance(field, str) else b""
