"""Reports of coverage, in the formats that tools write, and the tests that modules have."""

from __future__ import annotations

import json

import pytest

from mmm_lang.context.coverage_formats import (
    Lines,
    UnreadableReport,
    read_cobertura,
    read_coverage_json,
    read_go_profile,
    read_jest_summary,
    read_lcov,
)
from tests.context.ground import ground

LCOV = b"TN:\nSF:src/a.py\nFN:1,f\nDA:1,1\nDA:2,0\nDA:2,3\nDA:3,0\nLF:3\nend_of_record\nSF:src/b.py\nend_of_record\n"
COBERTURA = b"""<?xml version="1.0" ?>
<coverage><packages><package><classes>
<class filename="a.py"><methods/><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class>
</classes></package></packages></coverage>
"""
PYTHON = json.dumps({"files": {"src/a.py": {"summary": {"covered_lines": 3, "num_statements": 4}}}}).encode()
JEST = json.dumps(
    {"total": {"lines": {"total": 9, "covered": 1}}, "/w/a.ts": {"lines": {"total": 2, "covered": 1}}}
).encode()
GO = b"mode: set\nex.org/m/a.go:1.2,3.4 2 1\nex.org/m/a.go:5.1,6.2 3 0\nex.org/m/a.go:5.1,6.2 3 1\n"


def test_formats():
    assert read_lcov(LCOV) == {"src/a.py": Lines(2, 3), "src/b.py": Lines(0, 0)}
    assert read_cobertura(COBERTURA) == {"a.py": Lines(1, 2)}
    assert read_coverage_json(PYTHON) == {"src/a.py": Lines(3, 4)}
    assert read_jest_summary(JEST) == {"/w/a.ts": Lines(1, 2)}
    assert read_go_profile(GO) == {"ex.org/m/a.go": Lines(5, 5)}


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><coverage>&b;</coverage>'


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (read_lcov, b"nothing"),
        (read_cobertura, b"<coverage>"),
        (read_cobertura, b"<coverage/>"),
        (read_cobertura, BOMB),
        (read_coverage_json, b"[" * 100_000),
        (read_coverage_json, b"{}"),
        (read_coverage_json, b'{"files": {"a": {"summary": {"covered_lines": "x", "num_statements": 1}}}}'),
        (read_jest_summary, b'{"a": {"lines": {"total": 1, "covered": 2}}}'),
        (read_jest_summary, b"{}"),
        (read_go_profile, b"hello"),
    ],
)
def test_what_is_no_report_is_said_so(read, content):
    with pytest.raises(UnreadableReport):
        read(content)


CODE = "def f():\n    pass\n"


def test_reports_are_found_though_git_ignores_them(tmp_path):
    made = ground(
        tmp_path,
        {
            ".gitignore": "coverage*\ncover.out\n",
            "src/a.py": CODE,
            "src/b.py": CODE,
            "web/package.json": "{}",
            "web/src/c.ts": "export const c = () => 1;\n",
            "go.mod": "module ex.org/m\n",
            "pkg/d.go": "package pkg\n\nfunc D() {}\n",
        },
    )
    made.write("coverage.json", PYTHON)
    made.write("web/coverage/coverage-summary.json", JEST.replace(b"/w/a.ts", b"/home/ci/work/web/src/c.ts"))
    made.write("cover.out", GO.replace(b"m/a.go", b"m/pkg/d.go"))
    made.write("coverage.xml", BOMB)
    found = made.documents()["test_coverage"]
    assert [
        (one["path"], one["format"], one["files"], one["covered"], one["lines"]) for one in found["reports"]
    ] == [
        ("cover.out", "go", 1, 5, 5),
        ("coverage.json", "coverage.py", 1, 3, 4),
        ("coverage.xml", "cobertura", 0, 0, 0),
        ("web/coverage/coverage-summary.json", "jest", 1, 1, 2),
    ]
    assert found["reports"][2]["problem"] == "it declares entities"
    assert {one["module"]: one["covered"] for one in found["modules"]} == {
        "pkg": {"lines": 5, "of": 5},
        "src/a.py": {"lines": 3, "of": 4},
        "src/b.py": None,
        "web/src/c.ts": {"lines": 1, "of": 2},
    }
    assert found["line_coverage"] == round(9 / 11, 4)


def test_tests_are_found_by_import_and_by_name(tmp_path):
    made = ground(
        tmp_path,
        {
            "app/cart.py": CODE,
            "app/prices.py": CODE,
            "app/taxes.py": CODE,
            "app/empty.py": "X = 1\n",
            "app/admin/prices.py": CODE,
            "tests/test_cart.py": "from app import taxes\n",
            "tests/admin/test_prices.py": "",
            "web/list.ts": "export const l = () => 1;\n",
            "web/__tests__/list.test.ts": "",
            "web/item.tsx": "export const I = () => 1;\n",
            "java/src/Shop.java": "class Shop { int f() { return 1; } }\n",
            "java/test/ShopTest.java": "class ShopTest { }\n",
        },
    )
    found = made.documents()["test_coverage"]
    assert {one["module"]: one["tests"] for one in found["modules"]} == {
        "app/admin/prices.py": ["tests/admin/test_prices.py"],
        "app/cart.py": ["tests/test_cart.py"],
        "app/prices.py": [],
        "app/taxes.py": ["tests/test_cart.py"],
        "java/src/Shop.java": ["java/test/ShopTest.java"],
        "web/item.tsx": [],
        "web/list.ts": ["web/__tests__/list.test.ts"],
    }
    assert [one["module"] for one in found["untested"]] == ["app/prices.py", "web/item.tsx"]


def test_a_new_test_never_lowers_the_score(tmp_path):
    made = ground(tmp_path, {"app/cart.py": CODE, "app/prices.py": CODE})
    values = [made.documents()["analysis"]["score"]["value"]]
    for name in ("cart", "prices"):
        made.write(
            f"tests/test_{name}.py", f"from app import {name}\n\n" + "# TODO: more\n" * 20 + "x = 1\n" * 900
        )
        values.append(made.documents()["analysis"]["score"]["value"])
    assert values == sorted(values)
    assert values[-1] - values[0] == pytest.approx(40, abs=0.11)
