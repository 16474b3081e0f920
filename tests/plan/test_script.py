"""Scripts with values: whatever the quotes and whatever the text, a program receives exactly that text."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.shell_places import find_places
from mmm_lang.plan import ir
from mmm_lang.plan.script import (
    LONGEST_VALUE,
    ValueHasNul,
    ValueNotInteger,
    ValueTooLong,
    render_script,
)
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import Text
from mmm_lang.syntax.templates import parse_template


def script_of(raw, program="sh"):
    """A script as lowering makes it: every dotted name is a step's field."""
    template, diagnostics = parse_template(
        raw, Span(0, len(raw)), lambda index: index, Source("p", raw), "shell"
    )
    assert [d.message for d in diagnostics if d.severity == "error"] == []
    ours = [hole for hole in template.holes if len(hole.path) > 1]
    found = find_places(template, ours, program)
    parts = []
    for part in template.parts:
        if isinstance(part, Text):
            parts.append(part.value)
        elif part not in found:
            parts.append(raw[part.start : part.end])
        else:
            assert found[part].problem is None, (raw, found[part])
            filters = tuple(ir.Filter(one.name, one.argument) for one in part.filters)
            target = ir.StepField(part.path[0], part.path[1])
            parts.append(ir.Hole(target, part.written, part.default, filters, found[part].place))
    return ir.Template(tuple(parts))


PRELUDE = r"""
rec() { printf '%s\0' "$@" >>"$RECORD"; }
recin() { cat >>"$RECORD"; printf '\0' >>"$RECORD"; }
"""
"""`rec` records its arguments, `recin` its input, each ended by NUL."""

# Whatever a context records, each record is the value between two `@`.
CONTEXTS = {
    "bare": "rec @${a.b}@",
    "alone": 'x=${a.b}; rec "@$x@"',
    "angled": "rec @$<a.b>@",
    "double": 'rec "@${a.b}@"',
    "single": "rec '@${a.b}@'",
    "concatenation": "rec '@'\"\"${a.b}''\"@\"",
    "after a flag": 'f() { rec "@${1#--x=}@"; }; f --x=${a.b}',
    "leading": 'f() { rec "@$1@"; }; f ${a.b}; f "${a.b}"; f \'${a.b}\'',
    "assignments": 'x=${a.b} y="${a.b}" z=\'${a.b}\'; rec "@$x@" "@$y@" "@$z@"',
    "export": 'export X=${a.b} Y="${a.b}"; rec "@$X@" "@$Y@"',
    "for one command": 'X=${a.b} sh -c \'printf "@%s@\\0" "$X"\' >>"$RECORD"',
    "argument of sh -c": 'sh -c \'printf "@%s@\\0" "$1"\' sh ${a.b} >>"$RECORD"',
    "substitution": 'x=$(printf "%s." ${a.b} \'\'); rec "@${x%..}@"',
    "substitution in double": 'x="$(printf "%s." "${a.b}")"; rec "@${x%.}@"',
    "substitution, single": "x=\"$(printf '%s.' '${a.b}')\"; rec \"@${x%.}@\"",
    "backticks": 'x=`printf "%s." ${a.b}`; rec "@${x%.}@"',
    "backticks, double": 'x=`printf "%s." "${a.b}"`; rec "@${x%.}@"',
    "backticks, single": "x=`printf '%s.' '${a.b}'`; rec \"@${x%.}@\"",
    "backticks in double": 'x="`printf %s. ${a.b}`"; rec "@${x%.}@"',
    "escaped quotes in backticks": 'x="`printf %s. \\"${a.b}\\"`"; rec "@${x%.}@"',
    "nested backticks": 'x=`x=\\`printf %s. ${a.b}\\`; printf %s "$x"`; rec "@${x%.}@"',
    "nested in backticks": 'x=`x=$(printf %s. "${a.b}"); printf %s "\\$x"`; rec "@${x%.}@"',
    "default": "rec @${nothing:-${a.b}}@",
    "default in double": 'rec "@${nothing:-${a.b}}@"',
    "quoted default": 'rec @${nothing:-"${a.b}"}@',
    "double in double": 'rec "@${nothing:-"${a.b}"}@"',
    "alternative": 'x=1; rec "@${x:+${a.b}}@"',
    "prefix pattern": 'x="k"${a.b}; y=${x#k}; rec "@$y@"',
    "own pattern": 'x="@${a.b}@"${a.b}; y=${x%${a.b}}; rec "$y"',
    "own pattern in double": 'x="@${a.b}@${a.b}"; rec "${x%${a.b}}"',
    "own pattern in quotes": 'x="@${a.b}@k${a.b}"; rec "${x%k"${a.b}"}" "${x%k\'${a.b}\'}"',
    "case subject and pattern": "case ${a.b} in x${a.b}) rec no;; ${a.b}) rec @${a.b}@;; esac",
    "loop": 'for x in ${a.b}; do rec "@$x@"; done',
    "subshell": "(: | :; rec @${a.b}@)",
    "redirect": "rec @${a.b}@ </dev/null 2>/dev/null",
    "test": 'if [ x${a.b} = "x${a.b}" ]; then rec @${a.b}@; fi',
    "comment": "rec @${a.b}@ # ${a.b}\n# it's ${a.b}",
    "after other scripts": ": é𝕏 '漢' # ü\nrec @${a.b}@",
    "after an escape": ": \\' \\\\ 'it'\\''s'; rec @${a.b}@",
    "heredoc": "recin <<EOF\n@${a.b}@\nEOF",
    "heredoc with tabs": "recin <<-EOF\n\t@${a.b}@\n\tEOF",
    "heredoc with a default": "recin <<EOF\n@${nothing:-${a.b}}@\nEOF",
    "two heredocs": "recin <<A; cat >/dev/null <<'B'\n@${a.b}@\nA\n'${x}\"\nB",
    "heredoc that begins with an escape": "cat >/dev/null <<EOF\n\\$5 ${a.b}\nEOFX\n EOF\nEOF\nrec @${a.b}@",
    "heredoc in a substitution": 'x="$(cat <<EOF\n"${a.b}".\nEOF\n)"; x=${x#\\"}; rec "@${x%\\".}@"',
    "heredoc with a substitution": 'x=$(cat <<EOF\n$(printf "%s." ${a.b})`printf "%s." "${a.b}"`\nEOF\n)\n'
    'rec "@${x%.${a.b}.}@"',
}

