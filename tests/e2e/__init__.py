"""The real `claude` command, driven by `mmm` against a scripted API on loopback."""
