"""A line search: a point along a direction where the loss fell enough and the slope is small enough (strong Wolfe)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

FALL = 1e-4  # of the slope at the start, by which the loss has to fall
FLAT = 0.9  # of the slope at the start, below which the slope has to be
NEAR_END = 0.1  # of the bracket: a point nearer to its end than this does not count as progress


@dataclass
class Point:
    """A place along the line: where, the loss there, its gradient, its slope along the line."""

    t: Any
    loss: float
    grad: Any
    slope: Any


def cubic_minimum(a: Point, b: Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two points with these slopes is smallest, within bounds."""
    low, high = bounds or ((a.t, b.t) if a.t <= b.t else (b.t, a.t))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    left, right = (a, b) if a.t <= b.t else (b, a)
    found = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
    return min(max(found, low), high)


def strong_wolfe(
    measure: Callable[[Any, Any], tuple[float, Any]],
    t: Any,
    d: Any,
    loss: float,
    grad: Any,
    slope: Any,
    tolerance: float = 1e-9,
    max_ls: int = 25,
) -> tuple[float, Any, Any, int]:
    """(loss, gradient, t, how often it was measured), from a start with this loss, gradient and slope."""
    reach = abs(d).max()
    start = Point(0, loss, grad.copy(), slope)

    def at(t: Any) -> Point:
        new_loss, new_grad = measure(t, d)
        return Point(t, new_loss, new_grad, new_grad.dot(d))

    def too_high(p: Point) -> bool:
        return p.loss > loss + FALL * p.t * slope

    def flat(p: Point) -> bool:
        return abs(p.slope) <= -FLAT * slope

    # go on until there is a minimum between two points
    before, new = start, at(t)
    tried, rounds = 1, 0
    bracket: list[Point] = []
    done = False
    while rounds < max_ls:
        if too_high(new) or (rounds > 1 and new.loss >= before.loss):
            bracket = [before, new]
            break
        if flat(new):
            bracket, done = [new], True
            break
        if new.slope >= 0:
            bracket = [before, new]
            break
        nearest, farthest = new.t + 0.01 * (new.t - before.t), new.t * 10
        before, new = new, at(cubic_minimum(before, new, (nearest, farthest)))
        tried += 1
        rounds += 1
    if rounds == max_ls:
        bracket = [start, new]

    # narrow it down
    stuck = False
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    while not done and rounds < max_ls:
        ends = bracket[0].t, bracket[1].t
        if abs(ends[1] - ends[0]) * reach < tolerance:
            break
        t = cubic_minimum(bracket[0], bracket[1])
        margin = NEAR_END * (max(ends) - min(ends))
        if min(max(ends) - t, t - min(ends)) < margin:
            if stuck or t >= max(ends) or t <= min(ends):
                t = max(ends) - margin if abs(t - max(ends)) < abs(t - min(ends)) else min(ends) + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new = at(t)
        tried += 1
        rounds += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
        else:
            if flat(new):
                done = True
            elif new.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    best = bracket[low]
    return best.loss, best.grad, best.t, tried
