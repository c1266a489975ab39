"""Distributions of matrices: of covariances (Wishart), and of Cholesky factors of correlations (LKJ)."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import linalg
from ..ops.creation import arange, tensor
from ..ops.draws import randn
from ..ops.registry import FUNCTIONS, import_family
from ..ops.shape import cat
from ..tensor import Size, Tensor, from_array
from . import constraints
from .distribution import Distribution, ExponentialFamily
from .gammas import Beta, Chi2
from .triangles import OfTriangle
from .utils import broadcast_all, lazy_property


def _mvlgamma(x: Any, p: int) -> Any:
    if "mvlgamma" not in FUNCTIONS:
        import_family("gamma")
    return FUNCTIONS["mvlgamma"](x, p)


class LKJCholesky(Distribution):
    """Lower Cholesky factors of correlation matrices, det(correlation)^(concentration - 1) likely (Lewandowski, Kurowicka & Joe
    2009); 1 is uniform, larger concentrations prefer the identity."""

    arg_constraints = {"concentration": constraints.positive}
    support: Any = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        rows = arange(dim - 1, dtype=self.concentration.dtype)
        rows = cat([rows.new_zeros((1,)), rows])  # type: ignore[attr-defined]
        rest = (self.concentration + 0.5 * (dim - 2)).unsqueeze(-1) - 0.5 * rows  # type: ignore[operator]
        self._beta = Beta(rows + 0.5, rest)  # type: ignore[operator]
        super().__init__(self.concentration.size(), (dim, dim), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(
            batch_shape,
            dim=self.dim,
            concentration=self.concentration.expand(*batch_shape),
            _beta=self._beta.expand((*batch_shape, self.dim)),
        )

    def sample(self, sample_shape: Any = ()) -> Any:
        """The onion method: row by row a direction on the sphere, and how much of the row lies off the diagonal."""
        share = self._beta.sample(sample_shape).unsqueeze(-1)
        normal: Any = randn(self._extended_shape(sample_shape), dtype=share.dtype).tril(-1)  # type: ignore[attr-defined]
        direction = normal / normal.norm(dim=-1, keepdim=True)
        direction[..., 0, :] = 0.0  # the first row has none
        rows = share.sqrt() * direction
        left = (1 - (rows**2).sum(-1)).clamp(min=float(np.finfo(rows._a.dtype).tiny)).sqrt()
        return rows + left.diag_embed()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - arange(2, self.dim + 1)
        others = self.dim - 1
        alpha = self.concentration + 0.5 * others
        constant = 0.5 * others * math.log(math.pi) + _mvlgamma(alpha - 0.5, others) - alpha.lgamma() * others
        return (order * diagonal.log()).sum(-1) - constant


class Wishart(OfTriangle, ExponentialFamily):
    """The sum of `df` outer products of normal vectors with one of: covariance_matrix, precision_matrix (its inverse),
    scale_tril (its Cholesky factor)."""

    support: Any = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self) -> Any:  # type: ignore[override]
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {"scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix}
        chosen = [(k, v) for k, v in given.items() if v is not None]
        if len(chosen) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = chosen
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        batch = tuple(matrix.shape[:-2])
        if isinstance(df, Tensor):
            batch = np.broadcast_shapes(batch, tuple(df.shape))
            self.df = df.expand(*batch) if batch else df  # type: ignore[attr-defined]
        else:
            self.df = tensor(df, dtype=matrix.dtype)
        size = matrix.shape[-1]
        if (self.df._a <= size - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {size - 1}.")
        setattr(self, name, matrix.expand(*batch, -1, -1))
        if (self.df._a < size).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = _factor(name, matrix)
        self._chi2 = self._of_rows()

    def _of_rows(self) -> Chi2:
        """The squared diagonal of Bartlett's factor."""
        rows = arange(self._event_shape[-1], dtype=self._unbroadcasted_scale_tril.dtype)
        return Chi2(self.df.unsqueeze(-1) - rows.expand(*self._batch_shape, -1))  # type: ignore[attr-defined]

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        wide = (*batch_shape, *self._event_shape)
        kept = {
            k: self.__dict__[k].expand(*wide)
            for k in ("covariance_matrix", "scale_tril", "precision_matrix")
            if k in self.__dict__
        }
        new = self._expanded(
            batch_shape,
            df=self.df.expand(*batch_shape),  # type: ignore[attr-defined]
            _unbroadcasted_scale_tril=self._unbroadcasted_scale_tril.expand(*wide),
            **kept,
        )
        new._chi2 = new._of_rows()
        return new

    def _wide(self, matrix: Any) -> Any:
        return matrix.expand(*self._batch_shape, *self._event_shape)

    @lazy_property
    def precision_matrix(self) -> Any:
        L = self._unbroadcasted_scale_tril
        return self._wide(from_array(np.eye(L.shape[-1], dtype=L._a.dtype)).cholesky_solve(L))  # type: ignore[attr-defined]

    def _times_covariance(self, factor: Any) -> Any:
        return factor.view(*self._batch_shape, 1, 1) * self.covariance_matrix

    @property
    def mean(self) -> Any:
        return self._times_covariance(self.df)

    @property
    def mode(self) -> Any:
        factor = self.df - self._event_shape[-1] - 1  # type: ignore[operator]
        return self._times_covariance(factor.masked_fill(factor <= 0, math.nan))

    @property
    def variance(self) -> Any:
        V = self.covariance_matrix
        d = V.diagonal(dim1=-2, dim2=-1)
        return self.df.view(*self._batch_shape, 1, 1) * (V.pow(2) + d.unsqueeze(-1) * d.unsqueeze(-2))  # type: ignore[attr-defined]

    def _bartlett(self, sample_shape: Any) -> Any:
        """Bartlett's decomposition: L A Aᵀ Lᵀ of a triangle A of normal numbers with a diagonal of roots of χ²."""
        size = self._event_shape[-1]
        root = self._chi2.rsample(sample_shape).sqrt()
        triangle = root.clamp(min=float(np.finfo(root._a.dtype).eps)).diag_embed()
        below = np.tril_indices(size, -1)
        triangle[..., from_array(below[0]), from_array(below[1])] = randn(
            Size((*sample_shape, *self._batch_shape, len(below[0]))), dtype=root.dtype
        )
        factor = self._unbroadcasted_scale_tril @ triangle
        return factor @ factor.mT

    def _in_support(self, sample: Any) -> Any:
        fine = self.support.check(sample)
        for _ in self._batch_shape:
            fine = fine.amax(-1)
        return fine

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """As PyTorch draws, which draws again what lies in the support, with a warning, until the first that does not."""
        sample_shape = Size(sample_shape)
        sample = self._bartlett(sample_shape)
        again = self._in_support(sample)
        if bool(again.any()):
            warnings.warn("Singular sample detected.", stacklevel=2)
            for _ in range(10 if max_try_correction is None else max_try_correction):
                new = self._bartlett(again[again].shape)
                sample[again] = new
                singular = ~self.support.check(new)
                for _ in self._batch_shape:
                    singular = singular.amax(-1)
                again[again.clone()] = singular
                if not bool(again.any()):
                    break
        return sample

    def _half_log_determinant(self) -> Any:
        """Of 2 Σ: the logarithm of its determinant's root."""
        p = self._event_shape[-1]
        return p * math.log(2) / 2 + self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        nu: Any = self.df
        p = self._event_shape[-1]
        trace = value.cholesky_solve(self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(-1)
        logs = (nu - p - 1) / 2 * linalg.slogdet(value).logabsdet
        return -nu * self._half_log_determinant() - _mvlgamma(nu / 2, p) + logs - trace / 2

    def entropy(self) -> Any:
        nu: Any = self.df
        p = self._event_shape[-1]
        slopes = ((nu / 2).unsqueeze(-1) - arange(p, dtype=nu.dtype) / 2).digamma().sum(-1)
        constant = (p + 1) * self._half_log_determinant() + _mvlgamma(nu / 2, p)
        return constant - (nu - p - 1) / 2 * slopes + nu * p / 2

    @property
    def _natural_params(self) -> tuple[Any, Any]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2  # type: ignore[operator]

    def _log_normalizer(self, x: Any, y: Any) -> Any:  # type: ignore[override]
        p = self._event_shape[-1]
        half = y + (p + 1) / 2
        return half * (math.log(2) * p - linalg.slogdet(-2 * x).logabsdet) + _mvlgamma(half, p)


def _factor(name: str, matrix: Any) -> Any:
    if name == "scale_tril":
        return matrix
    if name == "covariance_matrix":
        return linalg.cholesky(matrix)
    back = linalg.cholesky(matrix.flip((-2, -1))).flip((-2, -1)).mT  # type: ignore[attr-defined]
    return linalg.solve_triangular(back, from_array(np.eye(matrix.shape[-1], dtype=matrix._a.dtype)), upper=False)
