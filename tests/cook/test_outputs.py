"""Outputs of any size, of any bytes, or none at all: memory stays flat, and what uses them is told how."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.cook.living import cooking, end, keeper_of, open_gate
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

SIZE = 50_000_000
ROOM = 25_000
"""kB that mmm's memory may grow by over one with a small output: half of the output."""

BIG = {
    "lines": "for n in range(500000): print(f'{n:099d}')",
    "one-line": f"import sys; sys.stdout.write('x' * {SIZE})",
    "binary": f"import sys; sys.stdout.buffer.write(bytes(range(256)) * {SIZE // 256})",
}


def script(kitchen: Kitchen, source: str) -> str:
    """A program in a file beside the repository, and the command that runs it."""
    path = kitchen.folder / "program.py"
    path.write_text(source)
    return f"{sys.executable} {path}"


def with_program(tmp_path: Path, source: str, after: str) -> Kitchen:
    kitchen = playbook(tmp_path, "")
    command = script(kitchen, source)
    kitchen.playbook.write_text(f"- {{id: big, shell: '{command}'}}\n{after}")
    return kitchen


def peak(pid: int) -> int:
    """The most memory that a process ever had, in kB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def peaks(kitchen: Kitchen, gate: Path) -> tuple[int, int]:
    """Peak memory of mmm and of its keeper, in a session whose last step waits at the gate."""
    with cooking(kitchen, "-n", "1") as process:
        eventually((kitchen.repo / "there").exists)
        found = peak(process.pid), peak(keeper_of(kitchen))
        open_gate(gate)
        cooked = end(process)
    assert cooked.exit_code == 0, cooked
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", BIG)
def test_fifty_megabytes_cost_no_memory(tmp_path: Path, kind: str) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    prompt = '- claude: "/mmm-read ${big.output}"\n'
    wait = f"- shell: 'touch there; cat {gate}'\n"
    figures = []
    for name, source in (("small", "print('small')"), ("big", BIG[kind])):
        folder = tmp_path / name
        folder.mkdir()
        kitchen = with_program(folder, source, prompt + wait).with_agent("/mmm-read")
        figures.append(peaks(kitchen, gate))
    (small_mmm, small_keeper), (mmm, keeper) = figures
    assert mmm < small_mmm + ROOM
    assert keeper < small_keeper + ROOM
    [call] = kitchen.scenario.receipts()
    prompt_text = str(call["prompt"])
    assert len(prompt_text.encode()) < 40_000
    [place] = re.findall(r"bytes left out; the whole is in (\S+) …", prompt_text)
    assert 49_000_000 < os.path.getsize(place) < 51_000_000


@pytest.mark.slow
def test_the_first_and_last_lines_of_fifty_megabytes(tmp_path: Path) -> None:
    after = "- shell: \"printf '<%s>' ${big.output | head(3)} ${big.output | tail(3)} > said\"\n"
    kitchen = with_program(tmp_path, BIG["lines"], after)
    assert kitchen.cook("-n", "1").exit_code == 0
    first, last = re.findall(r"<([^>]*)>", (kitchen.repo / "said").read_text())
    assert [int(one) for one in first.split("\n")] == [0, 1, 2]
    assert [int(one) for one in last.split("\n")] == [499_997, 499_998, 499_999]


@pytest.mark.slow
@pytest.mark.parametrize("which", ["head", "tail"])
def test_lines_that_are_too_long_are_refused(tmp_path: Path, which: str) -> None:
    kitchen = with_program(
        tmp_path, BIG["one-line"], f'- shell: "echo ${{big.output | {which}(3)}} > said"\n'
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "3 lines of " in cooked.stdout
    assert "are longer than " in cooked.stdout
    assert "Traceback" not in cooked.stderr


def test_a_script_does_not_start_with_a_value_that_is_too_long(tmp_path: Path) -> None:
    kitchen = with_program(
        tmp_path, "print('x' * 1_000_000)", '- shell: "touch started; echo ${big.output}"\n'
    )
    cooked = kitchen.cook("--on-failure", "keep")
    assert cooked.exit_code == 1
    assert not (kitchen.repo / "started").exists()
    assert "the value of `big.output` has 1,000,000 bytes" in cooked.stdout
    assert "use `${big.output_file}`" in cooked.stdout
    [verdict] = [one for one in kitchen.of_kind("step_finished") if one["step"] == "step-2"]
    assert verdict["fault"] == "value"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    source = "import sys; sys.stdout.buffer.write(b'a\\xff\\xfe\\x00\\x1b[31mz'); sys.exit(3)"
    kitchen = with_program(tmp_path, source, "")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "   | a\ufffd\ufffdz" in cooked.stdout
    assert "\x1b" not in cooked.stdout
    [out] = kitchen.sessions()[0].glob("steps/*/stdout")
    assert out.read_bytes() == b"a\xff\xfe\x00\x1b[31mz"


def test_bytes_that_are_no_text_in_a_prompt(tmp_path: Path) -> None:
    source = "import sys; sys.stdout.buffer.write(b'a\\xff\\x00z')"
    kitchen = with_program(tmp_path, source, '- claude: "/mmm-read ${big.output}"\n').with_agent("/mmm-read")
    assert kitchen.cook().exit_code == 0
    assert kitchen.scenario.prompts() == ["/mmm-read a\ufffd\0z"]


def test_a_nul_cannot_be_an_argument_and_that_is_said(tmp_path: Path) -> None:
    source = "import sys; sys.stdout.buffer.write(b'a\\x00z')"
    kitchen = with_program(tmp_path, source, '- shell: "echo ${big.output}"\n')
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "the value of `big.output` has a NUL character" in cooked.stdout


def test_a_silent_step(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "- {id: still, shell: 'true'}\n- shell: \"echo '[${still.output}]' > said\"\n"
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "[]\n"


def test_a_progress_bar_without_a_newline_is_shown_as_its_last_state(tmp_path: Path) -> None:
    kitchen = with_program(tmp_path, "print(*range(1000), sep='%\\r', end=''); raise SystemExit(1)", "")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "   | 999\n" in cooked.stdout


def test_one_long_line_of_a_failure_is_cut_on_the_screen(tmp_path: Path) -> None:
    kitchen = with_program(tmp_path, "print('x' * 20_000); raise SystemExit(1)", "")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert max(len(line) for line in cooked.stdout.splitlines()) < 400


def test_json_lines_hold_no_output(tmp_path: Path) -> None:
    kitchen = with_program(tmp_path, "print('x' * 1_000_000)", "")
    cooked = kitchen.cook("-n", "1", "--format", "json")
    assert cooked.exit_code == 0
    lines = [json.loads(line) for line in cooked.stdout.splitlines()]
    assert [one["event"] for one in lines] == [one["event"] for one in kitchen.events()]
    assert len(cooked.stdout) < 100_000
