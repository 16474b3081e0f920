"""Which rules can have something to say about a playbook: the others are not even loaded.

A module of a rule costs a third of a millisecond to load, and a short playbook gives most rules no occasion to speak:
there is no `until:`, no filter, no unresolved name. `RULES_BY_OCCASION` says which occasions a rule waits for. It only
saves time: a rule that is in no row is always asked, so that a new rule needs no row here. A row is held to the rules by
every test of a rule, for all of them come through here, and by one that asks all rules about many playbooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.outline import handlers_of
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.syntax.nodes import ClaudeAction, ForEachAction, ShellAction, Step

RULES_BY_OCCASION: dict[str, str] = {
    # problems of references, by the names of their classes
    "ContextNotAvailable": "context-not-available",
    "ForwardReference": "forward-reference",
    "MaybeUndefined": "maybe-undefined",
    "SelfReference": "self-reference",
    "UndefinedInput": "undefined-input",
    "UndefinedStep": "undefined-step",
    "UndefinedVariable": "undefined-variable",
    "UnknownField": "unknown-field",
    "UnknownItemField": "unknown-field",
    "UnknownMapField": "unknown-field",
    # what references stand for, how they are written, and where they stand
    "VariableTarget": "unset-captured-output",
    "InputTarget": "secret-in-prompt",
    "EnvironmentTarget": "secret-in-prompt",
    "output of a script": "secret-in-prompt",
    "ShellsOwn": "shadowed-variable step-without-field",
    "bare reference": "unbraced-reference",
    "filter": "ineffective-filter raw-filter",
    "reference in script": "evaluated-value list-as-argument text-in-arithmetic",
    "misplaced reference": "ansi-quotes quoted-heredoc unplaceable-value",
    # keys of the header
    "env": "replaced-path reserved-variable",
    "inputs": "reference-in-plain-text reserved-input unused-input wrong-input",
    "limits": "limit-too-low",
    "protect": "duplicate-value invalid-glob narrow-glob reference-in-plain-text",
    "until": "constant-until",
    "map": "constant-condition duplicate-value invalid-glob invalid-json-path limit-too-low path-escape"
    " pattern-on-number reference-in-plain-text type-mismatch unknown-field",
    # keys of steps, and those that `defaults:` has too
    "agent": "reference-in-plain-text unknown-agent",
    "allowed_tools": "duplicate-value excessive-permissions invalid-tool reference-in-plain-text unknown-tool",
    "commit": "ineffective-option",
    "cwd": "path-escape",
    "model": "reference-in-plain-text",
    "ok_exit_codes": "duplicate-value ineffective-option unreachable-exit-code",
    "output_schema": "invalid-schema unknown-field unknown-output-path",
    "outputs": "invalid-glob invalid-json-path narrow-glob reference-in-plain-text shadowed-field",
    "permissions": "excessive-permissions unknown-permission",
    "retry": "ineffective-option",
    "shell_program": "invalid-shell-program reference-in-plain-text",
    "when": "constant-condition contradictory-condition type-mismatch unreachable-step",
    "` in ` in a condition": "duplicate-value",
    "`matches` in a condition": "pattern-on-number",
    "handler of scripts": "handler-cannot-help",
    "loop": "duplicate-value ineffective-option invalid-json-path type-mismatch",
    # names
    "name given twice": "duplicate-id",
    "names": "id-naming reserved-id",
    # playbooks that are called
    "call": "ignored-in-call missing-input missing-playbook playbook-with-errors recursive-playbook too-many-calls",
    "inputs of a call": "evaluated-value reference-in-plain-text unknown-input wrong-input",
    # actions of agents
    "command by name": "implied-commit",
    "prompt in words": "missing-slash space-before-slash",
    "repository around": "missing-argument unknown-argument unknown-command",
    # the text of the file, and words of its scripts
    "`&` in the text": "unused-anchor",
    "`#` behind a blank": "text-after-hash",
    "number from 0": "octal-looking",
    "number of six digits": "timeout-in-milliseconds",
    "`&`": "background-process",
    "`/`": "command-in-shell",
    "`GITHUB_`": "foreign-output",
    "`::set-output`": "foreign-output",
    "`curl`": "curl-pipe-shell",
    "`wget`": "curl-pipe-shell",
    "`http://`": "insecure-url",
    "`ftp://`": "insecure-url",
    "`vi`": "interactive-command",
    "`nano`": "interactive-command",
    "`emacs`": "interactive-command",
    "`pico`": "interactive-command",
    "`git `": "interactive-command moved-head",
    "`docker `": "interactive-command",
    "`podman `": "interactive-command",
    "`read`": "interactive-command",
    "`cd `": "lost-change",
    "`pushd `": "lost-change",
    "`source `": "lost-change",
    "`. `": "lost-change",
    "`=`": "lost-change",
    "`echo`": "secret-in-log",
    "`printf`": "secret-in-log",
    "`env`": "secret-in-log",
    "`false`": "unreachable-step",
    "`exit`": "unreachable-step",
}
"""The rules that wait for an occasion. A rule in several rows waits for one of them; a row in backquotes is for a text
that some script holds."""

_WAITING = frozenset(name for names in RULES_BY_OCCASION.values() for name in names.split())
_OF_PLAYBOOK = ("env", "inputs", "limits", "map", "outputs", "protect", "until")
_OF_STEP = ("commit", "cwd", "env", "ok_exit_codes", "output_schema", "outputs", "when")
_OF_SETTINGS = ("agent", "allowed_tools", "model", "permissions", "retry", "shell_program")
_WORDS = tuple(row[1:-1] for row in RULES_BY_OCCASION if row[0] == row[-1] == "`")


def silent_rules(facts: Facts) -> frozenset[str]:
    """Names of rules that certainly have nothing to say about a playbook."""
    given = {occasion for occasion in _occasions(facts) if occasion in RULES_BY_OCCASION}
    return _WAITING.difference(*(RULES_BY_OCCASION[occasion].split() for occasion in given))


def _occasions(facts: Facts) -> Iterator[str]:
    """What there is in a playbook, by the names of the rows, and more."""
    playbook = facts.playbook
    yield from _written(playbook, _OF_PLAYBOOK)
    yield from _written(playbook.settings, _OF_SETTINGS)
    yield from _written(playbook.defaults, _OF_SETTINGS)
    for step in facts.outline.steps:
        yield from _of_step(step)
    yield from _of_references(facts)
    if playbook.inputs or facts.scope.steps:
        yield "names"
    if any(len(steps) > 1 for steps in facts.scope.steps.values()):
        yield "name given twice"
    if facts.surroundings is not None:
        yield "repository around"
    if facts.calls:
        yield from ("call", "inputs of a call")
    text = facts.source.text
    if "&" in text:
        yield "`&` in the text"
    if " #" in facts.source.text or "\t#" in facts.source.text:
        yield "`#` behind a blank"
    if re.search(r"\b0\d", text):
        yield "number from 0"
    if re.search(r"\d{6}", text):
        yield "number of six digits"
    scripts = "\n".join(_scripts(facts))
    yield from (f"`{word}`" for word in _WORDS if word in scripts)


def _of_step(step: Step) -> Iterator[str]:
    yield from _written(step, _OF_STEP)
    yield from _written(step.settings, _OF_SETTINGS)
    if step.when is not None:
        yield from (f"`{word}` in a condition" for word in (" in ", "matches") if word in step.when.raw)
    for handler in handlers_of(step):
        if handler.steps and all(isinstance(one.action, ShellAction) for one in handler.steps):
            yield "handler of scripts"
    action = step.action
    if isinstance(action, ForEachAction):
        yield "loop"
    if isinstance(action, ClaudeAction):
        if action.form != "claude":
            yield "command by name"
        elif not action.prompt.raw.startswith("/"):
            yield "prompt in words"


def _of_references(facts: Facts) -> Iterator[str]:
    for hole, resolution in facts.resolutions.items():
        target = resolution.target
        yield type(target).__name__
        if isinstance(target, StepTarget) and isinstance(target.step.action, ShellAction):
            yield "output of a script"
        for problem in resolution.problems:
            yield type(problem).__name__
        if hole.spelling == "bare":
            yield "bare reference"
        if hole.filters:
            yield "filter"
    if facts.places:
        yield "reference in script"
        if any(found.problem is not None for found in facts.places.values()):
            yield "misplaced reference"


def _scripts(facts: Facts) -> Iterator[str]:
    for step in facts.outline.steps:
        if isinstance(step.action, ShellAction):
            yield step.action.script.raw
    if facts.playbook.until is not None:
        yield facts.playbook.until.script.raw


def _written(node: object, names: tuple[str, ...]) -> Iterator[str]:
    """The attributes that hold something."""
    for name in names:
        if getattr(node, name) not in (None, ()):
            yield name
