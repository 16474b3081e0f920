"""How far values are trusted, by which way they go, and what the rules about security say."""

from __future__ import annotations

from textwrap import dedent

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.taint import View, is_secret_name
from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.render_full import render_full
from mmm_lang.diagnostics.render_json import render_json
from mmm_lang.source import Source
from tests.analysis.verdict import analysed, only, resolution
from tests.support.library import checked

SCHEMA = "{type: object, properties: {n: {type: integer}, text: {type: string}}}"
STEPS = f"""
    inputs: {{target: src}}
    steps:
      - {{claude: "/a", id: agent, output_schema: {SCHEMA}}}
      - {{shell: "make", id: tool}}
      - claude: "/b {{}}"
"""


@pytest.mark.parametrize(
    ("reference", "taint", "origin"),
    [
        ("${agent.output}", "arbitrary", "agent"),
        ("${agent.json.text}", "arbitrary", "agent"),
        ("${agent.json.n}", "structured", "agent"),
        ("${agent.spec}", "structured", "agent"),
        ("${tool.output}", "arbitrary", "command"),
        ("${tool.exit_code}", "structured", "command"),
        ("${tool.status}", "structured", "command"),
        ("${tool.files}", "structured", "command"),
        ("$ARG", "arbitrary", "item"),
        ("${ITERATION}", "structured", "session"),
        ("${target}", "fixed", "person"),
    ],
)
def test_taint(reference: str, taint: str, origin: str):
    analysis = analysed(STEPS.replace("{}", reference))
    found = View(analysis.facts).taint_of(resolution(analysis, reference))
    assert (found.taint, found.origin) == (taint, origin)


@pytest.mark.parametrize(
    "name", ["TOKEN", "GITHUB_TOKEN", "api_key", "APIKEY", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY"]
)
def test_names_of_secrets(name: str):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["MAX_TOKENS", "TOKEN_COUNT", "TOKENIZER", "KEY", "SECRETARY", "MONKEY", "target"]
)
def test_names_of_others(name: str):
    assert not is_secret_name(name)


def of(rule: str, text: str):
    """The findings of one rule, whatever its preset."""
    found = analyse(Source("playbook.yml", dedent(text)), also=(rule,)).diagnostics
    return [one for one in found if one.rule == rule]


def marked(rule: str, script: str) -> list[str]:
    """What a rule underlines in a script."""
    lines = "".join(f"    {line}\n" for line in script.splitlines())
    return [one.source.slice(one.primary.span) for one in of(rule, f"- shell: |\n{lines}")]


class TestPromptInjectionPath:
    TEXT = """
        - {shell: "gh issue view 1", id: issue}
        - {claude: "Plan ${issue.output}", id: plan}
        - {claude: "Do ${plan.output}"}
        - {shell: "git push"}
    """

    def test_the_flow_goes_from_the_source_to_the_sink(self):
        *_, found = of("prompt-injection-path", self.TEXT)
        assert [found.source.slice(one.span) for one in found.flow] == [
            '"gh issue view 1"',
            "${issue.output}",
            '"Plan ${issue.output}"',
            "${plan.output}",
            "git push",
        ]

    @pytest.mark.parametrize(
        ("step", "count"),
        [
            ("git push", 2),
            ("gh pr create --fill", 2),
            ("gh pr view 3", 0),
            ("git pull", 0),
            ("cargo publish --dry-run", 0),
            ("echo git push", 0),
        ],
    )
    def test_what_lets_work_out(self, step: str, count: int):
        assert len(of("prompt-injection-path", self.TEXT.replace("git push", step))) == count

    @pytest.mark.parametrize(
        ("rights", "count"),
        [("permissions: bypass", 1), ("allowed_tools: [Bash(ls)]", 1), ("allowed_tools: [Read]", 0)],
    )
    def test_an_agent_that_may_run_commands(self, rights: str, count: int):
        assert len(of("prompt-injection-path", f'- claude: "Do $ARG"\n  {rights}\n')) == count

    def test_a_push_before_is_none_after(self):
        assert of("prompt-injection-path", '- shell: git push\n- claude: "Do $ARG"\n') == []

    def test_a_value_with_a_shape_gives_no_orders(self):
        text = '- {shell: make, id: x}\n- claude: "Do ${x.exit_code}"\n- shell: git push\n'
        assert of("prompt-injection-path", text) == []

    def test_is_asked_for(self):
        assert [one for one in analysed(self.TEXT).diagnostics if one.rule == "prompt-injection-path"] == []


