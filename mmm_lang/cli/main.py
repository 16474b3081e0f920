"""The command ``mmm``: find the command, run it, turn what went wrong into a sentence and an exit code.

Everything is imported where it is needed: ``mmm --version`` needs nothing but this module.
"""

from __future__ import annotations

import gc
import sys

from mmm_lang import __version__

TYPE_CHECKING = False  # as in `typing`, which `mmm --version` need not import
if TYPE_CHECKING:
    from mmm_lang.cli.registry import CommandGroup

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
_OBJECTS_BEFORE_COLLECTION = 50_000
"""Loading modules and reading playbooks makes many objects and hardly any garbage: with the 700 that Python starts with,
looking for it takes a tenth of the time of a check."""
EXIT_PIPE = 141
"""128 + SIGPIPE, what a shell shows for a program whose reader went away."""


def main(argv: list[str] | None = None) -> int:
    """Run mmm with these arguments (without the program's name; by default those of the process) and
    return the exit code: 0 done, 1 the playbook has errors or failed, 2 wrong usage or something missing,
    70 a bug in mmm, 130 interrupted; commands add their own.
    """
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return _guarded(arguments)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _guarded(arguments: list[str]) -> int:
    """Run, with every way to fail turned into a message and an exit code."""
    from mmm_lang.cli.failure import UsageFailure
    from mmm_lang.cli.terminal import prepare_streams, silence, write_message, write_output

    prepare_streams()
    try:
        code = _dispatch(arguments)
        write_output("")
        return code
    except UsageFailure as failure:
        from mmm_lang.diagnostics.display import visible

        write_message("\n".join(visible(line) for line in f"error: {failure}".split("\n")))
        return EXIT_USAGE
    except BrokenPipeError:
        silence(sys.stdout)
        return EXIT_PIPE
    except Exception as error:
        from mmm_lang.cli.bug import EXIT_BUG, report_bug

        write_message(report_bug(arguments[0] if arguments else "", error))
        return EXIT_BUG


def _dispatch(arguments: list[str]) -> int:
    from mmm_lang.cli.terminal import write_output

    if arguments[:1] in (["--version"], ["-V"]):
        write_output(f"mmm {__version__}\n")
        return 0
    from mmm_lang.cli.registry import CommandGroup, find_command, help_text

    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["help"]:
        write_output(help_text(__version__))
        return 0
    name, *rest = arguments
    if name == "help":
        name, rest = rest[0], [*rest[1:], "--help"]
    command = find_command(name)
    if command is None:
        return _unknown(name)
    if isinstance(command, CommandGroup):
        return _run_part(command, rest)
    return _run(command.module, name, command.summary, rest)


def _run_part(group: CommandGroup, arguments: list[str]) -> int:
    """One command of a group, such as ``mmm sessions ls``."""
    from mmm_lang.cli.failure import UsageFailure
    from mmm_lang.cli.registry import group_help
    from mmm_lang.cli.terminal import write_output

    if arguments[:1] in (["--help"], ["-h"]):
        write_output(group_help(group))
        return 0
    parts = {command.name.split(" ")[1]: command for command in group.commands}
    if not arguments:
        raise UsageFailure(f"`mmm {group.name}` wants to know what: {', '.join(parts)}")
    name, *rest = arguments
    if name not in parts:
        from mmm_lang.diagnostics.similar import nearest

        guess = nearest(name, parts)
        advice = f"write `mmm {group.name} {guess}`" if guess else f"there are {', '.join(parts)}"
        raise UsageFailure(f"`mmm {group.name}` has no `{name}`; {advice}")
    command = parts[name]
    return _run(command.module, command.name, command.summary, rest)


def _run(module_name: str, name: str, summary: str, arguments: list[str]) -> int:
    from importlib import import_module

    from mmm_lang.cli.plain_arguments import plain_arguments

    module = import_module(module_name)
    parsed: object = plain_arguments(module.configure, arguments)
    if parsed is None:
        from mmm_lang.cli.arguments import parse_arguments

        try:
            parsed = parse_arguments(name, summary, module.configure, arguments)
        except SystemExit as exit:  # how argparse ends, after `--help` too
            return exit.code if isinstance(exit.code, int) else EXIT_USAGE
    code = module.run(parsed)
    if not isinstance(code, int):
        raise TypeError(f"{module_name}.run returned {code!r}, not an exit code")
    return code


def _unknown(name: str) -> int:
    from mmm_lang.cli.registry import ALIASES, COMMANDS
    from mmm_lang.cli.terminal import write_message
    from mmm_lang.diagnostics.display import visible
    from mmm_lang.diagnostics.similar import nearest

    names = [command.name for command in COMMANDS]
    guess = nearest(name, [*names, *ALIASES, "help", "--version", "--help"])
    kind = "option" if name.startswith("-") else "command"
    advice = f"write `mmm {guess}`" if guess else "`mmm --help` lists all there are"
    write_message(f"error: mmm has no {kind} `{visible(name)}`; {advice}")
    return EXIT_USAGE
