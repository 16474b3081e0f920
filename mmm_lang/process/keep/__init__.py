"""The keeper's own modules. They import the standard library and ``process.sweep``, and nothing else."""
