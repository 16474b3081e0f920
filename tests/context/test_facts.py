"""What is found in one file, by its content."""

from __future__ import annotations

import json
import textwrap

import lizard
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.context.facts import Facts, Marker, keep, take
from mmm_lang.context.reading import facts_of, read_file


def facts(path: str, text: str) -> Facts:
    return facts_of(path, textwrap.dedent(text).lstrip("\n").encode())


def complexities(path: str, text: str) -> dict[str, int]:
    return {one.name: one.complexity for one in facts(path, text).functions}


def test_complexity_of_python():
    assert complexities(
        "a.py",
        '''
        def plain(a):
            """if this and that, for ever"""
            return a

        def branches(a, b):
            if a and b or not a:
                pass
            elif a:
                pass
            else:
                pass
            return 1 if a else 2

        def loops(xs):
            for x in [y for y in xs if y]:
                while x:
                    pass
            else:
                pass
            try:
                pass
            except ValueError:
                pass
            finally:
                pass

        def matches(x):
            match x:
                case 1:
                    return 1
                case 2 if x:
                    return 2
                case _:
                    return 3

        def outer():
            def inner():
                if 1:
                    pass
            return lambda: 1 if 2 else 3
        ''',
    ) == {"plain": 1, "branches": 6, "loops": 6, "matches": 4, "outer": 2, "inner": 2}


def test_complexity_of_rust():
    assert complexities(
        "a.rs",
        """
        fn bound<T>(x: T) -> T where T: Clone { x }
        fn tried() -> Result<(), E> { a()?; b()?; Ok(()) }
        fn arms(x: u8) -> u8 { match x { 1 => 1, 2 => 2, 3 | 4 => 5, _ => 0 } }
        fn life<'a>(x: &'a str) -> &'a str { if x.is_empty() && true { x } else { x } }
        fn closure() { let c = |z: u8| if z > 1 { 1 } else { 2 }; loop { break } }
        fn lets(o: Option<u8>) { let Some(x) = o else { return }; while let Some(y) = o { } }
        """,
    ) == {"bound": 1, "tried": 1, "arms": 4, "life": 3, "closure": 2, "lets": 3}


def test_complexity_of_go():
    assert complexities(
        "a.go",
        """
        package a
        func (s *S[T]) F(x int) int {
          if x > 1 && x < 3 { return 1 }
          for range y { }
          switch x { case 1: case 2: default: }
          select { case <-c: default: }
          f := func() { if x > 1 { } }
          f()
          return 0
        }
        func G[T any](x T) T { return x }
        """,
    ) == {"S.F": 8, "G": 1}


def test_complexity_of_typescript():
    assert complexities(
        "a.ts",
        """
        export const arrow = (a: number): number => (a > 1 ? 1 : 2);
        class A<T> {
          private field = () => this.x?.y ?? 0;
          method(a?: number) { switch (a) { case 1: case 2: return 1; default: return 2; } }
          get got() { return /if (a && b)/.test(`if ${1 || 2}`); }
        }
        export default function () { for (const a of [1]) { } try { } catch { } }
        promise.then(function () { if (1) { } });
        """,
    ) == {"arrow": 2, "field": 2, "method": 3, "got": 2, "(anonymous)": 2}


SAME = {
    "a.py": "def f(a):\n    if a:\n        for b in a:\n            pass\n    elif a and b:\n        pass\n",
    "a.go": "package a\nfunc f(a int) { if a > 1 || a < 0 { for a > 1 { } } }\n",
    "a.js": "function f(a) { if (a && b) { while (a) { } } else { return a ? 1 : 2; } }\n",
    "a.rs": "fn f(a: u8) { if a > 1 || a < 0 { while a > 1 { } } }\n",
}


@pytest.mark.parametrize("path", SAME)
def test_where_lizard_is_right_it_agrees(path):
    (theirs,) = lizard.analyze_file.analyze_source_code(path, SAME[path]).function_list
    (ours,) = facts(path, SAME[path]).functions
    assert (ours.name, ours.complexity, ours.line, ours.end) == (
        theirs.name,
        theirs.cyclomatic_complexity,
        theirs.start_line,
        theirs.end_line,
    )


