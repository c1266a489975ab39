"""Maps from unconstrained numbers onto constrained ones: `transform_to(constraint)`, and `biject_to` where one to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints, transforms


class ConstraintRegistry:
    """Constraint classes and what makes a transform for them."""

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        if isinstance(constraint, constraints.Constraint):
            constraint = type(constraint)
        if not isinstance(constraint, type) or not issubclass(constraint, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def _bounded(low: Any, high: Any) -> Any:
    if not hasattr(low, "dim") and low == 0 and high == 1:
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


def _above(low: Any) -> Any:
    if not hasattr(low, "dim") and low == 0:
        return transforms.ExpTransform()
    return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(low, 1)])


def _of_matrices() -> Any:
    from . import matrix_transforms

    return matrix_transforms


def _fill() -> None:
    for registry in (biject_to, transform_to):
        registry.register(constraints.real, lambda c: transforms.identity_transform)
        registry.register(constraints._GreaterThan, lambda c: _above(c.lower_bound))
        registry.register(constraints._GreaterThanEq, lambda c: _above(c.lower_bound))
        registry.register(
            constraints._LessThan,
            lambda c: transforms.ComposeTransform(
                [transforms.ExpTransform(), transforms.AffineTransform(c.upper_bound, -1)]
            ),
        )
        registry.register(constraints._Interval, lambda c: _bounded(c.lower_bound, c.upper_bound))
        registry.register(constraints._HalfOpenInterval, lambda c: _bounded(c.lower_bound, c.upper_bound))
    for registry in (biject_to, transform_to):
        registry.register(constraints.corr_cholesky, lambda c: _of_matrices().CorrCholeskyTransform())
        registry.register(
            constraints._Stack,
            lambda c, registry=registry: _of_matrices().StackTransform([registry(k) for k in c.cseq], c.dim),
        )
        registry.register(
            constraints._Cat,
            lambda c, registry=registry: transforms.CatTransform([registry(k) for k in c.cseq], c.dim, c.lengths),
        )
    transform_to.register(constraints._LowerCholesky, lambda c: transforms.LowerCholeskyTransform())
    for constraint in (constraints.positive_definite, constraints.positive_semidefinite):
        transform_to.register(constraint, lambda c: _of_matrices().PositiveDefiniteTransform())
    biject_to.register(constraints.simplex, lambda c: transforms.StickBreakingTransform())
    transform_to.register(constraints.simplex, lambda c: transforms.SoftmaxTransform())
    biject_to.register(
        constraints._Independent,
        lambda c: transforms.IndependentTransform(biject_to(c.base_constraint), c.reinterpreted_batch_ndims),
    )
    transform_to.register(
        constraints._Independent,
        lambda c: transforms.IndependentTransform(transform_to(c.base_constraint), c.reinterpreted_batch_ndims),
    )


_fill()
