"""`torch.nn.modules`: every layer, in files that are named as PyTorch's. The table says which file holds which names."""

from ...late import names_of

FILES = {
    "activation": "ELU GELU LeakyReLU LogSoftmax ReLU SiLU Sigmoid Softmax Softplus Tanh",
    "container": "ModuleDict ModuleList Sequential",
    "conv": "Conv1d Conv2d",
    "dropout": "Dropout",
    "flatten": "Flatten",
    "linear": "Identity Linear",
    "loss": "BCELoss BCEWithLogitsLoss CrossEntropyLoss L1Loss MSELoss NLLLoss",
    "module": "Module",
    "pooling": "AvgPool2d MaxPool2d",
    "sparse": "Embedding",
}

__getattr__, __all__ = names_of(globals(), FILES)
