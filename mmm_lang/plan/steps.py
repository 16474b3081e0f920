"""Lowering of one step: defaults, header and groups around it are folded in, so that it can be run as it stands."""

from __future__ import annotations

import re
from typing import Literal

from attrs import asdict, evolve, frozen

from mmm_lang.figures import plural
from mmm_lang.plan import ir
from mmm_lang.plan.values import Values
from mmm_lang.syntax import nodes

_COMMAND = re.compile(r"/([A-Za-z0-9][\w.:-]*)(?=\s|$)")
_TITLE_WIDTH = 72
IMPLEMENT = "mmm-implement-spec"
"""The command whose missing argument is the latest spec (spec/language.md, 3.2)."""
ANALYZE_AGE, ANALYSIS_AGE = 3600.0, 300.0
"""Seconds for which a project context is good, in `analyze:` and in `analysis:` that do not say."""
ANALYSIS_TIMEOUT = 600.0
"""Seconds that a refresh of the project context may take."""


@frozen
class Surroundings:
    """What the lists around a step hand down: environment, whether this is the main line, and a group's `rerun:`."""

    env: tuple[tuple[str, ir.Template], ...] = ()
    main_line: bool = True
    rerun: ir.Rerun = "auto"


class Steps:
    """Lowers the steps of one playbook. Of one that is called, ``outer`` is what the caller says for steps that say
    nothing, and ``file`` is its path."""

    def __init__(
        self,
        playbook: nodes.Playbook,
        values: Values,
        outer: nodes.Settings | None = None,
        file: str | None = None,
    ) -> None:
        self._playbook = playbook
        self._values = values
        self._outer = outer or nodes.Settings()
        self._file = file

    def lower(self, step: nodes.Step, key: str, around: Surroundings) -> ir.Step:
        """The node of a step. The steps inside it are not looked at."""
        settings = self._settings_of(step)
        retry = settings.retry
        return ir.Step(
            key=key,
            title=title_of(step.action),
            line=self._playbook.source.position(step.span.start).line,
            action=self._action(step, key, settings),
            id=step.id.value if step.id else None,
            when=self._values.condition(step.when) if step.when else None,
            main_line=around.main_line,
            attempts=retry.attempts.value if retry else 1,
            backoff=retry.backoff.value if retry and retry.backoff else 0.0,
            timeout=settings.timeout.value if settings.timeout else _longest(step.action),
            rerun=_rerun(step) or around.rerun,
            commit=step.commit.value if step.commit else not isinstance(step.action, nodes.AnalyzeAction),
            commit_rule=_commit_rule(step, around),
            commit_message=self._values.template(step.commit_message) if step.commit_message else None,
            capture_output=step.capture_output.value if step.capture_output else False,
            outputs=tuple(ir.Output(one.name.value, one.kind, one.pattern.value) for one in step.outputs),
            env=around.env + self.env(step.env),
            file=self._file,
        )

    def until(self, until: nodes.Until, around: Surroundings) -> ir.Step:
        """The success criterion as a step. It is judged once an iteration, so that no `retry:` is its own."""
        settings = self.settings(nodes.Settings())
        shell = settings.shell_program.value if settings.shell_program else "sh"
        timeout = until.timeout or settings.timeout
        return ir.Step(
            key="until",
            title=headline(until.script.raw),
            line=self._playbook.source.position(until.span.start).line,
            action=ir.ShellRun(self._values.script(until.script), shell),
            timeout=timeout.value if timeout else None,
            commit=False,
            env=around.env,
        )

    def condition(self, condition: nodes.Condition) -> ir.Expression:
        return self._values.condition(condition)

    def env(self, entries: tuple[nodes.EnvEntry, ...]) -> tuple[tuple[str, ir.Template], ...]:
        return tuple((entry.name.value, self._values.template(entry.value)) for entry in entries)

    def settings(self, own: nodes.Settings) -> nodes.Settings:
        """A step's settings over `defaults:` over the header's, and all of these over the caller's."""
        merged = self._outer
        for layer in (self._playbook.settings, self._playbook.defaults, own):
            merged = evolve(merged, **asdict(layer, recurse=False, filter=lambda _, value: value is not None))
        return merged

    def _settings_of(self, step: nodes.Step) -> nodes.Settings:
        """What holds for a step: a group has only its own, since the steps inside it have the defaults, and a
        `retry` of both would multiply."""
        if isinstance(step.action, nodes.GroupAction | nodes.ForEachAction | nodes.CallAction):
            return step.settings
        return self.settings(step.settings)

    def _action(self, step: nodes.Step, key: str, settings: nodes.Settings) -> ir.Action:
        match step.action:
            case nodes.ClaudeAction() as action:
                return self._agent_call(step, action, settings)
            case nodes.ShellAction(script=script):
                program = settings.shell_program.value if settings.shell_program else "sh"
                codes = step.ok_exit_codes
                return ir.ShellRun(
                    script=self._values.script(script),
                    program=program,
                    cwd=self._values.template(step.cwd) if step.cwd else None,
                    ok_exit_codes=tuple(code.value for code in codes) if codes is not None else (0,),
                )
            case nodes.AnalyzeAction() as action:
                return _refresh(action, ANALYZE_AGE)
            case nodes.ApproveAction(question=question):
                return ir.Approve(self._values.template(question))
            case nodes.GroupAction():
                return ir.Group()
            case nodes.ForEachAction() as action:
                return self._loop(action, key)
            case nodes.CallAction(playbook=playbook):
                return ir.Call(playbook.value)
            case nodes.UnavailableAction() | nodes.Broken():
                raise ValueError("a playbook with errors has no plan")

    def _loop(self, action: nodes.ForEachAction, key: str) -> ir.ForEach:
        """A loop. What a command prints is read from the step that runs it, whose key follows from the loop's."""
        most = action.max_items.value if action.max_items else 0
        match action.items:
            case nodes.Listed() as listed:
                many = len(listed.entries)
                return ir.ForEach(self._listed(listed), min(most or many, many))
            case nodes.Template(holes=(hole,)):
                return ir.ForEach(self._values.hole(hole), most)
            case nodes.CommandItems(json=path):
                lookup = f"{key}.items"
                filters = (ir.Filter("lines"),) if path is None else ()
                printed = ir.Hole(ir.StepField(lookup, "stdout"), f"{lookup}.stdout", filters=filters)
                return ir.ForEach(printed, most, None if path is None else path.value)
        raise ValueError("a playbook with errors has no plan")

    def _listed(self, listed: nodes.Listed) -> ir.Listed:
        return ir.Listed(tuple(self._item(one) for one in listed.entries))

    def _item(self, value: nodes.ItemValue) -> ir.ItemValue:
        match value:
            case nodes.Template():
                return self._values.template(value)
            case nodes.Listed():
                return self._listed(value)
            case nodes.Mapped(entries=named):
                return ir.Mapped(tuple((name.value, self._item(one)) for name, one in named))

    def _agent_call(
        self, step: nodes.Step, action: nodes.ClaudeAction, settings: nodes.Settings
    ) -> ir.AgentCall:
        prompt = self._values.template(action.prompt)
        if action.form != "claude":
            prompt = _as_slash_command(prompt)
        args = tuple(self._values.template(one) for one in action.args)
        command = _command(prompt)
        if command == IMPLEMENT and not args and _is_bare(prompt):
            spec = ir.Hole(ir.Variable("SPEC_ID"), "SPEC_ID")
            prompt = ir.Template((f"/{IMPLEMENT} ", spec))
        return ir.AgentCall(
            prompt=prompt,
            args=args,
            command=command,
            agent=settings.agent.value if settings.agent else None,
            model=settings.model.value if settings.model else None,
            max_cost_usd=settings.max_cost_usd.value if settings.max_cost_usd else None,
            allowed_tools=tuple(tool.value for tool in settings.allowed_tools or ()),
            permissions=settings.permissions.value if settings.permissions else None,
            on_denied=_on_denied(settings),
            output_schema=step.output_schema.value if step.output_schema else None,
            analysis=_refresh(step.analysis, ANALYSIS_AGE) if step.analysis else None,
        )


