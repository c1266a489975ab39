"""Optimisers: `torch.optim`."""

from ..late import names_of
from . import lr_scheduler
from .optimizer import Optimizer

FILES = {
    "adam": "Adam AdamW",
    "sgd": "SGD",
}

__getattr__, _late = names_of(globals(), FILES)
__all__ = ["Optimizer", "lr_scheduler", *_late]
