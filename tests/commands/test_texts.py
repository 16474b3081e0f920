"""The texts of the bundled commands: whole for every kind of repository, and as the conventions say."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from jinja2 import UndefinedError

from mmm_lang.agents.checkout import Checkout, argument_hint
from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.commands import texts as command_texts
from mmm_lang.commands.texts import NAMES, CommandTexts, is_as_written, is_same, stamped
from mmm_lang.editor.command_pages import read_command_page
from mmm_lang.resources import resource_path
from mmm_lang.source import Source
from tests.commands.repositories import KINDS, surveyed, texts
from tests.spec.documents import names as quoted
from tests.spec.documents import table
from tests.support.examples import example_playbooks

GOLDEN = Path(__file__).parent / "golden"

SPEC_KINDS = {
    "mmm-analyze-coverage": "coverage",
    "mmm-analyze-results": "results",
    "mmm-cleanup-tech-debt": "tech-debt-cleanup",
    "mmm-code-review": "improvements",
    "mmm-coverage": "coverage-improvements",
    "mmm-docs-generate": "documentation",
    "mmm-performance": "performance",
    "mmm-performance-review": "performance-review",
    "mmm-product-enhance": "product-enhancements",
    "mmm-security-audit": "security",
    "mmm-security-validate": "security-validation",
    "mmm-test-generate": "tests",
}
"""Commands that write a spec, and what its name ends with."""

SUBJECTS = {
    "mmm-add-spec": ["add: spec <number> - <title>"],
    "mmm-debug-test-failure": ["fix: resolve test failures from implementation"],
    "mmm-docs-generate": ["docs: generate <kind> documentation"],
    "mmm-fix-test": ["fix: make failing tests pass"],
    "mmm-implement-spec": ["fix: apply improvements from spec <id>", "feat: implement spec <id>"],
    "mmm-lint": ["style: apply automated formatting and lint fixes"],
    "mmm-merge-worktree": ["Merge worktree BRANCH into TARGET"],
    "mmm-write-tests": ["test: add tests from spec <id>", "test: add tests for <part>"],
}

CHANGES_CODE = {
    "mmm-debug-test-failure",
    "mmm-docs-generate",
    "mmm-fix-test",
    "mmm-implement-spec",
    "mmm-lint",
    "mmm-merge-worktree",
    "mmm-write-tests",
}


@pytest.fixture(scope="module")
def written():
    """Each text, once."""
    made = {kind: texts(kind) for kind in KINDS}
    return {(kind, name): made[kind].text(name) for kind in KINDS for name in NAMES}


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def rules(text):
    return re.findall(r"[A-Z]\w*(?:\([^)]*\))?", front_matter(text)["allowed-tools"])


def test_there_is_a_template_for_each_command_and_no_other():
    templates = Path(resource_path("assets", "commands")).glob("*.md.j2")
    assert {path.name.removesuffix(".md.j2") for path in templates} == BUNDLED == set(NAMES)
    assert len(NAMES) == 21


@pytest.mark.parametrize("name", NAMES)
def test_it_is_whole(name, written):
    for kind in KINDS:
        text = written[kind, name]
        assert text.startswith("---\ndescription: ")
        assert text.endswith("\n")
        assert not re.search(r"\{[{%#]|[%#}]\}|\n{3,}|[ \t]\n|\bUndefined\b|(?<!`)\bNone\b", text)
        assert text.count("$ARGUMENTS") == 1
        assert "<arguments>\n$ARGUMENTS\n</arguments>" in text
        assert len(text.encode()) < 12_000


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_it_means_something_to_the_agents_program(name, written):
    for kind in KINDS:
        text = written[kind, name].replace("$ARGUMENTS", "")
        assert not re.search(r"\$\d|\$[A-Z{]", text), "a placeholder for an argument"
        assert not re.search(r"!`|^!", text, re.MULTILINE), "a command that is run before the text is read"
        assert not re.search(r"(?<![\w`])@[\w./]", text), "a file that is put in"


@pytest.mark.parametrize("name", NAMES)
def test_its_front_matter(name, written, tmp_path):
    for kind in KINDS:
        text = written[kind, name]
        front = front_matter(text)
        assert list(front) == ["description", "argument-hint", "allowed-tools", "mmm-init"]
        assert 20 < len(front["description"]) < 90
        path = tmp_path / f"{name}.md"
        path.write_text(text, encoding="utf-8")
        page = read_command_page(name, str(path))
        assert page.description == front["description"]
        assert argument_hint(str(path)) == front["argument-hint"] == page.argument_hint
        options = set(re.findall(r"--[a-z][a-z-]+", front["argument-hint"]))
        arguments = text.partition("## Arguments")[2].partition("<arguments>")[0]
        assert all(f"`{option}`" in arguments for option in options)


@pytest.mark.parametrize("name", NAMES)
def test_its_tools_are_narrow(name, written):
    for kind in KINDS:
        for rule in rules(written[kind, name]):
            tool, _, inner = rule.rstrip(")").partition("(")
            assert tool in {"Read", "Edit", "Bash"}
            assert inner not in {"", "*", ":*", "**"}
            if tool == "Edit":
                assert inner == ("./**" if name in CHANGES_CODE else "specs/**")
            if tool == "Bash" and inner.endswith(":*"):
                program, *rest = inner.removesuffix(":*").split()
                assert rest or program in {"pip-audit", "govulncheck", "pyright"}, (
                    "a program with all it can do"
                )
                assert program not in {"sh", "bash", "env", "sudo", "rm", "curl"}
                assert (
                    program != "git"
                    or rest[0] in {"add", "commit", "rm", "merge"}
                    or rest[1] in {"--ours", "--theirs"}
                )


@pytest.mark.parametrize("name", NAMES)
def test_each_program_that_it_names_is_allowed(name, written):
    for kind in KINDS:
        text = written[kind, name]
        allowed = [rule[5:-1].removesuffix(":*") for rule in rules(text) if rule.startswith("Bash(")]
        toolbox = text.partition("## The tools of this repository")[2].partition("Run nothing but")[0]
        named = re.findall(r"^- [^:`]+: `([^`]+)`", toolbox, re.MULTILINE)
        named += [
            line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
        ]
        for line in [*named, "printenv MMM_AUTOMATION"]:
            assert any(line == rule or line.startswith(f"{rule} ") for rule in allowed), line
        assert ("date +%s" in allowed) == (name in SPEC_KINDS)


@pytest.mark.parametrize("name", SPEC_KINDS)
def test_a_command_that_looks_writes_one_spec(name, written):
    for kind in KINDS:
        text = written[kind, name]
        spec = f"iteration-<unix>-{SPEC_KINDS[name]}"
        assert f"git commit -m 'review: generate improvement spec for {spec}'" in text
        assert set(re.findall(r"iteration-<unix>-[a-z-]+", text)) == {spec}
        assert f"specs/temp/{spec}.md" in text
        assert "**Nothing found**" in text
        assert "write no file, make no commit, and say so" in text
        assert f"spec: <specs/temp/{spec}.md, or none>" in text


@pytest.mark.parametrize("name", NAMES)
def test_its_commits(name, written):
    text = written["rust", name]
    for subject in SUBJECTS.get(name, []):
        assert subject in text
    commits = name in SUBJECTS or name in SPEC_KINDS or name == "mmm-commit-changes"
    assert commits == ("Bash(git commit:*)" in text)
    assert commits == ("no attribution" in text.lower())
    assert ("Bash(git rm:*)" in text) == (
        name in {"mmm-implement-spec", "mmm-write-tests", "mmm-merge-worktree"}
    )


def test_a_new_spec_is_committed_with_its_line_in_the_index(written):
    for kind in KINDS:
        section = written[kind, "mmm-add-spec"].partition("## The commit\n")[2]
        assert "The spec, and the index of `specs/` where you added a line" in section
        assert re.search(
            r"^git add -- specs/<number>-<title-in-kebab-case>\.md <.*index.*>$", section, re.MULTILINE
        )


@pytest.mark.parametrize("name", ["mmm-coverage", "mmm-analyze-coverage"])
def test_what_measuring_leaves_behind_is_removed_with_a_program_that_is_named(name, written):
    measured = [text for (_, one), text in written.items() if one == name and "2. Measure." in text]
    assert measured
    for text in measured:
        assert "you remove with `rm`" in text
        # `acceptEdits` allows that in the work tree; a rule would allow it everywhere
        assert not [rule for rule in rules(text) if rule.startswith("Bash(rm")]


@pytest.mark.parametrize("name", NAMES)
def test_its_automation(name, written):
    for kind in KINDS:
        section = written[kind, name].partition("## Automation\n")[2]
        assert "`printenv MMM_AUTOMATION`" in section
        assert "ask nothing" in section
        [block] = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
        answers = dict(line.split(": ", 1) for line in block.splitlines())
        assert answers["result"] in {"<done, nothing or failed>", "<done or failed>"}
        assert "commit" in answers


@pytest.mark.parametrize("name", NAMES)
def test_the_specification_says_the_same(name, written):
    [row] = [row for row in table("commands.md", "The commands", "command") if quoted(row[0]) == [name]]
    _, arguments, writes, commit = row
    text = written["rust", name]
    assert quoted(arguments) == [front_matter(text)["argument-hint"]]
    for file in quoted(writes):
        assert file.split("<title>")[0] in text
    if name in SPEC_KINDS:
        assert f"specs/temp/iteration-<unix>-{SPEC_KINDS[name]}.md" in quoted(writes)
        assert "review: …" in quoted(commit)
    for subject in SUBJECTS.get(name, []):
        assert subject in quoted(commit)


def test_the_specification_lists_every_command():
    assert [quoted(row[0])[0] for row in table("commands.md", "The commands", "command")] == list(NAMES)


@pytest.mark.parametrize(
    ("kind", "name", "calls"),
    [
        ("rust", "mmm-lint", ["cargo fmt --all", "cargo clippy --all-targets -- -D warnings"]),
        ("python", "mmm-lint", ["uv run black .", "uv run ruff check --fix .", "uv run mypy"]),
        ("typescript", "mmm-lint", ["pnpm exec prettier --write .", "pnpm exec eslint . --fix", "pnpm test"]),
        ("go", "mmm-lint", ["gofmt -w .", "go vet ./..."]),
        ("monorepo", "mmm-test-run", ["cargo test --workspace", "npx jest", "python3 -m pytest"]),
        ("make", "mmm-test-run", ["make test"]),
    ],
)
def test_it_is_written_for_the_repository(kind, name, calls, written):
    text = written[kind, name]
    assert [call for call in calls if f"`{call}`" not in text] == []


def test_folders_are_named_where_there_are_some(written):
    assert "JavaScript, in `web/`:" in written["monorepo", "mmm-lint"]
    assert "one `cd` at a time" in written["monorepo", "mmm-lint"]
    assert "`cd FOLDER`" not in written["rust", "mmm-lint"]


def test_folders_that_are_not_described_are_named():
    many = surveyed({f"s{number:02}/go.mod": "" for number in range(14)})
    text = CommandTexts(many).text("mmm-test-run")
    assert "There is more in `s12`, `s13`" in text


def test_without_a_manifest_the_agent_runs_what_somebody_allowed(written):
    assert "`allowed-tools` in\n`.claude/commands/mmm-lint.md`" in written["nothing", "mmm-lint"]


@pytest.mark.parametrize("kind", ["rust", "python", "typescript", "go"])
def test_the_golden_texts(kind, written):
    """A language's text as a whole. After a change that is meant: MMM_GOLDEN=write, and read the difference."""
    name = {
        "rust": "mmm-implement-spec",
        "python": "mmm-lint",
        "typescript": "mmm-fix-test",
        "go": "mmm-code-review",
    }
    path = GOLDEN / f"{kind}-{name[kind]}.md"
    if os.environ.get("MMM_GOLDEN") == "write":
        path.write_text(written[kind, name[kind]], encoding="utf-8")
    assert written[kind, name[kind]] == path.read_text(encoding="utf-8")


