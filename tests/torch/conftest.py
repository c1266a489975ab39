import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

try:
    import torch
except ModuleNotFoundError:  # the tests that need PyTorch say so themselves
    pass
else:
    torch.set_num_threads(1)  # with more, which of several bad indices PyTorch names is a matter of chance
