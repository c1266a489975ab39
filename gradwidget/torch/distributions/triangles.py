"""Distributions that are held by the Cholesky factor of their covariance."""

from __future__ import annotations

from typing import Any

from .utils import lazy_property


class OfTriangle:
    """`scale_tril` and what follows from it, given `_unbroadcasted_scale_tril` and how a matrix is expanded to the batch."""

    _unbroadcasted_scale_tril: Any

    def _wide(self, matrix: Any) -> Any:
        raise NotImplementedError

    @lazy_property
    def scale_tril(self) -> Any:
        return self._wide(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        L = self._unbroadcasted_scale_tril
        return self._wide(L @ L.mT)
