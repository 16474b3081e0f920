"""Exactly these paths, hooks and all, and nothing of the user's besides."""

from __future__ import annotations

import os
import subprocess

import pytest

from mmm_lang.git.errors import CommitRejected, GitError, OperationUnderWay
from mmm_lang.git.trailers import message_with_trailers


def committed(tree, revision="HEAD"):
    """Names and states of what a commit changed."""
    fields = tree.git("diff-tree", "-r", "-z", "--no-commit-id", "--name-status", "--root", revision).split(
        "\0"
    )
    return dict(zip(fields[1::2], fields[0::2], strict=False))


def test_new_changed_and_deleted_paths(tree):
    base = tree.git("rev-parse", "HEAD")
    tree.write("src/app.py", "print('two')\n")
    tree.write("src/new.py", "new\n")
    os.unlink(tree.root / "run.sh")
    new = tree.repository.commit(["src/app.py", "src/new.py", "run.sh"], "mmm: three\n")
    assert new == tree.git("rev-parse", "HEAD")
    assert tree.git("rev-parse", "HEAD^") == base
    assert committed(tree) == {"src/app.py": "M", "src/new.py": "A", "run.sh": "D"}
    assert tree.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert tree.status() == ["?? notes.txt"]


def test_the_users_other_files_and_staged_changes_stay_out(tree):
    tree.commit("more", staged="1\n", half="1\n", loose="1\n")
    tree.write("staged", "2\n")
    tree.write("half", "2\n")
    tree.git("add", "staged", "half")
    tree.write("half", "3\n")
    tree.write("loose", "2\n")
    tree.write("notes.txt", "mine\n")
    tree.git("add", "-N", "notes.txt")
    before = tree.git("diff", "--cached"), tree.git("diff")
    tree.write("src/app.py", "by the step\n")
    tree.repository.commit(["src/app.py"], "step")
    assert committed(tree) == {"src/app.py": "M"}
    assert (tree.git("diff", "--cached"), tree.git("diff")) == before


def test_a_path_that_was_staged_otherwise_is_committed_as_it_is_on_disk(tree):
    tree.write("src/app.py", "staged\n")
    tree.git("add", "src/app.py")
    tree.write("src/app.py", "on disk\n")
    tree.repository.commit(["src/app.py"], "step")
    assert tree.git("show", "HEAD:src/app.py") == "on disk"
    assert tree.status() == ["?? notes.txt"]


def test_odd_names_are_names(tree):
    odd = [
        "-rf",
        "line\nend",
        'quo"te',
        "*",
        ":(glob)x",
        "sp ace",
        os.fsdecode(b"latin-\xe9"),
        "[a]",
        "#x",
        "tab\t",
    ]
    tree.write("innocent", "not chosen by *\n")
    for name in odd:
        tree.write(name, "odd\n")
    tree.repository.commit(odd, "odd")
    assert committed(tree) == dict.fromkeys(odd, "A")
    for name in odd[:5]:
        os.unlink(tree.root / name)
    tree.repository.commit(odd, "fewer")
    assert committed(tree) == dict.fromkeys(odd[:5], "D")


def test_file_folder_and_link_change_places(tree):
    tree.commit("base", **{"file": "1", "folder/a": "1", "folder/b": "1", "linked/a": "1"})
    os.unlink(tree.root / "file")
    tree.write("file/inside", "2")
    for name in ("folder/a", "folder/b", "linked/a"):
        os.unlink(tree.root / name)
    os.rmdir(tree.root / "folder")
    os.rmdir(tree.root / "linked")
    tree.write("folder", "2")
    (tree.root / "linked").symlink_to("src")
    paths = ["file", "file/inside", "folder", "folder/a", "folder/b", "linked", "linked/a"]
    tree.repository.commit(paths, "swap")
    assert tree.status() == ["?? notes.txt"]
    assert tree.git("ls-tree", "--name-only", "HEAD", "file/", "folder", "linked").split() == [
        "file/inside",
        "folder",
        "linked",
    ]


def test_the_executable_bit_is_a_change(tree):
    os.chmod(tree.root / "src/app.py", 0o755)
    tree.repository.commit(["src/app.py"], "may run")
    assert tree.git("ls-tree", "HEAD", "src/app.py").startswith("100755")


def test_paths_equal_to_head_commit_nothing(tree):
    head = tree.git("rev-parse", "HEAD")
    assert tree.repository.commit(["src/app.py"], "nothing") == head
    assert tree.repository.commit([], "nothing") == head
    assert tree.repository.commit(["never/was"], "nothing") == head
    assert tree.git("rev-parse", "HEAD") == head


def test_a_message_is_taken_as_it_is(tree):
    message = message_with_trailers(
        "# not a comment\n\n# nor this\n---\nbody ü", {"Mmm-Step": "tests", "Mmm-Attempt": "1"}
    )
    base = tree.git("rev-parse", "HEAD")
    tree.write("a")
    tip = tree.repository.commit(["a"], message)
    assert tree.git("log", "-1", "--format=%B") + "\n" == message
    (made,) = tree.repository.commits_between(base, tip)
    assert made.subject == "# not a comment"
    assert made.trailers == (("Mmm-Step", "tests"), ("Mmm-Attempt", "1"))


