"""Answers as a page that looks as Discord shows them, to be photographed for docs/."""

from __future__ import annotations

import base64
import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from integrations.loopback import Answer

__all__ = ["page_of", "terminal_page"]

_STYLE = """
body { margin: 0; background: #313338; color: #dbdee1; font: 15px/1.375 "DejaVu Sans", sans-serif; }
.shot { width: 620px; padding: 14px 16px; box-sizing: border-box; }
.who { font-size: 13px; color: #949ba4; margin-bottom: 8px; } .who b { color: #f2f3f5; }
.who .asked { color: #7aa2f7; }
.embed { background: #2b2d31; border-left: 4px solid #5b8def; border-radius: 4px;
  padding: 10px 14px; margin-bottom: 6px; max-width: 520px; }
.author { font-size: 12.5px; font-weight: 600; margin-bottom: 4px; }
.title { font-weight: 700; color: #f2f3f5; margin-bottom: 4px; }
.text { white-space: pre-wrap; font-size: 13.5px; }
.fields { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin-top: 8px; }
.field { font-size: 13px; white-space: pre-wrap; } .field.wide { grid-column: 1 / -1; }
.field b.name { display: block; color: #f2f3f5; }
img { display: block; width: 100%; border-radius: 4px; margin-top: 10px; }
.footer { font-size: 11px; color: #b5bac1; margin-top: 8px; }
code, time { background: #1e1f22; border-radius: 3px; padding: 0 3px; font-size: 12.5px;
  font-family: "DejaVu Sans Mono", monospace; }
time { font-family: inherit; background: #3a3c43; }
button { font: inherit; font-size: 13px; color: #fff; background: #4e5058; border: 0;
  border-radius: 4px; padding: 6px 14px; margin: 2px 6px 2px 0; }
button.d { background: #da373c; } button:disabled { opacity: .5; }
.file { background: #2b2d31; border: 1px solid #43464d; border-radius: 6px; padding: 10px 12px;
  display: inline-block; font-size: 13px; color: #7aa2f7; }
.only { font-size: 11.5px; color: #949ba4; margin-top: 4px; }
pre { margin: 0; padding: 16px 18px; font: 13px/1.5 "DejaVu Sans Mono", monospace;
  background: #1e1f22; color: #dbdee1; }
"""


def page_of(asked: str, answer: Answer, zone: str) -> str:
    """Return the page of one answer to the command ``asked``, times in ``zone``."""
    assert answer.message is not None
    files = dict(answer.message.files)
    command = f'<span class="asked">/{html.escape(asked)}</span>'
    parts = [f'<div class="who"><b>Pino</b> {command} → <b>Latido</b></div>']
    parts += [_embed(one, files, zone) for one in answer.embeds if isinstance(one, dict)]
    shown = {
        one["image"]["url"] for one in answer.embeds if isinstance(one, dict) and "image" in one
    }
    parts += [
        f'<div class="file">📄 {html.escape(name)} · {len(data)} B</div>'
        for name, data in files.items()
        if f"attachment://{name}" not in shown
    ]
    buttons = [
        button
        for row in answer.message.components
        if isinstance(row, dict)
        for button in row["components"]
    ]
    if buttons:
        parts.append(f"<div>{''.join(map(_button, buttons))}</div>")
    if answer.ephemeral:
        parts.append('<div class="only">👁 Solo tú puedes ver esto · Only you can see this</div>')
    return _page("".join(parts))


def terminal_page(text: str) -> str:
    """Return what a command printed, as a page."""
    return _page(f"<pre>{html.escape(text)}</pre>")


def _page(body: str) -> str:
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8"><title>Latido</title>'
        f'<style>{_STYLE}</style></head><body><div class="shot">{body}</div></body></html>'
    )


def _embed(embed: dict[str, Any], files: dict[str, bytes], zone: str) -> str:
    inside = []
    if "author" in embed:
        inside.append(f'<div class="author">{html.escape(embed["author"]["name"])}</div>')
    if embed.get("title"):
        inside.append(f'<div class="title">{_markdown(embed["title"], zone)}</div>')
    if embed.get("description"):
        inside.append(f'<div class="text">{_markdown(embed["description"], zone)}</div>')
    fields = [
        f'<div class="field{"" if one["inline"] else " wide"}"><b class="name">'
        f"{_markdown(one['name'], zone)}</b>{_markdown(one['value'], zone)}</div>"
        for one in embed.get("fields", [])
    ]
    if fields:
        inside.append(f'<div class="fields">{"".join(fields)}</div>')
    if "image" in embed:
        png = files[embed["image"]["url"].removeprefix("attachment://")]
        data = base64.b64encode(png).decode()
        inside.append(f'<img alt="" src="data:image/png;base64,{data}">')
    if "footer" in embed:
        inside.append(f'<div class="footer">{html.escape(embed["footer"]["text"])}</div>')
    return f'<div class="embed">{"".join(inside)}</div>'


def _button(button: dict[str, Any]) -> str:
    label = button.get("label") or (button.get("emoji") or {}).get("name", "")
    danger = " class=d" if button.get("style") == 4 else ""
    disabled = " disabled" if button.get("disabled") else ""
    return f"<button{danger}{disabled}>{html.escape(label)}</button>"


def _markdown(text: str, zone: str) -> str:
    """Return what Discord makes of bold, code, escapes and instants."""
    shown = html.escape(text, quote=False)
    shown = re.sub(r"&lt;t:(\d+):([a-zA-Z])&gt;", lambda one: _time(one, zone), shown)
    shown = re.sub(r"(?<!\\)`([^`]+)`", r"<code>\1</code>", shown)
    shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
    return re.sub(r"\\([*_`|~>\\])", r"\1", shown)


def _time(found: re.Match[str], zone: str) -> str:
    moment = datetime.fromtimestamp(int(found[1]), UTC).astimezone(ZoneInfo(zone))
    match found[2]:
        case "T":
            text = f"{moment:%H:%M:%S}"
        case "t":
            text = f"{moment:%H:%M}"
        case "R":
            minutes = round((datetime.now(UTC) - moment).total_seconds() / 60)
            text = "ahora mismo" if minutes < 1 else f"hace {minutes} min"
        case _:
            text = f"{moment:%d/%m/%Y %H:%M}"
    return f"<time>{text}</time>"
