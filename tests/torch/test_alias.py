"""Material written for PyTorch, with the core in its place."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gradwidget
alias = gradwidget.install_as_torch()
import importlib.util
assert importlib.util.find_spec("torch") and not importlib.util.find_spec("torch.nothing")
import torch, torch.nn as nn, torch.optim as optim, torch.nn.functional as F, torch.utils.data as data
import torch.backends.cudnn as cudnn, torch.distributed as dist, torch.multiprocessing as mp
from torch import Tensor
from torch.autograd import Variable
from torch.cuda.amp import GradScaler, autocast
from torch.nn.parameter import Parameter
from torch.optim.lr_scheduler import StepLR, _LRScheduler
from torch.optim.optimizer import Optimizer, required
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split
from torch.utils.data.dataloader import default_collate
from torch.utils.data.sampler import SubsetRandomSampler
from torch.utils.data.distributed import DistributedSampler
from torch.serialization import add_safe_globals
assert torch.__file__ and torch is gradwidget.torch and importlib.util.find_spec("torch") is not None
assert torch.__version__ >= "2.2" and torch.__version__ < "3" and torch.__version__ > (2, 2)
print(nn.Linear, type(torch.ones(1)), Parameter, DataLoader, optim.SGD, StepLR, Dataset)
import pickle
assert pickle.loads(pickle.dumps(nn.Linear)) is nn.Linear
assert repr(pickle.loads(pickle.dumps(nn.Linear(1, 2)))) == "Linear(in_features=1, out_features=2, bias=True)"
try:
    from torch import nothing
except ImportError:
    pass
alias.remove()
try:
    import torch as other
except ImportError:
    other = None
assert other is not gradwidget.torch
"""

SAID = (
    "<class 'torch.nn.modules.linear.Linear'> <class 'torch.Tensor'> <class 'torch.nn.parameter.Parameter'> "
    "<class 'torch.utils.data.dataloader.DataLoader'> <class 'torch.optim.sgd.SGD'> "
    "<class 'torch.optim.lr_scheduler.StepLR'> <class 'torch.utils.data.dataset.Dataset'>"
)


def test_imports_of_material_written_for_pytorch() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == SAID
