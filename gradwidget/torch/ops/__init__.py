"""Every op, a file per family. Importing this package declares those that every lesson uses (`registry.record`); the
families in `LATE_FAMILIES` are imported when one of their names is first used."""

from .. import hot
from . import (
    along,
    ask,
    both,
    complex_views,
    convert,
    copyslices,
    creation,
    draws,
    indexing,
    inplace,
    items,
    masked,
    matrix,
    order,
    pieces,
    pointwise,
    quiet,
    reduce,
    registry,
    reseat,
    shape,
    softmax,
    view_gradients,
    view_history,
    views,
    windows,
    write,
)

hot.__dict__.update(into=inplace.into)

# family -> what it declares, as `torch.<name>` or as a method
LATE_FAMILIES: dict[str, str] = {
    "multinomial": "multinomial",
    "rearranged": "diag diag_embed diagflat diff fliplr flipud index_copy index_copy_ rot90 take",
    "further": "acosh acosh_ addcdiv addcdiv_ addcmul addcmul_ arccosh arcsinh arctanh asinh asinh_ atanh atanh_ copysign copysign_ deg2rad "
    "deg2rad_ fmax fmin gcd gcd_ heaviside heaviside_ hypot hypot_ lcm lcm_ logaddexp logaddexp2 nan_to_num nan_to_num_ nextafter nextafter_ "
    "positive rad2deg rad2deg_ sinc sinc_",
    "more_pointwise": "bitwise_left_shift bitwise_left_shift_ bitwise_right_shift bitwise_right_shift_ float_power float_power_ frexp isneginf isposinf "
    "isreal ldexp ldexp_ lerp lerp_ logit logit_ renorm renorm_ signbit xlogy xlogy_",
    "normalization": "batch_norm instance_norm native_batch_norm",
    "row_normalization": "group_norm layer_norm native_group_norm native_layer_norm rms_norm",
    "einsum": "chain_matmul einsum inner kron tensordot",
    "embedding": "embedding embedding_renorm_",
    "embedding_bag": "embedding_bag",
    "distances": "bilinear cdist dist pdist",
    "shuffles": "channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle",
    "joining": "argwhere block_diag broadcast_shapes cartesian_prod column_stack combinations cumulative_trapezoid dstack gradient row_stack "
    "trapezoid trapz tril_indices triu_indices unravel_index",
    "places": "index_reduce index_reduce_ masked_scatter masked_scatter_ put put_ repeat_interleave scatter_reduce scatter_reduce_ take_along_dim",
    "search": "bucketize histc histogram isin searchsorted unique_consecutive",
    "statistics": "aminmax corrcoef count_nonzero cov logcumsumexp mode msort nanmean nanmedian nanquantile nansum quantile std_mean var_mean",
    "products": "addbmm addbmm_ addmv addmv_ addr addr_ baddbmm baddbmm_ trace vdot",
    "recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "fills": "bernoulli_ binomial cauchy_ exponential_ geometric_ log_normal_ poisson random_",
    "gamma": "digamma digamma_ erfinv erfinv_ i0 i0_ igamma igamma_ igammac igammac_ lgamma lgamma_ mvlgamma polygamma",
    "grid": "affine_grid_generator grid_sampler grid_sampler_2d grid_sampler_3d",
    "running": "cummax cummin cumprod cumprod_",
    "view_copies": "alias_copy as_strided_copy as_strided_scatter atleast_1d atleast_2d atleast_3d detach_copy diagonal_copy diagonal_scatter "
    "expand_copy narrow_copy permute_copy select_copy select_scatter slice_copy slice_scatter split_copy split_with_sizes_copy squeeze_copy "
    "sum_to_size t_copy transpose_copy unbind_copy unfold_copy unsqueeze_copy view_as_complex_copy view_as_real_copy view_copy",
    "adaptive": "adaptive_avg_pool1d adaptive_max_pool1d",
    "conv": "convolution",
    "pool": "avg_pool1d max_pool1d max_pool1d_with_indices max_pool2d max_pool3d",
    "pad": "constant_pad_nd",
    "error_function": "erf erf_ erfc erfc_",
    "attention": "scaled_dot_product_attention",
    "bent": "celu celu_ glu hardshrink hardsigmoid_ hardswish_ hardtanh hardtanh_ mish_ prelu rrelu rrelu_ rrelu_with_noise selu selu_ "
    "threshold threshold_",
    "weight_norm": "_weight_norm norm_except_dim",
    "derived": "_chunk_cat _log_softmax_backward_data _native_batch_norm_legit _softmax_backward_data _unsafe_masked_index "
    "_unsafe_masked_index_put_accumulate hash_tensor",
    "histograms": "histogramdd",
    "segments": "_segment_reduce segment_reduce",
    "linalg.cholesky": "cholesky cholesky_inverse cholesky_solve",
    "linalg.cross": "cross",
    "linalg.determinants": "det logdet slogdet",
    "linalg.eigen": "svd",
    "linalg.functions": "matrix_exp matrix_power pinverse",
    "linalg.lowrank": "lu pca_lowrank svd_lowrank",
    "linalg.lu": "lu_solve lu_unpack",
    "linalg.orthogonal": "qr",
    "linalg.reflections": "geqrf orgqr ormqr",
    "linalg.solving": "inverse triangular_solve",
    "spectrograms": "istft stft",
    "tapers": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
    "unfilled": "empty_permuted empty_strided new_empty_strided nonzero_static",
    "older": "apply_ as_subclass coalesce dense_dim fill_diagonal_ frobenius_norm index_put indices is_coalesced is_nonzero is_pinned is_same_size is_shared map2_ map_ new nuclear_norm pin_memory "
    "range resize resize_as share_memory_ sparse_dim to_dense values vander",
    "outside": "asarray from_dlpack frombuffer to_dlpack",
    "spellings": "absolute_ arccos arccos_ arccosh_ arcsin arcsin_ arcsinh_ arctan arctan2 arctan2_ arctan_ arctanh_ clip_ fix fix_ greater greater_ "
    "greater_equal greater_equal_ less less_ less_equal less_equal_ multiply_ negative_ not_equal not_equal_",
    "complex_numbers": "conj_physical conj_physical_ angle sgn sgn_ complex polar",
}
registry.late(LATE_FAMILIES)


def __getattr__(name: str) -> object:
    """`torch.ops.aten`."""
    if name == "aten":
        import importlib

        return importlib.import_module(f"{__name__}.aten")
    raise AttributeError(f"module 'torch.ops' has no attribute '{name}'")


__all__ = [
    "LATE_FAMILIES",
    "along",
    "ask",
    "both",
    "complex_views",
    "convert",
    "copyslices",
    "creation",
    "draws",
    "indexing",
    "inplace",
    "items",
    "masked",
    "matrix",
    "order",
    "pieces",
    "pointwise",
    "quiet",
    "reduce",
    "registry",
    "reseat",
    "shape",
    "softmax",
    "view_gradients",
    "view_history",
    "views",
    "windows",
    "write",
]
