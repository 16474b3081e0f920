"""What has to be there before anything runs: each thing that is not is one sentence with a next step."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from attrs import field, frozen

from mmm_lang.agents.commands import available_commands, claude_home, is_available
from mmm_lang.agents.errors import RecordingError, UnknownAgentError
from mmm_lang.agents.model import Agent
from mmm_lang.agents.patience import unreadable
from mmm_lang.agents.registry import answering
from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.git.errors import GitError
from mmm_lang.plan import ir
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.holes import holes_of
from mmm_lang.syntax.input_types import TITLES, fits

FILE_VARIABLES = ("FILE", "FILE_NAME", "FILE_STEM")
_SHOWN = 40
"""Characters of a value that does not fit."""
ITEM_VARIABLES = ("ARG", *FILE_VARIABLES, "INDEX", "TOTAL")
"""Session variables that only an item of `--map` or `--args` sets."""


@frozen
class Problem:
    """What is missing, and what to do."""

    message: str
    help: str


class RequirementsMissing(Exception):
    """The session cannot begin; nothing was changed. ``problems`` has a sentence for each reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


@contextmanager
def nothing_has_run() -> Iterator[None]:
    """Before a session begins, what disk or git refuses is a requirement that is missing."""
    try:
        yield
    except OSError as error:
        refused = Problem(
            f"`{error.filename}` cannot be written: {(error.strerror or str(error)).lower()}",
            "make room on the disk, and see that its folder is one that you may write to",
        )
        raise RequirementsMissing((refused,)) from None
    except GitError as error:
        what, _, advice = str(error).partition("; ")
        raise RequirementsMissing((Problem(what, advice),)) from None


@frozen
class Item:
    """One of the things that a playbook is run for: its label and the variables that it sets."""

    label: str
    variables: Mapping[str, str] = field(factory=dict)


def items_of(root: str, patterns: Sequence[str], arguments: Sequence[str]) -> tuple[Item, ...]:
    """The items of `--map` (files, in the order of their names) and `--args`; none without either.

    Globs and paths are relative to ``root``. Raises `RequirementsMissing` where a glob matches nothing.
    """
    paths: dict[str, None] = {}
    for pattern in patterns:
        found = matching_files(root, pattern)
        if not found:
            advice = f"globs are relative to the work tree's root, `{root}`; quote them from your shell"
            raise RequirementsMissing((Problem(f"no file matches `--map {pattern}`", advice),))
        paths.update(dict.fromkeys(found))
    total = len(paths) + len(arguments)
    items = [
        Item(
            path,
            {
                "ARG": path,
                "FILE": path,
                "FILE_NAME": os.path.basename(path),
                "FILE_STEM": os.path.splitext(os.path.basename(path))[0],
            },
        )
        for path in paths
    ]
    items += [Item(argument, {"ARG": argument}) for argument in arguments]
    return tuple(
        Item(item.label, {**item.variables, "INDEX": str(number), "TOTAL": str(total)})
        for number, item in enumerate(items, start=1)
    )


def matching_files(root: str, pattern: str) -> tuple[str, ...]:
    """The files below ``root`` that match a glob, in the order of their names."""
    return tuple(
        sorted({path for path in _matches(root, pattern) if os.path.isfile(os.path.join(root, path))})
    )


def _matches(root: str, pattern: str) -> Iterator[str]:
    """Paths relative to ``root`` that match, inside it only. A name that there is (`[id].tsx`) stands for itself."""
    inner = _from_root(root, pattern) if os.path.isabs(pattern) else pattern
    literal = os.path.lexists(os.path.join(root, inner))
    for path in (inner,) if literal else glob.iglob(inner, root_dir=root, recursive=True):
        normal = os.path.normpath(path)
        if normal != os.pardir and not normal.startswith(os.pardir + os.sep):
            yield normal