BASH_CONTEXTS = {
    "ansi": "rec $'\\x40${a.b}\\x40'",
    "here-string": 'read -rd "" x <<< @${a.b}@ || :; rec "$x"',
    "double brackets": "[[ ${a.b} == ${a.b} ]] && rec @${a.b}@",
    "regular expression": "[[ x${a.b} =~ ^x${a.b}$ ]] && rec @${a.b}@",
    "array": 'x=(a ${a.b} b); rec "@${x[1]}@"',
    "text subscript": 'declare -A m; m[${a.b}.]=1; for x in "${!m[@]}"; do rec "@${x%.}@"; done; unset m',
    "replacement": 'x="@k@"; y=${x/k/${a.b}}; rec "${x/k/${a.b}}" "$y"',
    "braces": 'f() { rec "$2"; }; f {a,@${a.b}@}',
    "process substitution": "cat <(printf '@%s@\\0' ${a.b}) >>\"$RECORD\"",
    "local": 'f() { local x=${a.b}; rec "@$x@"; }; f',
}

VALUES = st.one_of(
    st.sampled_from(
        [
            '"; rm -rf x; echo "',
            "'; rm -rf x; echo '",
            "$(rm -rf x)",
            "`rm -rf x`",
            "a[$(rm -rf x)]",
            "\nEOF\nrm -rf x\n",
            "${HOME}",
            "$HOME",
            "-n",
            "--",
            "*",
            "~",
            "",
            "\n",
            "a\n\n",
            "\\",
            "\\\n",
            "EOF",
            "A",
            "é\u0081\u0088\x7f\x01",
            "&",
            " a  b ",
            "#",
            "!x",
            "%s%n",
            "\ufeff\u2028𝕏",
            "a.b",
            "]",
            "\t\r\n",
        ]
    ),
    st.text(st.sampled_from("'\"\\$`(){}[]*?~!#&;|<>=%^ \t\n\r-.a"), max_size=10),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8),
)


class Recorder:
    """Runs all contexts with all values in one process of a shell, and tells what was recorded."""

    def __init__(self, folder, program, contexts):
        self.folder, self.program = folder, program
        self.scripts = {name: script_of(context, program) for name, context in contexts.items()}

    def record(self, values):
        source, env = [PRELUDE], {}
        for number, value in enumerate(values):
            for at, (name, script) in enumerate(self.scripts.items()):
                text, bindings = render_script(script, [value] * len(script.holes))
                prefix = f"W{number}_{at}_"
                source += f"rec '<{name}>'", text.replace("MMM_V", prefix)
                env |= {key.replace("MMM_V", prefix): bound for key, bound in bindings.items()}
        path, record = self.folder / "script", self.folder / "record"
        (self.folder / "x").write_bytes(b"")
        path.write_text("\n".join(source), newline="")
        record.write_bytes(b"")
        subprocess.run(
            [self.program, str(path)],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "RECORD": str(record), **env},
            cwd=self.folder,
            check=False,
            timeout=60,
            capture_output=True,
        )
        assert (self.folder / "x").exists(), "a value was run as code"
        return self._by_context(record.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1])

    def _by_context(self, records):
        """Pairs of the context's name and what it recorded, in order."""
        found = []
        for record in records:
            if record[:1] == "<" and record[1:-1] in self.scripts:
                found.append((record[1:-1], []))
            else:
                found[-1][1].append(record)
        return found


