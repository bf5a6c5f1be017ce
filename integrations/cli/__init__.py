"""The command line: ``latido``, also ``python -m integrations.cli``.

Data goes to standard output, everything else to standard error. Bad input ends with status 2
and one sentence that says what to do.
"""

from integrations.cli.application import main

__all__ = ["main"]
