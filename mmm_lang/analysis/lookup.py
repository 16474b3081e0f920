"""Finding out what a hole stands for, by the names of the playbook and the order of its steps.

One cause gives one problem, so that an undefined name has no followers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mmm_lang.analysis import flow
from mmm_lang.analysis.fields import GROUP_FIELDS, NEVER_AN_ERROR, declared_output, own_fields
from mmm_lang.analysis.guards import in_force, possible_statuses
from mmm_lang.analysis.outline import Outline
from mmm_lang.analysis.scopes import (
    ContextNotAvailable,
    EnvironmentTarget,
    ForwardReference,
    InputTarget,
    MaybeUndefined,
    Problem,
    Resolution,
    Scope,
    SelfReference,
    ShellsOwn,
    StepTarget,
    UndefinedInput,
    UndefinedStep,
    UndefinedVariable,
    UnknownField,
    VariableTarget,
)
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.variables import CONTEXTS, FOREIGN_CONTEXTS, SESSION_VARIABLES
from mmm_lang.record import evolve
from mmm_lang.syntax.hole_scanner import shell_may_mean
from mmm_lang.syntax.nodes import CallAction, Located, ShellAction, Step

AssignedNames = Callable[[str], Mapping[str, int]]
"""The names that a script assigns itself, and where; asked only where a script has a name of ours."""


def resolve(site: Site, scope: Scope, assigned_names: AssignedNames) -> Resolution:
    """What the hole at ``site`` stands for."""
    path = site.hole.path
    if len(path) == 1:
        return _resolve_name(site, scope, assigned_names)
    if path[0] == "inputs" and "inputs" not in scope.steps:
        return _resolve_input(site, scope)
    if (
        path[0] == "item"
        and "item" not in scope.steps
        and (loop := scope.outline.loop_around(site.step)) is not None
    ):
        return _of_loop(site, scope, loop)
    is_of_map = scope.part.map is not None or scope.part.name == "reduce"
    if path[0] in ("item", "map") and is_of_map and path[0] not in scope.steps:
        found = _of_map(site, scope)
        if found is not None:
            return found
    candidates = _candidates(site, scope)
    if candidates:
        return _resolve_field(site, scope, candidates)
    if path[0] in CONTEXTS:
        return Resolution(site, None, (ContextNotAvailable(path[0]),))
    if site.program is not None and shell_may_mean(path):
        return Resolution(site, ShellsOwn())
    return Resolution(site, None, (UndefinedStep(path[0]),))


def would_resolve(site: Site, scope: Scope, *path: str) -> bool:
    """Whether a reference with other names would be sound at the same place: what may be proposed instead."""
    span = site.hole.span
    hole = evolve(site.hole, names=tuple(Located(name, span) for name in path))
    found = resolve(evolve(site, hole=hole), scope, lambda _: {})
    return found.target is not None and not found.problems


def _resolve_name(site: Site, scope: Scope, assigned_names: AssignedNames) -> Resolution:
    name = site.hole.path[0]
    loop = scope.outline.loop_around(site.step) if name == "item" else None
    if site.program is not None and site.template is not None:
        known = loop is not None or scope.knows(name)
        if not known and site.hole.spelling != "angled" and not site.hole.filters:
            return Resolution(site, ShellsOwn())
        assigned = assigned_names(site.template.raw).get(name) if known else None
        if assigned is not None:
            return Resolution(site, ShellsOwn(site.template.span_of(assigned, assigned + len(name))))
    if name in SESSION_VARIABLES:
        if _is_unset(site, scope, name):
            return Resolution(site, None, (ContextNotAvailable(name),))
        return Resolution(site, VariableTarget(name))
    if loop is not None and name not in scope.inputs:
        return _of_loop(site, scope, loop)
    if name == "item" and scope.knows(name):
        item = _of_map(site, scope)
        if item is not None:
            return item
    if name in scope.inputs:
        return Resolution(site, InputTarget(name, scope.inputs[name]))
    if site.key == "env":
        return Resolution(site, EnvironmentTarget(name))
    if name in FOREIGN_CONTEXTS and name not in scope.steps:
        return Resolution(site, None, (ContextNotAvailable(name),))
    return Resolution(site, None, (UndefinedVariable(name),))


def _of_loop(site: Site, scope: Scope, loop: Step) -> Resolution:
    """The item of the innermost loop around the place."""
    from mmm_lang.analysis.loops import resolve_loop_item  # few playbooks have one

    return resolve_loop_item(site, scope, loop)


def _of_map(site: Site, scope: Scope) -> Resolution | None:
    """An item of the playbook's `map:`, or what became of all of them."""
    from mmm_lang.analysis.items import resolve_item, resolve_map  # few playbooks have one

    return resolve_item(site, scope) if site.hole.path[0] == "item" else resolve_map(site, scope)


def _is_unset(site: Site, scope: Scope, name: str) -> bool:
    """Whether a variable of items stands where no item is."""
    if scope.part.map is None and site.key != "filter":
        return False
    from mmm_lang.analysis.items import unset_here

    return unset_here(site, scope, name)


def _resolve_input(site: Site, scope: Scope) -> Resolution:
    name = ".".join(site.hole.path[1:])
    if name in scope.inputs:
        return Resolution(site, InputTarget(name, scope.inputs[name]))
    first, *inside = site.hole.path[1:]
    if scope.inputs.get(first) == "json":
        return Resolution(site, InputTarget(first, "", tuple(inside)))
    return Resolution(site, None, (UndefinedInput(name),))


