"""What lies around a file: the settings of its project, slash commands, and whether it is a playbook at all."""

from __future__ import annotations

import pytest

from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.editor.command_pages import read_command_page
from mmm_lang.editor.document import CommandPage
from mmm_lang.editor.project import NOWHERE, project_of
from mmm_lang.editor.relevance import is_playbook
from mmm_lang.source import Source

COMMAND = """\
---
description: Find what has no tests
argument-hint: [folder]
---

# Coverage
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".git").mkdir()
    commands = tmp_path / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "coverage.md").write_text(COMMAND)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "language", "text", "is_one"),
    [
        ("/repo/a.mmm.yml", "yaml", "", True),
        ("/repo/a.mmm.yaml", "yaml", "", True),
        ("/repo/playbooks/deep/a.yml", "yaml", "", True),
        ("/repo/.mmm/playbooks/a.yaml", "yaml", "", True),
        ("/repo/playbooks/a.test.yml", "yaml", "- claude: x\n", False),
        ("/repo/docker-compose.yml", "yaml", "services:\n  claude:\n    image: x\n", False),
        ("/repo/.github/workflows/ci.yml", "yaml", "jobs:\n  a:\n    steps:\n      - run: x\n", False),
        ("/repo/site.yml", "yaml", "- name: x\n  shell: y\n", False),
        ("/repo/work.yml", "yaml", '- claude: "/x"\n', True),
        ("/repo/work.yml", "yaml", "steps:\n  - id: x\n    claude: y\n", True),
        ("/repo/work.yml", "yaml", "commands:\n  - mmm-lint\n", True),
        ("/repo/work.yml", "yaml", "commands:\n  # first\n  - name: mmm-lint\n", True),
        ("/repo/work.yml", "yaml", "commands:\n  build: make\n", False),
        ("/repo/work.yml", "mmm-playbook", "", True),
        (None, "yaml", "- claude: x\n", True),
        (None, "yaml", "a: b\n", False),
    ],
)
def test_which_files_are_playbooks(path, language, text, is_one):
    assert is_playbook(path, language, text) is is_one


def rules(project, path, text):
    return [one.rule for one in unsuppressed(project.judge(Source(str(path), text)).diagnostics)]


def test_settings_and_baseline_hold_as_for_check(root):
    path = root / "a.mmm.yml"
    text = "- claude: /coverage\n  options: 1\n"
    assert rules(project_of(str(path), {}), path, text) == ["ignored-key"]
    (root / ".mmm").mkdir()
    (root / ".mmm" / "config.yml").write_text("ignore: [ignored-key]\n")
    assert rules(project_of(str(path), {}), path, text) == []


@pytest.mark.parametrize(("name", "text"), [("config.yml", "preset: [\n"), ("baseline.json", "{")])
def test_settings_that_cannot_be_read_hold_for_nothing(root, name, text):
    (root / ".mmm").mkdir()
    (root / ".mmm" / name).write_text(text)
    path = root / "a.mmm.yml"
    assert rules(project_of(str(path), {}), path, "- claude: /coverage\n  options: 1\n") == ["ignored-key"]


def test_commands_of_the_repository_and_the_user(root, tmp_path):
    home = tmp_path / "home"
    (home / "skills" / "plan").mkdir(parents=True)
    (home / "skills" / "plan" / "SKILL.md").write_text("Make a plan.\n")
    project = project_of(str(root / "sub" / "a.mmm.yml"), {"CLAUDE_CONFIG_DIR": str(home)})
    assert project.commands.names() == ("coverage", "plan")
    page = project.commands.page("coverage")
    assert (page.description, page.argument_hint) == ("Find what has no tests", "[folder]")
    assert project.commands.page("plan").description == "Make a plan."
    assert project.commands.page("nobody") is None
    assert rules(project, "a", "- claude: /coverage a\n- claude: /coverag b\n") == ["unknown-command"]


def test_a_text_without_a_file_is_judged_alone():
    assert rules(NOWHERE, "untitled:1", "- claude: /whatever\n") == []
    assert NOWHERE.commands.names() == ()


class Reader:
    """Says one thing about every playbook, two where hints are wanted."""

    def judge(self, facts):
        label = Label(facts.playbook.span)
        return [Diagnostic("shellcheck", "warning", "a script", facts.source, label)]

    def judge_closely(self, facts):
        return [
            *self.judge(facts),
            Diagnostic("shellcheck", "note", "a hint", facts.source, Label(facts.playbook.span)),
        ]


def test_scripts_are_read_by_whoever_can(root):
    path = root / "a.mmm.yml"
    text = "- shell: x\n"
    assert rules(project_of(str(path), {}, Reader()), path, text) == ["shellcheck"]
    (root / ".mmm").mkdir()
    (root / ".mmm" / "config.yml").write_text("preset: pedantic\nignore: [missing-timeout]\n")
    assert rules(project_of(str(path), {}, Reader()), path, text).count("shellcheck") == 2


@pytest.mark.parametrize(
    ("text", "description", "hint"),
    [
        (COMMAND, "Find what has no tests", "[folder]"),
        ("---\ndescription: a: b\nargument-hint: <x>\n---\n", "a: b", "<x>"),
        ("---\r\ndescription: >\r\n  two\r\n  lines\r\n---\r\n", "two lines", ""),
        ("# Only a title\ntext\n", "Only a title", ""),
        ("---\n[]\n---\nText\n", "Text", ""),
        ("", "", ""),
    ],
)
def test_what_a_command_says_about_itself(tmp_path, text, description, hint):
    path = tmp_path / "x.md"
    path.write_bytes(text.encode())
    assert read_command_page("x", str(path)) == CommandPage("x", str(path), description, hint)


def test_a_command_that_cannot_be_read_has_no_description(tmp_path):
    assert read_command_page("x", str(tmp_path / "gone.md")).description == ""
