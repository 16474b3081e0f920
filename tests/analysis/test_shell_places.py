"""Where a hole stands in a script: quotes, computing, code readers, and places that can take no value."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.analysis.shell_places import PROBLEMS, assigned_names, find_places
from mmm_lang.source import Source, Span
from mmm_lang.syntax.templates import parse_template


def places(script, program="bash"):
    """What was found for every dotted hole of a script, in order."""
    template, _ = parse_template(
        script, Span(0, len(script)), lambda index: index, Source("p", script), "shell"
    )
    ours = [hole for hole in template.holes if len(hole.path) > 1 or hole.path == ("ARG",)]
    found = find_places(template, ours, program)
    assert list(found) == ours
    return [found[hole] for hole in ours]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo ${a.b}", "bare"),
        ("echo $<a.b>", "bare"),
        ("cat $ARG", "bare"),
        ('cat "$ARG"', "double"),
        ("cat '$ARG'", "single"),
        ("--name=${a.b}", "bare"),
        ("echo \"a\"${a.b}'c'", "bare"),
        ('echo "${a.b}"', "double"),
        ('echo "x \\"${a.b}\\" y"', "double"),
        ('echo $"${a.b}"', "double"),
        ("echo '${a.b}'", "single"),
        ("echo 'it'\\''s ${a.b}'", "single"),
        ("echo $'\\t${a.b}'", "ansi"),
        ("cat <<EOF\n${a.b}\nEOF", "heredoc"),
        ("cat <<EOF\n  ${a.b}\nEOF\n", "heredoc"),
        ("cat <<EOF\n\\$5 '${a.b}' \"${a.b}\"\nEOF\necho ${a.b}", "heredoc heredoc bare"),
        ("cat <<-EOF\n\t${a.b}\n\tEOF\necho '${a.b}'", "heredoc single"),
        ('cat <<A; cat <<B\n${a.b}\nA\n${a.b}\nB\n: "${a.b}"', "heredoc heredoc double"),
        ("cat <<EOF | grep ${a.b}\n${a.b}\nEOF", "bare heredoc"),
        ("cat <<EOF\nEOFX ${a.b}\n EOF\nEOF\necho ${a.b}", "heredoc bare"),
        ("cat <<EOF \"a\nb\"\n${a.b}\nEOF\n: '${a.b}'", "heredoc single"),
        ("cat <<EOF # it's\n${a.b}\nEOF\n: '${a.b}'", "heredoc single"),
        ("x=$(cat <<EOF\n${a.b}\nEOF\n)\necho ${a.b}", "heredoc bare"),
        ("cat <<EOF\n$(ls ${a.b} '${a.b}' \"${a.b}\")\nEOF", "bare single double"),
        (
            "cat <<EOF\n`ls ${a.b}` ${x:-${a.b}} ${x:-'${a.b}'} it's ${a.b}\nEOF",
            "bare heredoc heredoc heredoc",
        ),
        ("cat <<EOF\n$((${a.b} + 1)) $(( ${a.b} ))\nEOF", "arithmetic arithmetic"),
        ("echo $((1 << 3)) '<<X'\necho ${a.b}", "bare"),
        ('echo $((${a.b} + 1)) "$(( ${a.b} ))"', "arithmetic arithmetic"),
        ("((x = ${a.b})); let y=${a.b}; declare -i z=${a.b}", "arithmetic arithmetic arithmetic"),
        ("if ((${a.b} > 1)); then :; fi", "arithmetic"),
        ("for ((i = 0; i < ${a.b}; i++)); do echo ${a.b}; done", "arithmetic bare"),
        ("x[${a.b}]=1; echo ${x[${a.b}]} ${x:${a.b}:1}", "arithmetic arithmetic arithmetic"),
        ('x["${a.b}"]=1; y=([${a.b}]=${a.b})', "arithmetic arithmetic bare"),
        ('declare -A x; x[${a.b}]=1; x["${a.b}"]=${a.b}', "bare double bare"),
        ("[[ ${a.b} -eq 1 && $x == ${a.b} ]]", "arithmetic bare"),
        ('[[ "${a.b}" -gt 1 ]]; [ ${a.b} -gt 1 ]', "arithmetic bare"),
        ("echo $(( $(echo ${a.b}) ))", "bare"),
        ("ls # ${a.b} it's", "comment"),
        ("# ${a.b}\nls ${a.b}#x", "comment bare"),
        ("echo $(ls ${a.b}) \"$(ls ${a.b} '${a.b}')\"", "bare bare single"),
        ('echo `ls ${a.b}` "`ls ${a.b}`"', "bare bare"),
        ('echo "`ls \\"${a.b}\\"`" `ls "${a.b}"`', "double double"),
        ("echo `ls \\`cat '${a.b}'\\` ${a.b}`", "single bare"),
        ('"${x:+`ls ${a.b}`}" ${x%$(ls "${a.b}")} ${x:-a`ls ${a.b}`}', "bare double bare"),
        ("cat <(ls ${a.b}) > ${a.b}", "bare bare"),
        ("echo ${x:-${a.b}} \"${x:-${a.b}}\" \"${x:-'${a.b}'}\" ${x:-'${a.b}'}", "bare double double single"),
        ('echo ${x%${a.b}} "${x%${a.b}}" "${x%\'${a.b}\'}" "${x%k"${a.b}"}"', "bare bare single double"),
        ('case ${a.b} in ${a.b}|x${a.b}|"${a.b}") ls ${a.b} ;; esac', "bare bare bare double bare"),
        ("[[ $x =~ ^${a.b}\"${a.b}\"'${a.b}'$ ]]", "bare double single"),
        ("x=${a.b} y='${a.b}'; export z=\"${a.b}\"; X=${a.b} ls", "bare single double bare"),
        ("x=(${a.b} '${a.b}'); cat <<< ${a.b}", "bare single bare"),
        ('for f in ${a.b}; do ls "$f"; done', "bare"),
        ("while read -r x; do echo ${a.b}; done < '${a.b}'", "bare single"),
        ('f() { local x=${a.b}; echo "${1:-${a.b}}"; }', "bare double"),
        ("echo é '漢' \"${a.b}\" 𝕏${a.b}", "double bare"),
        ("echo {a,${a.b}}", "bare"),
        ("echo \\\\${a.b} \\'${a.b}", "bare bare"),
    ],
)
def test_quoting_contexts(script, expected):
    found = places(script)
    assert [one.problem for one in found] == [None] * len(found)
    assert [one.place for one in found] == expected.split()


@pytest.mark.parametrize(
    ("script", "program", "problem"),
    [
        ("cat <<'EOF'\n${a.b}\nEOF", "sh", "quoted-heredoc"),
        ('cat <<"EOF"\n${a.b}\nEOF', "sh", "quoted-heredoc"),
        ("cat <<E\\OF\n${a.b}\nEOF", "sh", "quoted-heredoc"),
        ("cat <<'EOF'\n\\$x $(ls ${a.b})\nEOF", "sh", "quoted-heredoc"),
        ("cat <<${a.b}\nx\n", "sh", "heredoc-delimiter"),
        ("cat <<EOF\n${x%${a.b}}\nEOF", "sh", "heredoc-pattern"),
        ("echo $'${a.b}'", "sh", "ansi-quotes"),
        ("echo $'${a.b}'", "/bin/dash", "ansi-quotes"),
        ("echo $(( '${a.b}' + 1 ))", "bash", "quoted-number"),
        ("echo `echo \\\\${a.b}`", "sh", "escaped"),
        ("echo \"${x:-$'${a.b}'}\"", "bash", "tangled-quotes"),
        ("echo ${x/k/${a.b}}", "bash", "unquoted-replacement"),
        ("echo ${a.b}", "python3", "unknown-shell"),
        ("x=${a.b | words}", "sh", "one-word-place"),
        ("cat > ${a.b | words}", "sh", "one-word-place"),
        ("cat <<< ${a.b | words}", "bash", "one-word-place"),
        ("case ${a.b | words} in x) ;; esac", "sh", "one-word-place"),
        ("echo ${x:-${a.b | words}}", "sh", "one-word-place"),
        ("[ -n ${a.b | words} ]", "sh", "one-word-place"),
    ],
)
def test_places_that_can_take_no_value(script, program, problem):
    (found,) = places(script, program)
    assert (found.place, found.problem) == (None, problem)
    why, what_to_do = PROBLEMS[problem]
    assert why
    assert what_to_do


@pytest.mark.parametrize(
    "script",
    [
        "ls ${a.b | words}",
        "ls --x=${a.b | words} y",
        "for x in ${a.b | words}; do :; done",
        "x=(${a.b | words})",
        "cat > out ${a.b | words}",
        "cat '${a.b | words}' \"${a.b | words}\" <<E\n${a.b | words}\nE",
        'x="${a.b | words}"',
    ],
)
def test_words_may_stand_in_lists_and_quotes(script):
    assert {one.problem for one in places(script)} == {None}


@pytest.mark.parametrize(
    ("script", "reader"),
    [
        ('eval "ls ${a.b}"', "eval"),
        ("sh -c 'ls ${a.b}'", "sh"),
        ('/bin/bash -ec "${a.b}"', "bash"),
        ("docker exec x sh -c 'ls ${a.b}'", "sh"),
        ("python3 -c \"print('${a.b}')\"", "python3"),
        ("node -e '${a.b}'", "node"),
        ("trap '${a.b}' EXIT", "trap"),
        ("ssh host ls ${a.b}", "ssh"),
        ("bash <<EOF\nls ${a.b}\nEOF", "bash"),
        ("sh -s <<EOF\nls ${a.b}\nEOF", "sh"),
        ("sh -c 'ls \"$1\"' sh ${a.b}", None),
        ("sh ${a.b}", None),
        ("python3 x.py <<EOF\n${a.b}\nEOF", None),
        ("cat <<EOF\n${a.b}\nEOF", None),
        ("echo -c ${a.b}", None),
        ('eval "$(cat ${a.b})"', None),
    ],
)
def test_who_reads_a_value_as_code(script, reader):
    (found,) = places(script)
    assert found.problem is None
    assert found.evaluated_by == reader


def test_the_name_of_a_command():
    assert [one.is_command for one in places('${a.b} x; ls ${a.b}; "${a.b}"/bin; x | ${a.b}')] == [
        True,
        False,
        True,
        True,
    ]


def test_a_broken_script_has_uncertain_places():
    assert [one.uncertain for one in places("if; then ( ${a.b}")] == [True]
    assert [one.uncertain for one in places("ls ${a.b}")] == [False]


def test_holes_that_are_not_ours_stay_text():
    script = "x=1; echo ${x} '${a.b}' $x"
    template, _ = parse_template(script, Span(0, len(script)), lambda i: i, Source("p", script), "shell")
    (ours,) = (hole for hole in template.holes if hole.written == "a.b")
    assert {hole.written: found.place for hole, found in find_places(template, [ours], "sh").items()} == {
        "a.b": "single"
    }


def test_a_script_without_holes_loads_no_shell_grammar():
    code = (
        "import sys\n"
        "from mmm_lang.analysis.shell_places import find_places\n"
        "from mmm_lang.source import Source, Span\n"
        "from mmm_lang.syntax.templates import parse_template\n"
        "template, _ = parse_template('ls', Span(0, 2), lambda i: i, Source('p', 'ls'), 'shell')\n"
        "find_places(template, [], 'sh')\n"
        "sys.exit('tree_sitter' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- names that a script assigns ---


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("x=1; y+=2; z[0]=3", "x y z"),
        ("x=1 y=2", "x y"),
        ("X=1 make; echo $X", ""),
        ("for f in a b; do :; done; select s in a; do :; done", "f s"),
        ("while read -r -p 'x y' a b; do :; done", "a b"),
        ("read -ra list -d x rest", "list rest"),
        ("mapfile -t lines; readarray -n 3 more", "lines more"),
        ("f() { local a=1 b; declare -i c; typeset d; }", "a b c d"),
        ("export A=1 B; readonly C=2", "A C"),
        ("getopts ab: opt; printf -v out x; printf -- x", "opt out"),
        (": ${d:=1} ${e=2} ${n:-3}", "d e"),
        ("((i = 1, j += 2)); echo $((k = 3)) $((l == 4))", "i j k"),
        ("for ((i = 0; i < 3; i++)); do :; done", "i"),
        ("cat <<EOF\nx=1\nEOF\necho 'y=2' # z=3", ""),
        ("x=${a.b} y='$<c.d>' echo=1", "x y echo"),
        ("(x=1); y=$(z=2)", "x y z"),
    ],
)
def test_names_that_the_script_assigns(script, names):
    found = assigned_names(script)
    assert set(found) == set(names.split())
    assert all(script.startswith(name, at) for name, at in found.items())


# --- laws ---

SCRIPTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["${a.b}", "$ARG", '"', "'", "`", "\\", "$(", ")", "${x:-", "}", "$((", "))", "[[", "]]"]
        ),
        st.sampled_from(
            ["<<EOF", "<<'E'", "\n", "\nEOF\n", "\nE\n", "#", "é", ";", "|", "x=", "(", "{", "case", "in"]
        ),
    ),
    max_size=12,
).map(" ".join)


@given(SCRIPTS, st.sampled_from(["sh", "bash", "zsh", "fish"]))
def test_every_hole_of_any_text_has_a_place_or_a_problem(script, program):
    for found in places(script, program):
        assert (found.place is None) == (found.problem is not None)
        assert found.problem is None or found.problem in PROBLEMS
    assert all(name.isidentifier() for name in assigned_names(script))


@pytest.mark.parametrize(
    "script", ["$(" * 3000 + "${a.b}", "`\\" * 3000 + " ${a.b}", "cat <<E\n" * 300 + "${a.b}"]
)
def test_deep_scripts_do_not_exhaust_the_stack(script):
    (found,) = places(script)
    assert (found.place is None) == (found.problem is not None)
