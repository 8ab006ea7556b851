"""How the house makes its data: frozen to mypy, compared and shown by what it holds."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_T = TypeVar("_T")


@overload
def frozen(made: type[_T], /) -> type[_T]: ...


@overload
def frozen(*, kw_only: bool) -> Callable[[type[_T]], type[_T]]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(made: type[_T] | None = None, /, *, kw_only: bool = True) -> type[_T] | Callable[[type[_T]], type[_T]]:
    """A dataclass with slots that mypy alone keeps frozen: at run time nothing refuses to assign to a field.

    `kw_only=False`: its fields may be given in their order. A dataclass would compile for every class code that fills,
    compares, hashes and shows it, and refuses: 60 ms of processor time for the 130 of `vxpipe run`. What fills is
    compiled for those alone whose fields have an order, which are made by the thousand.
    """

    def of(made: type[_T]) -> type[_T]:
        done = dataclass(slots=True, kw_only=kw_only, init=not kw_only, eq=False, repr=False)(made)
        filling = {"__init__": _filling(done)} if kw_only else {}
        for name, method in {**filling, "__repr__": _shown, **_compared(done)}.items():
            setattr(done, name, method)
        return done

    return of if made is None else of(made)


def _filling(made: Any) -> Callable[..., None]:
    """What fills a new one with the values given, and with the defaults of the others."""
    names = dict.fromkeys(each.name for each in fields(made)).keys()
    defaults = {each.name: each.default for each in fields(made) if each.default is not MISSING}
    makers = {each.name: each.default_factory for each in fields(made) if each.default_factory is not MISSING}
    complete = getattr(made, "__post_init__", None)

    def fill(self: Any, **given: Any) -> None:
        whole = defaults | given
        for name in makers:
            if name not in given:
                whole[name] = makers[name]()
        if whole.keys() != names:
            raise TypeError(f"{made.__qualname__} is made of {[*names]}, not of {[*given]}")
        for name, value in whole.items():
            setattr(self, name, value)
        if complete is not None:
            complete(self)

    return fill


def _shown(self: Any) -> str:
    held = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({held})"


def _compared(made: Any) -> dict[str, Callable[..., Any]]:
    held = _getter([each.name for each in fields(made) if each.compare])

    def equal(self: Any, other: object) -> bool:
        return held(self) == held(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(held(self))

    return {"__eq__": equal, "__hash__": hashed}


def _getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)
