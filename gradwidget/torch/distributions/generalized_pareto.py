"""The generalised Pareto distribution, of what exceeds a threshold."""

from __future__ import annotations

import math
from typing import Any

from ..ops.pointwise import where_ as where
from . import constraints
from .distribution import Distribution
from .utils import all_numbers, broadcast_all, uniform


class GeneralizedPareto(Distribution):
    """Survival (1 + concentration · z)^(-1 / concentration) of z = (x - loc) / scale; exp(-z) where the concentration is 0."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        shape = () if all_numbers(loc, scale, concentration) else self.loc.size()
        super().__init__(shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(
            batch_shape, **{k: self.__dict__[k].expand(*batch_shape) for k in ("loc", "scale", "concentration")}
        )

    def _shape(self) -> tuple[Any, Any]:
        """Where the concentration counts as 0, and the concentration with 1 there."""
        c = self.concentration
        none = c.isclose(c.detach() * 0)
        return none, where(none, c * 0 + 1, c)

    def _z(self, x: Any) -> Any:
        return (x - self.loc) / self.scale

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(uniform(self._extended_shape(sample_shape), self.loc))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        none, c = self._shape()
        return where(none, -z, -(1 / c + 1) * (c * z).log1p()) - self.scale.log()

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of more than this value."""
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        none, c = self._shape()
        return where(none, -z, -(c * z).log1p() / c)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of the probability of at most this value."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Any) -> Any:
        return self.log_cdf(value).exp()

    def icdf(self, value: Any) -> Any:
        none, c = self._shape()
        left = (-value).log1p()
        return where(none, self.loc - self.scale * left, self.loc + self.scale / c * (-c * left).expm1())

    def _where(self, below: float, stand_in: float, formula: Any) -> Any:
        """A moment where it exists, NaN elsewhere."""
        exists = self.concentration < below
        return where(exists, formula(where(exists, self.concentration, stand_in)), math.nan)

    @property
    def mean(self) -> Any:
        return self._where(1, 0.5, lambda c: self.loc + self.scale / (1 - c))

    @property
    def variance(self) -> Any:
        return self._where(0.5, 0.25, lambda c: self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)))

    def entropy(self) -> Any:
        return (self.scale.log() + self.concentration + 1).expand(*self._batch_shape)

    @property
    def mode(self) -> Any:
        return self.loc

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        end = where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, end)
