"""`assert_close`: whether tensors, numbers, and sequences and mappings of them agree, and how they differ if not."""

from __future__ import annotations

import cmath
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import Tensor

# (relative, absolute), by dtype; exact for all others
TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}


class _Differ(Exception):
    """A difference: the error to raise, and where it lies in nested inputs."""

    def __init__(self, kind: type[Exception], words: str, at: tuple[Any, ...]) -> None:
        self.kind, self.words, self.at = kind, words, at

    def error(self, message: Any) -> Exception:
        words = self.words
        if self.at:
            words += f"\n\nThe failure occurred for item {''.join(str([i]) for i in self.at)}"
        return self.kind(message(words) if callable(message) else message if isinstance(message, str) else words)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise AssertionError unless |actual - expected| <= atol + rtol |expected| everywhere, and the rest agrees as well.

    rtol and atol are given both or not at all; by default they follow from the dtype. ValueError for one alone, TypeError
    for what cannot be compared.

    >>> torch.testing.assert_close(torch.tensor([1.0]), torch.tensor([1.0 + 1e-8]))
    """
    how = _How(allow_subclasses, rtol, atol, equal_nan, check_device, check_dtype, check_stride)
    try:
        how.compare(actual, expected, ())
    except _Differ as found:
        raise found.error(msg) from None


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The older `assert_close`, which looks at values only."""
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. Please use "
        "`torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
        stacklevel=2,
    )
    actual, expected = _tensor(actual), _tensor(expected)
    if rtol is None and atol is None:
        loose = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}
        found = [loose.get(t.dtype.name, (0.0, 0.0)) for t in (actual, expected)]
        rtol, atol = max(r for r, _ in found), max(a for _, a in found)
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def _tensor(x: Any) -> Tensor:
    from ..ops.creation import as_tensor

    return x if isinstance(x, Tensor) else as_tensor(x)


