"""Parametrisations: weights by direction and length, of spectral norm 1, orthogonal."""

from __future__ import annotations

from typing import Any

from ... import linalg
from ...grad_mode import no_grad
from ..functional import normalize
from ..modules.module import Module
from .parametrize import register_parametrization


def norm_except(v: Any, dim: int | None) -> Any:
    """The norm over all dimensions but one (None: over all)."""
    if dim is None or dim == -1:
        return v.norm()
    others = [d for d in range(v.dim()) if d != dim % v.dim()]
    return v.norm(2, others, keepdim=True) if others else v.abs()


class _WeightNorm(Module):
    """w = g · v / |v| (Salimans & Kingma 2016)."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return weight_v * (weight_g / norm_except(weight_v, self.dim))

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return norm_except(weight, self.dim), weight


class _SpectralNorm(Module):
    """The weight over its greatest singular value, which power iteration follows (Miyato et al. 2018)."""

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim if dim >= 0 else dim + weight.dim()
        self.eps, self.n_power_iterations = eps, n_power_iterations
        if weight.dim() > 1:
            m = self._as_matrix(weight)
            u = m.new_empty(m.size(0)).normal_(0, 1)
            v = m.new_empty(m.size(1)).normal_(0, 1)
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            self._power(m, 15)

    def _as_matrix(self, weight: Any) -> Any:
        if self.dim:
            weight = weight.permute(self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return weight.flatten(1)

    def _power(self, m: Any, times: int) -> None:
        with no_grad():
            for _ in range(times):
                self._u.copy_(normalize(m.mv(self._v), dim=0, eps=self.eps))
                self._v.copy_(normalize(m.t().mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Any:
        if weight.dim() == 1:
            return normalize(weight, dim=0, eps=self.eps)
        m = self._as_matrix(weight)
        if self.training:
            self._power(m, self.n_power_iterations)
        sigma = self._u.clone().dot(m.mv(self._v.clone()))
        return weight / sigma

    def right_inverse(self, value: Any) -> Any:
        return value


class _Orthogonal(Module):
    """The exponential of a skew-symmetric matrix, times a base."""

    def forward(self, X: Any) -> Any:
        n, k = X.size(-2), X.size(-1)
        tall = X if n >= k else X.mT
        rows = max(n, k)
        A = tall.tril()
        if rows != min(n, k):
            from ..functional import pad

            A = pad(A, [0, rows - min(n, k)])
        Q = linalg.matrix_exp(A - A.mT)[..., : min(n, k)]
        return Q if n >= k else Q.mT


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Let a weight be learnt as a direction and a length."""
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    return module


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Keep a weight's greatest singular value at 1."""
    if not hasattr(module, name):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    register_parametrization(module, name, _SpectralNorm(getattr(module, name), n_power_iterations, dim, eps))
    return module


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Keep a matrix orthogonal (or with orthonormal rows or columns)."""
    weight = getattr(module, name)
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    register_parametrization(module, name, _Orthogonal(), unsafe=True)
    return module
