"""Rules that are off unless somebody asks, and rules that look around."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mmm_lang.agents.registry import NAMES
from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.registry import all_rules, checks, presets_of_rules
from mmm_lang.analysis.rules.unknown_agent import AGENTS
from mmm_lang.source import Source
from tests.analysis.around import Told

TEXT = '- claude: "/mmm-lint"\n'


def said(text, **options):
    return [one.rule for one in analyse(Source("playbook.yml", text), **options).diagnostics]


def test_there_is_a_rule_for_each_common_mistake():
    presets = [rule.preset for rule in all_rules()]
    assert len(presets) >= 100
    assert presets.count("pedantic") >= 15


def test_a_preset_adds_its_rules():
    assert said(TEXT) == []
    assert "missing-timeout" in said(TEXT, presets=("default", "pedantic"))


def test_a_single_rule_can_be_asked():
    assert said(TEXT, also=("missing-timeout",)) == ["missing-timeout"]


def test_names_and_presets_agree():
    assert presets_of_rules() == {rule.name: rule.preset for rule in all_rules()}


def test_rules_of_other_presets_are_not_imported():
    program = (
        "import sys; from mmm_lang.analysis.check import analyse; from mmm_lang.source import Source; "
        f"analyse(Source('x.yml', {TEXT!r})); "
        "print(*[name for name in sys.modules if '.pedantic.' in name or '.audit.' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_every_check_of_a_preset_is_found_once():
    found = checks(("default", "pedantic", "audit"), also=("missing-timeout",))
    assert len(found) == len(set(found))


def test_without_surroundings_nothing_is_said_about_them():
    text = '- claude: "/nobody-knows"\n- shell: "./nowhere"\n'
    assert said(text, also=("missing-file",)) == []
    assert said(text, also=("missing-file",), surroundings=Told()) == ["unknown-command", "missing-file"]


def test_agents_are_those_that_there_are():
    assert AGENTS == NAMES


SILENT = [
    # names and inputs
    'inputs: {target: src}\nsteps:\n  - shell: "ls $target"\n',
    'inputs: {target: src}\nsteps:\n  - shell: "ls ${target%/}"\n',
    "- {shell: a, id: run}\n".replace("run", "runs") + "- {shell: b, id: ran}\n",
    # background and branches
    "- shell: |\n    npm start &\n    server=$!\n    npm test\n    kill $server\n",
    '- shell: "make 2>&1 | tee log"\n',
    '- shell: "sleep 1 & sleep 2 & wait"\n',
    '- shell: "git checkout -- src && git reset --hard HEAD"\n',
    '- shell: "git fetch && git merge --ff-only origin/main"\n',
    '- shell: "git -C ../other switch main"\n',
    "- shell: |\n    git checkout -b x\n    make\n    git checkout -\n",
    "- shell: \"git commit -am 'x'\"\n",
    '- shell: "git commit --no-edit --amend"\n'.replace(" --amend", ""),
    "- shell: |\n    while read line; do echo $line; done < list\n",
    "- shell: |\n    cat <<END | read a\n    git switch main\n    END\n",
    # handlers and ends
    '- shell: a\n  on_failure: {shell: "sleep 10"}\n',
    '- shell: a\n  on_failure: {shell: "echo x > marker"}\n',
    '- shell: a\n  on_failure: [{shell: "echo repair"}, {claude: "/mmm-lint"}]\n',
    '- {shell: "exit 1", ok_exit_codes: [1]}\n- shell: b\n',
    '- {shell: "exit 1", when: "$ITERATION == 1"}\n- shell: b\n',
    '- {shell: "exit 1", on_failure: {fail_workflow: false}}\n- shell: b\n',
    '- shell: "false"\n  on_failure: {claude: "/mmm-lint"}\n- shell: b\n',
    "until: {shell: 'test -f done'}\nsteps: [{shell: a}]\n",
    # prompts and commands
    '- claude: "mmm-lint reports these problems: fix them"\n',
    "- claude: |\n    /mmm-lint\n",
    '- claude: "Look at /mmm-lint and tell me what it does"\n',
    '- claude: "/mmm-code-review"\n- claude: "/mmm-implement-spec"\n',
    '- shell: a\n  on_failure: {claude: "/mmm-implement-spec"}\n',
    "- shell: /usr/local/bin/check --all\n",
    # options
    '- {shell: "git commit -m x", commit: false, commit_required: true}\n',
    '- {claude: "/mmm-lint", commit: false, commit_required: true}\n',
    "defaults: {retry: {attempts: 3}}\nsteps:\n  - {shell: a, retry: {attempts: 1}}\n",
    "- {shell: a, timeout: 7200}\n- {shell: b, timeout: 100001}\n- {shell: c, timeout: 2000m}\n",
    "- {shell: a, ok_exit_codes: [0, 07]}\n",
    'protect: ["tests/**", "**/*_test.go", "*.lock", "docs/", "src/[!a]*.py", "/Makefile"]\nsteps: [{shell: a}]\n',
    'env: {PATH: "./bin:${PATH}"}\nsteps: [{shell: a}]\n',
    "env: {PATH: /usr/local/bin:/usr/bin:/bin}\nsteps: [{shell: a}]\n",
    '- {claude: a, allowed_tools: [Read, "Bash(git *)", mcp__github, "Edit(src/**)", Quux]}\n',
    # anchors
    "- shell: &a x\n- shell: *a\n- shell: 'b && c & wait'\n",
    "- shell: a\n  on_failure: &fix {claude: x}\n- shell: b\n  on_failure: *fix\n",
    # lists
    "- {claude: a, id: x}\n- shell: 'printf \"%s\\n\" ${x.files}'\n",
    "- {claude: a, id: x}\n- shell: 'for f in ${x.files | words}; do echo $f; done'\n",
    '- {claude: a, id: x}\n- claude: "Look at ${x.files}"\n',
]


@pytest.mark.parametrize("text", SILENT)
def test_no_false_alarm(text):
    assert said(text) == []
