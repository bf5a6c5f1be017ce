"""Options that take no value show none in the help, which typer would call ``<bool>``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperGroup, TyperOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    import typer
    from typer._click.core import Command, Parameter

__all__ = ["PlainFlags"]


class PlainFlags(TyperGroup):
    """The commands of a program, none of whose flags (``--help`` among them) names a value.

    typer shows the type of an option that has no ``metavar``, also where it takes no value
    (``TyperOption.display_type_rich``).
    """

    def get_params(self, ctx: typer.Context) -> list[Parameter]:  # type: ignore[override]
        """Return the options of the program itself."""
        return _without_values(super().get_params(ctx))

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Command | None:  # type: ignore[override]
        """Return a command."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _without_values(command.get_params(ctx))
        return command


def _without_values(parameters: Iterable[Parameter]) -> list[Parameter]:
    known = list(parameters)
    for parameter in known:
        if isinstance(parameter, TyperOption) and parameter.is_flag and parameter.metavar is None:
            parameter.metavar = ""
    return known
