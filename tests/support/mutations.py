"""One-step mistakes: what a hand does to a sound playbook, and on which line it has to be found.

A kind of mistake looks at a sound playbook (with PyYAML alone, so that it shares nothing with what it tests) and
yields every place at which it makes the playbook invalid: the text after the slip, and the lines of that text that
may be blamed. That is the line of the slip; where it breaks an agreement between two places, such as an id and a
reference to it, either of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml
from attrs import field, frozen

ACTIONS = ("claude", "shell", "name")
LISTS = ("steps", "commands", "setup", "merge")
HOLE = re.compile(r"\$\{([A-Za-z_][\w-]*)\.([A-Za-z_]\w*)\}")


@frozen
class Mutant:
    """A text with one mistake, and the lines (from 1) of it that may be blamed."""

    text: str
    lines: frozenset[int]


@frozen
class Entry:
    """A key and its value in a mapping of the given role: ``header``, ``step``, ``repair`` (a step that is a handler
    itself, with the handler's keys) or ``handler`` (one that has no action)."""

    role: str
    key: yaml.ScalarNode
    value: yaml.Node
    mapping: yaml.MappingNode
    place: int

    @property
    def name(self):
        return self.key.value

    @property
    def is_step(self):
        return self.role in ("step", "repair")

    @property
    def is_block(self):
        return not self.mapping.flow_style

    @property
    def is_short(self):
        """Whether key and value are a scalar each, on one line."""
        value = self.value
        return (
            isinstance(value, yaml.ScalarNode)
            and value.style not in ("|", ">")
            and value.start_mark.line == value.end_mark.line == self.key.start_mark.line
            and value.end_mark.index > value.start_mark.index
        )


@frozen(slots=False)
class Sound:
    """A playbook without errors, taken apart."""

    path: str
    text: str
    entries: list[Entry] = field(factory=list)
    lists: list[yaml.SequenceNode] = field(factory=list)

    @property
    def ids(self):
        return [one.value.value for one in self.entries if one.is_step and one.name == "id"]

    def keyed(self, *names):
        """Entries of steps and handlers with a short value and one of these keys."""
        return [one for one in self.entries if one.name in names and one.role != "header" and one.is_short]

    def put(self, start, end, new, *also):
        """The text with ``new`` for a range; the line of ``start`` is to blame, and those of the offsets in ``also``."""
        lines = {self.line(start), *map(self.line, also)}
        return Mutant(self.text[:start] + new + self.text[end:], frozenset(lines))

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def line_start(self, offset):
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset):
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def insert_line(self, after, line, *, either=False):
        """The text with one more line behind the one of the offset ``after``; ``either`` of the two is to blame, or
        the new one alone."""
        end, number = self.line_end(after), self.line(after)
        lines = {number, number + 1} if either else {number + 1}
        return Mutant(f"{self.text[:end]}\n{line}{self.text[end:]}", frozenset(lines))

    def holes(self, *names):
        """References to steps in short values of these keys: the entry, where the hole begins, id and field."""
        for entry in self.keyed(*names):
            start, end = entry.value.start_mark.index, entry.value.end_mark.index
            for match in HOLE.finditer(self.text, start, end):
                if match[1] in self.ids:
                    yield match


def take_apart(path: str, text: str) -> Sound:
    """A sound playbook's entries and lists of steps."""
    sound = Sound(path, text)
    root = yaml.compose(text)
    if isinstance(root, yaml.SequenceNode):
        _steps(sound, root)
    else:
        _entries(sound, root, "header")
        for key, value in root.value:
            if key.value in LISTS:
                _steps(sound, value)
    return sound


def _entries(sound, mapping, role):
    for place, (key, value) in enumerate(mapping.value):
        sound.entries.append(Entry(role, key, value, mapping, place))


def _steps(sound, node):
    if isinstance(node, yaml.SequenceNode):
        sound.lists.append(node)
        for item in node.value:
            _step(sound, item, "step")
    else:
        _step(sound, node, "repair")


def _step(sound, node, role):
    if not isinstance(node, yaml.MappingNode):
        return
    keys = {key.value for key, _ in node.value}
    _entries(sound, node, role if keys & {*ACTIONS, "steps", "analyze", "test"} else "handler")
    for key, value in node.value:
        if key.value in ("on_failure", "on_success", "steps"):
            _steps(sound, value)
        elif key.value == "on_exit_code" and isinstance(value, yaml.MappingNode):
            for _, answer in value.value:
                _steps(sound, answer)


KINDS: dict[str, Callable[[Sound], Iterator[Mutant]]] = {}
"""Every kind of mistake, by its name."""


