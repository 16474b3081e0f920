"""Completion inside references: ids, fields, inputs, variables, filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mmm_lang.analysis.fields import declared_output, own_fields
from mmm_lang.analysis.item_values import names_at
from mmm_lang.analysis.schemas import NoSuchProperty, along, schema_of
from mmm_lang.analysis.scopes import ItemTarget
from mmm_lang.analysis.variables import MAP_FIELDS, SESSION_VARIABLES
from mmm_lang.editor import meanings
from mmm_lang.editor.calls import outputs_seen
from mmm_lang.editor.completion_model import Completion
from mmm_lang.editor.document import Document
from mmm_lang.editor.spot import Spot
from mmm_lang.editor.standpoint import Standpoint, standpoint
from mmm_lang.editor.step_text import action_line, step_title
from mmm_lang.syntax.keys import ValueKind
from mmm_lang.syntax.nodes import Step

_NAMES = re.compile(r"(?<![\\$])\$(?P<open>[{<])[ \t]*(?P<path>(?:[A-Za-z0-9_][\w-]*\.)*)(?P<word>[\w-]*)\Z")
_FILTER = re.compile(r"(?<![\\$])\$[{<][^{}<>]*\|[ \t]*(?P<word>\w*)\Z")
_BARE = re.compile(r"(?<![\\$])\$(?P<word>(?:[A-Za-z_]\w*)?)\Z")
_GOES_ON = re.compile(r"[ \t]*(?:[}>|.]|:-)")
_TEMPLATES: frozenset[ValueKind] = frozenset({"loop", "template", "templates", "condition"})


def complete_reference(document: Document, spot: Spot, offset: int) -> tuple[Completion, ...]:
    """What can stand in the reference that is being typed at a spot; nothing where none is."""
    is_bare_prompt = spot.kind == "key" and spot.is_item and spot.ground == "step"
    if spot.value_kind not in _TEMPLATES and not is_bare_prompt:
        return ()
    if _FILTER.search(spot.typed) is not None:
        return _filters(spot)
    if (names := _NAMES.search(spot.typed)) is not None:
        offered = _Offered(standpoint(document, spot, offset), spot, "}" if names["open"] == "{" else ">")
        path = tuple(names["path"].split(".")[:-1])
        return tuple(offered.after(path) if path else offered.first_names(is_angled=names["open"] == "<"))
    if _BARE.search(spot.typed) is not None:
        offered = _Offered(standpoint(document, spot, offset), spot, "")
        return (*offered.inputs(rank=0), *offered.variables(rank=10))
    return ()


def _filters(spot: Spot) -> tuple[Completion, ...]:
    found = []
    for rank, (name, meaning) in enumerate(meanings.FILTERS.items()):
        text = f"{name}(20)" if name in ("head", "tail") and not spot.rest.startswith("(") else name
        found.append(Completion(text, "filter", spot.word, text, documentation=meaning, rank=rank))
    return tuple(found)


class _Offered:
    """What is offered at one place; ``close`` ends the reference."""

    def __init__(self, standpoint: Standpoint, spot: Spot, close: str) -> None:
        self.standpoint = standpoint
        self.spot = spot
        self.playbook = standpoint.analysis.playbook
        self.close = "" if _GOES_ON.match(spot.rest) else close

    def first_names(self, *, is_angled: bool) -> Iterator[Completion]:
        """Ids of steps that have begun, contexts, and names that stand alone."""
        for rank, (name, step) in enumerate(self.standpoint.steps()):
            yield Completion(
                name, "step", self.spot.word, name, step_title(step), action_line(step), rank=rank
            )
        for context in ("shell", "last"):
            meant = self.standpoint.meant_by(context)
            if meant is not None:
                page = f"{meanings.CONTEXTS[context]}\n\n{action_line(meant)}"
                yield Completion(context, "step", self.spot.word, context, step_title(meant), page, 1000)
        if self.playbook.inputs:
            yield Completion(
                "inputs",
                "input",
                self.spot.word,
                "inputs",
                documentation=meanings.CONTEXTS["inputs"],
                rank=1001,
            )
        yield from self.items(is_angled=is_angled)
        if not is_angled:
            yield from self.inputs(rank=1002)
            yield from self.variables(rank=1100)

    def inputs(self, rank: int) -> Iterator[Completion]:
        """The declared inputs by their names alone."""
        for one in self.playbook.inputs:
            name = one.name.value
            detail = "required" if one.default is None else f"default: {one.default.value}"
            page = one.description or ""
            yield Completion(name, "input", self.spot.word, f"{name}{self.close}", detail, page, rank)

    def items(self, *, is_angled: bool) -> Iterator[Completion]:
        """The item of this place, and the outcome of all items, where there are such."""
        if not is_angled and self._item(()) is not None:
            page = "the item that the steps run for"
            yield Completion("item", "variable", self.spot.word, f"item{self.close}", "", page, 900)
        if self.standpoint.analysis.facts.scope.part.name == "reduce":
            page = "how the items of `map:` ended"
            yield Completion("map", "variable", self.spot.word, "map", "", page, 901)

    def _item(self, path: Iterable[str]) -> ItemTarget | None:
        target = self.standpoint.look_up("item", *path).target
        return target if isinstance(target, ItemTarget) else None

    def _names_in_item(self, further: list[str]) -> Iterator[Completion]:
        """The names that items have at a path, where the playbook writes them."""
        target = self._item(further)
        if target is None:
            return
        owner = "this loop" if target.map is None else "`map:`"
        for rank, name in enumerate(names_at(target)):
            yield self._field(("item", *further, name), name, self.close, f"in an item of {owner}", rank)

    def variables(self, rank: int) -> Iterator[Completion]:
        """The variables of the session."""
        for name, meaning in SESSION_VARIABLES.items():
            yield Completion(
                name, "variable", self.spot.word, f"{name}{self.close}", "variable", meaning, rank
            )

    def after(self, path: tuple[str, ...]) -> Iterator[Completion]:
        """What may follow ``path.``."""
        first, *further = path
        if first == "inputs" and first not in self.standpoint.analysis.facts.scope.steps:
            if not further:
                yield from self.inputs(rank=0)
            return
        if first == "item":
            yield from self._names_in_item(further)
        if first == "map" and self.standpoint.analysis.facts.scope.part.name == "reduce" and not further:
            for rank, (name, meaning) in enumerate(MAP_FIELDS.items()):
                yield Completion(name, "field", self.spot.word, f"{name}{self.close}", "", meaning, rank)
        step = self._step(first)
        if step is None:
            return
        if not further:
            yield from self._fields(first, step)
        elif further == ["outputs"]:
            yield from self._outputs(first, step, "outputs")
        elif further[0] == "json" or (further[0] == "outputs" and further[1:2] == ["json"]):
            yield from self._properties(step, further[further.index("json") + 1 :])

    def _step(self, name: str) -> Step | None:
        steps = self.standpoint.analysis.facts.scope.steps.get(name)
        return steps[0] if steps else self.standpoint.meant_by(name)

    def _fields(self, first: str, step: Step) -> Iterator[Completion]:
        yield from self._outputs(first, step)
        own = own_fields(step) or ()
        for rank, field in enumerate(sorted(own, key=_FIELD_ORDER.index)):
            if declared_output(step, field) is None:
                close = "" if field == "json" else self.close
                yield self._field((first, field), field, close, meanings.FIELDS[field], 10 + rank)

    def _outputs(self, first: str, step: Step, *between: str) -> Iterator[Completion]:
        for rank, output in enumerate(step.outputs):
            name = output.name.value
            page = f"output `{name}`: {output.kind} `{output.pattern.value}`"
            yield self._field((first, *between, name), name, self.close, page, rank)
        for rank, (name, page) in enumerate(outputs_seen(self.standpoint.analysis, step)):
            yield self._field((first, *between, name), name, self.close, page, rank)

    def _field(self, path: Iterable[str], name: str, close: str, page: str, rank: int) -> Completion:
        """A field. Where it may be unset, that is said, and it comes after those that are certain."""
        certain = self.standpoint.is_certain(*path)
        detail = "" if certain else "may be unset here: add a default, as in :-text"
        return Completion(
            name, "field", self.spot.word, f"{name}{close}", detail, page, rank if certain else rank + 100
        )

    def _properties(self, step: Step, further: list[str]) -> Iterator[Completion]:
        """Properties that the schema of the step's answer declares at a path."""
        schema = schema_of(step)
        found = along(schema, tuple(further)) if schema is not None else None
        if found is None or isinstance(found, NoSuchProperty):
            return
        properties = found.schema.get("properties")
        for rank, (name, inner) in enumerate(properties.items() if isinstance(properties, dict) else ()):
            kind = inner.get("type") if isinstance(inner, dict) else None
            detail = kind if isinstance(kind, str) else ""
            close = "" if detail in ("object", "array") else self.close
            yield Completion(str(name), "field", self.spot.word, f"{name}{close}", detail, rank=rank)


_FIELD_ORDER = (
    "output", "spec", "status", "exit_code", "json", "files", "stdout", "stderr", "output_file", "spec_id",
    "commits", "items", "attempts", "duration", "calls", "cost_usd",
)  # fmt: skip
"""The fields of a step, the most used first."""
