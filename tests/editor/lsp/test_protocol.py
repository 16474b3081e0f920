"""The language server as a process: what goes over the wire."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.parse

import pytest

from tests.cli.processes import environment
from tests.editor.lsp.client import PATIENCE, Client, ResponseError

BROKEN = "- shell: make\n  id: tests\n- claude: ${test.output}\n"
SOUND = "- shell: make\n  id: tests\n- claude: ${tests.output}\n"
TAGS = {"publishDiagnostics": {"relatedInformation": True, "tagSupport": {"valueSet": [1, 2]}}}
ENCODED = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """One server for all tests that only ask it something."""
    root = tmp_path_factory.mktemp("root")
    (root / ".git").mkdir()
    commands = root / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "mmm-lint.md").write_text("---\ndescription: Keep it clean\n---\n")
    with Client(root) as client:
        client.capabilities = client.initialize(
            textDocument={"rename": {"prepareSupport": True}, **TAGS},
            workspace={"workspaceEdit": {"documentChanges": True}},
        )
        yield client
        assert client.leave() == 0


def applied(text, edits, encoding="utf-16"):
    """The text after edits as a client applies them."""
    codec, width = ENCODED[encoding]

    def offset(position):
        lines = [*text.splitlines(keepends=True), ""]
        line = lines[position["line"]].encode(codec)[: position["character"] * width].decode(codec)
        return sum(map(len, lines[: position["line"]])) + len(line)

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        start, end = (offset(edit["range"][side]) for side in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


def changes(workspace_edit):
    (change,) = workspace_edit["documentChanges"]
    return change["textDocument"], change["edits"]


def whole(text):
    return {"start": {"line": 0, "character": 0}, "end": {"line": text.count("\n"), "character": 0}}


# --- diagnostics ---


def test_diagnostics_of_every_version_broken_yaml_or_not(client):
    uri = client.open(BROKEN)
    (one,) = client.diagnostics(uri, 1)
    assert (one["code"], one["severity"], one["source"]) == ("undefined-step", 1, "mmm")
    assert one["range"] == {"start": {"line": 2, "character": 12}, "end": {"line": 2, "character": 16}}
    assert one["message"].endswith("help: replace with `tests`")
    (related,) = one["relatedInformation"]
    assert (related["location"]["uri"], related["location"]["range"]["start"]["line"]) == (uri, 1)
    assert client.diagnostics(uri, client.change(uri, SOUND)) == []
    (one,) = client.diagnostics(uri, client.change(uri, '- claude: "x\n'))
    assert one["code"] == "yaml-syntax"
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.diagnostics(uri, None) == [], "a file that is closed has none"


def test_scripts_are_read_too_and_their_places_are_exact(client):
    text = "- shell: |\n    echo one\n    if true; then echo two\n"
    uri = client.open(text, "script.mmm.yml")
    found = client.diagnostics(uri, 1)
    assert found
    assert all(1 <= one["range"]["start"]["line"] <= 3 for one in found)
    assert client.diagnostics(uri, client.change(uri, text + "    fi\n")) == []


def test_the_page_of_a_rule_is_a_file_to_open(client):
    (one,) = client.diagnostics(client.open(BROKEN, "page.mmm.yml"), 1)
    path = urllib.parse.urlparse(one["codeDescription"]["href"]).path
    with open(path, encoding="utf-8") as file:
        assert file.read().startswith("# undefined-step (error)\n")


def test_what_is_old_is_struck_through_and_what_is_needless_faded(client):
    uri = client.open("- test: {command: x}\n- claude: y\n  options: 1\n", "tags.mmm.yml")
    assert [one.get("tags") for one in client.diagnostics(uri, 1)] == [[2], [1]]


@pytest.mark.parametrize(
    "text", ["", "\x00\x01", "- claude: \ud800\n", "]" * 1000, "- [" * 500, "\u2028\x85- a: &b *b"]
)
def test_nothing_that_is_typed_ends_it(client, text):
    uri = client.open(text, "odd.mmm.yml")
    assert client.diagnostics(uri, 1)


def test_a_file_that_is_too_large_is_not_read(client):
    (one,) = client.diagnostics(client.open("# " + "x" * 2**20, "large.mmm.yml"), 1)
    assert one["message"] == "the file is over 1 MiB, the limit for a playbook"


def test_other_yaml_is_left_alone(client):
    uri = client.open("services:\n  web:\n    image: x\n", "docker-compose.yml")
    assert client.diagnostics(uri, 1) == []
    assert client.ask(uri, "completion", 1, 2) is None
    assert client.ask(uri, "hover", 0, 2) is None


def test_fast_typing_is_not_judged_at_every_key(client):
    uri = client.open("- claude: x\n", "fast.mmm.yml")
    client.diagnostics(uri, 1)
    for number in range(40):
        last = client.change(uri, f"- claude: {'x' * (number + 1)}\n")
    hover = client.ask(uri, "hover", 0, 3)
    assert hover is not None, "what is asked for meanwhile is answered at once"
    published = []

    def is_last(params):
        published.append(params["version"])
        return published[-1] == last

    client.notification("textDocument/publishDiagnostics", is_last)
    assert published[-1] == last
    assert len(published) < 20
    assert published == sorted(published)


# --- requests ---


def test_what_the_server_can_do(client):
    assert client.capabilities["positionEncoding"] == "utf-16"
    assert client.capabilities["renameProvider"] == {"prepareProvider": True}
    assert client.capabilities["textDocumentSync"]["change"] == 1
    assert "diagnosticProvider" not in client.capabilities, "this client takes what it is sent"
    for feature in (
        "hover",
        "definition",
        "references",
        "documentHighlight",
        "documentSymbol",
        "foldingRange",
        "selectionRange",
        "documentFormatting",
    ):
        assert client.capabilities[f"{feature}Provider"] is True


def test_completion_in_a_text_that_was_changed_a_moment_ago(client):
    uri = client.open("- shell: make\n  id: tests\n", "typing.mmm.yml")
    text = '- shell: make\n  id: tests\n- claude: "/x ${te\n'
    client.change(uri, text)
    found = client.ask(uri, "completion", 2, 18)
    first = found["items"][0]
    assert (first["label"], first["filterText"]) == ("tests", "tests")
    assert applied(text, [first["textEdit"]]) == text.replace("${te", "${tests")
    assert [one["sortText"] for one in found["items"]] == sorted(one["sortText"] for one in found["items"])


def test_completion_of_a_slash_command(client):
    uri = client.open("- claude: /mm\n", "slash.mmm.yml")
    (one,) = client.ask(uri, "completion", 0, 13)["items"]
    assert (one["label"], one["documentation"]["value"]) == ("/mmm-lint", "Keep it clean")


def test_hover_and_definition(client):
    uri = client.open(SOUND, "nav.mmm.yml")
    hover = client.ask(uri, "hover", 2, 14)
    assert "step `tests`" in hover["contents"]["value"]
    assert hover["range"]["start"]["character"] == 10
    (place,) = client.ask(uri, "definition", 2, 14)
    assert (place["uri"], place["range"]["start"]) == (uri, {"line": 1, "character": 6})
    assert client.ask(uri, "hover", 0, 10) is None
    found = client.ask(uri, "references", 1, 7, context={"includeDeclaration": True})
    assert [one["range"]["start"]["line"] for one in found] == [1, 2]
    assert [one["kind"] for one in client.ask(uri, "documentHighlight", 1, 7)] == [3, 2]


def test_the_definition_of_a_command_is_its_file(client):
    uri = client.open("- claude: /mmm-lint\n", "file.mmm.yml")
    (place,) = client.ask(uri, "definition", 0, 13)
    assert place["uri"].endswith("/.claude/commands/mmm-lint.md")


def test_rename_names_the_version_that_it_is_for(client):
    uri = client.open(SOUND, "rename.mmm.yml")
    prepared = client.ask(uri, "prepareRename", 2, 13)
    assert prepared["placeholder"] == "tests"
    document, edits = changes(client.ask(uri, "rename", 2, 13, newName="cargo"))
    assert document == {"uri": uri, "version": 1}
    assert applied(SOUND, edits) == SOUND.replace("tests", "cargo")


def test_a_rename_is_refused_with_a_sentence(client):
    uri = client.open(SOUND, "refused.mmm.yml")
    with pytest.raises(ResponseError, match="`last` cannot be the name") as caught:
        client.ask(uri, "rename", 2, 13, newName="last")
    assert caught.value.code == -32803
    with pytest.raises(ResponseError, match="there is no name here"):
        client.ask(uri, "prepareRename", 0, 10)


def test_code_actions(client):
    uri = client.open(BROKEN, "actions.mmm.yml")
    found = client.ask(uri, "codeAction", range=whole(BROKEN), context={"diagnostics": []})
    assert [(one["title"], one["kind"]) for one in found] == [
        ("replace with `tests`", "quickfix"),
        ("silence `undefined-step` here; the playbook can still not be run", "quickfix"),
    ]
    assert found[0]["diagnostics"][0]["code"] == "undefined-step"
    _, edits = changes(found[0]["edit"])
    assert applied(BROKEN, edits) == SOUND
    automatic = {"diagnostics": [], "triggerKind": 2}
    assert len(client.ask(uri, "codeAction", range=whole(BROKEN), context=automatic)) == 1


@pytest.mark.parametrize(
    ("only", "kinds"), [("source.fixAll", 1), ("source", 1), ("quickfix", 0), ("refactor", 0)]
)
def test_fix_all_for_editors_that_do_so_on_save(client, only, kinds):
    text = "- claude: x\n  commit: yes\n- claude: y\n  commit: no\n"
    uri = client.open(text, "all.mmm.yml")
    found = client.ask(uri, "codeAction", range=whole(text), context={"diagnostics": [], "only": [only]})
    whole_file = [one for one in found if one["kind"] == "source.fixAll.mmm"]
    assert len(whole_file) == kinds
    for one in whole_file:
        assert applied(text, changes(one["edit"])[1]) == text.replace("yes", "true").replace("no", "false")


def test_formatting(client):
    text = "-   claude:   x\n"
    uri = client.open(text, "format.mmm.yml")
    edits = client.ask(uri, "formatting", options={"tabSize": 4, "insertSpaces": True})
    assert applied(text, edits) == "- claude: x\n"


def test_structure(client):
    text = "- shell: |\n    make\n  id: tests\n  retry: {attempts: 3}\n- claude: 😀 ${tests.output}\n"
    uri = client.open(text, "structure.mmm.yml")
    symbols = client.ask(uri, "documentSymbol")
    assert [one["name"] for one in symbols] == ["tests", "😀 ${tests.output}"]
    assert {"startLine": 0, "endLine": 3} in client.ask(uri, "foldingRange")
    (chain,) = client.ask(uri, "selectionRange", positions=[{"line": 4, "character": 16}])
    assert chain["range"]["start"] == {"line": 4, "character": 15}
    assert chain["parent"]["range"]["start"] == {"line": 4, "character": 13}
    (hint,) = client.ask(uri, "inlayHint", range=whole(text))
    assert (hint["label"], hint["position"]) == ("≤ 3 runs", {"line": 0, "character": 10})
    tokens = client.ask(uri, "semanticTokens/full")["data"]
    assert tokens == [2, 6, 5, 0, 1, 2, 15, 5, 0, 0, 0, 6, 6, 1, 0], "relative, in units of UTF-16"


# --- encodings ---


@pytest.mark.parametrize(
    ("offered", "chosen"), [(["utf-8", "utf-16"], "utf-8"), (["utf-32"], "utf-32"), (["utf-7"], "utf-16")]
)
def test_places_in_the_encoding_that_both_can(tmp_path, offered, chosen):
    text = "- shell: 'é漢😀'\n  id: tests\n- claude: '😀é ${tests.output} 漢 ${tests.output}'\n"
    with Client(tmp_path) as client:
        assert client.initialize(general={"positionEncodings": offered})["positionEncoding"] == chosen
        uri = client.open(text)
        codec, width = ENCODED[chosen]
        character = len("- claude: '😀é ${te".encode(codec)) // width
        found = client.ask(uri, "rename", 2, character, newName="x")
        assert applied(text, found["changes"][uri], chosen) == text.replace("tests", "x")
        assert client.leave() == 0


# --- pull, watching, failing ---


def test_a_client_that_fetches_diagnostics_is_sent_none(tmp_path):
    with Client(tmp_path) as client:
        capabilities = client.initialize(
            textDocument={"diagnostic": {}},
            workspace={
                "diagnostics": {"refreshSupport": True},
                "didChangeWatchedFiles": {"dynamicRegistration": True},
            },
        )
        assert capabilities["diagnosticProvider"]["interFileDependencies"] is True
        uri = client.open("- claude: x\n  options: 1\n")
        first = client.ask(uri, "diagnostic")
        assert [one["code"] for one in first["items"]] == ["ignored-key"]
        same = client.ask(uri, "diagnostic", previousResultId=first["resultId"])
        assert same == {"kind": "unchanged", "resultId": first["resultId"]}
        (tmp_path / ".mmm").mkdir()
        (tmp_path / ".mmm" / "config.yml").write_text("ignore: [ignored-key]\n")
        client.notify("workspace/didChangeWatchedFiles", {"changes": []})
        assert client.ask(uri, "diagnostic", previousResultId=first["resultId"])["items"] == []
        assert client.pending("textDocument/publishDiagnostics") == 0
        assert [one["method"] for one in client.asked] == [
            "client/registerCapability",
            "workspace/diagnostic/refresh",
        ]
        assert client.leave() == 0


PATCHED = """
import sys
from mmm_lang.analysis import check
from mmm_lang.editor.lsp import requests
from mmm_lang.cli.main import main