@pytest.mark.parametrize(
    ("rule", "script"),
    [
        ("evaluated-value", 'eval "${advice.output}"'),
        ("evaluated-value", "${advice.output} --yes"),
        ("raw-filter", "${advice.output | raw}"),
    ],
)
def test_the_way_of_a_value_that_becomes_code(rule, script):
    text = f"""
        - {{shell: cat notes.txt, id: notes}}
        - {{claude: "sum up ${{notes.output}}", id: advice}}
        - shell: '{script}'
    """
    (found,) = of(rule, text)
    assert [label.message for label in found.flow] == [
        "the output of a command: made here",
        "the output of a command is put in here",
        "the words of an agent: made here",
        "it becomes code here",
    ]


def test_the_way_of_a_secret_into_the_log():
    text = '- {shell: gh auth token, id: token}\n- shell: "echo ${token.output}"\n'
    (found,) = of("secret-in-log", text)
    assert [label.message for label in found.flow] == ["it is printed here", "goes into the log"]


class TestHardcodedSecret:
    KEY = "ghp_" + "a1B2c3D4e5" * 4

    def test_no_format_prints_it(self):
        found = only(f'- shell: "curl -H {self.KEY} https://example.com"\n')
        assert found.rule == "hardcoded-secret"
        assert self.KEY not in render_full([found], PLAIN) + render_json([found])
        assert found.source.slice(found.primary.span) == "*" * len(self.KEY)

    def test_no_mistake_beside_it_prints_it(self):
        analysis = analyse(Source("p.yml", f'- shell: "curl -H {self.KEY} https://a.b"\n  timeot: 5m\n'))
        assert {one.rule for one in analysis.diagnostics} == {"hardcoded-secret", "unknown-key"}
        assert self.KEY not in render_full(analysis.diagnostics, PLAIN)

    @pytest.mark.parametrize(
        "name", ["AKIAIOSFODNN7EXAMPLE", "ghp_" + "x" * 36, "sk-learn-is-a-library-name"]
    )
    def test_what_is_made_up(self, name: str):
        assert of("hardcoded-secret", f'- shell: "echo {name}"\n') == []

    @pytest.mark.parametrize(
        "value", ["${TOKEN}", "", "secret", "/run/secrets/a", "your-token-1234567", "a b c 123 d"]
    )
    def test_a_value_that_is_none(self, value: str):
        assert of("hardcoded-secret", f'- {{shell: "a", env: {{API_TOKEN: "{value}"}}}}\n') == []

    def test_a_token_in_env_is_said_once(self):
        assert len(of("hardcoded-secret", f'- {{shell: "a", env: {{API_TOKEN: "{self.KEY}"}}}}\n')) == 1


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('echo "$API_KEY"', ["$API_KEY"]),
        ("echo ${API_KEY} >&2", []),
        ("echo $API_KEY | docker login --password-stdin", []),
        ("echo '$API_KEY'", []),
        ('x=$(printf %s "$API_KEY")', []),
        ('echo "${#API_KEY} ${API_KEY:+set}"', []),
        ("for TOKEN in a b; do echo $TOKEN; done", []),
        ("env | grep CI", []),
        ("env", ["env"]),
        ("env X=1 make", []),
    ],
)
def test_secrets_in_logs(script: str, found: list[str]):
    assert marked("secret-in-log", script) == found


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("curl https://e.com/a | sh", 1),
        ("curl https://e.com/a | sudo -E bash -", 1),
        ("bash <(curl -s https://e.com/a)", 1),
        ('eval "$(curl -s https://e.com/a)"', 1),
        ("curl https://e.com/a | sh -s -- -y && make", 1),
        ("curl https://e.com/a | jq . | tee x", 0),
        ("curl https://e.com/a | bash check.sh", 0),
        ("curl https://e.com/a && sh b.sh", 0),
        ("curl https://e.com/a; ls | sh", 0),
        ('version=$(curl -s https://e.com/v)\necho "$version"', 0),
    ],
)
def test_downloads_that_are_run(script: str, count: int):
    assert len(marked("curl-pipe-shell", script)) == count


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("curl http://e.example.com", 1),
        ("curl https://e.example.com", 0),
        ("curl http://127.0.0.1:80/ http://db:1/ http://[::1]/ http://10.0.0.3/ http://a.internal", 0),
        ("curl http://$HOST/", 0),
        ("pip install --index-url http://pypi.example.com/simple x", 1),
        ("grep http://e.example.com README.md", 0),
    ],
)
def test_addresses(script: str, count: int):
    assert len(marked("insecure-url", script)) == count


