"""The context for people: a screenful, or with everything that one would look up in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mmm_lang.commands.folder import Table, inside, table, texts
from mmm_lang.context.document import Document
from mmm_lang.context.score import WEIGHTS
from mmm_lang.figures import number, plural

_FEW, _MANY = 5, 30
_LARGE_CYCLE = 6


def summary(documents: Mapping[str, Document]) -> str:
    """A screenful: what the project is made of, its score, and the first of what to look at."""
    return "\n".join(_sections(documents, _FEW)) + "\n"


def whole_story(documents: Mapping[str, Document]) -> str:
    """Everything worth reading, longer lists included."""
    lines = [*_sections(documents, _MANY)]
    lines += _block("Parts, those that others lean on first", list(_parts(documents)))
    lines += _block("Most imported", list(_hubs(documents)))
    lines += _block("Conventions", list(_conventions(documents)))
    lines += _block("Left out", list(_left_out(documents)))
    return "\n".join(lines) + "\n"


def _sections(documents: Mapping[str, Document], most: int) -> Iterator[str]:
    analysis, debt, tests = (documents[name] for name in ("analysis", "technical_debt", "test_coverage"))
    yield from _head(analysis)
    yield from _block("Tools", list(_tools(analysis)))
    yield from _block("Written for you", [f"  {path}" for path in texts(analysis.get("guides"))])
    yield from _block("Cycles of imports", list(_cycles(documents["dependency_graph"], most)))
    yield from _block("Hot spots (complexity, changes)", list(_hot_spots(debt, most)))
    of = plural(_count(tests, "modules_total"), "module")
    title = f"No test imports, or is named after: {number(_count(tests, 'untested_total'))} of {of}"
    yield from _block(title, list(_untested(tests, most)))
    yield from _block("Coverage", list(_coverage(tests)))
    yield from _block(f"Markers: {number(_count(debt, 'markers_total'))}", list(_markers(debt, most)))


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _head(analysis: Table) -> Iterator[str]:
    languages = _tables(analysis, "languages")
    said = ", ".join(
        f"{one['name']} ({plural(_count(one, 'files'), 'file')}, {plural(_count(one, 'code_lines'), 'line')} of code)"
        for one in languages[:4]
    )
    more = f" and {plural(len(languages) - 4, 'more language')}" if len(languages) > 4 else ""
    yield f"{analysis.get('project')}: {said or 'no code that mmm knows'}{more}"
    totals = inside(analysis, "totals")
    if languages:
        cycles = _count(totals, "cycles")
        yield (
            f"{plural(_count(totals, 'modules'), 'module')}, {plural(_count(totals, 'imports'), 'import')} between them, "
            f"{plural(cycles, 'cycle') if cycles else 'no cycle'}, {plural(_count(totals, 'tests'), 'test file')}"
        )
    score = inside(analysis, "score")
    if score:
        parts = inside(score, "parts")
        said = ", ".join(f"{name} {parts.get(name)}/{most}" for name, most in WEIGHTS.items())
        yield f"Score {score.get('value')} of 100: {said}"


def _tools(analysis: Table) -> Iterator[str]:
    for one in _tables(analysis, "toolchains"):
        tasks = {str(task.get("role")): str(task.get("command")) for task in _tables(one, "tasks")}
        said = [tasks[role] for role in ("build", "format", "lint", "types", "test") if role in tasks]
        folder = "" if one.get("folder") == "." else f" in {one.get('folder')}"
        yield f"  {one.get('language')}{folder}: {', '.join(said) or 'none found'}"


def _cycles(graph: Table, most: int) -> Iterator[str]:
    cycles = _tables(graph, "cycles")
    for one in cycles[:most]:
        way = texts(one.get("way"))
        size = len(texts(one.get("modules")))
        of = f"  (one way around {number(size)} modules)" if size > len(way) else ""
        shown = (*way[:_LARGE_CYCLE], "…") if len(way) > _LARGE_CYCLE else (*way, *way[:1])
        yield f"  {' → '.join(shown)}{of}"
    yield from _more(len(cycles), most)


def _hot_spots(debt: Table, most: int) -> Iterator[str]:
    spots = _tables(debt, "hot_spots")[:most]
    for one in spots:
        worst = inside(one, "worst")
        yield (
            f"  {one.get('path')}  {_count(one, 'complexity')}, {plural(_count(one, 'changes'), 'change')}; "
            f"most in `{worst.get('name')}` (line {worst.get('line')}, {worst.get('complexity')})"
        )


def _untested(tests: Table, most: int) -> Iterator[str]:
    untested = _tables(tests, "untested")
    for one in untested[:most]:
        yield f"  {one.get('module')}  {plural(_count(one, 'code_lines'), 'line')}"
    yield from _more(_count(tests, "untested_total"), most)


def _coverage(tests: Table) -> Iterator[str]:
    for one in _tables(tests, "reports"):
        total = _count(one, "lines")
        if one.get("problem") is not None:
            yield f"  {one.get('path')}: cannot be read: {one.get('problem')}"
        elif total:
            share, files = 100 * _count(one, "covered") / total, plural(_count(one, "files"), "file")
            yield f"  {one.get('path')}: {share:.1f} % of {plural(total, 'line')} in {files}"
        else:
            yield f"  {one.get('path')}: speaks of no file of this project"


def _markers(debt: Table, most: int) -> Iterator[str]:
    markers = _tables(debt, "markers")
    for one in markers[:most]:
        yield f"  {one.get('path')}:{one.get('line')}  {one.get('kind')} {one.get('text')}".rstrip()
    yield from _more(_count(debt, "markers_total"), most)


def _parts(documents: Mapping[str, Document]) -> Iterator[str]:
    parts = sorted(
        _tables(documents["architecture"], "components"),
        key=lambda one: (_count(one, "layer"), str(one["name"])),
    )
    for one in parts:
        languages = ", ".join(texts(one.get("languages")))
        lines = plural(_count(one, "code_lines"), "line")
        yield f"  {one.get('name')}  {plural(_count(one, 'modules'), 'module')}, {lines}, {languages}"


def _hubs(documents: Mapping[str, Document]) -> Iterator[str]:
    for one in _tables(documents["architecture"], "hubs"):
        yield f"  {one.get('module')}  by {plural(_count(one, 'importers'), 'module')}"


def _conventions(documents: Mapping[str, Document]) -> Iterator[str]:
    for one in _tables(documents["conventions"], "languages"):
        styles = [
            f"{what} in {style.get('style')}"
            for what in ("functions", "types", "files")
            if (style := inside(one, what))
        ]
        indent = [f"indented with {one['indent']}"] if one.get("indent") else []
        said = (*styles, *indent, f"lines up to {one.get('line_width')} characters")
        yield f"  {one.get('language')}: {', '.join(said)}"
    commits = inside(documents["conventions"], "commits")
    if looked_at := _count(commits, "looked_at"):
        share = 100 * _count(commits, "conventional") // looked_at
        yield f"  Commits: {share} % of the last {number(looked_at)} are written as `type: subject`"


def _left_out(documents: Mapping[str, Document]) -> Iterator[str]:
    for reason, count in table(documents["metadata"].get("left_out_total")).items():
        yield f"  {reason}: {plural(int(str(count)), 'file')}"


def _more(total: int, shown: int) -> Iterator[str]:
    if total > shown:
        yield f"  … and {number(total - shown)} more"


def _tables(document: Table, key: str) -> list[Table]:
    """The objects of a list; empty where there is none."""
    found = document.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _count(document: Table, key: str) -> int:
    found = document.get(key)
    return found if isinstance(found, int) else 0