def kind(function):
    KINDS[function.__name__.replace("_", "-")] = function
    return function


def replacing(name, chosen, new):
    """A kind that puts ``new(what stands there)`` in place of the value of each chosen entry."""

    def mutate(sound):
        for one in chosen(sound):
            start, end = one.value.start_mark.index, one.value.end_mark.index
            yield sound.put(start, end, new(sound.text[start:end]))

    KINDS[name] = mutate


def renaming(name, new):
    """A kind that puts ``new(key)`` in place of every key of header, step and handler."""

    def mutate(sound):
        for one in sound.entries:
            start, end = one.key.start_mark.index, one.key.end_mark.index
            yield sound.put(start, end, new(one.name))

    KINDS[name] = mutate


def adding(name, line, *roles):
    """A kind that adds a line to every mapping of these roles, behind its first key where that is short."""

    def mutate(sound):
        for one in sound.entries:
            if one.role in roles and one.place == 0 and one.is_block and one.is_short:
                yield sound.insert_line(one.key.start_mark.index, " " * one.key.start_mark.column + line)

    KINDS[name] = mutate


# --- keys ---

renaming("doubled-letter-in-key", lambda key: key + key[-1])
renaming("letter-left-out-of-key", lambda key: key[:1] + key[2:])
renaming("letters-swapped-in-key", lambda key: key[1] + key[0] + key[2:])
renaming("capital-key", str.capitalize)
renaming("dash-for-underscore-and-more", lambda key: key.replace("_", "-") if "_" in key else key + "-s")
adding("unknown-key-added", "colour: blue", "step", "repair")
adding("key-of-the-header-in-a-step", "max_iterations: 3", "step", "repair")
adding("key-of-a-handler-in-a-step", "max_attempts: 3", "step")
adding("key-of-a-step-in-the-header", "commit_required: false", "header")
adding("merge-key", "<<: {timeout: 5m}", "step", "repair")
adding("key-without-colon", "timeout 5m", "step", "repair")
adding("key-that-is-a-list", "? [a, b]", "step", "repair")


@kind
def repeated_key(sound):
    for one in sound.entries:
        if one.is_block and one.is_short:
            start = one.key.start_mark
            line = sound.text[start.index : sound.line_end(start.index)]
            yield sound.insert_line(start.index, " " * start.column + line)


@kind
def colon_left_out(sound):
    for one in sound.entries:
        if one.is_block and one.is_short:
            yield sound.put(one.key.end_mark.index, one.key.end_mark.index + 1, "")


@kind
def equals_sign_for_colon(sound):
    for one in sound.entries:
        if one.is_block and one.is_short:
            yield sound.put(one.key.end_mark.index, one.key.end_mark.index + 1, " =")


@kind
def no_blank_after_colon(sound):
    for one in sound.entries:
        if one.is_block and one.is_short:
            yield sound.put(one.key.end_mark.index, one.value.start_mark.index, ":")


@kind
def value_left_out(sound):
    for one in sound.entries:
        if one.is_short and one.is_block:
            yield sound.put(one.key.end_mark.index + 1, one.value.end_mark.index, "")


@kind
def second_action(sound):
    for one in sound.entries:
        if one.is_step and one.name in ACTIONS and one.is_block and one.is_short:
            other = "shell" if one.name != "shell" else "claude"
            line = " " * one.key.start_mark.column + f"{other}: ls"
            yield sound.insert_line(one.key.start_mark.index, line, either=True)


@kind
def action_of_another_tool(sound):
    for one in sound.entries:
        if one.is_step and one.name in ACTIONS:
            word = {"claude": "prompt", "shell": "run", "name": "uses"}[one.name]
            yield sound.put(one.key.start_mark.index, one.key.end_mark.index, word)


# --- layout ---


def _behind_short_ones(sound):
    """Entries that follow a short one in a block mapping."""
    for before, one in zip(sound.entries, sound.entries[1:], strict=False):
        if one.mapping is before.mapping and before.is_short and one.is_block:
            yield one


@kind
def indent_too_wide(sound):
    for one in _behind_short_ones(sound):
        yield sound.put(one.key.start_mark.index, one.key.start_mark.index, " ")


@kind
def indent_too_narrow(sound):
    for one in _behind_short_ones(sound):
        if one.key.start_mark.column > 1:
            yield sound.put(one.key.start_mark.index - 1, one.key.start_mark.index, "")


@kind
def tab_for_indent(sound):
    for one in _behind_short_ones(sound):
        start = sound.line_start(one.key.start_mark.index)
        if start < one.key.start_mark.index:
            yield sound.put(start, one.key.start_mark.index, "\t")