def test_other_languages_are_read_by_lizard():
    found = facts(
        "a.java",
        "class A {\n  // TODO(me): less\n  int f(int a) { if (a > 1 && a < 3) return 1; return 0; }\n}\n",
    )
    assert [(one.name, one.complexity) for one in found.functions] == [("A::f", 3)]
    assert found.markers == (Marker(2, "TODO", "less"),)
    assert (found.lines, found.code_lines) == (4, 3)


def test_lines_comments_and_markers():
    found = facts(
        "a.ts",
        """
        // TODO: first
        const todo = 'TODO in a string'; // FIXME second

        /*
         * XXX(ada) third */
        const x = 1; /* HACK */ const y = 2;
        // mastodon, TODOS and `TODO` are none
        """,
    )
    assert found.markers == (
        Marker(1, "TODO", "first"),
        Marker(2, "FIXME", "second"),
        Marker(5, "XXX", "third"),
        Marker(6, "HACK", ""),
    )
    assert (found.lines, found.code_lines) == (7, 2)


def test_tests_inside_of_rust_are_no_code_of_the_module():
    found = facts(
        "a.rs",
        """
        pub fn one() -> u8 { 1 }

        #[cfg(all(test, unix))]
        #[allow(dead_code)]
        mod tests {
            struct Case;
            fn helper() { if 1 > 2 { } }
            #[test]
            fn it() { }
        }

        #[tokio::test]
        async fn late() { }
        """,
    )
    assert [one.name for one in found.functions] == ["one"]
    assert found.types == ()
    assert (found.code_lines, found.test_lines) == (11, 10)


@pytest.mark.parametrize(
    ("text", "step"),
    [("if a:\n    b\n    c\n", 4), ("if a:\n  b\n", 2), ("a\n", None), ("if a:\n\tb\n", 0)],
)
def test_indentation(text, step):
    assert facts("a.py", text).indent == step


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("a.go", b"// Code generated by stringer; DO NOT EDIT.\npackage a\n", "generated"),
        ("a.ts", b"/* eslint-disable */\n/**\n * @generated by x\n */\n", "generated"),
        ("a.py", b"# This file is automatically generated. Do not modify.\n", "generated"),
        ("a.py", b"MARK = '@generated'\n", None),
        ("a.js", b"var a=1;" * 2000, "minified"),
        ("a.py", b"x = 1\0\n", "binary"),
        ("a.py", b"x = 1\n" * 200_000, "huge"),
        ("a.py", b"\xff\xfe not utf-8\n", None),
        ("a.py", b"", None),
    ],
)
def test_what_is_nobodys_own_work(tmp_path, path, content, reason):
    (tmp_path / path).write_bytes(content)
    found = read_file(str(tmp_path), path)
    assert (found if isinstance(found, str) else None) == reason


@given(
    path=st.sampled_from(["a.py", "a.rs", "a.go", "a.ts", "a.tsx", "a.js", "a.java", "a.rb", "a.lua"]),
    parts=st.lists(
        st.sampled_from(
            ["def f():\n", "fn f() {", "}", "use a::{b, c::{self}};", "import x", "from . import", "// TODO", "/*",
             "'''", "\n", "    ", "match", "case _:", "(", ")", "`${", "#[test]", "func", "=>",
             "require('", "\xff", "::", "\r\n"]
        ) | st.text(max_size=8),
        max_size=25,
    ),
)  # fmt: skip
def test_any_text_has_facts_and_they_survive_the_store(path, parts):
    found = facts_of(path, "".join(parts).encode("utf-8", "surrogatepass"))
    assert take(json.loads(json.dumps(keep(found)))) == found
    assert found.test_lines <= found.code_lines <= found.lines
    assert all(1 <= one.line <= one.end for one in found.functions)
