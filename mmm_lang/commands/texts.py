"""The bundled commands as texts: a template each, written out for one repository, with a stamp.

The stamp is a line of the front matter, `mmm-init: DIGEST`. It tells a file that is as mmm wrote it from one that
somebody has edited, whatever version of mmm or of the repository it was written for.
"""

from __future__ import annotations

import hashlib
import re

from attrs import field, frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.commands.toolchain import Repository
from mmm_lang.resources import resource_path

NAMES = tuple(sorted(BUNDLED))
"""The bundled commands."""

_STAMP = re.compile(r"^mmm-init: ([0-9a-f]+)\n", re.MULTILINE)
_FRONT_MATTER_END = re.compile(r"^---\n", re.MULTILINE)
_GAP = re.compile(r"\n{3,}")


def _environment() -> Environment:
    """Templates of Markdown: a gap in one is an error, and nothing is escaped."""
    return Environment(
        loader=FileSystemLoader(resource_path("assets", "commands")),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the texts are Markdown for an agent, no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@frozen(eq=False)
class CommandTexts:
    """The texts of the bundled commands for one repository."""

    repository: Repository
    _templates: Environment = field(factory=_environment, repr=False)

    def text(self, name: str) -> str:
        """The file of the command ``name``, stamped. Raises `jinja2.TemplateError` where its template has a gap."""
        body = self._templates.get_template(f"{name}.md.j2").render(name=name, repository=self.repository)
        return stamped(_GAP.sub("\n\n", body).strip() + "\n")


def stamped(text: str) -> str:
    """A command's text with the stamp as the last line of its front matter.

    Raises `ValueError` where it has no front matter.
    """
    marks = list(_FRONT_MATTER_END.finditer(text))
    if len(marks) < 2 or marks[0].start() != 0:
        raise ValueError("a command's text begins with a front matter")
    end = marks[1].start()
    return f"{text[:end]}mmm-init: {_digest(text)}\n{text[end:]}"


def is_as_written(text: str) -> bool:
    """Whether a file's text is one that mmm wrote, of any version, and nobody has edited since."""
    plain = _plain(text)
    found = _STAMP.search(plain)
    return found is not None and found[1] == _digest(_STAMP.sub("", plain, count=1))


def is_same(one: str, other: str) -> bool:
    """Whether two texts are the same but for the ends of their lines, which git may change at checkout."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
