"""Frozen data: what classes made by `frozen` promise."""

from dataclasses import field, replace
from typing import Any

import pytest

from vxpipe.values import frozen


@frozen
class Place:
    """Two of its fields are compared, two are shown."""

    name: str
    secret: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)


@frozen(kw_only=False)
class Only:
    """A single field."""

    held: Any


@frozen(kw_only=False)
class Other:
    """The same field in another class."""

    held: Any


@frozen
class Nothing:
    """No field at all."""


def test_values_are_equal_by_what_is_compared_of_them() -> None:
    assert Place(name="a", seen=1) == Place(name="a", seen=2)
    assert hash(Place(name="a", seen=1)) == hash(Place(name="a", seen=2))
    assert Place(name="a") != Place(name="a", secret="b")
    assert (Only(1), Nothing()) == (Only(1), Nothing())
    assert Only(1) != Only(2)
    assert {Only(1), Only(1), Nothing(), Nothing()} == {Only(1), Nothing()}


def test_values_of_two_classes_are_never_equal() -> None:
    assert Only(1) != Other(1)
    assert Only(1) != 1


@frozen
class Pair:
    """One of its fields has a default, one is made anew."""

    one: int
    other: int = 2
    held: list[int] = field(default_factory=list)


@frozen
class Doubled:
    """One of its fields follows from the other."""

    half: int
    whole: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", 2 * self.half)


def test_a_value_is_made_of_what_is_given_and_of_defaults() -> None:
    assert Pair(one=1) == Pair(held=[], other=2, one=1)
    assert Pair(one=1).held is not Pair(one=1).held
    assert Doubled(half=4).whole == 8
    assert Only(1) == Only(held=1)


@pytest.mark.parametrize("given", [{}, {"other": 1}, {"one": 1, "third": 3}], ids=["nothing", "one lacks", "unknown"])
def test_a_value_is_made_of_its_fields_alone(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Pair is made of \['one', 'other', 'held'\]"):
        Pair(**given)


def test_a_value_holds_its_fields_in_one_way_only() -> None:
    with pytest.raises(TypeError):
        Place("a")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Place(name="a").size = 1  # type: ignore[attr-defined]


def test_a_value_shows_its_fields_but_no_hidden_ones() -> None:
    assert repr(Place(name="a", secret="b", seen=3)) == "Place(name='a', seen=3)"
    assert repr(Nothing()) == "Nothing()"


def test_a_changed_value_is_another_one() -> None:
    first = Place(name="a", seen=1)

    second = replace(first, name="b")

    assert (first.name, second.name, second.seen) == ("a", "b", 1)


def test_what_cannot_be_hashed_cannot_be_in_a_set() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Only([]))