def _candidates(site: Site, scope: Scope) -> tuple[Step, ...]:
    """The steps that the first name may mean: one, several where an id is defined twice, or none."""
    name = site.hole.path[0]
    if name in scope.steps:
        return scope.steps[name]
    found = None
    if name == "shell":
        found = shell_step(site, scope.outline)
    elif name == "last":
        found = _last_step(site, scope.outline)
    return (found,) if found is not None else ()


def shell_step(site: Site, outline: Outline) -> Step | None:
    """The innermost shell step under repair, else the nearest earlier one of this or an enclosing list."""
    if site.step is None:
        return next(_shells(reversed(outline.main)), None) if site.key in flow.AT_THE_END else None
    line = outline.lineage(site.step)
    for inside in reversed(line):
        home = outline.homes[inside]
        if (
            home.relation == "handler"
            and home.owner is not None
            and isinstance(home.owner.action, ShellAction)
        ):
            return home.owner
    for inside in reversed(line):
        home = outline.homes[inside]
        found = outline.shell_before[inside]
        if found is not None:
            return found
        if home.relation == "on_success" and home.owner is not None:
            found = next(_shells(iter((home.owner,))), None)
            if found is not None:
                return found
    return None


def _shells(steps: Iterator[Step]) -> Iterator[Step]:
    return (step for step in steps if isinstance(step.action, ShellAction))


def _last_step(site: Site, outline: Outline) -> Step | None:
    """The predecessor in the same list, at its head the owner of the list."""
    if site.step is None:
        return outline.main[-1] if site.key in flow.AT_THE_END and outline.main else None
    home = outline.homes[site.step]
    return home.steps[home.index - 1] if home.index > 0 else home.owner


def _resolve_field(site: Site, scope: Scope, candidates: tuple[Step, ...]) -> Resolution:
    """The first candidate of which nothing is to be said, else the first; an id that is defined twice has
    its own diagnostic, so then no problem follows.
    """
    found = [_resolve_step(site, scope, step) for step in candidates]
    sound = next((one for one in found if not one.problems), found[0])
    return sound if len(found) == 1 else Resolution(site, sound.target)


def _resolve_step(site: Site, scope: Scope, step: Step) -> Resolution:
    problems: list[Problem] = []
    target, wrong = _field(step, site.hole.path, scope)
    if wrong is not None:
        problems.append(wrong)
    match flow.order(scope.outline, site, step):
        case "itself" | "around":
            problems.append(SelfReference(step))
        case "later":
            problems.append(ForwardReference(step))
        case "before" if wrong is None and not _is_settled(site) and not _is_exempt(step, target):
            doubts = flow.doubts(scope.outline, site, step) or _doubts_of_output(site, scope, step, target)
            if doubts:
                problems.append(MaybeUndefined(step, doubts))
        case _:
            pass
    return Resolution(site, target, tuple(problems))


def _is_settled(site: Site) -> bool:
    """Whether it does not matter that a value is unset: there is a default, or it is for an output, which is unset
    then."""
    return site.hole.default is not None or site.key == "outputs"


def _field(step: Step, path: tuple[str, ...], scope: Scope) -> tuple[StepTarget, UnknownField | None]:
    """The field of a step that ``path`` names, its first name being the step."""
    at = 1
    if path[1] == "outputs" and declared_output(step, "outputs") is None and len(path) > 2:
        at = 2
    name, deeper = path[at], path[at + 1 :]
    if isinstance(step.action, CallAction):
        return _field_of_call(step, path, at, scope)
    target = StepTarget(step, name, deeper)
    fields = own_fields(step)
    if fields is None:
        return target, None
    output = declared_output(step, name)
    if output is None and f"outputs.{name}" in step.keys:
        return target, None  # declared, but not readable: that has been said
    known = output is not None or (name in fields and (at == 1 or name in ("spec", "spec_id")))
    if not known:
        return target, UnknownField(step, name, at)
    if deeper and (output is not None or name != "json"):
        return target, UnknownField(step, deeper[0], at + 1)
    return target, None


def _field_of_call(
    step: Step, path: tuple[str, ...], at: int, scope: Scope
) -> tuple[StepTarget, UnknownField | None]:
    """The same of a step that calls a playbook: the outputs that its header declares, and the fields of a group."""
    from mmm_lang.analysis.call_outputs import kind_of_output, output_names

    name, deeper = path[at], path[at + 1 :]
    declared = output_names(scope.called.get(step))
    kind = kind_of_output(scope.called.get(step), name)
    target = StepTarget(step, name, deeper, kind)
    if declared is None:
        return target, None
    if name not in declared and (at > 1 or name not in GROUP_FIELDS):
        return target, UnknownField(step, name, at)
    return target, UnknownField(step, deeper[0], at + 1) if deeper else None


def _is_exempt(step: Step, target: StepTarget) -> bool:
    output = declared_output(step, target.field)
    return output.kind == "file_pattern" if output is not None else target.field in NEVER_AN_ERROR


def _doubts_of_output(site: Site, scope: Scope, step: Step, target: StepTarget) -> tuple[flow.Doubt, ...]:
    """A declared output is unset where the step has failed for good and the playbook goes on."""
    forgiving = flow.forgiving(step)
    if declared_output(step, target.field) is None or forgiving is None:
        return ()
    inside = site.step is not None and step in scope.outline.lineage(site.step)
    if inside or possible_statuses(in_force(scope.outline, site), step) <= {"succeeded"}:
        return ()
    return (flow.Doubt("its step may fail and the playbook go on", forgiving),)
