"""Exercises that check themselves: lines that should be true once the learner's line is right."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One line of a check, and how it came out."""

    text: str
    good: bool
    remark: str  # what was found instead, where that is not plain


class Check(NamedTuple):
    """How an exercise stands; true where every line is."""

    lines: tuple[Line, ...]

    def __bool__(self) -> bool:
        return all(line.good for line in self.lines)

    def __repr__(self) -> str:
        width = max((len(line.text) for line in self.lines), default=0)
        return "\n".join(
            f"{'✓' if line.good else '✗'} {line.text.ljust(width) if line.remark else line.text}"
            + (f"   ← {line.remark}" if line.remark else "")
            for line in self.lines
        )


def check(text: str, namespace: Mapping[str, Any]) -> Check:
    """Evaluate each line of `text` as an expression over the learner's variables.

    A line that raises is a line that is not true yet; what it raised is its remark. Raises SyntaxError where a line is
    no expression.

    >>> check("a == 1", {"a": 2})
    ✗ a == 1   ← a is 2
    """
    lines = [line.strip() for line in text.splitlines()]
    return Check(tuple(_line(line, namespace) for line in lines if line and not line.startswith("#")))


def _line(text: str, namespace: Mapping[str, Any]) -> Line:
    tree = ast.parse(text, mode="eval")
    try:
        # a check reads what may not be there; the learner is not to be warned of that
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = eval(compile(tree, "<check>", "eval"), dict(namespace))
            good = bool(value.all()) if hasattr(value, "all") else bool(value)
            remark = "" if good else _found(tree.body, namespace)
    except Exception as error:
        return Line(
            text, False, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(": ")
        )
    return Line(text, good, remark)


def _found(tree: ast.expr, namespace: Mapping[str, Any]) -> str:
    """What the left side of a comparison, or the thing that is asked for, is instead."""
    asked = tree
    if isinstance(tree, ast.Compare):
        asked = tree.left
    elif isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        asked = tree.operand
    elif isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.args:
        asked = tree.args[0]  # torch.equal(x.grad, ...): the first is the learner's
    if isinstance(asked, ast.Constant):
        return ""
    value = eval(compile(ast.Expression(asked), "<check>", "eval"), dict(namespace))
    if value is ...:
        return f"{ast.unparse(asked)} is still …"
    found = " ".join(repr(value).split())
    return f"{ast.unparse(asked)} is {found if len(found) <= 60 else found[:57] + '...'}"
