"""Learning rates that change over time: `torch.optim.lr_scheduler`."""

from ...late import names_of

FILES = {
    "base": "LRScheduler _LRScheduler",
    "combined": "ChainedScheduler SequentialLR",
    "cosine": "CosineAnnealingLR CosineAnnealingWarmRestarts",
    "cyclic": "CyclicLR",
    "decay": "ConstantLR ExponentialLR LinearLR MultiStepLR PolynomialLR StepLR",
    "functions": "LambdaLR MultiplicativeLR",
    "one_cycle": "OneCycleLR",
    "plateau": "ReduceLROnPlateau",
}

__getattr__, __all__ = names_of(globals(), FILES)