def check_values(recorder, values):
    recorded = recorder.record(values)
    wanted = [(name, value) for value in values for name in recorder.scripts]
    assert [name for name, _ in recorded] == [name for name, _ in wanted]
    for (name, value), (_, records) in zip(wanted, recorded, strict=True):
        assert records != [], name
        for record in records:
            assert record.removesuffix("\n" if "heredoc" in name else "") == f"@{value}@", name


# One process runs all contexts with a whole list of values, so few examples are many values.
LAW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SETS = st.lists(VALUES, min_size=8, max_size=8)


@LAW
@given(values=SETS)
def test_a_value_is_one_argument_in_every_quoting_context_of_sh(tmp_path, values):
    check_values(Recorder(tmp_path, "sh", CONTEXTS), values)


@LAW
@given(values=SETS)
def test_a_value_is_one_argument_in_every_quoting_context_of_bash(tmp_path, values):
    check_values(Recorder(tmp_path, "bash", CONTEXTS | BASH_CONTEXTS), values)


def words(depth):
    """One word of a shell whose value is that of the hole inside it, through ``depth`` levels of quoting."""
    holes = st.sampled_from(["${a.b}", "'${a.b}'", '"${a.b}"'])
    if depth == 0:
        return holes
    return st.one_of(
        holes,
        quoted(depth - 1).map('"{}"'.format),
        quoted(depth - 1).map('"${{nothing:-"{}"}}"'.format),
        words(depth - 1).map("${{nothing:-{}}}".format),
        words(depth - 1).map("\"\"{}''".format),
    )


def quoted(depth):
    """Text for double quotes or a here-document, of the same value."""
    hole = st.just("${a.b}")
    if depth == 0:
        return hole
    return st.one_of(
        hole,
        words(depth - 1).map("$(emit {})".format),
        words(depth - 1).map(lambda word: "`emit " + word.replace("\\", "\\\\").replace("`", "\\`") + "`"),
        words(depth - 1).map('$(x={}; emit "$x")'.format),
        quoted(depth - 1).map("${{nothing:-{}}}".format),
        quoted(depth - 1).map("${{one:+{}}}".format),
        quoted(depth - 1).map(f"$(cat <<E{depth}\n{{}}\nE{depth}\n)".format),
    )


