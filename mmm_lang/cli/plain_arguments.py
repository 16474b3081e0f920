"""Arguments that are nothing but words and switches, read without ``argparse``.

Loading and setting up ``argparse`` takes as long as checking a playbook. The functions that fill its parser fill the
stand-in here instead, which only notes what there is; where a call has a flag with a value, an abbreviation, a mistake
or a wish for help, nothing is read here, and ``argparse`` reads it all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

TYPE_CHECKING = False  # as in `typing`
if TYPE_CHECKING:
    import argparse


class PlainArguments(SimpleNamespace):
    """What ``argparse.Namespace`` would hold."""


class _NotPlain(Exception):
    """Something that only ``argparse`` can read."""


class _Noted:
    """Takes the calls that fill a parser, and those that fill its groups. ``values`` has the defaults."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.words: str | None = None
        self.switches: dict[str, tuple[str, object]] = {}
        self.exclusive: list[set[str]] = []

    def add_argument(self, *names: str, **how: object) -> None:
        """Note one argument."""
        if not names[0].startswith("-"):
            if self.words is not None or how.get("nargs") != "*" or "default" in how:
                raise _NotPlain
            self.words = names[0]
            return
        long = next((name for name in names if name.startswith("--")), names[0])
        place = str(how.get("dest") or long.lstrip("-").replace("-", "_"))
        action = how.get("action", "store")
        if action == "store_true":
            self.values.setdefault(place, how.get("default", False))
            self.switches |= dict.fromkeys(names, (place, True))
        elif action == "store_const":
            self.values.setdefault(place, how.get("default"))
            self.switches |= dict.fromkeys(names, (place, how["const"]))
        elif action == "store":
            default = how.get("default")
            if isinstance(default, str) and "type" in how:
                raise _NotPlain  # argparse would convert it
            self.values.setdefault(place, default)
        else:
            raise _NotPlain

    def add_argument_group(self, *_: object, **__: object) -> _Noted:
        """The same: groups are for the help."""
        return self

    def add_mutually_exclusive_group(self, **how: object) -> _Exclusive:
        """Switches of which one may be given."""
        if how.get("required"):
            raise _NotPlain
        self.exclusive.append(set())
        return _Exclusive(self, self.exclusive[-1])


class _Exclusive:
    def __init__(self, noted: _Noted, names: set[str]) -> None:
        self._noted, self._names = noted, names

    def add_argument(self, *names: str, **how: object) -> None:
        self._names.update(names)
        self._noted.add_argument(*names, **how)


def plain_arguments(
    configure: Callable[[argparse.ArgumentParser], None], arguments: Sequence[str]
) -> PlainArguments | None:
    """What ``argparse`` would read with the parser that ``configure`` fills; ``None`` where it has to be asked."""
    noted = _Noted()
    try:
        configure(noted)  # type: ignore[arg-type]  # it takes the calls that are made here, and refuses others
    except (_NotPlain, AttributeError):
        return None
    words = [argument for argument in arguments if argument[:1] != "-" or argument == "-"]
    switches = {argument for argument in arguments if argument not in words}
    if not switches <= noted.switches.keys() or (words and noted.words is None):
        return None
    if any(len(switches & group) > 1 for group in noted.exclusive):
        return None
    values = dict(noted.values)
    if noted.words is not None:
        values[noted.words] = words
    for switch in switches:
        place, value = noted.switches[switch]
        values[place] = value
    return PlainArguments(**values)
