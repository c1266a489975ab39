"""Which dtypes an op does not take, and what PyTorch says then.

`record` looks its op up here; the generated function checks the operands' dtype (the one that they promote to, where they
promote) unless it is float32 or float64.
"""

from __future__ import annotations

from typing import Any

from .. import dtypes

# the kinds of dtype, as NumPy's letters (V: bfloat16, e: float16), for which PyTorch has made no kernel: op=the kernel's name in the complaint
_NO_KERNEL = {
    "c": "amax=max_values_cpu amin=min_values_cpu max=max_all min=min_all _aminmax=aminmax_cpu median=median_cpu median_dim=median_out "
    "_nanmedian=median_cpu _nanmedian_dim=median_out kthvalue=kthvalue_cpu mode=mode_cpu cummax=cummax_cpu cummin=cummin_cpu "
    "round=round_vml_cpu erf=erf_vml_cpu "
    "erfc=erfc_vml_cpu erfinv=erfinv_vml_cpu lgamma=lgamma_vml_cpu digamma=digamma logit=logit_cpu lt=lt_cpu le=le_cpu gt=gt_cpu "
    "ge=ge_cpu xlogy=xlogy_cpu igamma=igamma_cpu igammac=igammac_cpu i0=i0_vml_cpu",
    "b": "median=median_cpu median_dim=median_out _nanmedian=median_cpu _nanmedian_dim=median_out kthvalue=kthvalue_cpu "
    "floor=floor_vml_cpu ceil=ceil_vml_cpu trunc=trunc_vml_cpu round=round_vml_cpu abs=abs_cpu fmod=fmod_cpu fmod_tensor=fmod_cpu "
    "remainder=remainder_cpu remainder_tensor=remainder_cpu floor_divide=div_floor_cpu div_floor=div_floor_cpu div_trunc=div_trunc_cpu "
    "dot=dot vdot=dot mm=addmm_impl_cpu_ bmm=bmm mv=addmv_impl_cpu trace=trace bitwise_left_shift=lshift_cpu "
    "bitwise_right_shift=rshift_cpu addmm=addmm_impl_cpu_ addmv=addmv_impl_cpu addbmm=addmm_impl_cpu_ baddbmm=baddbmm addcmul=addcmul_cpu_out pow_tensor=pow",
    "iubc": "softplus=softplus_cpu leaky_relu=leaky_relu_cpu elu=elu_cpu celu=elu_cpu glu=glu_cpu mse_loss=mse_cpu "
    "smooth_l1_loss=smooth_l1_cpu huber_loss=huber_cpu nll_loss=nll_loss_out_frame nll_loss2d=nll_loss2d_forward_out_frame",
    "bc": "threshold=threshold_cpu",
    "e": "polar=polar_cpu rrelu_with_noise=rrelu_with_noise_out_cpu",
    "Ve": "_sample_dirichlet=dirichlet _cdist=cdist _euclidean_dist=cdist _pdist=pdist _ctc_loss=ctc_loss_cpu _standard_gamma=gamma_cpu _triangular_solve=triangular_solve_cpu "
    "avg_pool3d=avg_pool3d_out_frame bitwise_and=bitwise_and_cpu bitwise_or=bitwise_or_cpu bitwise_xor=bitwise_xor_cpu "
    "bitwise_not=bitwise_not_cpu bitwise_left_shift=lshift_cpu bitwise_right_shift=rshift_cpu cholesky=cholesky_cpu "
    "cholesky_inverse=cholesky_inverse_out_cpu cholesky_solve=cholesky_solve_cpu gcd=gcd_cpu geqrf=geqrf_cpu lcm=lcm_cpu "
    "linalg_cholesky_ex=cholesky_cpu linalg_det=lu_cpu linalg_eig=linalg_eig_out_cpu linalg_eigh=linalg_eigh_cpu "
    "linalg_householder_product=orgqr_cpu linalg_ldl_factor_ex=ldl_factor_kernel_cpu linalg_ldl_solve=ldl_solve_kernel_cpu "
    "linalg_lu=lu_cpu linalg_lu_factor_ex=lu_cpu linalg_lu_solve=linalg.lu_solve_cpu linalg_qr=geqrf_cpu linalg_solve_ex=lu_cpu "
    "linalg_solve_triangular=triangular_solve_cpu linalg_svd=linalg_svd_cpu multi_margin_loss=multi_margin_loss_cpu_kernel "
    "multilabel_margin_loss=multilabel_margin_loss_forward_out_frame ormqr=ormqr_cpu "
    "upsample_bicubic_aa2d=compute_index_ranges_weights upsample_bilinear_aa2d=compute_index_ranges_weights "
    "upsample_lanczos_aa2d=compute_index_ranges_weights",
    "iub": "silu=silu_cpu binary_cross_entropy_with_logits=log_sigmoid_cpu lerp_number=lerp_kernel_scalar lerp_tensor=lerp_kernel_tensor frac=frac_cpu hypot=hypot_cpu nextafter=nextafter_cpu logaddexp=logaddexp_cpu logaddexp2=logaddexp2_cpu",
}
# functions of `special` without a kernel for half precision, which PyTorch calls as we do
_SPECIAL = (
    "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v "
    "chebyshev_polynomial_w erfcx hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p log_ndtr "
    "modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 ndtri scaled_modified_bessel_k0 "
    "scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v "
    "shifted_chebyshev_polynomial_w spherical_bessel_j0 zeta"
)
_NO_KERNEL["Ve"] += "".join(f" special_{name}={name}_cpu" for name in _SPECIAL.split())
# kinds and words for several ops, {op} for the op's name
_WORDS = (
    ("c", "argmax argmin", "RuntimeError", "{op}(): does not support complex input"),
    ("b", "argmax argmin", "RuntimeError", "{op}(): does not support bool input"),
    ("c", "max_dim", "RuntimeError", "max(): does not support complex input"),
    ("c", "min_dim", "RuntimeError", "min(): does not support complex input"),
    ("c", "sort", "RuntimeError", " Sort does not support complex dtypes on CPU"),
    ("c", "topk", "RuntimeError", " topk does not support complex dtypes on CPU"),
    ("b", "topk", "RuntimeError", "topk does not support bool dtypes on CPU"),
    ("Ve", "linalg_inv_ex", "RuntimeError", "linalg.inv: Low precision dtypes not supported. Got {dtype}"),
    ("Ve", "linalg_slogdet", "RuntimeError", "linalg.slogdet: Low precision dtypes not supported. Got {dtype}"),
    ("Ve", "linalg_lstsq", "RuntimeError", "This function doesn't handle types other than float and double"),
    (
        "V",
        "complex polar",
        "RuntimeError",
        "Expected both inputs to be Half, Float or Double tensors but got {dtype} and {dtype}",
    ),
    ("c", "maximum minimum fmax fmin", "RuntimeError", "{op} not implemented for complex tensors."),
    ("c", "heaviside", "RuntimeError", "heaviside is not yet implemented for complex tensors."),
    ("c", "deg2rad rad2deg", "RuntimeError", "{op} is not supported for complex tensors."),
    ("c", "floor ceil trunc", "NotImplementedError", "{op} is not supported for complex inputs"),
    (
        "c",
        "relu hardtanh clamp clamp_min clamp_max clamp_tensor clamp_min_tensor clamp_max_tensor",
        "NotImplementedError",
        "clamp is not supported for complex types",
    ),
    (
        "c",
        "sign",
        "NotImplementedError",
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
    ),
)


def _table() -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for kinds, entries in _NO_KERNEL.items():
        for entry in entries.split():
            op, _, kernel = entry.partition("=")
            for kind in kinds:
                found.setdefault(op, {})[kind] = (
                    "NotImplementedError",
                    f"\"{kernel}\" not implemented for '{{dtype}}'",
                )
    for kinds, ops, error, words in _WORDS:
        for op in ops.split():
            for kind in kinds:
                found.setdefault(op, {})[kind] = (error, words.replace("{op}", op))
    return found


REFUSED = _table()  # op -> kind of dtype -> (the error, its words)
_ERRORS = {"RuntimeError": RuntimeError, "NotImplementedError": NotImplementedError}


def refusal(op: Any, d: Any) -> Exception:
    """The error for operands of a dtype."""
    table = REFUSED[op.name]
    error, words = table[d.kind if d.kind in table else d.char]
    return _ERRORS[error](words.replace("{dtype}", dtypes.OF_NUMPY[d].legacy))
