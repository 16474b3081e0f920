"""``mmm config show``: the configuration that holds, and where each value comes from."""

from __future__ import annotations

import argparse
import json
import os
from typing import NamedTuple

from mmm_lang.analysis.configuration.reading import Configuration
from mmm_lang.analysis.configuration.settings import Settings
from mmm_lang.cli.check_arguments import configure_settings
from mmm_lang.cli.check_policy import Policies, with_preset
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message, write_output
from mmm_lang.diagnostics.display import visible

EXIT_SOUND, EXIT_MISTAKES = 0, 1

_FLAG = "command line"


class Value(NamedTuple):
    """A setting. ``source`` is the file that sets it, ``command line``, or ``None`` for what holds without being
    set; ``line`` is that of the file."""

    name: str
    value: str | list[str] | None
    source: str | None
    line: int | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm config``."""
    parser.add_argument("action", choices=("show",), help="show: print the configuration that holds")
    parser.add_argument(
        "path", metavar="PATH", nargs="?", default=".", help="a playbook or a folder (default: this one)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    configure_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print every setting with its source, and return 0, or 1 where the configuration has mistakes; those are
    printed to standard error. Raises `UsageFailure` where ``path`` leads nowhere."""
    if arguments.config is not None and arguments.no_config:
        raise UsageFailure("`--config` and `--no-config` contradict each other; leave one out")
    path = os.path.expanduser(arguments.path)
    if not os.path.lexists(path):
        raise UsageFailure(f"there is no file or folder `{visible(arguments.path)}`")
    inside = os.path.join(path, "playbook.yml") if os.path.isdir(path) else path
    for name in ("fail_on", "baseline", "write_baseline", "max_calls", "max_cost", "max_duration"):
        setattr(arguments, name, None)
    arguments.no_baseline = False
    policies = Policies(arguments)
    configuration = policies.configuration(policies.nearby(inside))
    values = _values(configuration, arguments.preset)
    baseline = policies.nearby(inside).baseline
    values.append(Value("baseline", _shown(baseline), None, None))
    write_output(
        _as_json(configuration, values) if arguments.format == "json" else _as_text(configuration, values)
    )
    mistakes = policies.diagnostics
    if mistakes:
        from mmm_lang.diagnostics.colour import PLAIN
        from mmm_lang.diagnostics.render_full import render_full

        write_message(render_full(mistakes, PLAIN).rstrip("\n"))
    return EXIT_MISTAKES if any(one.severity == "error" for one in mistakes) else EXIT_SOUND


def _values(configuration: Configuration | None, preset: str | None) -> list[Value]:
    settings = configuration.settings if configuration is not None else Settings()
    if preset is not None:
        settings = with_preset(settings, preset)
    select = sorted(settings.select) if settings.select is not None else None
    values = [
        _placed(configuration, "preset", settings.preset),
        _placed(configuration, "fail_on", settings.fail_on),
        _placed(configuration, "select", select),
        _placed(configuration, "ignore", sorted(settings.ignore)),
        *(_placed(configuration, f"level.{rule}", level) for rule, level in sorted(settings.level.items())),
        *(_placed(configuration, f"per_file.{one.pattern}", sorted(one.ignore)) for one in settings.per_file),
        *(_placed(configuration, f"agents.{name}", list(one.argv)) for name, one in settings.agents.items()),
    ]
    if preset is not None:
        values[0] = Value("preset", preset, _FLAG, None)
    return values


def _placed(configuration: Configuration | None, name: str, value: str | list[str] | None) -> Value:
    """A setting with the place where the configuration sets it."""
    if configuration is None or name not in configuration.places:
        return Value(name, value, None, None)
    place = configuration.source.position(configuration.places[name].start)
    return Value(name, value, configuration.source.path, place.line)


def _as_json(configuration: Configuration | None, values: list[Value]) -> str:
    document = {
        "version": 1,
        "file": configuration.source.path if configuration is not None else None,
        "values": [value._asdict() for value in values],
    }
    return json.dumps(document, indent=2) + "\n"


def _as_text(configuration: Configuration | None, values: list[Value]) -> str:
    """A line for each setting, in columns: name, value, source."""
    rows = [(visible(one.name), _written(one), _source(one)) for one in values]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}".rstrip() for name, value, source in rows]
    file = visible(configuration.source.path) if configuration is not None else "none"
    return "\n".join((f"configuration: {file}", "", *lines)) + "\n"


def _written(value: Value) -> str:
    if value.value is None:
        return {"select": "all rules of the preset"}.get(value.name, "none")
    if isinstance(value.value, list):
        return ", ".join(value.value) or "nothing"
    return visible(value.value)


def _source(value: Value) -> str:
    if value.source is None:
        return "(found)" if value.name == "baseline" and value.value else "(default)"
    return value.source if value.line is None else f"{visible(value.source)}:{value.line}"


def _shown(path: str | None) -> str | None:
    return os.path.relpath(path) if path is not None else None