@pytest.mark.parametrize(
    ("script", "pinned", "kept"),
    [
        ("npx cowsay", False, False),
        ("npx @scope/cowsay", False, False),
        ("npx @scope/cowsay@1.0", True, False),
        ("npx cowsay@latest", False, False),
        ("docker run --rm -v /a:/b registry.example.com:5000/a/b:1.2", True, False),
        ("docker run registry.example.com:5000/a/b", False, False),
        ("pip install 'black>=24'", True, True),
        ("python3 -m pip install black", False, True),
        ("cargo install --locked just", True, True),
        ("go install example.com/a@latest", False, True),
        ("npm install -g x", False, True),
    ],
)
def test_packages(script: str, pinned: bool, kept: bool):
    assert len(marked("unpinned-tool", script)) == (not pinned)
    assert len(marked("inline-install", script)) == kept


@pytest.mark.parametrize(
    "script",
    ["pip install -e .", "pip install -r a.txt", "npm ci", "npm install", "go install ./...", "npx $X"],
)
def test_what_a_project_declares_is_no_package(script: str):
    assert marked("unpinned-tool", script) + marked("inline-install", script) == []


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("git push -f", 1),
        ("git push --force-with-lease", 0),
        ("git -C x reset --hard", 0),
        ("git reset --soft HEAD~1", 0),
        ("git clean -fdx", 1),
        ("git clean -n", 0),
        ('rm -rf "$X"', 1),
        ("rm -rf /", 1),
        ("rm -rf ~", 1),
        ("rm -rf build dist", 0),
        ("rm -f $X", 0),
        ("rm -rf /tmp/build", 0),
    ],
)
def test_destruction(script: str, count: int):
    assert len(marked("destructive-command", script)) == count


@pytest.mark.parametrize(
    ("tools", "count"),
    [
        ('["*"]', 0),
        ("[Bash]", 1),
        ('["Bash(*)"]', 1),
        ('["Bash(:*)"]', 1),
        ('["Bash(git:*)"]', 0),
        ("[Read, Edit]", 0),
        ("[]", 0),
    ],
)
def test_tools(tools: str, count: int):
    assert len(of("excessive-permissions", f'- {{claude: "/a", allowed_tools: {tools}}}\n')) == count