def test_an_empty_message_is_refused(tree):
    with pytest.raises(GitError, match="needs a message"):
        tree.repository.commit(["notes.txt"], " \n")


def test_a_failing_hook_rejects_and_leaves_everything(tree):
    tree.hook("pre-commit", "echo 'style: line 3 is too long' >&2\nexit 1\n")
    tree.write("src/app.py", "by the step\n")
    index = (tree.root / ".git" / "index").read_bytes()
    head = tree.git("rev-parse", "HEAD")
    with pytest.raises(CommitRejected, match="style: line 3 is too long") as error:
        tree.repository.commit(["src/app.py", "notes.txt"], "step")
    assert "style: line 3" in error.value.output
    assert (tree.root / ".git" / "index").read_bytes() == index
    assert tree.git("rev-parse", "HEAD") == head
    assert tree.repository.commit(["src/app.py", "notes.txt"], "step", verify=False) != head


def test_a_failing_message_hook_and_a_failing_signature_reject(tree):
    tree.hook("commit-msg", 'grep -q TICKET "$1" || { echo no ticket; exit 1; }\n')
    with pytest.raises(CommitRejected, match="no ticket"):
        tree.repository.commit(["notes.txt"], "step")
    tree.git("config", "commit.gpgSign", "true")
    tree.git("config", "gpg.program", "false")
    with pytest.raises(CommitRejected, match="failed to"):
        tree.repository.commit(["notes.txt"], "TICKET-1")


def test_a_failing_filter_rejects(tree):
    tree.git("config", "filter.broken.clean", "false")
    tree.git("config", "filter.broken.required", "true")
    tree.write(".gitattributes", "*.bin filter=broken\n")
    tree.write("a.bin")
    with pytest.raises(CommitRejected, match="cannot be added"):
        tree.repository.commit(["a.bin"], "step")


def test_a_hook_that_hangs_is_stopped(tree):
    tree.hook("pre-commit", "echo waiting\nexec cat /dev/zero > /dev/null\n")
    with pytest.raises(CommitRejected, match=r"did not end within 0\.5 s") as error:
        tree.repository.commit(["notes.txt"], "step", timeout=0.5)
    assert "waiting" in error.value.output


def test_what_a_hook_rewrites_and_adds_is_taken_in(tree):
    tree.hook("pre-commit", "echo formatted > src/app.py\necho log > CHANGES\ngit add src/app.py CHANGES\n")
    tree.write("src/app.py", "unformatted\n")
    tree.repository.commit(["src/app.py"], "step")
    assert tree.git("show", "HEAD:src/app.py") == "formatted"
    assert committed(tree) == {"src/app.py": "M", "CHANGES": "A"}
    assert tree.status() == ["?? notes.txt"]


def test_hooks_see_the_users_locale_and_plain_pathspecs(tree, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    tree.hook("pre-commit", 'echo "$LC_ALL" "$GIT_LITERAL_PATHSPECS" "$GIT_OPTIONAL_LOCKS" > seen.log\n')
    tree.repository.commit(["notes.txt"], "step")
    assert (tree.root / "seen.log").read_text().split() == ["C.UTF-8"]


def test_a_merge_under_way_is_not_committed_by_accident(tree):
    tree.git("checkout", "-q", "-b", "side")
    tree.commit("theirs", a="theirs\n")
    tree.git("checkout", "-q", "main")
    tree.commit("ours", a="ours\n")
    subprocess.run(["git", "merge", "side"], cwd=tree.root, capture_output=True)
    with pytest.raises(OperationUnderWay, match="a merge is under way"):
        tree.repository.commit(["a"], "step")


def test_a_detached_head_moves_on(tree):
    tree.git("checkout", "-q", "--detach")
    new = tree.repository.commit(["notes.txt"], "step")
    assert tree.repository.head().commit == new
    assert tree.git("rev-parse", "main") != new


def test_a_stale_index_is_settled_after_a_crash(tree):
    base = tree.git("rev-parse", "HEAD")
    index = (tree.root / ".git" / "index").read_bytes()
    tree.write("src/app.py", "by the step\n")
    os.unlink(tree.root / "run.sh")
    new = tree.repository.commit(["src/app.py", "run.sh"], "step")
    (tree.root / ".git" / "index").write_bytes(index)  # as if killed before the user's index knew
    assert len(tree.status()) > 1
    for _ in range(2):
        tree.repository.settle(base, new)
        assert tree.status() == ["?? notes.txt"]


def test_a_lock_left_by_a_killed_commit_of_ours_is_no_obstacle(tree):
    folder = tree.root / ".git" / "mmm"
    folder.mkdir()
    (folder / "commit.index.lock").write_text("")
    (folder / "commit.index").write_text("half")
    assert tree.hasty.commit(["notes.txt"], "step") == tree.git("rev-parse", "HEAD")


def test_the_commit_in_a_linked_work_tree(tree, tmp_path):
    from tests.git.conftest import Tree

    tree.git("worktree", "add", "-q", str(tmp_path / "other"), "-b", "side")
    other = Tree(tmp_path / "other")
    other.write("src/app.py", "by the step\n")
    new = other.repository.commit(["src/app.py"], "step")
    assert tree.git("rev-parse", "side") == new
    assert other.status() == []
