"""The README's playbooks that loop, call and map: each is cooked as it stands."""

from __future__ import annotations

from tests.docs.executed import PROJECT, Reader, blocks

SPEC = "specs/temp/iteration-1708123456-script.md"


def playbook(name):
    """The README's playbook of that name."""
    [text] = [
        block.text
        for block in blocks(PROJECT / "README.md", "yaml")
        if block.text.startswith(f"name: {name}\n")
    ]
    return text


def reader_in_a_repository(folder, **files):
    """A reader in a repository with these files, slash commands, and `make test`."""
    reader = Reader.at(folder)
    for path, text in {"Makefile": "test:\n\t@true\n", **files}.items():
        (reader.here / path).parent.mkdir(parents=True, exist_ok=True)
        (reader.here / path).write_text(text)
    made = reader.shell("git init -q && mmm init && git add . && git commit -qm start")
    assert made.returncode == 0, made.stdout
    return reader


def cooked(reader, text, *flags):
    """Cook it once; gives the subjects of its commits, oldest first."""
    (reader.here / "playbook.yml").write_text(text)
    done = reader.shell(f"mmm cook playbook.yml -n 1 {' '.join(flags)}")
    assert done.returncode == 0, done.stdout
    return reader.shell("git log --reverse --no-merges --format=%s").stdout.splitlines()[1:]


def test_the_loop(tmp_path):
    reader = reader_in_a_repository(tmp_path, **{"a.sh": "echo a\n", "b c.sh": "echo b\n"})
    reader.scenario.on("/mmm-code-review a.sh", writes={SPEC: "# Better\n"}, commits="review: a")
    reader.scenario.on("/mmm-code-review", text="Nothing found.")
    reader.scenario.on(f"/mmm-implement-spec {SPEC}", deletes=[SPEC])
    assert cooked(reader, playbook("Tidy up scripts")) == ["review: a", f"mmm: /mmm-implement-spec {SPEC}"]
    assert [prompt for prompt in reader.scenario.prompts() if "review" in prompt] == [
        "/mmm-code-review a.sh",
        "/mmm-code-review b c.sh",
    ]


def test_the_calls(tmp_path):
    reader = reader_in_a_repository(tmp_path, **{"lib/mend.yml": playbook("Mend one thing")})
    reader.scenario.on("Mend the parser", writes={"parser.py": "x = 1\n"}, text="an end of file")
    reader.scenario.on("Mend whatever", writes={"app.py": "x = 1\n"}, text="another one")
    assert len(cooked(reader, playbook("Mend two things"))) == 2
    assert "there it was this: an end of file," in reader.scenario.prompts()[1]


def test_the_map(tmp_path):
    reader = reader_in_a_repository(tmp_path, **{"specs/a.md": "# A\n", "specs/b.md": "# B\n"})
    for name in ("a", "b"):
        reader.scenario.on(f"/mmm-implement-spec specs/{name}.md", writes={f"{name}.py": "x = 1\n"})
    reader.scenario.on("Sum up in CHANGES.md", writes={"CHANGES.md": "Done.\n"})
    commits = cooked(reader, playbook("Specifications"), "--yes")
    assert sorted(commits[:2]) == [f"mmm: /mmm-implement-spec specs/{name}.md" for name in ("a", "b")]
    assert len(commits) == 3
    assert sorted(path.name for path in reader.here.glob("*.py")) == ["a.py", "b.py"]
    merges = reader.shell("git log --merges --reverse --format=%s").stdout.splitlines()
    assert [subject.split()[2].rpartition("-")[2] for subject in merges] == ["1", "2"]
