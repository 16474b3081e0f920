"""What a project sets: rules, levels and presets, in ``.mmm/config.yml`` or ``[tool.mmm]`` of ``pyproject.toml``."""
