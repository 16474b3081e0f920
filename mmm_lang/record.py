"""Frozen values without start-up cost: the part of ``attrs`` that the front end uses, made without compiling code.

For type checkers this module *is* ``attrs``. At run time ``attrs`` itself was measured and not used on the path of
``mmm check``: importing it costs as much as the whole check of a short playbook, and each class costs 0.6 ms more,
for it compiles the methods of a class when the class is defined. Here a class costs 0.05 ms: its methods are
closures, and only a class that is made often has its ``__init__`` compiled, once.

``frozen``, ``define``, ``field`` and ``evolve`` mean what they mean in ``attrs``, for these arguments: ``eq``,
``order``, ``slots``; ``default``, ``factory``, ``repr``. Not there: validators, converters, keyword-only fields,
fields of a base class, ``super()`` without arguments, and ``cached_property`` in a class with slots.
``attrs.fields``, ``asdict``, ``evolve`` and ``has`` work on these classes: what they ask for is made when asked.
"""

from __future__ import annotations

from operator import attrgetter
from reprlib import recursive_repr

TYPE_CHECKING = False  # as in `typing`, which need not be loaded for this
if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import define as define
    from attrs import evolve as evolve
    from attrs import field as field
    from attrs import frozen as frozen
else:
    _NOTHING = object()
    _OFTEN = 150
    """So many values of a class are made before its ``__init__`` is compiled, which costs as much as they save."""

    class _Field:
        """What ``field()`` was given."""

        __slots__ = ("default", "factory", "repr")

        def __init__(self, default: object, factory: Callable[[], object] | None, repr: bool) -> None:
            self.default, self.factory, self.repr = default, factory, repr

    class _Plan:
        """How values of one class are made: the names of its fields and of its arguments, and what may be left out.
        ``made`` counts how many there were."""

        __slots__ = ("annotations", "arguments", "fields", "is_frozen", "made", "names", "post_init", "slots")

        def __init__(self, cls: type, fields: dict[str, _Field], *, is_frozen: bool, slots: bool) -> None:
            self.fields = fields
            self.names = tuple(fields)
            self.arguments = tuple(name.lstrip("_") for name in fields)
            self.is_frozen, self.slots = is_frozen, slots
            self.annotations = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - loading inspect is what this module is there to avoid
            self.post_init = hasattr(cls, "__attrs_post_init__")
            self.made = 0

    class _Attributes:
        """``__attrs_attrs__``, which the functions of ``attrs`` ask for: made by ``attrs``, when asked."""

        def __get__(self, instance: object, cls: type) -> tuple[object, ...]:
            import attrs

            plan = cls.__record__
            described = {
                name: attrs.field(repr=one.repr, type=plan.annotations[name], **_default_of(one))
                for name, one in plan.fields.items()
            }
            attributes = attrs.make_class(cls.__name__, described).__attrs_attrs__
            cls.__attrs_attrs__ = attributes
            return attributes

    _ATTRIBUTES = _Attributes()

    def field(
        *, default: object = _NOTHING, factory: Callable[[], object] | None = None, repr: bool = True
    ) -> _Field:
        """A field that may be left out, or is not shown."""
        return _Field(default, factory, repr)

    def frozen(
        cls: type | None = None, *, eq: bool = True, order: bool = False, slots: bool = True
    ) -> type | Callable[[type], type]:
        """A class whose values cannot be changed. Without ``eq`` they are compared by identity."""
        if cls is None:
            return lambda cls: _record(cls, True, eq, order, slots)
        return _record(cls, True, eq, order, slots)

    def define(
        cls: type | None = None, *, eq: bool = True, order: bool = False, slots: bool = True
    ) -> type | Callable[[type], type]:
        """A class whose values can be changed."""
        if cls is None:
            return lambda cls: _record(cls, False, eq, order, slots)
        return _record(cls, False, eq, order, slots)

    def evolve(value: object, /, **changes: object) -> object:
        """A copy of a value with other contents of some fields."""
        plan = getattr(type(value), "__record__", None)
        if plan is None:
            import attrs

            return attrs.evolve(value, **changes)
        for name, argument in zip(plan.names, plan.arguments, strict=True):
            if argument not in changes:
                changes[argument] = getattr(value, name)
        return type(value)(**changes)

    def _record(cls: type, is_frozen: bool, eq: bool, order: bool, slots: bool) -> type:
        """The class of these fields: another one, where it has slots."""
        namespace = dict(cls.__dict__)
        fields = {}
        for name in namespace.get("__annotations__", ()):
            given = namespace.pop(name, _NOTHING)
            fields[name] = given if isinstance(given, _Field) else _Field(given, None, True)
        plan = _Plan(cls, fields, is_frozen=is_frozen, slots=slots)
        namespace.pop("__dict__", None)
        namespace.pop("__weakref__", None)
        if slots:
            namespace["__slots__"] = (*fields, "__weakref__")
            namespace.setdefault("__getstate__", _getstate)
            namespace.setdefault("__setstate__", _setstate)
        namespace["__record__"] = plan
        namespace["__attrs_attrs__"] = _ATTRIBUTES
        namespace["__match_args__"] = plan.names
        namespace.setdefault("__repr__", _repr)
        if is_frozen:
            namespace["__setattr__"] = _refuse_setting
            namespace["__delattr__"] = _refuse_deleting
        if eq:
            namespace.update(_comparing(plan.names, is_frozen=is_frozen, order=order))
        made = type(cls)(cls.__name__, cls.__bases__, namespace)
        made.__init__ = _first_init(made, plan)
        return made

    def _first_init(cls: type, plan: _Plan) -> Callable[..., None]:
        """``__init__`` until the class is made often. Whatever is out of the ordinary, such as a wrong argument, is
        left to the compiled one."""
        setters: tuple[Callable[[object, object], None], ...] = ()
        fields, arguments = tuple(plan.fields.values()), plan.arguments

        def __init__(self: object, *args: object, **given: object) -> None:
            nonlocal setters
            plan.made += 1
            setters = setters or _setters(cls, plan)
            if plan.made > _OFTEN or len(args) > len(arguments):
                _compiled(cls, plan)(self, *args, **given)
                return
            for setter, value in zip(setters, args, strict=False):
                setter(self, value)
            used = 0
            for index in range(len(args), len(arguments)):
                if arguments[index] in given:
                    value = given[arguments[index]]
                    used += 1
                elif fields[index].factory is not None:
                    value = fields[index].factory()
                elif (value := fields[index].default) is _NOTHING:
                    _compiled(cls, plan)(self, *args, **given)
                    return
                setters[index](self, value)
            if used != len(given):
                _compiled(cls, plan)(self, *args, **given)
            elif plan.post_init:
                self.__attrs_post_init__()

        __init__.__qualname__ = f"{cls.__qualname__}.__init__"
        return __init__

    def _setters(cls: type, plan: _Plan) -> tuple[Callable[[object, object], None], ...]:
        """How each field is set; many classes, such as those of mistakes, are never asked for a value."""
        if plan.slots:
            return tuple([cls.__dict__[name].__set__ for name in plan.names])
        return tuple([_setter(name) for name in plan.names])

    def _setter(name: str) -> Callable[[object, object], None]:
        def set_in_dict(self: object, value: object) -> None:
            self.__dict__[name] = value

        return set_in_dict

    def _compiled(cls: type, plan: _Plan) -> Callable[..., None]:
        """The ``__init__`` that one would write by hand, which takes the place of the first one."""
        known = {"NOTHING": _NOTHING}
        head, body = [], []
        for index, (name, argument) in enumerate(zip(plan.names, plan.arguments, strict=True)):
            one = plan.fields[name]
            value = argument
            if one.factory is not None:
                known[f"make_{index}"] = one.factory
                head.append(f"{argument}=NOTHING")
                value = f"make_{index}() if {argument} is NOTHING else {argument}"
            elif one.default is not _NOTHING:
                known[f"default_{index}"] = one.default
                head.append(f"{argument}=default_{index}")
            else:
                head.append(argument)
            if not plan.slots:
                body.append(f"self.__dict__[{name!r}] = {value}")
            elif plan.is_frozen:
                known[f"set_{index}"] = cls.__dict__[name].__set__
                body.append(f"set_{index}(self, {value})")
            else:
                body.append(f"self.{name} = {value}")
        if plan.post_init:
            body.append("self.__attrs_post_init__()")
        lines = [f"def __init__({', '.join(['self', *head])}):", *(body or ["pass"])]
        exec("\n    ".join(lines), known)  # noqa: S102 - of names of fields alone
        made = known["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        cls.__init__ = made
        return made

    def _default_of(one: _Field) -> dict[str, object]:
        """The default of a field as ``attrs.field`` takes it."""
        if one.factory is not None:
            return {"factory": one.factory}
        return {} if one.default is _NOTHING else {"default": one.default}

    def _comparing(names: tuple[str, ...], *, is_frozen: bool, order: bool) -> dict[str, object]:
        """``==``, the hash where values cannot change, and the order where it is wanted."""
        key = _key(names)

        def __eq__(self: object, other: object) -> bool:
            return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self: object) -> int:
            return hash(key(self))

        methods = {"__eq__": __eq__, "__hash__": __hash__ if is_frozen else None}
        if order:
            methods |= _ordering(key)
        return methods

    def _ordering(key: Callable[[object], object]) -> dict[str, object]:
        def __lt__(self: object, other: object) -> bool:
            return key(self) < key(other) if other.__class__ is self.__class__ else NotImplemented

        def __le__(self: object, other: object) -> bool:
            return key(self) <= key(other) if other.__class__ is self.__class__ else NotImplemented

        def __gt__(self: object, other: object) -> bool:
            return key(self) > key(other) if other.__class__ is self.__class__ else NotImplemented

        def __ge__(self: object, other: object) -> bool:
            return key(self) >= key(other) if other.__class__ is self.__class__ else NotImplemented

        return {"__lt__": __lt__, "__le__": __le__, "__gt__": __gt__, "__ge__": __ge__}

    def _key(names: tuple[str, ...]) -> Callable[[object], object]:
        """What a value is compared by: all fields, as a tuple (or the one field there is)."""
        return attrgetter(*names) if names else lambda value: ()

    @recursive_repr()
    def _repr(self: object) -> str:
        plan = self.__record__
        name = self.__class__.__qualname__.rsplit(">.", 1)[-1]
        shown = [f"{key}={getattr(self, key)!r}" for key, one in plan.fields.items() if one.repr]
        return f"{name}({', '.join(shown)})"

    def _getstate(self: object) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__record__.names}

    def _setstate(self: object, state: dict[str, object]) -> None:
        for name in self.__record__.names:
            if name in state:
                object.__setattr__(self, name, state[name])

    def _refuse_setting(self: object, name: str, value: object) -> None:
        from attrs.exceptions import FrozenInstanceError

        raise FrozenInstanceError

    def _refuse_deleting(self: object, name: str) -> None:
        from attrs.exceptions import FrozenInstanceError

        raise FrozenInstanceError