def _items(sound):
    """Items of block lists of steps: the list, the place, the offset of the dash."""
    for steps in sound.lists:
        if not steps.flow_style:
            for place, item in enumerate(steps.value):
                yield steps, place, sound.text.rindex("-", 0, item.start_mark.index)


@kind
def no_blank_after_dash(sound):
    for steps, place, dash in _items(sound):
        if isinstance(steps.value[place], yaml.MappingNode):
            yield sound.put(dash + 1, steps.value[place].start_mark.index, "")


@kind
def dash_left_out(sound):
    for steps, place, dash in _items(sound):
        before, item = steps.value[place - 1], steps.value[place]
        if place and isinstance(item, yaml.MappingNode) and isinstance(before, yaml.MappingNode):
            keys = {key.value for key, _ in before.value}
            if item.value[0][0].value in keys:
                yield sound.put(dash, dash + 1, " ")


@kind
def dash_moved_left(sound):
    for _, place, dash in _items(sound):
        if place and sound.line_start(dash) < dash - 1:
            yield sound.put(dash - 1, dash, "")


@kind
def script_not_indented(sound):
    for one in sound.entries:
        if one.is_block and isinstance(one.value, yaml.ScalarNode) and one.value.style in ("|", ">"):
            first = sound.line_end(one.key.start_mark.index) + 1
            body = len(sound.text) - len(sound.text[first:].lstrip(" "))
            yield sound.put(first, body, " " * one.key.start_mark.column)


@kind
def second_document(sound):
    whole = sound.text.rstrip("\n")
    lines = whole.count("\n") + 2
    yield Mutant(f"{whole}\n---\n- shell: ls\n", frozenset({lines, lines + 1}))


# --- scalars ---


def _quoted(sound):
    for one in sound.entries:
        if one.is_short and one.value.style == '"':
            yield one


@kind
def closing_quote_left_out(sound):
    for one in _quoted(sound):
        yield sound.put(one.value.end_mark.index - 1, one.value.end_mark.index, "")


@kind
def closing_quote_of_another_sort(sound):
    for one in _quoted(sound):
        yield sound.put(one.value.end_mark.index - 1, one.value.end_mark.index, "'")


@kind
def text_behind_the_quote(sound):
    for one in _quoted(sound):
        yield sound.put(one.value.end_mark.index, one.value.end_mark.index, " and more")


@kind
def unknown_escape(sound):
    for one in _quoted(sound):
        yield sound.put(one.value.start_mark.index + 1, one.value.start_mark.index + 1, "\\d")


@kind
def flow_bracket_not_closed(sound):
    for one in sound.entries:
        value = one.value
        if isinstance(value, yaml.CollectionNode) and value.flow_style:
            yield sound.put(value.end_mark.index - 1, value.end_mark.index, "", value.start_mark.index)


@kind
def flow_bracket_closed_twice(sound):
    for one in sound.entries:
        value = one.value
        if isinstance(value, yaml.CollectionNode) and value.flow_style:
            end = value.end_mark.index
            yield sound.put(end, end, sound.text[end - 1])


def actions(sound):
    return [one for one in sound.keyed(*ACTIONS) if one.is_step]


replacing("plain-text-with-a-colon", actions, lambda _: "mend this: now")
replacing("text-that-begins-with-at", actions, lambda _: "@mmm-lint")
replacing("text-that-begins-with-a-backtick", actions, lambda _: "`mmm-lint`")
replacing("text-that-begins-with-percent", actions, lambda _: "%mmm-lint")
replacing("alias-of-nothing", actions, lambda _: "*nowhere")
replacing("tag", actions, lambda text: f"!secret {text}")
replacing("action-is-a-list", actions, lambda text: f"[{text}]")
replacing("action-is-a-mapping", actions, lambda text: f"{{run: {text}}}")
replacing("action-is-a-number", actions, lambda _: "42")
replacing("action-is-empty", actions, lambda _: '""')
replacing("control-character", actions, lambda _: '"make\x01 test"')

# --- values ---


def flags(sound):
    return sound.keyed("commit_required", "fail_workflow", "capture_output")


def counts(sound):
    return sound.keyed("max_attempts")


def times(sound):
    return [one for one in sound.entries if one.name == "timeout" and one.is_short]


def rounds(sound):
    return [one for one in sound.entries if one.name == "max_iterations" and one.is_short]


def ids(sound):
    return sound.keyed("id")