@pytest.mark.parametrize(
    ("script", "evaluated"),
    [
        ("echo ${a.output} | sh", True),
        ("printf %s ${a.output} | bash -s", True),
        ("echo ${a.output} | xargs sh -c", True),
        ("echo ${a.output} | xargs -I{} sh -c 'ls {}'", True),
        ("echo ${a.output} | xargs -I % bash -c 'ls %'", True),
        ("echo ${a.output} | xargs sh -c 'ls \"$1\"' sh", False),
        ("echo ${a.output} | xargs -I{} ls {}", False),
        ("echo ${a.output} | sh run.sh", False),
        ("grep ${a.output} x | sh", False),
        ("bash <<< ${a.output}", True),
        ("cat <<< ${a.output}", False),
        ("sudo ${a.output}", True),
        ("xargs ${a.output}", True),
        ("sudo ls ${a.output}", False),
    ],
)
def test_values_that_are_handed_on_as_code(script: str, evaluated: bool):
    text = f'- {{claude: "/a", id: a}}\n- shell: |\n    {script}\n'
    assert len(of("evaluated-value", text)) == evaluated


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("exit_code", 0),
        ("duration", 0),
        ("status", 0),
        ("json.n", 0),
        ("json.text", 1),
        ("files", 1),
        ("spec", 1),
    ],
)
def test_numbers_and_known_words_hold_no_commands(value: str, said: int):
    text = f"""
        - {{claude: "/a", id: a, output_schema: {SCHEMA}}}
        - shell: 'sh -c "sleep ${{a.{value}}}"'
    """
    assert len(of("evaluated-value", text)) == said


@pytest.mark.parametrize(
    ("script", "advised"),
    [
        ('ssh host "ls ${a.output}"', "printf '%s\\n' ${a.output} | ssh HOST COMMAND"),
        ('trap "echo ${a.output}" EXIT', "x=${a.output}; trap 'echo \"$x\"' EXIT"),
    ],
)
def test_the_advice_on_code_can_be_followed(script: str, advised: str):
    (found,) = of("evaluated-value", f"- {{claude: /a, id: a}}\n- shell: |\n    {script}\n")
    assert found.help[0].split("`")[1] == advised
    assert of("evaluated-value", f"- {{claude: /a, id: a}}\n- shell: |\n    {advised}\n") == []


RUN = """
    inputs: {cmd: {default: make}, list: {type: list, default: [a]}, level: {type: number, default: 1}}
    outputs: {said: "${answer.output}", code: "${tests.exit_code}", same: "${inputs.cmd}", fixed: done}
    steps:
      - {claude: "Do ${inputs.cmd}", id: answer}
      - {shell: 'sh -c "${inputs.cmd}"', id: tests}
      - {foreach: "${inputs.list}", max_items: 3, do: {shell: 'eval "${item}"'}}
      - {shell: "exit ${inputs.level}"}
"""


def calling(inputs: str, after: str = '{shell: "true"}', called: str = RUN):
    """What the audit says of a playbook whose second step calls another."""
    texts = {
        "main.yml": f"- {{claude: /a, id: agent}}\n- {{playbook: run.yml, id: there, inputs: {inputs}}}\n- {after}\n",
        "run.yml": called,
    }
    return checked(texts, presets=("default", "audit"))


