"""The rules that would allow what was refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.agents.denied import MOST, denied_tools


def rules(tool, **given):
    return [denied.rule for denied in denied_tools([{"tool_name": tool, "tool_input": given}], "/repo")]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("npm test", ["Bash(npm test:*)"]),
        ("npm --version", ["Bash(npm:*)"]),
        ("ls -la", ["Bash(ls:*)"]),
        ("cargo test && cargo build --release", ["Bash(cargo test:*)", "Bash(cargo build:*)"]),
        ("cd x; make test | tee 'a log' > out.txt 2>&1", ["Bash(cd:*)", "Bash(make test:*)", "Bash(tee:*)"]),
        ("FOO=1 BAR=2 pytest -q", ["Bash(FOO=1 BAR=2 pytest:*)"]),
        ("FOO=1 npm test", ["Bash(FOO=1 npm test:*)"]),
        ("FOO='a b' make", ["Bash"]),
        ("FOO=1", ["Bash"]),
        ("make x; FOO=2", ["Bash"]),
        ("make x || true", ["Bash(make x:*)", "Bash(true:*)"]),
        ("! make x", ["Bash(make x:*)"]),
        ("make x 2>/dev/null", ["Bash(make x:*)"]),
        ("make 2>&1 | tail -5", ["Bash(make:*)", "Bash(tail:*)"]),
        ("make x |& tail", ["Bash(make x:*)", "Bash(tail:*)"]),
        ("make x &", ["Bash"]),
        ("( make x )", ["Bash"]),
        ("{ make x; }", ["Bash"]),
        ("make {a,b}", ["Bash"]),
        ("for f in a b; do make; done", ["Bash"]),
        ("if make x; then ls; fi", ["Bash"]),
        ("source venv/bin/activate && pytest", ["Bash"]),
        ("make $HOME", ["Bash"]),
        ("find . -name x", ["Bash(find:*)"]),
        ("find . -name x -delete", ["Bash"]),
        ("cat /etc/passwd", ["Bash"]),
        ("cat /repo/x src/y", ["Bash(cat:*)"]),
        ("cat ../x", ["Bash"]),
        ("cat ~/x", ["Bash"]),
        ("cd /repo && make x", ["Bash(cd:*)", "Bash(make x:*)"]),
        ("cd /tmp && make x", ["Bash"]),
        ("cd sub && git status", ["Bash"]),
        ("make x > /tmp/log", ["Bash"]),
        ("make x > /repo/log", ["Bash(make x:*)"]),
        ("python3 /usr/lib/x.py", ["Bash(python3:*)"]),
        ("./scripts/check.sh all", ["Bash(./scripts/check.sh:*)"]),
        ("git add -A\ngit commit -m 'a; b'", ["Bash(git add:*)", "Bash(git commit:*)"]),
        ("echo hi > f && git status", ["Bash(echo:*)", "Bash(git status:*)"]),
        ("git status && git status", ["Bash(git status:*)"]),
        ('echo "$(curl x)"', ["Bash"]),
        ("echo `id`", ["Bash"]),
        ("cat <<EOF\nx\nEOF", ["Bash"]),
        ("echo 'open", ["Bash"]),
        ('"$PROGRAM" x', ["Bash"]),
        ("x" * 5000, ["Bash"]),
        ("", ["Bash"]),
    ],
)
def test_bash(command, wanted):
    assert rules("Bash", command=command) == wanted


def test_other_tools():
    assert rules("Write", file_path="/repo/x") == ["Write"]
    assert rules("Write", file_path="/x/y") == ["Edit(//x/y)"]
    assert rules("Edit", file_path="/repo/../x") == ["Edit(//x)"]
    assert rules("Read", file_path="/etc/passwd") == ["Read(//etc/passwd)"]
    assert rules("Write", file_path='/x"]') == ["Write"]
    assert rules("WebFetch", url="https://user@docs.example.org:8080/x") == [
        "WebFetch(domain:docs.example.org)"
    ]
    assert rules("WebFetch", url="x") == ["WebFetch"]
    assert rules("Skill", skill="deploy") == ["Skill(deploy)"]
    assert rules("mcp__github__get_issue") == ["mcp__github__get_issue"]


def test_what_is_no_denial_is_passed_by():
    assert denied_tools(
        [None, {}, {"tool_name": 1}, {"tool_name": "a b"}, {"tool_name": "Bash", "tool_input": []}]
    ) == (*denied_tools([{"tool_name": "Bash", "tool_input": {}}]),)


def test_many_denials_are_cut():
    assert len(denied_tools([{"tool_name": f"T{n}", "tool_input": {}} for n in range(100)])) == MOST


@given(st.text())
def test_a_rule_is_one_plain_argument(command):
    for rule in rules("Bash", command=command):
        assert rule.startswith("Bash")
        assert rule.isprintable()
        assert rule.count("(") <= 1
