"""One way to start a process: short ones by ``short``, everything else under the keeper (``client``).

Imports nothing, and must stay so: the keeper comes through here in an interpreter without site-packages.
"""
