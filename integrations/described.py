"""What a class says of itself, as Markdown tables: its attributes, and its methods.

For documents that are made from the code. What has no meaning in its docstring is an error, so
that nothing new can be missing there.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Described", "UndescribedError", "attributes_of", "methods_of", "table"]

_ENTRY = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


class UndescribedError(ValueError):
    """A class does not say what something of it means."""


class Described(NamedTuple):
    """One line of a table.

    Attributes:
        name: of the attribute, or the method with what it takes.
        type: what it is, or what it returns; empty where nothing is.
        meaning: the docstring's words.
    """

    name: str
    type: str
    meaning: str


def attributes_of(described: type) -> list[Described]:
    """Return what a class has itself: its public attributes, and then its properties.

    Raises:
        UndescribedError: the docstring does not say what one of them means, or tells of another.
    """
    meanings = _meanings(described)
    types: dict[str, str] = {}
    told = set(meanings)
    for base in described.__mro__[1:]:
        types = _annotations(base) | types
        told |= set(_meanings(base))
    own = _annotations(described)
    types |= own
    unsaid = [name for name in own if name not in told]
    unknown = [name for name in meanings if name not in types]
    if unsaid or unknown:
        raise UndescribedError(
            f"{described.__qualname__}: say under Attributes what {unsaid} mean, not {unknown}."
        )
    fields = [Described(name, types[name], meaning) for name, meaning in meanings.items()]
    return [*fields, *_properties(described)]


def methods_of(described: type, names: Iterable[str]) -> list[Described]:
    """Return some methods of a class, by their names.

    Raises:
        UndescribedError: one of them has no docstring.
    """
    return [_method(described, name) for name in names]


def table(rows: Iterable[Described]) -> str:
    """Return the table of these."""
    lines = [
        f"| `{row.name}` | {f'`{row.type}`' if row.type else ''} | {row.meaning} |\n"
        for row in rows
    ]
    return f"| name | type | means |\n|---|---|---|\n{''.join(lines)}"


def _annotations(described: type) -> dict[str, str]:
    told = inspect.get_annotations(described)
    return {name: _type(each) for name, each in told.items() if not name.startswith("_")}


def _properties(described: type) -> Iterator[Described]:
    for name, each in vars(described).items():
        if isinstance(each, property) and not name.startswith("_"):
            returns = inspect.get_annotations(each.fget).get("return", "") if each.fget else ""
            yield Described(name, _type(returns), _first_sentence(each, f"{described}.{name}"))


def _method(described: type, name: str) -> Described:
    method = getattr(described, name)
    signature = inspect.signature(method)
    takes: list[str] = []
    for each in signature.parameters.values():
        if each.kind is each.KEYWORD_ONLY and "*" not in takes:
            takes.append("*")
        if each.name != "self":
            default = "" if each.default is each.empty else f"={each.default!r}"
            takes.append(each.name + default)
    awaited = "await " if inspect.iscoroutinefunction(method) else ""
    meaning = _first_sentence(method, f"{described.__qualname__}.{name}")
    returns = "" if signature.return_annotation in {"None", None} else signature.return_annotation
    return Described(f"{awaited}{name}({', '.join(takes)})", _type(returns), meaning)


def _type(annotation: Any) -> str:  # noqa: ANN401 - as Python has it: a string, or what it names
    is_plain = isinstance(annotation, str)
    text = annotation if is_plain else inspect.formatannotation(annotation)
    text = re.sub(r"^ForwardRef\('(.*)'\)$", r"\1", text)  # as a NamedTuple has it
    text = re.sub(r"^ClassVar\[(.*)\]$", r"\1", text)
    return text.replace(" | ", " or ")


def _meanings(described: type) -> dict[str, str]:
    doc = inspect.cleandoc(described.__doc__ or "")
    section = doc.partition("\nAttributes:\n")[2].partition("\n\n")[0]
    return {name: _as_markdown(meaning) for name, meaning in _ENTRY.findall(section)}


def _first_sentence(described: object, name: str) -> str:
    """Return the first paragraph of a docstring, which is what a table has room for.

    Raises:
        UndescribedError: there is none.
    """
    doc = inspect.getdoc(described) or ""
    if not doc:
        raise UndescribedError(f"{name} has no docstring: say what it means.")
    return _as_markdown(doc.partition("\n\n")[0])


def _as_markdown(text: str) -> str:
    plain = re.sub(r":\w+:`\.?(\w+)`", r"``\1``", " ".join(text.split()))
    return plain.replace("``", "`").replace("|", r"\|")