def noisy(*arguments):
    print("to standard output")
    raise RuntimeError("a bug")

requests.hover = noisy
look = check.look
check.look = lambda source, *more, **named: noisy() if "boom" in source.text else look(source, *more, **named)
sys.exit(main(["lsp"]))
"""


def test_a_bug_is_logged_and_the_server_goes_on(tmp_path):
    with Client(tmp_path, (sys.executable, "-c", PATCHED)) as client:
        client.initialize()
        uri = client.open("- claude: x\n")
        assert client.diagnostics(uri, 1) == []
        assert client.ask(uri, "hover", 0, 3) is None
        logged = client.notification("window/logMessage")
        assert "textDocument/hover" in logged["message"]
        assert "RuntimeError: a bug" in logged["message"]
        (one,) = client.diagnostics(uri, client.change(uri, "- claude: boom\n"))
        assert one["message"].startswith(
            "mmm could not judge this text: this is a bug in mmm (RuntimeError: a bug)"
        )
        assert client.diagnostics(uri, client.change(uri, "- claude: x\n")) == []
        assert client.leave() == 0
    assert b"to standard output" in client.errors, "what is printed goes to the log, not into the protocol"


def test_messages_that_make_no_sense_are_survived(tmp_path):
    with Client(tmp_path) as client:
        client.initialize()
        client.send_bytes(b"{ not json")
        client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": "file:///nobody", "version": 3}, "contentChanges": [{"text": ""}]},
        )
        client.notify("textDocument/didOpen", {"nonsense": True})
        client.notify("$/unknown", {})
        with pytest.raises(ResponseError):
            client.request("textDocument/unknown", {})
        assert client.ask("file:///nobody.mmm.yml", "hover", 0, 0) is None
        uri = client.open(SOUND)
        assert client.ask(uri, "hover", 99, 99) is None
        assert client.leave() == 0


def test_without_a_good_bye_it_ends_too(tmp_path):
    with Client(tmp_path) as client:
        client.initialize()
        client.notify("exit", None)
        assert client.process.wait(PATIENCE) == 1


def test_it_ends_when_the_editor_dies(tmp_path):
    with Client(tmp_path) as client:
        client.initialize()
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 1


# --- the command ---


def test_without_pygls_a_sentence_says_how_to_install_it(tmp_path):
    program = (
        "import sys; sys.modules['pygls'] = None; from mmm_lang.cli.main import main; sys.exit(main(['lsp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: `mmm lsp` needs the package `pygls`, which is not installed; "
        "install it with `pip install 'mmm-lang[lsp]'`\n"
    )


def test_at_a_terminal_it_does_not_wait_for_an_editor(tmp_path):
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mmm_lang", "lsp"],
            cwd=tmp_path,
            stdin=theirs,
            capture_output=True,
            encoding="utf-8",
            env=environment(),
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert done.stderr.startswith("error: `mmm lsp` speaks to an editor, not to a person")
