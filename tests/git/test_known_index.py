"""What one session found out about large untracked files spares the next one the work, as long as it holds."""

from __future__ import annotations

import os

import pytest

from mmm_lang.git import known_index


@pytest.fixture
def counting(tree, monkeypatch, tmp_path):
    """A repository with an untracked file whose every reading is counted."""
    monkeypatch.setattr(known_index, "LONG", 0.0)
    tree.git("config", "filter.count.clean", f"tee -a {tmp_path}/read")
    tree.write(".gitattributes", "*.big filter=count\n")
    tree.commit("attributes", **{".gitattributes": "*.big filter=count\n"})
    tree.write("one.big", "x\n")
    long_ago = 1_000_000_000_000_000_000
    os.utime(tree.root / "one.big", ns=(long_ago, long_ago))
    return tree


def readings(tmp_path) -> int:
    file = tmp_path / "read"
    return file.read_text().count("x\n") if file.exists() else 0


def session(tree, number: int):
    """The first look of another session."""
    return tree.repository.snapshot(f"{tree.index}-{number}")


def test_a_file_is_read_once_for_all_sessions(counting, tmp_path):
    first = session(counting, 1)
    assert readings(tmp_path) == 1
    assert session(counting, 2) == first
    assert readings(tmp_path) == 1
    counting.write("one.big", "y\n")
    changed = session(counting, 3)
    assert counting.git("show", f"{changed.tree}:one.big") == "y"
    counting.repository.restore(first, f"{counting.index}-3")
    assert (counting.root / "one.big").read_text() == "x\n"


def test_a_quick_look_keeps_nothing(tree):
    session(tree, 1)
    assert not (tree.root / ".git" / "mmm" / "known.index").exists()


def test_what_is_ignored_now_is_not_seen_any_more(counting):
    session(counting, 1)
    (counting.root / ".git" / "info" / "exclude").write_text("*.big\n")
    assert "one.big" not in counting.git("ls-tree", "-r", "--name-only", session(counting, 2).tree)


def test_what_was_collected_is_made_again(counting, tmp_path):
    first = session(counting, 1)
    counting.git("gc", "-q", "--prune=now")
    assert session(counting, 2) == first
    assert readings(tmp_path) == 2
    assert counting.git("show", f"{first.tree}:one.big") == "x"


@pytest.mark.parametrize("how", ["settings", "attributes", "own attributes"])
def test_other_ways_of_recording_make_it_worthless(counting, tmp_path, how):
    session(counting, 1)
    if how == "settings":
        counting.git("config", "core.autocrlf", "input")
    elif how == "attributes":
        counting.write("src/.gitattributes", "*.txt text\n")
    else:
        (counting.root / ".git" / "info" / "attributes").write_text("*.txt text\n")
    session(counting, 2)
    assert readings(tmp_path) == 2


def test_one_that_is_damaged_is_no_obstacle(counting):
    first = session(counting, 1)
    (counting.root / ".git" / "mmm" / "known.index").write_bytes(b"nonsense")
    assert session(counting, 2) == first


def test_tracked_files_that_others_changed_meanwhile_are_seen(counting):
    session(counting, 1)
    tip = counting.commit("elsewhere", **{"src/app.py": "two\n"})
    counting.git("rm", "-q", "run.sh")
    counting.git("commit", "-qm", "gone")
    taken = session(counting, 2)
    assert taken.head != tip
    assert counting.git("show", f"{taken.tree}:src/app.py") == "two"
    assert "run.sh" not in counting.git("ls-tree", "-r", "--name-only", taken.tree)
