"""Layers as functions: `torch.nn.functional`. The table says which file holds which names."""

from ...late import names_of
from ...ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from ...ops.matrix import linear
from ...ops.pad import pad
from ...ops.pool import avg_pool2d, max_pool2d

FILES = {
    "activation": "celu celu_ elu elu_ gelu glu gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_ leaky_relu leaky_relu_ log_softmax logsigmoid mish prelu relu relu6 relu_ rrelu rrelu_ selu selu_ sigmoid silu softmax softmin softplus softshrink softsign tanh tanhshrink threshold threshold_",
    "attention": "_canonical_mask _none_or_dtype multi_head_attention_forward scaled_dot_product_attention",
    "dropouts": "alpha_dropout check_probability dropout dropout1d dropout2d dropout3d feature_alpha_dropout",
    "distance": "bilinear cosine_similarity pairwise_distance pdist",
    "linear_loss": "linear_cross_entropy",
    "loss": "binary_cross_entropy binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy ctc_loss gaussian_nll_loss hinge_embedding_loss huber_loss kl_div l1_loss margin_ranking_loss mse_loss multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss nll_loss poisson_nll_loss smooth_l1_loss soft_margin_loss triplet_margin_loss triplet_margin_with_distance_loss",
    "pooling": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices avg_pool1d avg_pool3d fractional_max_pool2d fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices lp_pool1d lp_pool2d lp_pool3d max_pool1d max_pool1d_with_indices max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool1d max_unpool2d max_unpool3d",
    "shuffle": "channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle",
    "normalization": "batch_norm group_norm instance_norm layer_norm local_response_norm normalize rms_norm",
    "sparse": "embedding embedding_bag one_hot",
    "vision": "affine_grid fold grid_sample interpolate unfold upsample upsample_bilinear upsample_nearest",
}

__getattr__, _late = names_of(globals(), FILES)
__all__ = [
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "linear",
    "max_pool2d",
    "pad",
    *_late,
]
