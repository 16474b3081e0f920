"""attrs values as JSON and back, every object tagged with the name of its class.

The plan and the journal are trees of small frozen values of a closed set of classes. A tag in every object makes
reading need no type annotations, and a file that was written by another version fails with a sentence instead of
becoming something else. (cattrs does this and more; for two closed sets of classes with unions in unions it needed
more lines of hooks than this module has.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import Attribute, fields

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class UnreadableValue(Exception):
    """JSON that is not what this version writes; the message says what is wrong with it."""


class Codec:
    """Writes and reads the classes of one closed set; ``names`` maps tag to class, ``tag`` is the key it stands under.

    Sequences are read as tuples. Fields that hold their default are left out. A field whose name ends with ``_`` is
    written without it.
    """

    def __init__(self, names: Mapping[str, type], tag: str = "kind") -> None:
        self._classes = dict(names)
        self._names = {cls: name for name, cls in names.items()}
        self._fields = {cls: tuple(fields(cls)) for cls in self._names}
        self._tag = tag

    def encode(self, value: object) -> Json:
        """A value of the set (or plain data with such values in it) as JSON data."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Mapping):
            return {self._escape(str(key)): self.encode(one) for key, one in value.items()}
        if isinstance(value, tuple | list):
            return [self.encode(one) for one in value]
        name = self._names[type(value)]
        written: dict[str, Json] = {self._tag: name}
        for attribute in self._fields[type(value)]:
            content = getattr(value, attribute.name)
            if content != _default(attribute):
                written[attribute.name.rstrip("_")] = self.encode(content)
        return written

    def decode(self, data: Json) -> object:
        """The value that ``encode`` wrote. Raises `UnreadableValue`."""
        if isinstance(data, list):
            return tuple(self.decode(one) for one in data)
        if not isinstance(data, dict):
            return data
        if self._tag not in data:
            return {self._unescape(key): self.decode(one) for key, one in data.items()}
        cls = self._classes.get(str(data[self._tag]))
        if cls is None:
            raise UnreadableValue(f"unknown {self._tag} {data[self._tag]!r}")
        known = {attribute.name.rstrip("_"): attribute for attribute in self._fields[cls]}
        arguments: dict[str, object] = {}
        for key, one in data.items():
            if key == self._tag:
                continue
            if key not in known:
                raise UnreadableValue(f"unknown field {key!r} of {data[self._tag]!r}")
            arguments[known[key].alias or known[key].name] = self.decode(one)
        try:
            value: object = cls(**arguments)
        except TypeError as error:
            raise UnreadableValue(f"{data[self._tag]!r} is not whole: {error}") from None
        return value

    def _escape(self, key: str) -> str:
        """A key of a plain mapping that would read as the tag gets a ``_`` more."""
        return f"{key}_" if key.rstrip("_") == self._tag else key

    def _unescape(self, key: str) -> str:
        return key[:-1] if key.rstrip("_") == self._tag else key


def _default(attribute: Attribute[object]) -> object:
    default: object = attribute.default
    make: Callable[[], object] | None = getattr(default, "factory", None)
    return make() if make is not None else default
