"""From one record per op: the `torch.` function, the method, the in-place form, `out=`, and the backward node.

A record names a kernel on arrays and, for each differentiable input, one formula for its gradient. *The formula's
parameter names are what is saved*: `self=lambda grad, result: grad * result` saves the result, and only when `self`
needs a gradient. A formula may name

    grad                 the gradient of the output (of the first one where there are several, unless the record says all)
    an input's name      that input, saved
    result               the output, saved (result1 is the second of several)
    <input>_shape, <input>_dtype, <input>_strides (in bytes)
    any other parameter  its value as called
    shared               what the record's `shared=` makes, a function of the same names, once for all gradients

Formulas are written in operators and in the functions of `ops.both`, which understand arrays and tensors alike: on
arrays they are the ordinary backward, on tensors the one that `create_graph=True` records.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..tensor import Tensor
from . import generate
from .generate import Formula
from .result_layout import laid


@dataclass(eq=False)
class Op:
    """The record of one op. `params` are the call's parameters in order, as in a signature."""

    name: str
    kernel: Callable[..., Any]
    params: tuple[str, ...]
    signature: str
    tensors: tuple[str, ...]  # parameters that are tensors (or None)
    formulas: dict[str, Formula]
    node_name: str = ""
    shared: Formula | None = None  # computed once, for the formulas that name it
    promote: str = ""  # "": as they come; "common", "float" or "compare": pointwise promotion
    numbers: bool = False  # pointwise: a Python number may stand for a tensor
    listed: bool = False  # the first parameter is a list of tensors
    outputs: int = 1
    returns: Any = None  # the named tuple that several outputs come in
    differentiable: tuple[int, ...] = (0,)
    view: bool = False
    replays: bool = False  # of a view: strides cannot express it, its history is made anew by the same op
    inplace: bool = False
    label: str = ""  # the node's full name where it is not its class's
    holomorphic: bool = (
        False  # of complex numbers too: the formulas hold with what is saved conjugated (pointwise ops are)
    )
    overlap: bool | str = (
        False  # in place: may write one element twice; a text: with a warning that names this form of it
    )
    straight: Any = None  # in place, where nothing is recorded: writes into the array at once, see inplace._straight
    refuses: Any = None  # pointwise: a check of operands of unlike kinds, which raises
    moves: bool = False  # answers on another device than its inputs'
    function: Any = None
    link: Any = None  # makes the node alone, see link_of
    _node_class: Any = field(default=None, repr=False)

    _conjugating: Any = field(default=None, repr=False)
    _widening: Any = field(default=None, repr=False)

    @property
    def told(self) -> str:
        """The name that a watcher hears: the one that people call."""
        return _TOLD.get(self.name, self.name)

    def node_class(self) -> Any:
        if self._node_class is None:
            with _making:  # two threads may meet here at an op's first call
                if self._node_class is None:
                    self._node_class = generate.make_node(self)
        return self._node_class

    def conjugating_class(self) -> Any:
        """The node class of complex results: the same formulas, on what was saved conjugated (conj f'(z) = f'(conj z))."""
        if self._conjugating is None:
            self._conjugating = generate.make_node(self, self.node_class())
        return self._conjugating

    def widening_class(self) -> Any:
        """The node class of bfloat16 results: the same formulas, in float32, each gradient rounded once."""
        if self._widening is None:
            self._widening = generate.make_node(self, self.node_class(), widening=True)
        return self._widening


_making = threading.RLock()
OPS: dict[str, Op] = {}
FUNCTIONS: dict[str, Any] = {}  # what `torch` shows besides the records themselves: functions composed of ops
# records that are one function to those who call it
_TOLD = {
    "_filled": "fill",
    "_filled_tensor": "fill",
    "_to_copy": "to",
    "_mvlgamma": "mvlgamma",
    "add_number": "add",
    "add_scaled": "add",
    "sub_scaled": "sub",
    "_unsafe_view": "view",
    "_squeeze_fresh": "squeeze",
    "bernoulli_drawn": "bernoulli",
    "bernoulli_of_one": "bernoulli",
    "clamp_max": "clamp",
    "clamp_max_tensor": "clamp",
    "clamp_min_tensor": "clamp",
    "clamp_tensor": "clamp",
    "clamp_min": "clamp",
    "copysign_tensor": "copysign",
    "div_floor": "div",
    "div_number": "div",
    "div_trunc": "div",
    "fill_tensor": "fill",
    "linalg_vector_norm": "norm",
    "index_fill_tensor": "index_fill",
    "masked_fill_tensor": "masked_fill",
    "max_dim": "max",
    "mean_dim": "mean",
    "median_dim": "median",
    "min_dim": "min",
    "mul_number": "mul",
    "fmod_tensor": "fmod",
    "pow_base": "pow",
    "pow_tensor": "pow",
    "norm_along": "norm",
    "normal_of_both": "normal",
    "normal_of_mean": "normal",
    "normal_of_std": "normal",
    "prod_dim": "prod",
    "remainder_tensor": "remainder",
    "round_decimals": "round",
    "rsub_number": "rsub",
    "scatter_reduced": "scatter",
    "scatter_src": "scatter",
    "scatter_value": "scatter",
    "sort_stable": "sort",
    "squeeze_dim": "squeeze",
    "sum_dim": "sum",
}

# ---- making records


class _OnFirstUse:
    """Stands on the class (and in the `torch` namespace) for an op's function until somebody uses it."""

    __slots__ = ("op",)

    def __init__(self, op: Op) -> None:
        self.op = op

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        function = function_of(self.op)
        return function if instance is None else function.__get__(instance)


