"""docs/settings.md, written from the settings themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.settings import all_settings
from integrations.configuration import PREFIX
from integrations.words.wording import duration

if TYPE_CHECKING:
    from engine.settings import Setting

__all__ = ["render"]

_INTRODUCTION = """
# Settings

Everything has a default that works; set only what you want otherwise. A setting may come from
four places, and the later one wins:

1. the default, as below;
2. `latido.toml` in the working directory, or the file that `LATIDO_CONFIG` names;
3. the environment: the setting's name in capitals after `LATIDO_`;
4. code: `SessionCog(bot, Settings(confirm_after=5))`.

The command `latido` reads the second and the third. A bot that embeds the cog goes by the defaults
and its code alone, unless it asks for all four: `load_settings(os.environ, Path.cwd(),
{"confirm_after": 5})`, which `latido` has as well, returns the `Settings` to give to the cog.

A name that does not exist or a value that is not allowed stops the start with one sentence that
says which, and what is allowed.

```toml
# latido.toml
confirm_after = 5              # durations are seconds; fractions are allowed
voice_gap = "end"
ignored_games = ["Wallpaper Engine"]
notify_channel_id = 987654321098765432

[game_aliases]
"Counter-Strike: Global Offensive" = "Counter-Strike 2"
```

In the environment a list is separated by commas (or written as JSON, for names with a comma), a
table is JSON, and true and false may be `1` and `0`, `yes` and `no`, or `sí` and `no`:

```sh
export LATIDO_CONFIRM_AFTER=0.5
export LATIDO_PRESENCES=no
export LATIDO_IGNORED_CHANNELS=987654321098765432,987654321098765433
export LATIDO_NOTIFY_CHANNEL_ID='{"1122334455": "987654321098765432"}'   # guild: channel
```

## All settings

| setting | default | allowed | what it means | in the environment |
|---|---|---|---|---|
"""

_SURROUNDINGS = f"""
## What is no setting

These say how `latido run` is started, not what it does. A bot that embeds the cog goes by
`DATA_DIR` alone of them:

| variable | what it means |
|---|---|
| `DISCORD_TOKEN` | the bot's token; needed, and never logged |
| `DATA_DIR` | the folder of live sessions and ledger; else `./data`; also `--data-dir` |
| `DISCORD_API_URL` | the API's base with its version, where it is not Discord's own |
| `LATIDO_CONFIG` | another file than `latido.toml` |
| `LATIDO_INSPECTOR` | the address of the inspector page; also `--inspector` |
| `LATIDO_INSPECTOR_TOKEN` | its token; also `--inspector-token` |

Any other variable that begins with `{PREFIX}` and is no setting is refused, so that a
slip of the pen is found.
"""


def render() -> str:
    """Return the page, in Markdown."""
    rows = "".join(_row(setting) for setting in all_settings())
    return _INTRODUCTION + rows + _SURROUNDINGS


def _row(setting: Setting) -> str:
    cells = (
        f"`{setting.name}`",
        _default(setting),
        setting.allowed,
        setting.meaning,
        f"`{PREFIX}{setting.name.upper()}`",
    )
    return f"| {' | '.join(cells)} |\n"


def _default(setting: Setting) -> str:
    match setting.default:
        case None:
            return "nothing"
        case frozenset() | dict():
            return "empty"
        case float() as seconds:
            return f"{seconds:g} ({duration(seconds)})"
        case value:
            return f"`{json.dumps(value)}`"