@pytest.mark.parametrize("program", ["sh", "bash"])
@LAW
@given(scripts=st.lists(words(4), min_size=30, max_size=30), values=SETS)
def test_a_value_passes_through_quotes_in_quotes(tmp_path, program, scripts, values):
    source, env, wanted = ['one=1; emit() { printf %s "$1"; }'], {}, []
    for number, script in enumerate(scripts):
        # a substitution takes the newlines at the end off
        wanted.append(values[number % len(values)].rstrip("\n") + ".")
        template = script_of(f"printf '%s\\0' {script}", program)
        text, bindings = render_script(template, [wanted[-1]] * len(template.holes))
        source.append(text.replace("MMM_V", f"W{number}_"))
        env |= {key.replace("MMM_V", f"W{number}_"): bound for key, bound in bindings.items()}
    path = tmp_path / "script"
    path.write_text("\n".join(source), newline="")
    env |= {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([program, str(path)], env=env, cwd=tmp_path, capture_output=True, check=False)
    assert done.stderr == b""
    recorded = done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    assert list(zip(scripts, recorded, strict=True)) == list(zip(scripts, wanted, strict=True))


# --- what else a place asks for ---


def rendered(raw, *values, program="sh"):
    return render_script(script_of(raw, program), values)


@pytest.mark.parametrize(
    ("raw", "source"),
    [
        ("echo ${a.b}", 'echo "${MMM_V1}"'),
        ("echo --x=${a.b}/y", 'echo --x="${MMM_V1}"/y'),
        ('echo "<${a.b}>"', 'echo "<${MMM_V1}>"'),
        ("echo '<${a.b}>'", "echo '<'\"${MMM_V1}\"'>'"),
        ("echo $((${a.b} + 1))", "echo $((${MMM_V1} + 1))"),
        ("cat <<E\n${a.b}\nE", "cat <<E\n${MMM_V1}\nE"),
        ("ls # ${a.b}", "ls # "),
        ("echo ${a.b} ${c.d} $HOME", 'echo "${MMM_V1}" "${MMM_V2}" $HOME'),
    ],
)
def test_source_has_names_and_no_values(raw, source):
    result = rendered(raw, *["7"] * raw.count("."))
    assert result.source == source
    assert set(result.bindings.values()) <= {"7"}


def test_ansi_quotes_go_on_after_the_value():
    assert rendered(r"echo $'\t${a.b}\n'", "v", program="bash").source == r"""echo $'\t'"${MMM_V1}"$'\n'"""


@pytest.mark.parametrize(
    ("raw", "value", "source", "bindings"),
    [
        (
            "rec ${a.b | words}",
            " a\tb\n",
            'rec "${MMM_V1_1}" "${MMM_V1_2}"',
            {"MMM_V1_1": "a", "MMM_V1_2": "b"},
        ),
        ("rec ${a.b | words} x", " \n", "rec  x", {}),
        ('rec "${a.b | words}"', " a  b ", 'rec "${MMM_V1}"', {"MMM_V1": "a b"}),
        ("rec '${a.b | words}'", "a\nb", "rec ''\"${MMM_V1}\"''", {"MMM_V1": "a b"}),
        ("rec ${a.b | raw}", "a | b", "rec a | b", {}),
        ('rec "${a.b | raw}"', "$x", 'rec "$x"', {}),
        ("ls # ${a.b | raw}", "x\nrm -rf x", "ls # ", {}),
    ],
)
def test_words_and_raw(raw, value, source, bindings):
    assert rendered(raw, value) == (source, bindings)


@pytest.mark.parametrize("program", ["sh", "bash"])
def test_words_are_one_argument_each(tmp_path, program):
    source, bindings = rendered(
        "printf '%s.' ${a.b | words}; printf '%s.' \"${a.b | words}\"", *["* $(ls) 'a b"] * 2
    )
    done = subprocess.run(
        [program, "-c", source],
        env={"PATH": "/usr/bin:/bin", **bindings},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == "*.$(ls).'a.b.* $(ls) 'a b."


@pytest.mark.parametrize("program", ["sh", "bash"])
@pytest.mark.parametrize(("value", "result"), [("4", 5), (" 007\n", 8), ("-3", -2), ("+2", 3), ("-0", 1)])
def test_the_shell_computes_with_integers(program, value, result):
    source, bindings = rendered("echo $((1 + ${a.b}))", value)
    done = subprocess.run(
        [program, "-c", source], env={"PATH": "/bin", **bindings}, capture_output=True, check=True
    )
    assert int(done.stdout) == result


@pytest.mark.parametrize("value", ["", "x", "1.5", "a[$(rm -rf x)]", "1 + 1", "9" * 19, "٣", "0x10", "1_0"])
def test_nothing_else_is_computed(value):
    with pytest.raises(ValueNotInteger, match=r"`a\.b` is no integer"):
        rendered("echo $((1 + ${a.b}))", value)


def test_a_value_of_the_longest_length_reaches_a_program():
    value = "é" * (LONGEST_VALUE // 2)
    source, bindings = rendered("printf %s ${a.b} | wc -c", value)
    done = subprocess.run(
        ["sh", "-c", source], env={"PATH": "/usr/bin:/bin", **bindings}, capture_output=True, check=True
    )
    assert int(done.stdout) == LONGEST_VALUE


def test_a_value_that_is_too_long_is_refused_with_advice():
    with pytest.raises(ValueTooLong, match=r"`a\.b` has 102,401 bytes.*\$\{a\.output_file\}"):
        rendered("echo ${a.b}", "x" * (LONGEST_VALUE + 1))
    with pytest.raises(ValueTooLong, match=r"`a\.b`"):
        rendered("echo ${a.b}", "é" * (LONGEST_VALUE // 2 + 1))


def test_values_that_are_too_long_together_are_refused():
    with pytest.raises(ValueTooLong, match="together"):
        rendered("echo " + "${a.b} " * 11, *["x" * LONGEST_VALUE] * 11)
    with pytest.raises(ValueTooLong, match="together"):
        rendered("echo ${a.b | words}", "x " * (LONGEST_VALUE // 2))


def test_nul_is_refused():
    with pytest.raises(ValueHasNul, match=r"`a\.b` has a NUL.*\$\{a\.output_file\}"):
        rendered("echo ${a.b}", "a\0b")


def test_a_comment_takes_any_value():
    assert rendered("ls # ${a.b}", "\0" * (LONGEST_VALUE + 1)) == ("ls # ", {})


def test_values_and_holes_must_agree():
    with pytest.raises(ValueError, match="1 holes and 2 values"):
        rendered("echo ${a.b}", "x", "y")
    placeless = ir.Template((ir.Hole(ir.Variable("ARG"), "ARG"),))
    with pytest.raises(ValueError, match="`ARG` has no place"):
        render_script(placeless, ["x"])
