"""Continuous relaxations of outcomes (Maddison et al. 2017; Jang et al. 2017)."""

from __future__ import annotations

import math
from typing import Any

from . import constraints
from .discrete import Bernoulli, Categorical
from .distribution import Distribution
from .utils import clamp_probs, uniform


class RelaxedBernoulli(Distribution):
    """A sigmoid of log-odds and logistic noise over a temperature."""

    arg_constraints: Any = {"probs": constraints.unit_interval, "logits": constraints.real}
    support: Any = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        self._of = Bernoulli(probs, logits)
        super().__init__(self._of.batch_shape, validate_args=False)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return self._expanded(batch_shape, temperature=self.temperature, _of=self._of.expand(batch_shape))

    @property
    def probs(self) -> Any:
        return self._of.probs

    @property
    def logits(self) -> Any:
        return self._of.logits

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(uniform(shape, probs))
        noise = u.log() - (-u).log1p() + probs.log() - (-probs).log1p()
        return (noise / self.temperature).sigmoid()

    def log_prob(self, value: Any) -> Any:
        value = clamp_probs(value)
        x = value.log() - (-value).log1p()
        gap = self.logits - x * self.temperature
        temperature = self.temperature.log() if hasattr(self.temperature, "log") else math.log(self.temperature)
        inner = temperature + gap - 2 * gap.exp().log1p()
        return inner - (value.log() + (-value).log1p())


class RelaxedOneHotCategorical(Distribution):
    """A softmax of log-probabilities and Gumbel noise over a temperature."""

    arg_constraints: Any = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support: Any = constraints.simplex
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:], validate_args=False)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        made = {"temperature": self.temperature, "_categorical": self._categorical.expand(batch_shape)}
        return self._expanded(batch_shape, _event_shape=self._event_shape, **made)

    @property
    def probs(self) -> Any:
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        return self._categorical.logits

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        u = clamp_probs(uniform(shape, self.logits))
        gumbels = -(-u.log()).log()
        scores = (self.logits + gumbels) / self.temperature
        return (scores - scores.logsumexp(-1, keepdim=True)).exp()

    def log_prob(self, value: Any) -> Any:
        k = self._event_shape[0]
        logs = value.log()
        temperature = self.temperature.log() if hasattr(self.temperature, "log") else math.log(self.temperature)
        score = self.logits - logs * self.temperature
        score = (score - score.logsumexp(-1, keepdim=True)).sum(-1)
        return score + math.lgamma(k) + temperature * (k - 1) - logs.sum(-1)
