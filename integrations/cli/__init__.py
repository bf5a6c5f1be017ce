"""The command line: ``latido``, also ``python -m integrations.cli``.

Data goes to standard output, everything else to standard error. Bad input ends with status 2
and one sentence that says what to do.
"""

import sys

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
"""The status of a program that Ctrl-C has ended."""


def main() -> None:
    """Run the command line; Ctrl-C while it is being loaded ends it without a word."""
    try:
        from integrations.cli import application  # noqa: PLC0415 - loaded where that is heard
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    application.main()