class _How:
    """The options of one comparison."""

    def __init__(
        self, subclasses: bool, rtol: Any, atol: Any, equal_nan: bool, device: bool, dtype: bool, stride: bool
    ) -> None:
        self.subclasses, self.rtol, self.atol, self.equal_nan = subclasses, rtol, atol, equal_nan
        self.check_device, self.check_dtype, self.check_stride = device, dtype, stride

    def compare(self, actual: Any, expected: Any, at: tuple[Any, ...]) -> None:
        if _is_sequence(actual) and _is_sequence(expected):
            if len(actual) != len(expected):
                words = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
                raise _Differ(AssertionError, words, at)
            for i, (a, e) in enumerate(zip(actual, expected)):
                self.compare(a, e, (*at, i))
        elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
            missing, additional = expected.keys() - actual.keys(), actual.keys() - expected.keys()
            if missing or additional:
                words = "The keys of the mappings do not match:\n"
                words += f"Missing keys in the actual mapping: {sorted(missing)}\n"
                raise _Differ(
                    AssertionError, words + f"Additional keys in the actual mapping: {sorted(additional)}", at
                )
            for key in sorted(actual) if _sortable(actual) else actual:
                self.compare(actual[key], expected[key], (*at, key))
        else:
            self._pair(actual, expected, at)

    def _pair(self, actual: Any, expected: Any, at: tuple[Any, ...]) -> None:
        if actual is None or expected is None:
            if actual is not expected:
                raise _Differ(AssertionError, f"None mismatch: {actual} is not {expected}", at)
        elif _is_bool(actual) and _is_bool(expected):
            if bool(actual) is not bool(expected):
                raise _Differ(AssertionError, f"Booleans mismatch: {bool(actual)} is not {bool(expected)}", at)
        elif _is_number(actual) and _is_number(expected):
            self._numbers(_plain(actual), _plain(expected), at)
        else:
            self._tensors(*self._as_tensors(actual, expected, at), at)

    def _as_tensors(self, actual: Any, expected: Any, at: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
        related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
        if not related or (not self.subclasses and type(actual) is not type(expected)):
            words = f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}."
            raise _Differ(TypeError, words, at)
        try:
            return _tensor(actual), _tensor(expected)
        except Exception:
            words = f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}."
            raise _Differ(TypeError, words, at) from None

    def _tolerances(self, kinds: list[str], at: tuple[Any, ...]) -> tuple[float, float]:
        if (self.rtol is None) != (self.atol is None):
            words = "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
            raise _Differ(ValueError, words + ("rtol." if self.rtol is None else "atol."), at)
        if self.rtol is not None:
            return self.rtol, self.atol
        found = [TOLERANCES.get(kind, (0.0, 0.0)) for kind in kinds]
        return max(r for r, _ in found), max(a for _, a in found)

    def _numbers(self, actual: Any, expected: Any, at: tuple[Any, ...]) -> None:
        kinds = [{int: "int64", float: "float64", complex: "complex128"}[type(x)] for x in (actual, expected)]
        rtol, atol = self._tolerances(kinds, at)
        if self.check_dtype and type(actual) is not type(expected):
            words = f"The (d)types do not match: {type(actual)} != {type(expected)}."
            raise _Differ(AssertionError, words, at)
        if actual == expected or (self.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
            return
        apart = abs(actual - expected)
        if cmath.isfinite(apart) and apart <= atol + rtol * abs(expected):
            return
        raise _Differ(AssertionError, _scalar_words(actual, expected, rtol, atol), at)

    def _tensors(self, actual: Tensor, expected: Tensor, at: tuple[Any, ...]) -> None:
        rtol, atol = self._tolerances([actual.dtype.name, expected.dtype.name], at)

        def agree(attribute: str, a: Any, e: Any) -> None:
            if a != e:
                words = f"The values for attribute '{attribute}' do not match: {a} != {e}."
                raise _Differ(AssertionError, words, at)

        agree("shape", actual.shape, expected.shape)
        if self.check_stride:
            agree("stride()", actual.stride(), expected.stride())
        if self.check_device:
            agree("device", actual.device, expected.device)
        if self.check_dtype:
            agree("dtype", actual.dtype, expected.dtype)
        a, e = (np.asarray(t._a).view(np.ndarray) for t in (actual, expected))
        if a.dtype != e.dtype:
            d = dtypes.promote_types(actual.dtype, expected.dtype).np
            a, e = a.astype(d), e.astype(d)
        close = _close(a, e, rtol, atol, self.equal_nan)
        if close.all():
            return
        if a.ndim == 0:
            raise _Differ(AssertionError, _scalar_words(a.item(), e.item(), rtol, atol), at)
        raise _Differ(AssertionError, _tensor_words(a, e, close, rtol, atol), at)


def _close(a: np.ndarray, e: np.ndarray, rtol: float, atol: float, equal_nan: bool) -> np.ndarray:
    with np.errstate(all="ignore"):
        if a.dtype == bool:
            return np.asarray(a == e)
        apart = np.abs(a.astype(np.float64) - e if a.dtype.kind in "iu" else a - e)
        close = (a == e) | (np.isfinite(apart) & (apart <= atol + rtol * np.abs(e)))
        if equal_nan and a.dtype.kind in "fcV":
            close |= np.isnan(a) & np.isnan(e)
    return np.asarray(close)


def _words(what: str, extra: str, lines: list[tuple[str, Any, Any, float]], exact: bool) -> str:
    text = f"{what} are not {'equal' if exact else 'close'}!\n\n{extra}\n"
    for kind, value, index, allowed in lines:
        text += (
            f"{kind.title()} difference: {value}"
            if index is None
            else f"Greatest {kind} difference: {value} at index {index}"
        )
        text += "\n" if exact else f" (up to {allowed} allowed)\n"
    return text.strip()


def _scalar_words(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    apart = abs(actual - expected) if not isinstance(actual, bool) else abs(int(actual) - int(expected))
    relative = float("inf") if expected == 0 else apart / abs(expected)
    lines = [("absolute", apart, None, atol), ("relative", relative, None, rtol)]
    return _words("Scalars", f"Expected {expected} but got {actual}.", lines, rtol == 0 == atol)


def _tensor_words(a: np.ndarray, e: np.ndarray, close: np.ndarray, rtol: float, atol: float) -> str:
    if a.dtype.kind in "biu":
        a, e = a.astype(np.int64), e.astype(np.int64)
    wrong = ~close
    with np.errstate(all="ignore"):
        apart = np.abs(a - e)
        relative = apart / np.abs(e)
    found = []
    for kind, values, allowed in (("absolute", apart, atol), ("relative", relative, rtol)):
        values = np.where(wrong, values, np.zeros((), values.dtype))
        nan = np.isnan(values)
        index = np.unravel_index(int(nan.argmax() if nan.any() else values.argmax()), values.shape)
        found.append((kind, values[index].item(), tuple(int(i) for i in index), allowed))
    count = int(wrong.sum())
    extra = f"Mismatched elements: {count} / {a.size} ({count / a.size:.1%})"
    return _words("Tensor-likes", extra, found, rtol == 0 == atol)


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _sortable(mapping: Mapping[Any, Any]) -> bool:
    return len({type(key) for key in mapping}) == 1


def _is_bool(x: Any) -> bool:
    return isinstance(x, (bool, np.bool_))


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float, complex, np.number)) and not _is_bool(x)


def _plain(x: Any) -> Any:
    return x.item() if isinstance(x, np.number) else x