replacing("yes-for-true", flags, lambda _: "yes")
replacing("quoted-flag", flags, lambda text: f'"{text}"')
replacing("number-for-flag", flags, lambda _: "1")
replacing("word-for-count", counts, lambda _: "three")
replacing("negative-count", counts, lambda _: "-1")
replacing("broken-count", counts, lambda _: "2.5")
replacing("word-for-time", times, lambda _: "soon")
replacing("negative-time", times, lambda _: "-5")
replacing("unknown-unit-of-time", times, lambda _: "10 parsecs")
replacing("word-for-iterations", rounds, lambda _: "many")
replacing("no-iterations", rounds, lambda _: "0")
replacing("id-with-a-blank", ids, lambda text: f"{text} step")
replacing("id-that-begins-with-a-digit", ids, lambda text: f"2{text}")
replacing("reserved-id", ids, lambda _: "shell")
replacing("id-is-a-list", ids, lambda text: f"[{text}]")


@kind
def same_id_twice(sound):
    seen = []
    for one in ids(sound):
        if seen:
            yield sound.put(
                one.value.start_mark.index, one.value.end_mark.index, seen[-1], one.key.start_mark.index
            )
        seen.append(one.value.value)


# --- references ---

TEXTS = ("claude", "when", "shell")


def within(name, new, group=0, keys=TEXTS):
    """A kind that changes a part of each reference to a step."""

    def mutate(sound):
        for hole in sound.holes(*keys):
            yield sound.put(hole.start(group), hole.end(group), new(hole[group]))

    KINDS[name] = mutate


within("unknown-step", lambda name: f"{name}x", 1)
within("unknown-field", lambda name: f"{name}x", 2)
within("field-left-out", lambda _: "", 2)
within("unknown-filter", lambda hole: hole[:-1] + " | shout}")
within("filter-left-out", lambda hole: hole[:-1] + " | }")
within("two-dots", lambda hole: hole.replace(".", ".."))
within("reference-not-closed", lambda hole: hole[:-1], keys=("claude",))
within("template-of-another-tool", lambda hole: "${{ steps." + hole[2:-1] + " }}")


def _in_prompts(name, new):
    def mutate(sound):
        for one in _quoted(sound):
            if one.name == "claude":
                end = one.value.end_mark.index - 1
                yield sound.put(end, end, new)

    KINDS[name] = mutate


_in_prompts("unknown-variable", " $NO_SUCH_THING")
_in_prompts("unknown-input", " ${inputs.no_such_thing}")
_in_prompts("reference-to-no-step", " ${no_such_step.output}")
_in_prompts("item-outside-of-a-list", " ${item.name}")


@kind
def reference_to_itself(sound):
    for one in ids(sound):
        for key, value in one.mapping.value:
            if key.value == "claude" and isinstance(value, yaml.ScalarNode) and value.style == '"':
                end = value.end_mark.index - 1
                yield sound.put(end, end, f" ${{{one.value.value}.output}}")


def _references(text, name):
    return [match.start() for match in re.finditer(rf"\$\{{{re.escape(name)}\.", text)]


@kind
def renamed_id(sound):
    for one in ids(sound):
        if _references(sound.text, one.value.value):
            end = one.value.end_mark.index
            yield sound.put(end, end, "x", *_references(sound.text, one.value.value))


def _item_range(sound, steps, place, dash):
    """The lines of an item of a list with others behind it."""
    after = sound.text.rindex("-", 0, steps.value[place + 1].start_mark.index)
    return sound.line_start(dash), sound.line_start(after)


def _moved(sound):
    """Every item that another of its list refers to, taken out: its text, the rest, where it began, and its id."""
    for steps, place, dash in _items(sound):
        item = steps.value[place]
        if place + 1 == len(steps.value) or not isinstance(item, yaml.MappingNode):
            continue
        name = next((value.value for key, value in item.value if key.value == "id"), None)
        start, end = _item_range(sound, steps, place, dash)
        rest = sound.text[:start] + sound.text[end:]
        if name and not _references(sound.text[start:end], name) and _references(rest, name):
            last = len(sound.text[: steps.end_mark.index].rstrip()) - (end - start)
            yield sound.text[start:end], rest, last, name


def _lines(text, offsets):
    return frozenset(text.count("\n", 0, offset) + 1 for offset in offsets)


@kind
def step_left_out(sound):
    for _, rest, _, name in _moved(sound):
        yield Mutant(rest, _lines(rest, _references(rest, name)))


@kind
def step_moved_behind_its_readers(sound):
    for item, rest, last, name in _moved(sound):
        at = rest.find("\n", last) + 1 or len(rest)
        text = rest[:at] + ("" if rest[:at].endswith("\n") else "\n") + item + rest[at:]
        yield Mutant(text, _lines(text, _references(text, name)))
