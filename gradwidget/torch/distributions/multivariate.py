"""Normal distributions of vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import linalg
from ..tensor import from_array
from . import constraints
from .distribution import Distribution
from .triangles import OfTriangle
from .utils import lazy_property, standard_normal


def _distances(L: Any, x: Any) -> Any:
    """|L⁻¹ x|² along the last dimension."""
    return linalg.solve_triangular(L, x.unsqueeze(-1), upper=False).squeeze(-1).pow(2).sum(-1)  # type: ignore[attr-defined]


class MultivariateNormal(OfTriangle, Distribution):
    """Of mean `loc` and one of: covariance_matrix, precision_matrix (its inverse), scale_tril (its Cholesky factor)."""

    arg_constraints: Any = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support: Any = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        chosen = {k: v for k, v in given.items() if v is not None}
        if len(chosen) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = chosen.items()
        if matrix.dim() < 2:
            raise ValueError(
                f"{name} {'matrix ' if name == 'scale_tril' else ''}must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch = np.broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1]))
        setattr(self, name, matrix.expand(*batch, *matrix.shape[-2:]))
        self.loc = loc.expand(*batch, loc.shape[-1])
        super().__init__(batch, loc.shape[-1:], validate_args=validate_args)
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = scale_tril
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = linalg.cholesky(covariance_matrix)
        else:
            flipped = linalg.cholesky(precision_matrix.flip((-2, -1)))
            back = flipped.flip((-2, -1)).mT  # type: ignore[attr-defined]
            eye = from_array(np.eye(loc.shape[-1], dtype=loc._a.dtype))
            self._unbroadcasted_scale_tril = linalg.solve_triangular(back, eye, upper=False)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        event = tuple(self._event_shape)
        made = {
            "loc": self.loc.expand(*batch_shape, *event),
            "_unbroadcasted_scale_tril": self._unbroadcasted_scale_tril,
        }
        for k in ("covariance_matrix", "scale_tril", "precision_matrix"):
            if k in self.__dict__:
                made[k] = self.__dict__[k].expand(*batch_shape, *event, *event)
        return self._expanded(batch_shape, **made)

    def _wide(self, matrix: Any) -> Any:
        return matrix.expand(*self._batch_shape, *self._event_shape, *self._event_shape)

    @lazy_property
    def precision_matrix(self) -> Any:
        L = self._unbroadcasted_scale_tril
        return self._wide(linalg.inv(L @ L.mT))

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(*self._batch_shape, *self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        eps = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + (self._unbroadcasted_scale_tril @ eps.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        L = self._unbroadcasted_scale_tril
        half_log_det = L.diagonal(0, -2, -1).log().sum(-1)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + _distances(L, value - self.loc)) - half_log_det

    def entropy(self) -> Any:
        half_log_det = self._unbroadcasted_scale_tril.diagonal(0, -2, -1).log().sum(-1)
        out = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + half_log_det
        return out.expand(self._batch_shape) if len(self._batch_shape) else out


class LowRankMultivariateNormal(MultivariateNormal):
    """Of covariance cov_factor @ cov_factorᵀ + diag(cov_diag)."""

    arg_constraints: Any = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event} x m")
        if cov_diag.shape[-1] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {(event,)}")
        self.cov_factor, self.cov_diag = cov_factor, cov_diag
        super().__init__(loc, cov_factor @ cov_factor.mT + cov_diag.diag_embed(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape)
        new.cov_factor = self.cov_factor.expand(*batch_shape, *self.cov_factor.shape[-2:])
        new.cov_diag = self.cov_diag.expand(*batch_shape, self.cov_diag.shape[-1])
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        w = standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self.loc)
        d = standard_normal(shape, self.loc)
        return self.loc + (self.cov_factor @ w.unsqueeze(-1)).squeeze(-1) + self.cov_diag.sqrt() * d