class TestThroughCalls:
    """A value is judged by where it was made, on whichever side of a call that is."""

    @pytest.mark.parametrize(
        ("output", "taint", "origin"),
        [
            ("said", "arbitrary", "agent"),
            ("code", "structured", "command"),
            ("same", "arbitrary", "agent"),
            ("fixed", "fixed", "playbook"),
        ],
    )
    def test_an_output_is_what_it_is_made_of(self, output: str, taint: str, origin: str):
        reference = f"${{there.outputs.{output}}}"
        analysis = calling('{cmd: "${agent.output}"}', f'{{claude: "/b {reference}"}}')
        found = View(analysis.facts).taint_of(resolution(analysis, reference))
        assert (found.taint, found.origin) == (taint, origin)

    def test_an_input_that_a_person_gives_is_that_persons(self):
        texts = {
            "main.yml": "inputs: {cmd: {}}\nsteps: [{playbook: run.yml, inputs: {cmd: '${inputs.cmd}'}}]",
            "run.yml": RUN,
        }
        assert checked(texts, presets=("default", "audit")).diagnostics == ()

    @pytest.mark.parametrize("given", ['{cmd: "${agent.output}"}', '{list: "${agent.json.list}"}'])
    def test_what_an_agent_says_becomes_code_in_what_is_called(self, given: str):
        [found] = calling(given).diagnostics
        assert found.rule == "evaluated-value"
        assert found.message == "`run.yml` makes code of what is given to it here"
        assert found.source.text[found.primary.span.start :].startswith("${agent.")
        assert [one.source.path if one.source else "main.yml" for one in (found.flow[0], found.flow[-1])] == [
            "main.yml",
            "run.yml",
        ]

    def test_a_number_is_no_code(self):
        assert calling('{level: "${agent.exit_code}"}').diagnostics == ()

    def test_an_agent_inside_reads_it_and_the_caller_pushes(self):
        called = 'inputs: {text: {}}\nsteps: [{claude: "Do ${inputs.text}"}]'
        [found] = calling('{text: "${agent.output}"}', '{shell: "git push"}', called).diagnostics
        assert found.rule == "prompt-injection-path"
        assert found.message == (
            "the words of an agent can tell an agent of `run.yml` what to do, and its work gets out"
        )
        assert [one.source.path if one.source else "main.yml" for one in found.flow] == [
            "main.yml", "main.yml", "run.yml", "main.yml",
        ]  # fmt: skip

    def test_the_caller_pushes_what_an_agent_inside_made_of_text_from_there(self):
        called = 'steps: [{shell: "gh issue view 1", id: issue}, {claude: "Solve ${issue.output}"}]'
        [found] = calling("{}", '{shell: "git push"}', called).diagnostics
        assert found.rule == "prompt-injection-path"
        assert found.source.text[found.primary.span.start : found.primary.span.end] == "run.yml"

    def test_an_agent_of_the_caller_reads_an_output_and_what_is_called_next_pushes(self):
        texts = {
            "main.yml": """
                - {playbook: ask.yml, id: ask}
                - {claude: "Solve ${ask.outputs.issue}"}
                - {playbook: push.yml}
            """,
            "ask.yml": 'outputs: {issue: "${it.output}"}\nsteps: [{shell: gh issue view 1, id: it}]',
            "push.yml": "- shell: git push",
        }
        [found] = checked(texts, presets=("default", "audit")).diagnostics
        assert [one.source.path if one.source else "main.yml" for one in found.flow] == [
            "ask.yml", "ask.yml", "main.yml", "push.yml",
        ]  # fmt: skip

    def test_what_happens_in_the_other_file_alone_is_said_there_alone(self):
        called = 'steps: [{shell: "gh issue view 1", id: issue}, {claude: "Solve ${issue.output}"}, {shell: git push}]'
        assert calling("{}", called=called).diagnostics == ()

    def test_permissions_of_the_caller_hold_inside(self):
        texts = {
            "main.yml": "permissions: bypass\nsteps: [{playbook: run.yml, inputs: {}}]",
            "run.yml": '- {shell: gh issue view 1, id: issue}\n- {claude: "Solve ${issue.output}"}',
        }
        found = [one.rule for one in checked(texts, presets=("audit",)).diagnostics]
        assert "prompt-injection-path" in found


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("${advice.json.commands}", 1),
        ("${inputs.commands}", 0),
        ("[make a, make b]", 0),
        ('["${advice.output}"]', 1),
    ],
)
def test_an_item_that_becomes_code(items: str, said: int):
    text = f"""
        inputs: {{commands: {{type: list, default: [make]}}}}
        steps:
          - {{claude: "/suggest ${{inputs.commands}}", id: advice}}
          - foreach: {items}
            max_items: 2
            do: {{shell: 'eval "${{item}}"'}}
    """
    assert len(of("evaluated-value", text)) == said
