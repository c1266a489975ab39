"""Optimisers: `torch.optim`."""

from ..late import names_of
from . import lr_scheduler
from .optimizer import Optimizer

FILES = {
    "_adafactor": "Adafactor",
    "_muon": "Muon",
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "adamax": "Adamax",
    "adamw": "AdamW",
    "asgd": "ASGD",
    "lbfgs": "LBFGS",
    "nadam": "NAdam",
    "radam": "RAdam",
    "rmsprop": "RMSprop",
    "rprop": "Rprop",
    "sgd": "SGD",
    "sparse_adam": "SparseAdam",
}

__getattr__, _late = names_of(globals(), FILES)
__all__ = ["Optimizer", "lr_scheduler", *_late]