class _OperatorOnFirstUse:
    """Likewise for an op as the method of a Python operator."""

    __slots__ = ("name", "op")

    def __init__(self, op: Op, name: str) -> None:
        self.op, self.name = op, name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        made = operator(self.op, self.name)
        setattr(Tensor, self.name, made)
        return made if instance is None else made.__get__(instance)


def operators(op: Op, *names: str) -> None:
    """Put an op on `Tensor` as these operators, written out on first use."""
    for name in names:
        setattr(Tensor, name, _OperatorOnFirstUse(op, name))


_methods: dict[str, list[str]] = {}


def function_of(op: Op) -> Any:
    """The op's function, written out on first use; it takes its places on `Tensor` then."""
    if op.function is None:
        op.function = generate.build(op)
        for name in _methods.get(op.name, ()):
            setattr(Tensor, name, op.function)
    return op.function


def link_of(op: Op) -> Any:
    """The function that makes the node of an in-place form, and computes nothing."""
    if op.link is None:
        op.link = generate.build_link(op)
    return op.link


def public(*names: str, function: bool = True, method: bool = True) -> Callable[[Any], Any]:
    """Decorator of a function composed of ops: show it as `torch.<name>` and as a method of `Tensor`, under its own name
    or the given ones."""

    def show(composed: Any) -> Any:
        for name in names or (composed.__name__,):
            if function:
                FUNCTIONS[name] = composed
            if method:
                setattr(Tensor, name, composed)
        return composed

    return show


def as_function(made: Any) -> Any:
    """The same function, whose first parameter PyTorch calls `input` where it is not written as a method."""
    code = getattr(made, "__code__", None)
    called = "tensor" if getattr(made, "__name__", "") == "split" else "input"
    if code is not None and code.co_varnames[:1] == ("self",) and code.co_argcount and called not in code.co_varnames:
        cells = tuple(called if name == "self" else name for name in code.co_cellvars)
        made.__qualname__ = made.__name__  # as error texts call it
        made.__code__ = code.replace(co_varnames=(called, *code.co_varnames[1:]), co_cellvars=cells)
    return made


def spelled(made: Any) -> Any:
    """Decorator: `axis` may stand for `dim`, and `keepdims` for `keepdim`, as NumPy calls them."""
    as_function(made)

    @functools.wraps(made)
    def function(*args: Any, axis: Any = None, keepdims: Any = None, **named: Any) -> Any:
        if axis is not None:
            named["dim"] = axis
        if keepdims is not None:
            named["keepdim"] = keepdims
        return made(*args, **named)

    return function


class _Late:
    """Stands on the class for the method of a family of ops that is imported when somebody uses it."""

    __slots__ = ("family", "name")

    def __init__(self, family: str, name: str) -> None:
        self.family, self.name = family, name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        import_family(self.family)
        found = Tensor.__dict__.get(self.name)
        if found is self or found is None:
            raise AttributeError(f"type object 'Tensor' has no attribute '{self.name}'")
        return found.__get__(instance, owner) if hasattr(found, "__get__") else found


LATE: dict[str, str] = {}  # name -> the family that declares it


def late(families: dict[str, str]) -> None:
    """Note which names (separated by blanks) the families declare that are not imported at once."""
    for family, names in families.items():
        for name in names.split():
            LATE[name] = family
            setattr(Tensor, name, _Late(family, name))


def import_family(family: str) -> None:
    importlib.import_module(f"{__package__}.{family}")


def sum_of_products(op: Op, first: str, second: str) -> None:
    """Show an op like `addmm`, whose arguments may come in an older order."""
    from .inplace import method
    from .overloads import beta_first

    public(op.name)(beta_first(lambda *args, **named: function_of(op)(*args, **named), op.name, first, second))
    setattr(Tensor, op.name + "_", beta_first(method(op), op.name + "_", first, second))


def operator(op: Op, name: str) -> Any:
    """The op as the method of a Python operator."""
    return generate.build(op, as_operator=name)


def record(
    name: str,
    kernel: Callable[..., Any],
    signature: str = "",
    *,
    node: str = "",
    tensors: Iterable[str] = ("self",),
    methods: Iterable[str] | None = None,
    inplace: bool = False,
    **options: Any,
) -> Op:
    """Declare an op. Keyword arguments named like a tensor parameter are the formulas of its gradient.

    `methods` are the names it takes on `Tensor` (its own by default, () for none); `inplace=True` also gives `name_`.
    """
    tensors = tuple(tensors)
    formulas = {n: options.pop(n) for n in list(tensors) if n in options}
    if not signature:
        signature = ", ".join(
            str(p).partition(":")[0] if p.default is p.empty else f"{p.name}={p.default!r}"
            for p in inspect.signature(kernel).parameters.values()
        )
    params = tuple(inspect.signature(eval(f"lambda {signature}: 0")).parameters)
    assert not generate.RESERVED & set(params), f"{name}: a parameter is named as the generated code names its own"
    op = Op(
        name,
        laid(name, kernel),
        params,
        signature,
        tensors,
        formulas,
        node or _node_name(name),
        inplace=inplace,
        **options,
    )
    OPS[name] = op
    places = [name] if methods is None else list(methods)
    _methods[name] = places
    for place in places:
        setattr(Tensor, place, _OnFirstUse(op))
    if inplace:
        from .inplace import method

        setattr(Tensor, name + "_", method(op))
    return op


def _node_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")) + "Backward0"
