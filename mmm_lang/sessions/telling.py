"""The whole story of one session in lines for people: what `mmm sessions show` prints. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from mmm_lang.figures import measured, money, plural
from mmm_lang.report.wording import elapsed, limits, printable
from mmm_lang.sessions.advice import next_steps
from mmm_lang.sessions.record import Record
from mmm_lang.sessions.story import Iteration, Note, Part, Round, Run, Story, Turn, WayBack
from mmm_lang.sessions.summary import Summary, cost, summarise

Subjects = Mapping[str, str]
"""First lines of commit messages by commit; one that is gone is missing."""

_SIGNS = {"succeeded": "✅", "running": "🔄", "undone": "✅"}
_SHORT = 10
"""Letters of a commit's id that are shown."""


def told(record: Record, subjects: Subjects, now: float, local: Callable[[float], datetime]) -> str:
    """The story of ``record`` at the time ``now`` (UNIX seconds); ``local`` makes a time of those people live by."""
    story = record.story
    summary = summarise(record)
    lines = [*_header(record, story, summary, now, local)]
    for iteration in story.iterations:
        lines += ["", *_iteration(iteration, story, subjects)]
    lines += ["", *_ending(record, story, summary)]
    steps = next_steps(record, story)
    if steps:
        width = max(len(step.command) for step in steps)
        lines += ["", "What you can do:"]
        lines += [f"   {step.command:<{width}}  {step.why}" for step in steps]
    return "".join(f"{printable(line)}\n" for line in lines)


def _header(
    record: Record, story: Story, summary: Summary, now: float, local: Callable[[float], datetime]
) -> Iterator[str]:
    yield f"🔍 Session {record.id}"
    started = story.started
    if started is None:
        return
    yield f"   Workflow: {started.name} ({started.playbook})"
    branch = started.base.branch or "a detached HEAD"
    yield f"   Began: {_moment(story.began, local)}, on {branch} at {started.base.head[:_SHORT]}"
    if story.began is not None and story.last is not None:
        if summary.status == "running":
            yield f"   Runs for: {elapsed(max(0.0, now - story.began))}"
        else:
            yield f"   Took: {measured(max(0.0, story.last - story.began))}"
    if started.variables:
        pairs = (f"{name}={_one_line(value)}" for name, value in started.variables.items())
        yield f"   Values: {', '.join(pairs)}"
    if most := limits(started):
        yield f"   Limits: {', '.join(most)}"


def _moment(at: float | None, local: Callable[[float], datetime]) -> str:
    try:
        return "at an unknown time" if at is None else f"{local(at):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return "at an impossible time"


def _iteration(iteration: Iteration, story: Story, subjects: Subjects) -> Iterator[str]:
    if iteration.number:
        most = story.started.max_iterations if story.started else "?"
        yield f"🔄 Iteration {iteration.number}/{most}"
    for part in iteration.parts:
        before = "   " * (len(part.path) + 1)
        for line in _part(part, story, subjects):
            yield f"{before}{line}"
    done = iteration.finished
    if done is not None:
        until = {None: "", True: ", the criterion is met", False: ", the criterion is not met"}[done.until]
        files = "" if done.changed else ", no file changed"
        yield f"   {plural(done.commits, 'commit')} in this iteration{files}{until}"


def _part(part: Part, story: Story, subjects: Subjects) -> Iterator[str]:
    match part:
        case Run():
            yield from _run(part, story, subjects)
        case Round():
            yield f"🔧 Repairing `{part.step.rpartition('.on_')[0] or part.step}`, round {part.round}"
        case Turn():
            yield f"🔄 {part.turn}/{part.of} {part.item}"
        case WayBack():
            yield from _way_back(part)
        case Note():
            name = part.event.replace("_", " ")
            yield f"▶ {name}: {_one_line(part.text)}" if part.text else f"▶ {name}"


def _run(run: Run, story: Story, subjects: Subjects) -> Iterator[str]:
    title = run.title or run.step
    name = "" if title == run.step else f"[{run.step}] "
    again = f", run {run.attempt}" if run.attempt > 1 else ""
    if run.status == "skipped":
        yield f"⏭  {name}{title} skipped: {_one_line(run.reason or 'no reason given')}"
        return
    facts = _facts(run)
    if run.status == "succeeded":
        yield f"✅ {name}{title} completed{again}{facts}"
        if run.reason:
            yield f"   {_one_line(run.reason)}"
    elif run.status == "failed":
        yield f"❌ {name}{title} failed{again}: {_one_line(run.reason or 'no reason given')}{facts}"
    else:
        yield f"🔄 {name}{title} {_open(run)}{again}{facts}"
    for commit in run.commits:
        gone = "" if commit in story.commits else " (taken back)"
        yield f"   {commit[:_SHORT]} {_one_line(subjects.get(commit, '(no longer in this repository)'))}{gone}"
    for note in run.notes:
        yield f"   note: {_one_line(note)}"
    for output, value in run.outputs.items():
        yield f"   {output}: {_one_line(value)}"


def _open(run: Run) -> str:
    """Of a run without a verdict: how far it came."""
    if run.superseded is not None:
        return f"did not come to an end: {_one_line(run.superseded)}"
    if run.run == 0:
        return "was entered, and has no verdict"
    if run.ran:
        return "ended, and has no verdict"
    return "was called, and no end of it is recorded" if run.agent else "began, and no end of it is recorded"


def _facts(run: Run) -> str:
    facts = []
    if run.ran:
        facts.append(measured(run.duration))
    if run.agent is not None or run.calls:
        facts.append("cost unknown" if run.cost_usd is None else money(run.cost_usd))
    return f" ({', '.join(facts)})" if facts else ""


def _way_back(way: WayBack) -> Iterator[str]:
    event = way.event
    what = {
        "session": "Rolled back to {to}, where the failed iteration began",
        "retry": "Back to {to} before the next run of `{step}`",
        "given-up": "Gave up `{step}`: what it left uncommitted was taken away",
        "head-moved": "`{step}` moved HEAD elsewhere: back to {to}",
        "cut-off": "`{step}` was cut off: back to {to}, to run it anew",
        "asked": "Back to {to}, where `{step}` began",
        "secret": "`{step}` made commits with a secret in them: back to {to}",
    }.get(event.why, "Back to {to}")
    if event.refused is not None:
        yield f"🔄 Not rolled back: {_one_line(event.refused)}"
    else:
        yield f"🔄 {what.format(to=event.to[:_SHORT], step=event.step)}"
    if event.rescue is not None:
        yield f"   the work is kept in {event.rescue}"


def _ending(record: Record, story: Story, summary: Summary) -> Iterator[str]:
    sign = _SIGNS.get(summary.status, "❌")
    yield f"{sign} {summary.status}: {_one_line(summary.message)}"
    if record.damage is not None and story.started is not None:
        yield f"   what is told above are the {plural(len(record.entries), 'event')} before that line"
    if story.started is None:
        return
    yield f"   Iterations: {summary.iterations}/{summary.max_iterations}"
    files = "" if story.finished is None else f", files changed: {story.finished.files}"
    yield f"   Commits: {summary.commits}{files}"
    caps = (
        f"; unknown costs count {money(summary.charged_usd)} against a limit" if summary.charged_usd else ""
    )
    yield f"   Agent calls: {summary.calls}, cost: {cost(summary)}{caps}"
    yield f"   Folder: {record.folder}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
