"""Results as JUnit XML, the form that CI systems show.

Written with the standard library's ElementTree: three kinds of elements need no dependency of their own, and it escapes
what has to be escaped. What XML 1.0 cannot hold is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mmm_lang.testing.running import Result
from mmm_lang.testing.telling import details

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Sequence[Result]) -> bytes:
    """The document, a suite for each test file."""
    suites = Element("testsuites", {"name": "mmm test", **_counts(results)})
    for file in dict.fromkeys(result.file for result in results):
        of_file = [result for result in results if result.file == file]
        suite = SubElement(suites, "testsuite", {"name": _clean(file), **_counts(of_file)})
        for result in of_file:
            _case(suite, result)
    indent(suites)
    document: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _case(suite: Element, result: Result) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=_clean(result.case.name),
        classname=_clean(result.file.removesuffix(".yml").replace("/", ".")),
        file=_clean(result.file),
        line=str(result.line),
        time=f"{result.seconds:.3f}",
    )
    if result.status == "passed":
        return
    told = list(details(result))
    element = SubElement(case, "failure" if result.status == "failed" else "error", message=_clean(told[0]))
    element.text = _clean("\n".join(told))


def _counts(results: Sequence[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(result.status == "failed" for result in results)),
        "errors": str(sum(result.status == "error" for result in results)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
