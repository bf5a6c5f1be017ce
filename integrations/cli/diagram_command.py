"""``latido diagram``: a state machine, drawn or told, from the very table that runs."""

from pathlib import Path
from typing import Annotated

import typer

from integrations.cli import completion
from integrations.cli.arguments import ArgumentError, kind_named
from integrations.cli.json_lines import print_object
from integrations.cli.options import STANDARD_OUTPUT
from integrations.cli.writing import write_whole
from integrations.diagrams import formats as diagrams

__all__ = ["diagram"]


def diagram(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="voice, game or party.", autocompletion=completion.kinds
        ),
    ],
    drawn_as: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="mermaid, dot or svg.",
            autocompletion=completion.drawings,
        ),
    ] = "mermaid",
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; standard output if unsaid, or -."
        ),
    ] = STANDARD_OUTPUT,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a transition instead of a drawing.")
    ] = False,
) -> None:
    """Draw the state machine of a kind of session, from the very table that runs."""
    if as_json:
        for transition in diagrams.transitions(kind_named(kind)):
            print_object(transition)
        return
    draw = next((each for name, each in diagrams.FORMATS.items() if name == drawn_as), None)
    if draw is None:
        raise ArgumentError(f"There is no format {drawn_as!r}: choose mermaid, dot or svg.")
    write_whole(output, draw(kind_named(kind)))
