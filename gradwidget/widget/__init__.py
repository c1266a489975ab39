"""The picture in a notebook or in a page of its own. What it shows comes from a trace, nothing else."""