def _refresh(written: nodes.AnalyzeAction, age: float) -> ir.Analyze:
    """``age``: seconds for which a context is good where the playbook does not say."""
    return ir.Analyze(
        max_cache_age=written.max_cache_age.value if written.max_cache_age else age,
        force_refresh=written.force_refresh.value if written.force_refresh else False,
    )


def _longest(action: nodes.Action) -> float | None:
    """How long a step may take that does not say, in seconds."""
    return ANALYSIS_TIMEOUT if isinstance(action, nodes.AnalyzeAction) else None


def _rerun(step: nodes.Step) -> ir.Rerun | None:
    """What the step itself says."""
    match step.rerun.value if step.rerun else None:
        case "auto" | "ask" | "never" as said:
            return said
    return None


def title_of(action: nodes.Action) -> str:
    """What people call a step that has no id: the first line of its prompt or script."""
    match action:
        case nodes.ClaudeAction(prompt=prompt, form=form, args=args):
            words = " ".join((prompt.raw.strip(), *(arg.raw for arg in args)))
            return headline(words if form == "claude" else f"/{words.lstrip('/')}")
        case nodes.ShellAction(script=script):
            return headline(script.raw)
        case nodes.GroupAction(steps=steps):
            return plural(len(steps), "step")
        case nodes.ForEachAction(items=nodes.Listed(entries=entries)):
            return plural(len(entries), "item")
        case nodes.ForEachAction(items=nodes.Template(raw=raw)):
            return headline(raw)
        case nodes.ForEachAction(items=nodes.CommandItems(step=lookup)):
            return title_of(lookup.action)
        case nodes.AnalyzeAction():
            return "analyze"
        case nodes.ApproveAction(question=question):
            return headline(question.raw)
        case nodes.CallAction(playbook=playbook):
            return headline(playbook.value)
    return "?"


