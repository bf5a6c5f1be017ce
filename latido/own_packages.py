"""Latido's packages have common names; this finds out when a bot's own ones hide them."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["OWN_PACKAGES", "check_own_packages"]

OWN_PACKAGES = ("machines", "engine", "persistence", "integrations")


def check_own_packages() -> None:
    """Check that Latido's packages are the ones that lie beside this one.

    Raises:
        ImportError: another folder or file is imported under one of their names, or one is
            missing.
    """
    home = Path(__file__).resolve().parent.parent
    for name in OWN_PACKAGES:
        own, found = home / name, _found(name)
        if found is None:
            raise ImportError(f"Latido's package {own} is missing: install latido again.")
        if found != own:
            raise ImportError(
                f"{found} shadows Latido's own package {own}, since both are called {name!r}: "
                "rename yours, or let it come after Latido's in sys.path."
            )


def _found(name: str) -> Path | None:
    """Return the folder (or the file, of a module) that ``import name`` gives."""
    loaded = sys.modules.get(name)
    spec = find_spec(name) if loaded is None else loaded.__spec__
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or [])
    if folders:
        return Path(folders[0]).resolve()
    return Path(spec.origin).resolve() if spec.origin else None
