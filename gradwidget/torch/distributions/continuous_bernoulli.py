"""The continuous Bernoulli distribution (Loaiza-Ganem & Cunningham 2019)."""

from __future__ import annotations

import math
from typing import Any

from ..nn.functional import binary_cross_entropy_with_logits
from ..ops.pointwise import where_ as where
from . import constraints
from .distribution import ExponentialFamily
from .utils import all_numbers, broadcast_all, clamp_probs, lazy_property, logits_to_probs, probs_to_logits, uniform


class ContinuousBernoulli(ExponentialFamily):
    """Density on [0, 1] proportional to probs**x (1 - probs)**(1 - x).

    lims: between these, around one half where the formulas divide by zero, series stand for them.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support: Any = constraints.unit_interval
    _mean_carrier_measure = 0
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        (parameter,) = broadcast_all(given)
        if probs is None:
            self.logits = parameter
        else:
            if validate_args is not None and not bool(constraints.unit_interval.check(parameter).all()):
                raise ValueError("The parameter probs has invalid values")
            self.probs = parameter = clamp_probs(parameter)
        self._param, self._lims = parameter, lims
        super().__init__(() if all_numbers(given) else parameter.size(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        made = {k: self.__dict__[k].expand(*batch_shape) for k in ("probs", "logits") if k in self.__dict__}
        return self._expanded(batch_shape, _lims=self._lims, _param=next(iter(made.values())), **made)

    @lazy_property
    def logits(self) -> Any:
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    @property
    def param_shape(self) -> Any:
        return self._param.size()

    def _beside(self, x: Any, middle: float = 0.0) -> Any:
        """Where the formulas hold."""
        low, high = self._lims
        return (x <= low - middle) | (x > high - middle)

    def _safe(self) -> tuple[Any, Any]:
        """Where the formulas hold, and probabilities for which they do everywhere."""
        outside = self._beside(self.probs)
        return outside, where(outside, self.probs, self._lims[0] + 0 * self.probs.detach())

    def _log_constant(self) -> Any:
        """The logarithm of what makes the density integrate to 1."""
        outside, p = self._safe()
        below = p <= 0.5
        denominator = where(
            below, (-2.0 * where(below, p, 0 * p)).log1p(), (2.0 * where(p >= 0.5, p, 0 * p + 1) - 1.0).log()
        )
        exact = ((-p).log1p() - p.log()).abs().log() - denominator
        square = (self.probs - 0.5) ** 2
        return where(outside, exact, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * square) * square)

    @property
    def mean(self) -> Any:
        outside, p = self._safe()
        exact = p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log())
        x = self.probs - 0.5
        return where(outside, exact, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x**2) * x)

    @property
    def variance(self) -> Any:
        outside, p = self._safe()
        exact = p * (p - 1.0) / (1.0 - 2.0 * p) ** 2 + 1.0 / ((-p).log1p() - p.log()) ** 2
        square = (self.probs - 0.5) ** 2
        return where(outside, exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * square) * square)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(uniform(self._extended_shape(sample_shape), self.probs))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return self._log_constant() - binary_cross_entropy_with_logits(logits, value, reduction="none")

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        outside, p = self._safe()
        exact = (p**value * (1.0 - p) ** (1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        inside = where(outside, exact, value)
        return where(value <= 0.0, 0 * value, where(value >= 1.0, 0 * value + 1, inside))

    def icdf(self, value: Any) -> Any:
        outside, p = self._safe()
        exact = ((value * (2.0 * p - 1.0) - p).log1p() - (-p).log1p()) / (p.log() - (-p).log1p())
        return where(outside, exact, value)

    def entropy(self) -> Any:
        zero, one = (-self.probs).log1p(), self.probs.log()
        return self.mean * (zero - one) - self._log_constant() - zero

    @property
    def _natural_params(self) -> tuple[Any]:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:  # type: ignore[override]
        outside = self._beside(x, 0.5)
        safe = where(outside, x, self._lims[0] - 0.5 + 0 * x)
        series = 0.5 * x + x**2 / 24.0 - x**4 / 2880.0
        return where(outside, safe.expm1().abs().log() - safe.abs().log(), series)
