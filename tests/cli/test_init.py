"""`mmm init`: what it writes, what it leaves alone, and what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from mmm_lang.cli.main import main
from mmm_lang.commands.texts import NAMES
from mmm_lang.resources import resource_path
from tests.cli.processes import environment, mmm
from tests.support.examples import example_playbooks


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path):
    """A repository with a Rust crate."""
    root = tmp_path / "app"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "Cargo.toml").write_text("[package]\n")
    return root


@pytest.fixture
def init(repository, tmp_path):
    """Run ``mmm init`` in the repository, with an empty home."""

    def run(*arguments, cwd=repository, **more):
        return mmm(
            "init", *arguments, cwd=cwd, env={"HOME": str(tmp_path / "home"), "CLAUDE_CONFIG_DIR": "", **more}
        )

    return run


def commands(root):
    return {path.name: path.read_text(encoding="utf-8") for path in (root / ".claude" / "commands").iterdir()}


def line_of(name, told):
    [line] = [line for line in told.stdout.splitlines() if f" {name} " in line]
    return line


def test_all_commands_are_written_and_what_is_next(init, repository):
    told = init()
    assert (told.returncode, told.stderr) == (0, "")
    assert set(commands(repository)) == {f"{name}.md" for name in NAMES}
    assert told.stdout.startswith(f"Slash commands for Rust, in {repository}\n")
    assert all(line_of(name, told).startswith("  ✅") for name in NAMES)
    assert "21 commands written to .claude/commands\n" in told.stdout
    assert "git add .claude/commands/*.md && git commit" in told.stdout
    assert "mmm plan default" in told.stdout
    assert git(repository, "status", "--porcelain", "-uall").count(".claude/commands/") == 21


def test_what_it_advises_works(init, repository):
    told = init()
    [line] = [line for line in told.stdout.splitlines() if "git add" in line]
    identity = {f"GIT_{who}_{what}": "t@e" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(
        line, shell=True, cwd=repository, check=True, capture_output=True, env=environment(**identity)
    )
    assert len(git(repository, "ls-files", ".claude").splitlines()) == 21


def next_lines(told):
    return told.stdout.partition("\nNext:\n")[2].splitlines()


@pytest.mark.parametrize(
    ("top", "folder", "arguments", "begins", "path"),
    [
        ("app", "app", (), "git add .claude/commands/*.md && git commit ", ""),
        ("app", "app", ("--path", "."), "git add .claude/commands/*.md && git commit ", ""),
        ("app", "app/a/b", (), "git add ../../.claude/commands/*.md && git commit ", ""),
        ("app", ".", ("--path", "app/a"), "git -C app add ", " --path app"),
        ("my app", ".", ("--path", "my app"), "git -C 'my app' add ", " --path 'my app'"),
        ("my app", "my app/a/b", (), "git add ../../.claude/commands/*.md && git commit ", ""),
        ("app", "other", ("--path", "../app"), "git -C {root} add ", " --path {root}"),
        ("app", "app/inner", ("--path", ".."), "git -C {root} add ", " --path {root}"),
    ],
)
def test_what_it_advises_works_where_it_is_run(
    init, repository, tmp_path, top, folder, arguments, begins, path
):
    root = repository.rename(tmp_path / top)
    (root / "a" / "b").mkdir(parents=True)
    here = tmp_path / folder
    if here.name in ("other", "inner"):  # a repository, too
        here.mkdir()
        git(here, "init", "--quiet")
        (here / ".claude" / "commands").mkdir(parents=True)
        (here / ".claude" / "commands" / "mine.md").write_text("mine\n")
    (root / ".claude" / "commands" / "own").mkdir(parents=True)
    (root / ".claude" / "commands" / "own" / "deploy.md").write_text("deploy\n")
    told = init("-c", "mmm-lint", *arguments, cwd=here)
    commit, plan, cook = next_lines(told)
    assert commit.startswith(f"  {begins.format(root=root)}")
    identity = {f"GIT_{who}_{what}": "t@e" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(commit, shell=True, cwd=here, check=True, capture_output=True, env=environment(**identity))
    assert git(root, "ls-files", ".claude").splitlines() == [".claude/commands/mmm-lint.md"]
    assert plan.startswith(f"  mmm plan default{path.format(root=root)}      what ")
    assert cook.startswith(f"  mmm cook default{path.format(root=root)}      review, ")


def test_the_examples_are_right_with_them(init, repository, monkeypatch, capsys):
    init()
    shutil.copytree(resource_path("examples"), repository / "playbooks")
    monkeypatch.chdir(repository)
    playbooks = [str(repository / "playbooks" / path.name) for path in example_playbooks()]
    assert len(playbooks) >= 10
    assert main(["check", *playbooks]) == 0
    checked = capsys.readouterr()
    assert "warning" not in checked.out + checked.err
    for playbook in playbooks:
        item = ["--args", "33"] if playbook.endswith("/implement.yml") else []
        assert main(["cook", playbook, "--dry-run", *item]) == 0, capsys.readouterr()


def test_an_option_that_a_command_does_not_have_is_seen(init, repository, monkeypatch, capsys):
    init()
    (repository / "p.yml").write_text(
        '- claude: "/mmm-code-review --critcal"\n- claude: "/mmm-write-tests"\n'
    )
    monkeypatch.chdir(repository)
    main(["check", "p.yml"])
    checked = capsys.readouterr()
    assert "`/mmm-code-review` has no option `--critcal`" in checked.out + checked.err
    assert "`/mmm-write-tests` needs an argument" in checked.out + checked.err


def test_twice_is_as_good_as_once(init, repository):
    init()
    before = commands(repository)
    told = init()
    assert told.returncode == 0
    assert "0 commands written to .claude/commands, 21 skipped" in told.stdout
    assert "there already" in line_of("mmm-lint", told)
    assert "git add" not in told.stdout
    assert commands(repository) == before


def test_only_some(init, repository):
    told = init("--commands", "mmm-lint, /mmm-code-review", "-c", "mmm-lint,")
    assert told.returncode == 0
    assert set(commands(repository)) == {"mmm-lint.md", "mmm-code-review.md"}
    assert "2 commands written" in told.stdout


def test_an_edited_command_is_left_alone(init, repository):
    init()
    lint = repository / ".claude" / "commands" / "mmm-lint.md"
    lint.write_text(lint.read_text() + "And be quick.\n")
    edited = lint.read_text()
    told = init()
    assert "edited here" in line_of("mmm-lint", told)
    assert "there already" in line_of("mmm-fix-test", told)
    assert lint.read_text() == edited
    told = init("--force")
    assert "yours is kept as .claude/commands/mmm-lint.md.bak" in line_of("mmm-lint", told)
    assert "there already" in line_of("mmm-fix-test", told)
    assert "And be quick." not in lint.read_text()
    assert lint.with_suffix(".md.bak").read_text() == edited
    lint.write_text("mine\n")
    init("--force")
    assert lint.with_suffix(".md.bak").read_text() == edited
    assert lint.with_suffix(".md.bak2").read_text() == "mine\n"


def test_a_command_of_ones_own_is_edited_too(init, repository):
    folder = repository / ".claude" / "commands"
    folder.mkdir(parents=True)
    (folder / "mmm-lint.md").write_bytes(b"lint \xff it\n")
    assert "edited here" in line_of("mmm-lint", init("-c", "mmm-lint"))
    assert (folder / "mmm-lint.md").read_bytes() == b"lint \xff it\n"
    init("-c", "mmm-lint", "--force")
    assert (folder / "mmm-lint.md.bak").read_bytes() == b"lint \xff it\n"


def test_a_command_from_before_the_repository_changed(init, repository):
    init()
    (repository / "go.mod").write_text("module x\n")
    told = init()
    assert told.stdout.startswith("Slash commands for Go and Rust")
    assert "in an older form" in line_of("mmm-lint", told)
    assert "there already" in line_of("mmm-add-spec", told)
    told = init("--force")
    assert "brought up to date" in line_of("mmm-lint", told)
    assert "gofmt -w ." in commands(repository)["mmm-lint.md"]
    assert not [name for name in commands(repository) if "bak" in name]


def test_line_ends_of_a_checkout_are_no_edit(init, repository):
    init("-c", "mmm-lint")
    lint = repository / ".claude" / "commands" / "mmm-lint.md"
    lint.write_bytes(lint.read_bytes().replace(b"\n", b"\r\n"))
    assert "there already" in line_of("mmm-lint", init("-c", "mmm-lint"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("mmm-lnt", "mmm brings no command `mmm-lnt`; write `mmm-lint`"),
        ("lint", "mmm brings no command `lint`; write `mmm-lint`"),
        ("mmm-lint,deploy", "mmm brings no command `deploy`; write a command of your own"),
        ("../x", "mmm brings no command `../x`"),
        ("", "`--commands` names no command"),
        (", ,", "`--commands` names no command"),
    ],
)
def test_a_name_that_is_none(init, repository, given, said):
    told = init("--commands", given)
    assert told.returncode == 2
    assert told.stdout == ""
    assert f"error: {said}" in told.stderr
    assert not (repository / ".claude").exists()


def test_outside_of_a_repository(init, tmp_path):
    told = init(cwd=tmp_path)
    assert told.returncode == 2
    assert "is not inside a git repository; run `git init` there" in told.stderr
    assert not (tmp_path / ".claude").exists()


def test_a_path_that_leads_nowhere(init, tmp_path):
    told = init("--path", str(tmp_path / "nowhere"))
    assert told.returncode == 2
    assert "does not exist" in told.stderr


def test_a_folder_of_the_repository_means_its_top(init, repository, tmp_path):
    (repository / "src").mkdir()
    told = init("--path", "app/src", "-c", "mmm-lint", cwd=tmp_path)
    assert told.returncode == 0
    assert set(commands(repository)) == {"mmm-lint.md"}


def test_a_linked_work_tree_gets_its_own(init, repository, tmp_path):
    identity = ["-c", "user.name=T", "-c", "user.email=t@e"]
    git(repository, *identity, "commit", "--quiet", "--allow-empty", "--message", "start")
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    told = init("-c", "mmm-lint", cwd=tmp_path / "tree")
    assert told.returncode == 0
    assert set(commands(tmp_path / "tree")) == {"mmm-lint.md"}
    assert not (repository / ".claude").exists()


# --- links ---


@pytest.mark.parametrize("link", [".claude", ".claude/commands", ".claude/commands/mmm-lint.md"])
def test_a_link_that_leads_out_is_not_followed(init, repository, tmp_path, link):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside / "file.md" if link.endswith(".md") else outside
    (repository / link).parent.mkdir(parents=True, exist_ok=True)
    (repository / link).symlink_to(target)
    told = init("-c", "mmm-code-review,mmm-lint", "--force")
    assert told.returncode == 2
    assert "leads out of the repository" in told.stderr
    assert list(outside.iterdir()) == []
    assert not (repository / ".claude" / "commands" / "mmm-code-review.md").exists()


def test_a_link_into_the_git_folder_is_not_followed(init, repository):
    (repository / ".claude").symlink_to(".git")
    assert init().returncode == 2
    assert not (repository / ".git" / "commands").exists()


def test_a_link_inside_the_repository_is_followed_and_stays(init, repository):
    (repository / "prompts").mkdir()
    (repository / ".claude").mkdir()
    (repository / ".claude" / "commands").symlink_to("../prompts")
    told = init("-c", "mmm-lint")
    assert told.returncode == 0
    assert (repository / ".claude" / "commands").is_symlink()
    assert (repository / "prompts" / "mmm-lint.md").is_file()
    assert told.stderr == ""


# --- what stands in the way ---


def test_a_file_where_the_folder_belongs(init, repository):
    (repository / ".claude").write_text("")
    told = init()
    assert told.returncode == 2
    assert "`.claude` is not a folder; move it away" in told.stderr


def test_a_folder_where_a_file_belongs(init, repository):
    (repository / ".claude" / "commands" / "mmm-lint.md").mkdir(parents=True)
    told = init()
    assert told.returncode == 2
    assert "`.claude/commands/mmm-lint.md` is not a file; move it away" in told.stderr
    assert len(list((repository / ".claude" / "commands").iterdir())) == 1


@pytest.mark.parametrize("refused", ["makedirs", "replace"])
def test_a_folder_that_cannot_be_written(repository, monkeypatch, capsys, refused):
    def refuse(*arguments, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(repository)
    monkeypatch.setattr(os, refused, refuse)
    assert main(["init", "-c", "mmm-lint"]) == 2
    said = capsys.readouterr().err
    assert ".claude/commands" in said
    assert "cannot be written (permission denied)" in said
    folder = repository / ".claude" / "commands"
    assert not folder.exists() or list(folder.iterdir()) == []


# --- notes ---


def test_a_command_of_the_home_wins_and_that_is_said(init, repository, tmp_path):
    home = tmp_path / "home" / ".claude" / "commands"
    home.mkdir(parents=True)
    (home / "mmm-lint.md").write_text("mine\n")
    told = init()
    assert told.returncode == 0
    assert (
        told.stderr
        == f"note: `/mmm-lint` is yours at `{home / 'mmm-lint.md'}`, which wins over the repository's\n"
    )


def test_a_folder_that_git_ignores_is_said(init, repository):
    (repository / ".gitignore").write_text(".claude/\n")
    told = init()
    assert told.returncode == 0
    assert "note: git ignores `.claude/commands`" in told.stderr
    assert "git add" not in told.stdout


def test_specs_that_git_ignores_are_said(init, repository):
    (repository / ".gitignore").write_text("temp/\n")
    told = init()
    assert told.returncode == 0
    assert "note: git ignores `specs/temp`" in told.stderr
    assert "git add" in told.stdout


def test_manifests_that_git_ignores_do_not_count(init, repository):
    (repository / ".gitignore").write_text("web/\n")
    (repository / "web").mkdir()
    (repository / "web" / "package.json").write_text("{}")
    assert init("-c", "mmm-lint").stdout.startswith("Slash commands for Rust, in")


def test_a_repository_without_a_manifest(init, repository):
    (repository / "Cargo.toml").unlink()
    told = init("-c", "mmm-lint")
    assert told.returncode == 0
    assert "for any language (no manifest that mmm knows was found)" in told.stdout


# --- who names it ---


def test_cook_names_it_for_a_command_that_is_missing(init, repository, tmp_path):
    (repository / "p.yml").write_text('- claude: "/mmm-lint"\n- claude: "/deploy"\n')
    identity = ["-c", "user.name=T", "-c", "user.email=t@e"]
    git(repository, "add", "--all")
    git(repository, *identity, "commit", "--quiet", "--message", "start")
    cooked = mmm(
        "cook", "p.yml", cwd=repository, env={"HOME": str(tmp_path / "home"), "CLAUDE_CONFIG_DIR": ""}
    )
    assert cooked.returncode == 2
    assert "`mmm init --commands mmm-lint` writes it" in cooked.stderr
    assert "write the command's prompt into `.claude/commands/deploy.md`" in cooked.stderr


def test_the_help_names_the_commands(init):
    told = init("--help")
    assert told.returncode == 0
    assert "mmm-code-review" in told.stdout


def test_check_does_not_load_templates(repository):
    (repository / "p.yml").write_text('- claude: "/mmm-lint"\n')
    script = (
        "import sys\nfrom mmm_lang.cli.main import main\nmain(['check', 'p.yml'])\nprint(sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'jinja2'" not in done.stdout
    assert "mmm_lang.commands" not in done.stdout
