"""What the loader is made of: how samples become a batch, how they are fetched, and what a worker process does."""

from ....late import names_of

FILES = {"collate": "default_collate default_convert", "worker": "get_worker_info"}

__getattr__, __all__ = names_of(globals(), FILES)
