"""What one can do with a session, as commands to run. Pure."""

from __future__ import annotations

from attrs import frozen

from mmm_lang.sessions.record import RESUMABLE, Record
from mmm_lang.sessions.story import Story


@frozen
class NextStep:
    """A command line and what it does."""

    command: str
    why: str


def next_steps(record: Record, story: Story) -> tuple[NextStep, ...]:
    """What can be done with a session as it stands now, the likeliest first."""
    standing = record.standing(story.state)
    steps = []
    half_undone = record.undone is not None and not record.undone.done
    if standing == "running":
        steps.append(NextStep(f"mmm sessions logs {record.id} -f", "follow what it prints"))
    if half_undone:
        steps.append(NextStep(f"mmm undo {record.id}", "finish taking it back, which was cut off"))
    elif standing in RESUMABLE and story.started is not None and story.started.map is not None:
        steps.append(NextStep(f"mmm resume {story.started.map}", "go on with the map that it is a part of"))
    elif standing in RESUMABLE:
        steps.append(NextStep(f"mmm resume {record.id}", "go on where it stopped"))
    failed = [run for run in story.runs() if run.run and run.status == "failed"]
    if failed and standing not in ("succeeded", "undone", "running"):
        logs = f"mmm sessions logs {record.id} --run {failed[-1].run}"
        steps.append(NextStep(logs, f"what `{failed[-1].step}` printed"))
    rescues = [way.event.rescue for way in story.ways_back() if way.event.rescue is not None]
    if record.undone is not None:
        rescues.append(record.undone.rescue)
    if rescues:
        ref = rescues[-1].removeprefix("refs/mmm/rescue/")
        steps.append(NextStep(f"mmm rescue show {ref}", "see the work that was set aside"))
        steps.append(NextStep(f"mmm rescue apply {ref}", "put that work back"))
    if story.commits and standing not in ("running", "undone", "damaged") and not half_undone:
        steps.append(NextStep(f"mmm undo {record.id}", "take its commits back"))
    if standing == "damaged":
        # what it did is in the repository all the same, and looked for before anything is removed
        log = f"git log --all --grep 'Mmm-Session: {record.id}'"
        steps.append(NextStep(log, "find the commits that it made"))
        steps.append(NextStep("mmm rescue ls", f"find work that was set aside, as {record.id}/NUMBER"))
        whole = record.id if story.started is None else story.started.map or record.id
        steps.append(NextStep(f"mmm sessions clean {whole} --force", "remove its folder"))
    return tuple(steps)
