"""Layers as functions: `torch.nn.functional`. The table says which file holds which names."""

from ...late import names_of
from ...ops.conv import conv1d, conv2d, conv3d
from ...ops.matrix import linear
from ...ops.pad import pad
from ...ops.pool import avg_pool2d, max_pool2d

FILES = {
    "activation": "celu celu_ elu elu_ gelu glu gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_ leaky_relu leaky_relu_ log_softmax logsigmoid mish prelu relu relu6 relu_ rrelu rrelu_ selu selu_ sigmoid silu softmax softmin softplus softshrink softsign tanh tanhshrink threshold threshold_",
    "dropout": "check_probability dropout",
    "loss": "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy l1_loss mse_loss nll_loss",
    "normalization": "batch_norm group_norm instance_norm layer_norm local_response_norm normalize rms_norm",
    "sparse": "embedding one_hot",
}

__getattr__, _late = names_of(globals(), FILES)
__all__ = ["avg_pool2d", "conv1d", "conv2d", "conv3d", "linear", "max_pool2d", "pad", *_late]