def headline(text: str) -> str:
    """What people read of a prompt or script: its first line that does something, cut to a width."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()] or [""]
    # a script often begins with comments or `set -e`: the first line that does something says more
    says = [line for line in lines if not line.startswith(("#", "set -"))] or lines
    first = "".join(character for character in says[0] if character.isprintable())
    cut = len(first) > _TITLE_WIDTH
    return f"{first[: _TITLE_WIDTH - 1]}…" if cut else first + (" …" if len(says) > 1 else "")


def _commit_rule(step: nodes.Step, around: Surroundings) -> ir.CommitRule:
    """`commit_required` as written; on the main line a slash command by name implies it (spec/language.md, 5)."""
    if step.commit_required is not None:
        return "required" if step.commit_required.value else "optional"
    by_name = isinstance(step.action, nodes.ClaudeAction) and step.action.form != "claude"
    return "implied" if by_name and around.main_line else "optional"


def _on_denied(settings: nodes.Settings) -> Literal["fail", "warn"] | None:
    if settings.on_denied is None:
        return None
    return "warn" if settings.on_denied.value == "warn" else "fail"


def _as_slash_command(prompt: ir.Template) -> ir.Template:
    """A command by name: with its slash, which the older forms leave out, and without space around it."""
    parts = list(prompt.parts)
    if parts and isinstance(parts[0], str):
        parts[0] = "/" + parts[0].lstrip().removeprefix("/")
    else:
        parts.insert(0, "/")
    if isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip()
    return ir.Template(tuple(parts))


def _command(prompt: ir.Template) -> str | None:
    """The name of the slash command; ``None`` where a reference is part of it, and nobody knows it yet."""
    first = prompt.parts[0] if prompt.parts else ""
    text = first if isinstance(first, str) else ""
    found = _COMMAND.match(text)
    goes_on = found is not None and found.end() == len(text) and len(prompt.parts) > 1
    return None if found is None or goes_on else found.group(1)


def _is_bare(prompt: ir.Template) -> bool:
    """Whether a slash command has nothing after it; a block scalar ends with a newline."""
    return not prompt.holes and len("".join(map(str, prompt.parts)).split()) == 1
