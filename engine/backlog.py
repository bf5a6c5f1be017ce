"""Backlog: the groups that have changed, until their parties have been reconciled with them.

Each waits in one of three places, and may wait in two of them, for to reconcile twice does no
harm:

- *touched*: reconciled in the step that has changed it.
- *behind*: a crowd has changed, and to reconcile goes on in later turns.
- *held*: somebody looks at the people of its guild, one by one. A look that is alone there
  reconciles as it goes on. What a look leaves goes to the one around it, and of the last one
  *behind*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.groups import Group

    _Groups = dict[int, Group]

__all__ = ["Backlog"]


class Backlog:
    """Groups that wait; each is there once, whatever happened to it.

    Attributes:
        touched: those for this step, by their identity.
        behind: those for later turns, by guild.
    """

    def __init__(self) -> None:
        """Start with nothing to do."""
        self.touched: _Groups = {}
        self.behind: dict[int, _Groups] = {}
        self._held: dict[int, list[_Groups]] = {}

    def touch(self, group: Group) -> None:
        """A group has changed."""
        held = self._held.get(group.guild_id)
        (held[-1] if held else self.touched)[id(group)] = group

    def is_touched(self, group: Group) -> bool:
        """Whether a group is to be reconciled in this step."""
        return id(group) in self.touched

    # In later turns

    def leave(self, group: Group) -> None:
        """More follows for a group, in a later turn."""
        self.behind.setdefault(group.guild_id, {})[id(group)] = group

    def next_behind(self) -> Group | None:
        """Return one that is behind, which it no longer is."""
        if not self.behind:
            return None
        guild_id, groups = next(iter(self.behind.items()))
        _, group = groups.popitem()
        if not groups:
            del self.behind[guild_id]
        return group

    def take_from_behind(self, group: Group) -> bool:
        """Let a group be behind no longer; return whether it was."""
        groups = self.behind.get(group.guild_id, {})
        was_behind = groups.pop(id(group), None) is not None
        if was_behind and not groups:
            del self.behind[group.guild_id]
        return was_behind

    # While somebody looks

    def hold(self, guild_id: int) -> None:
        """Let the groups of a guild wait: somebody is looking at its people one by one."""
        self._held.setdefault(guild_id, []).append(self.behind.pop(guild_id, {}))

    def is_waiting(self, guild_id: int) -> bool:
        """Whether something of a guild waits for one who looks, and for nobody else."""
        held = self._held[guild_id]
        return len(held) == 1 and bool(held[0])

    def next_held(self, guild_id: int) -> Group:
        """Return one that waits for the only one who looks, which it no longer does."""
        return self._held[guild_id][0].popitem()[1]

    def release(self, guild_id: int, *, found: bool = False) -> None:
        """Somebody looks no longer; ``found``: what follows of what is left is silent."""
        left = self._held[guild_id].pop()
        if found:
            for group in left.values():
                group.found = True
        if self._held[guild_id]:
            self._held[guild_id][-1].update(left)
            return
        del self._held[guild_id]
        if left:
            self.behind[guild_id] = left | self.behind.get(guild_id, {})
