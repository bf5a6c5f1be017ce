"""What a class says of itself becomes a table; what it does not say is an error."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import pytest

from integrations.described import Described, UndescribedError, attributes_of, methods_of, table


class Thing:
    """A thing.

    Attributes:
        kind: ``large`` or ``small``.
        size: how large it is,
            in metres.

    More is not to be said.
    """

    kind: ClassVar[Literal["large", "small"]] = "small"
    size: int | None
    _made: bool

    @property
    def is_large(self) -> bool:
        """Whether it is :attr:`large`.

        It is not.
        """
        return False

    async def grow(self, by: int, *, again: bool = False) -> Thing:
        """Make it larger | taller."""
        del by, again
        return self

    def shrink(self) -> None:
        """Make it smaller."""

    def unsaid(self) -> None: ...


class Part(NamedTuple):
    """A part.

    Attributes:
        of: what.
    """

    of: Thing


class Better(Thing):
    """A better thing.

    Attributes:
        price: in euros.
    """

    kind = "large"
    price: float


def test_attributes_come_with_their_types_and_meanings_and_properties_after_them() -> None:
    assert attributes_of(Thing) == [
        Described("kind", "Literal['large', 'small']", "`large` or `small`."),
        Described("size", "int or None", "how large it is, in metres."),
        Described("is_large", "bool", "Whether it is `large`."),
    ]
    assert attributes_of(Part) == [Described("of", "Thing", "what.")]


def test_a_class_tells_only_of_what_it_has_itself() -> None:
    assert [each.name for each in attributes_of(Better)] == ["price"]


def test_a_method_comes_with_what_it_takes_and_returns() -> None:
    assert methods_of(Thing, ["grow", "shrink"]) == [
        Described("await grow(by, *, again=False)", "Thing", r"Make it larger \| taller."),
        Described("shrink()", "", "Make it smaller."),
    ]


def test_what_is_described_is_a_table() -> None:
    assert table([Described("a", "int", "One."), Described("b()", "", "Two.")]) == (
        "| name | type | means |\n|---|---|---|\n| `a` | `int` | One. |\n| `b()` |  | Two. |\n"
    )


def test_an_attribute_without_a_meaning_is_an_error() -> None:
    class Silent(Thing):
        """Says nothing of its colour."""

        colour: str

    with pytest.raises(UndescribedError, match=r"Silent: say under Attributes what \['colour'\]"):
        attributes_of(Silent)


def test_a_meaning_without_an_attribute_is_an_error() -> None:
    class Wordy(Thing):
        """A wordy thing.

        Attributes:
            colour: there is none.
        """

    with pytest.raises(UndescribedError, match=r"mean, not \['colour'\]"):
        attributes_of(Wordy)


def test_a_method_without_a_docstring_is_an_error() -> None:
    with pytest.raises(UndescribedError, match=r"Thing\.unsaid has no docstring"):
        methods_of(Thing, ["unsaid"])