PLAYBOOKS = example_playbooks()


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_the_examples_call_them_as_they_are(playbook, written, tmp_path):
    folder = tmp_path / ".claude" / "commands"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / f"{name}.md").write_text(written["rust", name], encoding="utf-8")
    around = Checkout(str(tmp_path), str(tmp_path / "home"))
    read = analyse(Source(playbook.name, playbook.read_text(encoding="utf-8")), surroundings=around)
    assert [(one.rule, one.message) for one in read.diagnostics] == []


# --- gaps and stamps ---


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("say.toolbox(roles)", "say.toolbox(rolls)"),
        ("say.committing()", "say.comitting()"),
        ("# Format and lint", "# {{ repository.title }}"),
        ("# Format and lint", "# {{ nobody }}"),
    ],
)
def test_a_gap_in_a_template_is_an_error(right, wrong, tmp_path, monkeypatch):
    shutil.copytree(resource_path("assets", "commands"), tmp_path / "assets" / "commands")
    template = tmp_path / "assets" / "commands" / "mmm-lint.md.j2"
    text = template.read_text(encoding="utf-8")
    assert right in text
    template.write_text(text.replace(right, wrong), encoding="utf-8")
    monkeypatch.setattr(command_texts, "resource_path", lambda *parts: str(tmp_path.joinpath(*parts)))
    with pytest.raises(UndefinedError):
        texts("rust").text("mmm-lint")


def test_the_stamp_tells_an_edited_text(written):
    for text in written.values():
        assert is_as_written(text)
    text = written["go", "mmm-lint"]
    assert is_as_written(text.replace("\n", "\r\n"))
    assert is_same(text, text.replace("\n", "\r\n"))
    assert not is_as_written(text + "Also: be kind.\n")
    assert not is_as_written(text.replace("allowed-tools: ", "allowed-tools: Bash(make:*), "))
    assert not is_as_written("Do it.\n")


def test_only_a_text_with_a_front_matter_is_stamped():
    assert stamped("---\na: b\n---\nText\n").startswith("---\na: b\nmmm-init: ")
    for text in ("Text\n", "---\na: b\n", "Text\n---\na: b\n---\n"):
        with pytest.raises(ValueError, match="front matter"):
            stamped(text)