def _from_root(root: str, pattern: str) -> str:
    """An absolute pattern relative to ``root``, by whatever links it leads there."""
    parts = pattern.split(os.sep)
    for length in range(len(parts), 1, -1):
        if os.path.realpath(os.sep.join(parts[:length])) == root:
            return os.path.join(*(parts[length:] or [os.curdir]))
    return os.path.relpath(pattern, root)


def inputs_of(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """The inputs as variables. Raises `RequirementsMissing` for an unknown or missing one, and for a value that does not
    fit its type."""
    declared = {one.name: one for one in plan.header.inputs}
    problems = []
    for name in given:
        if name not in declared:
            meant = nearest(name, declared)
            advice = (
                f"there is an input with a similar name: `{meant}`" if meant else _inputs(tuple(declared))
            )
            problems.append(Problem(f"the playbook has no input `{name}`", advice))
    for name, one in declared.items():
        if name not in given and one.default is None:
            what = f" ({one.description})" if one.description else ""
            advice = f"give it with `--set {name}=VALUE`"
            problems.append(Problem(f"the playbook needs its input `{name}`{what}", advice))
        elif name in given and not fits(one.type, given[name]):
            shown = " ".join(given[name].split())[:_SHOWN]
            problem = f"the input `{name}` is {TITLES[one.type]}, and `{shown}` is none"
            problems.append(Problem(problem, f"give it another value: `--set {name}=VALUE`"))
    if problems:
        raise RequirementsMissing(problems)
    return {f"inputs.{name}": given.get(name, one.default or "") for name, one in declared.items()}


def _inputs(names: tuple[str, ...]) -> str:
    return (
        f"its inputs are {', '.join(f'`{name}`' for name in names)}" if names else "it declares no `inputs:`"
    )


def missing_variables(plan: Plan, items: Sequence[Item]) -> tuple[Problem, ...]:
    """Variables of items that the playbook needs and that the command line does not provide."""
    problems: dict[str, Problem] = {}
    if plan.header.map is not None and not items:
        return ()  # its items set them, and the checker knows which
    for step in plan.steps:
        for hole in holes_of(step):
            name = hole.target.name if isinstance(hole.target, ir.Variable) else ""
            if name not in ITEM_VARIABLES or hole.default is not None or name in problems:
                continue
            if not items or any(name not in item.variables for item in items):
                option = "`--map GLOB`" if name in FILE_VARIABLES else "`--map GLOB` or `--args VALUE`"
                problems[name] = Problem(
                    f"the playbook uses `${name}` ({step.where}), which nothing sets",
                    f"run it with {option}, or write `${{{name}:-…}}` for a default",
                )
    return tuple(problems.values())


def missing_agents(
    plan: Plan,
    default: str,
    agent: Callable[[str], Agent],
    asked: Sequence[str] = (),
    *,
    replays: bool = False,
) -> tuple[Problem, ...]:
    """Agents that the plan calls and that are not there; and those that were asked for (``asked``) in any case.

    ``replays``: a recording answers all calls.
    """
    problems = []
    for name in sorted({*agents_of(plan, default, replays=replays), *asked}):
        try:
            missing = agent(name).missing()
        except (UnknownAgentError, RecordingError) as error:
            missing = str(error)
        if missing is not None:
            what, _, advice = missing.partition("; ")
            problems.append(Problem(what, advice))
    return tuple(problems)


def unreadable_settings(environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """Settings of the environment about waiting for agents that hold no time."""
    return tuple(Problem(what, advice) for what, advice in unreadable(environ))


def unwritable_recording(path: str | None, playbook: str, kept: Sequence[str]) -> tuple[Problem, ...]:
    """Why no recording can be written to ``path``; nothing where it can, or where there is to be none.

    ``playbook`` is the path of what is cooked; nothing is written into the folders ``kept``, which are git's.
    """
    if path is None:
        return ()
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        return (Problem(f"`--record {path}` is a folder", "name a file, such as `review.recording.yml`"),)
    if not os.path.isdir(folder):
        return (Problem(f"`--record {path}`: there is no folder `{folder}`", "make it first"),)
    if not os.access(folder, os.W_OK):
        return (Problem(f"`--record {path}`: `{folder}` may not be written to", "name another file"),)
    return _overwritten(path, playbook, kept)


def _overwritten(path: str, playbook: str, kept: Sequence[str]) -> tuple[Problem, ...]:
    """Why a recording must not take the place of what is at ``path``: only another recording may be lost."""
    target = os.path.realpath(path)
    advice = "name a new file, such as `review.recording.yml`"
    if target == os.path.realpath(playbook):
        return (Problem(f"`--record {path}` is the playbook itself", advice),)
    for folder in map(os.path.realpath, kept):
        if target.startswith(folder + os.sep):
            what = f"`--record {path}` is git's: it lies in `{folder}`"
            return (Problem(what, advice),)
    if not _is_free(target):
        what = f"`--record {path}` is a file that is no recording, and would be overwritten"
        return (Problem(what, f"{advice}, or remove this one"),)
    return ()


def _is_free(path: str) -> bool:
    """Whether there is nothing at ``path``, an empty file, or a recording. Anything but a plain file is never read."""
    if not os.path.lexists(path):
        return True
    if not os.path.isfile(path):
        return False
    if os.path.getsize(path) == 0:
        return True
    from mmm_lang.agents.recording_file import read_recording

    try:
        read_recording(path)
    except RecordingError:
        return False
    return True


def agents_of(plan: Plan, default: str, *, replays: bool = False) -> set[str]:
    """Names of the agents that a plan calls; ``replays``: a recording answers all calls."""
    calls = (step.action for step in plan.steps if isinstance(step.action, ir.AgentCall))
    return {answering(call.agent, default, replays=replays) for call in calls}


def missing_commands(
    plan: Plan, default: str, root: str, environ: Mapping[str, str], *, replays: bool = False
) -> tuple[Problem, ...]:
    """Slash commands that `claude` would not find; ``replays``: a recording answers all calls."""
    home = claude_home(environ)
    missing: dict[str, str] = {}
    for step in plan.steps:
        call = step.action
        if not isinstance(call, ir.AgentCall) or call.command is None:
            continue
        if answering(call.agent, default, replays=replays) != "claude":
            continue
        if not is_available(call.command, root, home):
            missing.setdefault(call.command, step.where)
    bundled = {name: where for name, where in missing.items() if name in BUNDLED}
    others = {name: where for name, where in missing.items() if name not in BUNDLED}
    known = (*available_commands(root, home), *BUNDLED) if others else ()
    unbundled = tuple(_unknown_command(name, where, nearest(name, known)) for name, where in others.items())
    return (*_not_installed(bundled), *unbundled)


def _not_installed(commands: Mapping[str, str]) -> tuple[Problem, ...]:
    """Bundled commands (with the places that call them) that one `mmm init` brings."""
    if not commands:
        return ()
    names = ",".join(commands)
    if len(commands) == 1:
        ((name, where),) = commands.items()
        return (Problem(_no_file(name, where), f"`mmm init --commands {names}` writes it"),)
    listed = ", ".join(f"`/{name}` ({where})" for name, where in commands.items())
    what = f"these commands have no command file in `.claude/commands`: {listed}"
    return (Problem(what, f"`mmm init --commands {names}` writes them"),)


def _unknown_command(name: str, where: str, similar: str | None) -> Problem:
    advice = f"write the command's prompt into `{_command_file(name)}`"
    if similar is not None:
        advice = f"there is a command with a similar name: `/{similar}`; or {advice}"
    return Problem(_no_file(name, where), advice)


def _no_file(name: str, where: str) -> str:
    return f"`/{name}` ({where}) has no command file `{_command_file(name)}`"


def _command_file(name: str) -> str:
    return f".claude/commands/{name.replace(':', '/')}.md"
