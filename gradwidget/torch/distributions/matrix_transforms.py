"""Transforms of vectors and matrices, of distributions, and of parts side by side."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import linalg
from ..nn.functional import pad, softplus
from ..ops.shape import stack
from ..tensor import from_array
from . import constraints
from .transforms import LowerCholeskyTransform, Transform


def _size(count: int) -> int:
    """Of the square matrix that has so many elements below its diagonal."""
    return round((0.25 + 2 * count) ** 0.5 + 0.5)


def _below(matrix: Any, diagonal: int) -> Any:
    """What lies on and below a diagonal, row by row."""
    n = matrix.shape[-1]
    i, j = np.tril_indices(n, diagonal)
    return matrix[..., from_array(i), from_array(j)]


def _matrix(vector: Any) -> Any:
    """The way back, for what lies below the main diagonal."""
    n = _size(vector.shape[-1])
    place = np.tril_indices(n, -1)
    flat = vector.new_zeros((*vector.shape[:-1], n * n))
    at = from_array((place[0] * n + place[1]).astype(np.int64)).expand(*vector.shape)  # type: ignore[attr-defined]
    return flat.scatter(-1, at, vector).view(*vector.shape[:-1], n, n)


class CorrCholeskyTransform(Transform):
    """A vector of n (n - 1) / 2 numbers to the Cholesky factor of a correlation matrix: each row takes shares, the tanh of the
    numbers, of what is left of its length 1."""

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        eps = float(np.finfo(x._a.dtype).eps)
        share = _matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps))
        left = (1 - share**2).sqrt().cumprod(-1)
        eye = from_array(np.eye(share.shape[-1], dtype=x._a.dtype))
        return (share + eye) * pad(left[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        left = pad((1 - (y * y).cumsum(-1))[..., :-1], [1, 0], value=1)
        share = _below(y, -1) / _below(left, -1).sqrt()
        return (share.log1p() - (-share).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        left = _below(1 - (y * y).cumsum(-1), -2)
        return 0.5 * left.log().sum(-1) - 2 * (x + softplus(-2 * x) - math.log(2.0)).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        n = _size(shape[-1])
        if n * (n - 1) // 2 != shape[-1]:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return (*shape[:-1], n, n)

    def inverse_shape(self, shape: Any) -> Any:
        if len(shape) < 2:
            raise ValueError("Too few dimensions on input")
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)


class PositiveDefiniteTransform(Transform):
    """A matrix to a positive definite one, by way of a Cholesky factor."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(linalg.cholesky(y))


class CumulativeDistributionTransform(Transform):
    """A value to the probability of at most this value."""

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)


class StackTransform(Transform):
    """The slices along a dimension, each by a transform of its own."""

    def __init__(self, tseq: Any, dim: int = 0, cache_size: int = 0) -> None:
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        super().__init__(cache_size)
        self.transforms, self.dim = list(tseq), dim

    def _check(self, z: Any, name: str, called: str) -> None:
        if not -z.dim() <= self.dim < z.dim():
            raise AssertionError(f"dim {self.dim} out of range for {called} with {z.dim()} dimensions")
        if z.size(self.dim) != len(self.transforms):
            raise AssertionError(
                f"{name}.size({self.dim}) = {z.size(self.dim)} must equal len(transforms) {len(self.transforms)}"
            )

    def _call(self, x: Any) -> Any:
        self._check(x, "x", "tensor")
        return stack([t(part) for t, part in zip(self.transforms, x.unbind(self.dim))], self.dim)

    def _inverse(self, y: Any) -> Any:
        self._check(y, "y", "tensor")
        return stack([t.inv(part) for t, part in zip(self.transforms, y.unbind(self.dim))], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        self._check(x, "x", "x")
        self._check(y, "y", "y")
        parts = zip(self.transforms, x.unbind(self.dim), y.unbind(self.dim))
        return stack([t.log_abs_det_jacobian(a, b) for t, a, b in parts], self.dim)

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return all(t.bijective for t in self.transforms)

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        return constraints.stack([t.codomain for t in self.transforms], self.dim)
