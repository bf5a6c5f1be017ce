"""Fuzz one target until libFuzzer's options end it."""

import importlib
import sys

atheris = importlib.import_module("atheris")  # here alone: it is not there for every Python
with atheris.instrument_imports(include=["persistence", "machines"]):
    from persistence import PersistenceError
    from tests.fuzz.targets import TARGETS

target = TARGETS[sys.argv[1]]


def once(data: bytes) -> None:
    """Read these bytes."""
    try:
        target(data)
    except PersistenceError as error:
        assert str(error)  # noqa: PT017 - either way is right


atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
atheris.Fuzz()
