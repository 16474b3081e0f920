"""What the project's configuration says about running: its own agents."""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.agents.errors import UnknownAgentError
from mmm_lang.analysis.configuration.discovery import Neighbourhood, root_of
from mmm_lang.analysis.configuration.programs import AgentProgram


def programs_of(root: str) -> Mapping[str, AgentProgram]:
    """The agents that the configuration of the repository at ``root`` names; none where there is no configuration.

    Raises `UnknownAgentError` where something is wrong in what it says about agents, or it cannot be read.
    """
    path = Neighbourhood().of(root).config
    if path is None:
        return {}
    from mmm_lang.analysis.configuration.reading import read_configuration
    from mmm_lang.syntax.reading import SourceError, read_source

    try:
        configuration = read_configuration(read_source(path), root_of(path))
    except SourceError as error:
        raise UnknownAgentError(f"the settings cannot be read: {error}") from None
    if configuration is None:
        return {}
    place = configuration.places.get("agents")
    for one in configuration.diagnostics:
        if one.severity == "error" and (place is None or one.primary.span.start >= place.start):
            line = configuration.source.position(one.primary.span.start).line
            raise UnknownAgentError(f"{path}:{line}: {one.message}; `mmm config show` says more")
    return configuration.settings.agents
