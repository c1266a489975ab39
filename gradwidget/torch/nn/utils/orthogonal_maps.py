"""Matrices kept orthogonal: computed from any matrix by a map onto the orthogonal ones (Lezcano-Casado 2019)."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import numpy as np

from ... import linalg
from ...grad_mode import no_grad
from ...limits import finfo
from ...ops.creation import eye, zeros_like
from ...ops.draws import randn
from ...ops.shape import cat
from ...tensor import Tensor, from_array
from ..modules.module import Module
from .parametrize import register_parametrization


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


def _reflections(a: Any) -> tuple[Any, Any]:
    """The Householder vectors of a QR decomposition, below the diagonal of R, and their factors."""
    packed, tau = np.linalg.qr(a._a, mode="raw")
    return from_array(np.ascontiguousarray(packed.swapaxes(-1, -2))), from_array(tau)


def _is_orthogonal(q: Any) -> bool:
    n, k = q.shape[-2:]
    unit = eye(k, dtype=q.dtype)
    return bool((q.mH @ q).allclose(unit, atol=10.0 * n * float(finfo(q.dtype).eps)))


def _make_orthogonal(a: Any) -> Any:
    packed, tau = _reflections(a)
    q: Any = linalg.householder_product(packed, tau)
    q *= packed.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)
    return q


class _Orthogonal(Module):
    """With a `base` the map is taken relative to it, so that any orthogonal matrix can be assigned."""

    def __init__(self, weight: Any, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        wide = X.size(-2) < X.size(-1)
        if wide:
            X = X.mT
        n, k = X.shape[-2:]
        if self.orthogonal_map is _OrthMaps.householder:
            a = X.tril(diagonal=-1)
            tau = 2.0 / (1.0 + (a * a).sum(dim=-2))
            q: Any = linalg.householder_product(a, tau)
            q = q * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            q = self._of_skew(X.tril(), n, k)
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q

    def _of_skew(self, x: Any, n: int, k: int) -> Any:
        if n != k:
            x = cat([x, x.new_zeros(n, n - k).expand(*x.shape[:-2], -1, -1)], dim=-1)
        skew = x - x.mH
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            q: Any = linalg.matrix_exp(skew)
        else:
            unit: Any = eye(n, dtype=skew.dtype)
            q = linalg.solve(unit.add(skew, alpha=-0.5), unit.add(skew, alpha=0.5))
        return q[..., :k] if n != k else q

    @no_grad()
    def right_inverse(self, Q: Any) -> Any:
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        wide = Q.size(-2) < Q.size(-1)
        q = Q.mT if wide else Q
        n, k = q.shape[-2:]
        if hasattr(self, "base"):
            if n == k:
                self.base = q.clone() if _is_orthogonal(q) else _make_orthogonal(q)
            else:
                filled = randn(*q.shape[:-2], n, n - k, dtype=q.dtype)
                self.base = _make_orthogonal(cat([q, filled], dim=-1))
            below = zeros_like(Q)
            below.diagonal(dim1=-2, dim2=-1).fill_(-1.0)  # type: ignore[attr-defined]
            return below
        if self.orthogonal_map is not _OrthMaps.householder:
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential "
                "or the Cayley parametrizations when use_trivialization=False."
            )
        packed, tau = _reflections(q)
        diagonal = packed.diagonal(dim1=-2, dim2=-1)
        diagonal.sign_()
        diagonal[tau == 0.0] *= -1
        return packed.mT if wide else packed


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Keep a matrix orthogonal, or with orthonormal rows or columns. orthogonal_map: "matrix_exp", "cayley" or "householder"."""
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.dim() < 2:  # type: ignore[attr-defined]
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")  # type: ignore[attr-defined]
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"  # type: ignore[attr-defined]
    if orthogonal_map not in _OrthMaps.__members__:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, _OrthMaps[orthogonal_map], use_trivialization=use_trivialization)
    register_parametrization(module, name, made, unsafe=True)
    return module
