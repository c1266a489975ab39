"""The text of an op: its Python function and its node class, written out from its record.

NOTE [Generated functions]  An op's Python function and node class are written out as text, once, when first used: no
loop over parameters, no argument dictionaries, no closures. This is what makes a small op cheaper than PyTorch's.
They run in the namespace of `hot`, so that the two switches (gradients on, somebody watching) are plain globals.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np

from .. import autocasting, dispatch, dtypes, hot, parameter, watch
from ..grad_mode import is_recording
from ..graph import LEAF, RELEASED, STALE, Node, next_sequence
from ..tensor import Tensor, new
from . import both, operands, refusals, result_layout, widened

Op = Any  # a record, registry.Op
Formula = Any  # a function of what it names, or the same as text, which is written into the node itself (the hot ones)

_FUNCTIONS = ("swap",)  # that a formula in text may call

_NAMESPACE = hot.__dict__
_NAMESPACE.update(
    Tensor=Tensor,
    Parameter=parameter.Parameter,
    ndarray=np.ndarray,
    new=new,
    LEAF=LEAF,
    STALE=STALE,
    seq=next_sequence,
    recording=is_recording,
    admit=dispatch.admit,
    among=result_layout.among,
    in_rows=result_layout.in_rows,
    bad_argument=dispatch.bad_argument,
    foreign=operands.foreign,
    common=dispatch.common,
    number_array=dispatch.number_array,
    fits=dispatch.fits,
    fit=dispatch.fit,
    RELEASED=RELEASED,
    kernel_error=dispatch.kernel_error,
    refusal=refusals.refusal,
    checked_operands=operands.checked,
    wrong_self=operands.wrong_self,
    PLAIN=frozenset((Tensor, parameter.Parameter, bool, int, float, complex)),
    unpack=dispatch.unpack,
    unpack_graph=dispatch.unpack_graph,
    unpack_list=dispatch.unpack_list,
    saved_versions=dispatch.saved_versions,
    unpack_output=dispatch.unpack_output,
    unpack_output_graph=dispatch.unpack_output_graph,
    computed=widened.call,
    variant=widened.variant,
    wide=widened.wide,
    narrowed=widened.narrowed,
    low_of=widened.low_of,
    float16=dtypes.float16,
    bfloat16=dtypes.bfloat16,
)


RESERVED = frozenset(
    [
        "r",
        "t",
        "n",
        "v",
        "c",
        "saved",
        "base",
        "views",
        "x",
        "y",
        "T",
        "K",
        "e0",
        "e1",
        "e2",
        "e3",
        "t0",
        "t1",
        "t2",
        "d",
        "out",
        "fast",
        "error",
        "answer",
    ]
)


def _compile(text: str, name: str, extra: dict[str, Any]) -> Any:
    for key, value in extra.items():
        if key != "Base" and _NAMESPACE.get(key, value) is not value:
            raise AssertionError(f"two things named {key}")
        _NAMESPACE[key] = value
    place: dict[str, Any] = {}
    exec(compile(text, f"<gradwidget op {name}>", "exec"), _NAMESPACE, place)
    return place[name]


# ---- the node


def formula_names(formula: Formula) -> tuple[str, ...]:
    if isinstance(formula, str):
        return tuple(n for n in compile(formula, "<formula>", "eval").co_names if n not in _FUNCTIONS)
    code = formula.__code__
    return code.co_varnames[: code.co_argcount]


def _kind(op: Op, name: str) -> str:
    """What a formula's parameter is: grad, shared, input, output, shape, dtype, strides, list (of tensors) or plain."""
    if name in ("grad", "shared"):
        return name
    if name in op.tensors:
        return "input"
    if name == "result" or (name.startswith("result") and name[6:].isdigit()):
        return "output"
    for kind in ("shape", "dtype", "strides"):
        if name.endswith("_" + kind) and name[: -len(kind) - 1] in op.tensors:
            return kind
    if name == "indices":
        return "list"
    if name in op.params:
        return "plain"
    raise AssertionError(f"{op.name}: what is {name}?")


def _all_formulas(op: Op) -> dict[str, Formula]:
    """The gradients' formulas, after what they share."""
    return {"shared": op.shared, **op.formulas} if op.shared else op.formulas


def _sharing(op: Op) -> list[int]:
    """Which gradients use what is shared."""
    return [i for i, f in enumerate(op.formulas.values()) if "shared" in formula_names(f)]


def _slot(name: str) -> str:
    return "self_" if name == "self" else name


def make_node(op: Op, real: type[Node] | None = None, widening: bool = False) -> type[Node]:
    """The node class: one slot per edge, per saved thing and its version; `apply` with the formulas called directly.

    With `real`, the variant of that class that conjugates what it saved, or the one that computes bfloat16 in float32.
    """
    inputs = list(op.formulas)
    used = [n for f in _all_formulas(op).values() for n in formula_names(f)]
    used = list(dict.fromkeys(used))
    kinds = {n: _kind(op, n) for n in used}
    saved_in = tuple(_slot(n) for n in used if kinds[n] == "input")
    saved_out = tuple(n for n in used if kinds[n] == "output")
    lists = tuple(n for n in used if kinds[n] == "list")
    plain = tuple(n for n in used if kinds[n] in ("shape", "dtype", "strides", "plain"))
    edges = tuple(f"e{i}" for i in range(len(inputs)))
    slots = [*edges, *saved_in, *("v_" + n for n in saved_in), *plain]
    slots += [s for n in saved_out for s in (n, "c_" + n, "v_" + n)]
    slots += [s for n in lists for s in (n, "v_" + n)]
    pointwise = bool(op.promote)
    if pointwise:
        slots.append("fit")
    body = [f"class {op.node_name}(Base):", f"    __slots__ = {() if real else tuple(slots)!r}"]
    body.append(f"    def edges(self): return ({''.join(f'self.{e}, ' for e in edges)})")
    dropped = [*saved_in, *saved_out, *lists, *("c_" + n for n in saved_out)]
    body.append(
        f"    def release(self): {' = '.join('self.' + n for n in dropped)} = RELEASED"
        if dropped
        else "    def release(self): pass"
    )
    for method, suffix in (("apply", ""), ("apply_graph", "_graph"))[: 1 if widening else 2]:
        body.append(f"    def {method}(self, grad):")
        if widening:
            body += ["        low = low_of(grad)", "        grad = wide(grad)"]
        if op.outputs > 1 and len(op.differentiable) == 1 and op.differentiable != (0,):
            body.append(f"        grad = grad[{op.differentiable[0]}]")
            body.append(f"        if grad is None: return ({'None, ' * len(inputs)})")
        for i in range(len(inputs)):
            body.append(f"        g{i} = None")
        if pointwise:
            body.append("        to = self.fit")
        for i, (name, formula) in enumerate(_all_formulas(op).items(), -1 if op.shared else 0):
            together = " or ".join(f"self.e{k} is not None" for k in _sharing(op)) if i < 0 else ""
            body.append(f"        if {together or f'self.e{i} is not None'}:")
            arguments = []
            plainly = _unpacking(op, formula, kinds, inputs) if not suffix and not real else []
            body += ["            " + line for line in plainly]
            for n in formula_names(formula):
                kind = kinds[n]
                if kind in ("grad", "shared"):
                    arguments.append(kind)
                elif kind == "input" and plainly:
                    arguments.append("s_" + n)
                elif kind == "input":
                    s = _slot(n)
                    edge = f"self.e{inputs.index(n)}" if n in inputs else "None"
                    arguments.append(f"unpack{suffix}(self.{s}, self.v_{s}, self, {edge})")
                elif kind == "output" and not suffix and not real:
                    body.append(
                        f"            s_{n} = self.{n} if self.c_{n}.version == self.v_{n} else unpack_output(self, '{n}')"
                    )
                    arguments.append("s_" + n)
                elif kind == "output":
                    arguments.append(f"unpack_output{suffix}(self, '{n}')")
                elif kind == "list":
                    arguments.append(f"unpack_list(self.{n}, self.v_{n})")
                else:
                    arguments.append(f"self.{n}")
            if real:
                through = "wide" if widening else "conj"
                arguments = [f"{through}({a})" if a.startswith(("unpack", "self.")) else a for a in arguments]
            if i < 0:
                body.append(f"            shared = {_formula_name(op, name)}({', '.join(arguments)})")
                continue
            if isinstance(formula, str):
                given = {}
                for n, argument in zip(formula_names(formula), arguments):
                    given[n] = n if n == "grad" else "s_" + n
                    if n != "grad" and argument != given[n]:
                        body.append(f"            {given[n]} = {argument}")
                body.append(
                    f"            g{i} = "
                    + re.sub(r"[A-Za-z_]\w*", lambda m, given=given: given.get(m[0], m[0]), formula)
                )
            else:
                body.append(f"            g{i} = {_formula_name(op, name)}({', '.join(arguments)})")
            if pointwise:
                body.append(f"            if to is not None: g{i} = fit(g{i}, to[{op.tensors.index(name)}])")
            if widening and f"{name}_dtype" not in formula_names(formula):  # which sees to the dtype itself
                own = f"if to is None or to[{op.tensors.index(name)}] is None: " if pointwise else ""
                body.append(f"            {own}g{i} = narrowed(g{i}, low)")
        body.append(f"        return ({''.join(f'g{i}, ' for i in range(len(inputs)))})")
    extra = {_formula_name(op, n): f for n, f in _all_formulas(op).items() if not isinstance(f, str)}
    made = _compile("\n".join(body), op.node_name, {"Base": real or Node, **extra})
    made.edge_slots, made.saved_inputs, made.saved_outputs, made.saved_plain = edges, saved_in, saved_out, plain
    made.saved_lists = lists
    made.outputs = 1 if op.differentiable == (0,) else op.outputs
    made.output_names = tuple("result" if i == 0 else f"result{i}" for i in range(op.outputs))
    made.op_name = op.told
    made.label = op.label
    made.__module__ = "torch.autograd"
    made.show_saved()
    return made


def _unpacking(op: Op, formula: Formula, kinds: dict[str, str], inputs: list[str]) -> list[str]:
    """Lines that take the arrays out of saved inputs, checked: the common case inline, the rest in `unpack`."""
    lines = []
    for n in formula_names(formula):
        if kinds[n] == "input":
            s = _slot(n)
            edge = f"self.e{inputs.index(n)}" if n in inputs else "None"
            lines += [
                f"s_{n} = self.{s}",
                f"if type(s_{n}) is Tensor and (s_{n}._v is None or s_{n}._v.version == self.v_{s}) and ({edge} is None or s_{n} is {edge} or (s_{n}._node is not None and s_{n}._node is not LEAF)): s_{n} = s_{n}._a",
                f"else: s_{n} = unpack(s_{n}, self.v_{s}, self, {edge})",
            ]
    return lines


def _formula_name(op: Op, name: str) -> str:
    return f"F_{op.node_name}_{op.name}_{name}"


# ---- the function


def _link(op: Op, pad: str, outs: str = "r") -> list[str]:
    """Lines that make the node `n`, given e<i> (edges, LEAF and STALE not yet resolved) and the results."""
    inputs = list(op.formulas)
    lines = [f"n = new(N_{op.node_name}_{op.name})"]
    for i, name in enumerate(inputs):
        lines.append(
            f"n.e{i} = e{i} if e{i} is not LEAF and e{i} is not STALE else {name} if e{i} is LEAF else {name}._edge()"
        )
    lines.append("n.seq = seq()")
    needed_by: dict[str, list[int]] = {}
    for i, formula in enumerate(op.formulas.values()):
        for n in formula_names(formula):
            needed_by.setdefault(n, []).append(i)
    for n in formula_names(op.shared) if op.shared else ():
        needed_by[n] = sorted({*needed_by.get(n, ()), *_sharing(op)})
    for n, users in needed_by.items():
        kind = _kind(op, n)
        guard = ""
        if len(users) < len(inputs):
            guard = "if " + " or ".join(f"e{i} is not None" for i in users) + ":"
        do: list[str] = []
        otherwise: list[str] = []
        if kind == "input":
            s = _slot(n)
            if op.numbers or n not in _required(op):
                do = [f"n.{s} = {n}", f"n.v_{s} = {n}._saved_version() if isinstance({n}, Tensor) else 0"]
            else:
                do = [f"n.{s} = {n}", f"saved = {n}._v", f"n.v_{s} = 0 if saved is None else saved.version"]
            otherwise = [f"n.{s} = None"]
        elif kind == "output":
            source = "t" if n == "result" and op.outputs == 1 else f"t{n[6:] or 0}"
            do = [f"n.{n} = {source}._a", f"n.c_{n} = c = {source}._version_counter()", f"n.v_{n} = c.version"]
            otherwise = [f"n.{n} = None"]
        elif kind == "shape":
            do = [f"n.{n} = x_{n[:-6]}.shape"]
        elif kind == "dtype":
            do = [f"n.{n} = x_{n[:-6]}.dtype"]
        elif kind == "strides":
            do = [f"n.{n} = x_{n[:-8]}.strides"]
        elif kind == "plain":
            do = [f"n.{n} = {n}"]
        elif kind == "list":
            do = [f"n.{n} = {n}", f"n.v_{n} = saved_versions({n})"]
            otherwise = [f"n.{n} = None"]
        if guard and do:
            lines.append(guard)
            lines += ["    " + d for d in do]
            if otherwise:
                lines += ["else:"] + ["    " + d for d in otherwise]
        else:
            lines += do
    lines.append("if MADE is not None: MADE(n)")
    return [pad + line for line in lines]


def _required(op: Op) -> tuple[str, ...]:
    parameters = inspect.signature(eval(f"lambda {op.signature}: 0")).parameters
    return tuple(n for n, p in parameters.items() if p.default is inspect.Parameter.empty)


def _need(op: Op) -> str:
    edges = " and ".join(f"e{i} is None" for i in range(len(op.formulas)))
    return f"({edges}) or not (GRAD or recording())"


def _parameters(op: Op) -> tuple[list[str], list[str]]:
    """The names of the parameters: those that may be given by position, and those that may not."""
    positional: list[str] = []
    keyword: list[str] = []
    for name, p in inspect.signature(eval(f"lambda {op.signature}: 0")).parameters.items():
        (keyword if p.kind is p.KEYWORD_ONLY else positional).append(name)
    return positional, keyword


def _arguments(op: Op) -> tuple[str, str]:
    """The arguments as called: the inside of a tuple, and of a dictionary."""
    positional, keyword = _parameters(op)
    return ", ".join(positional) + ("," if positional else ""), ", ".join(f"{k!r}: {k}" for k in keyword)


def _tell(op: Op) -> str:
    given, named = _parameters(op)
    watch.calls[op.name] = watch.Call(op.told, tuple(given), tuple(named))
    return f"if WATCH is not None: HEARS[{op.name!r}]({', '.join(['OUT', *given, *named])})"


def build(op: Op, as_operator: str = "") -> Any:
    if op.numbers and len(op.tensors) == 2 and op.promote in ("common", "float", "compare"):
        text = _binary_text(op, as_operator)
    else:
        text = _plain_text(op)
    text = re.sub(r"(?<!['\w.])self(?!['\w])", "input", text)  # as `torch` calls a method's tensor
    extra = {f"K_{op.name}": op.kernel, f"OP_{op.name}": op}
    if op.formulas:
        extra[f"N_{op.node_name}_{op.name}"] = op.node_class()
    if op.returns is not None:
        extra[f"R_{op.name}"] = op.returns
    made = _compile(text, op.name, extra)
    made.__qualname__ = op.name
    made.__module__ = "torch"
    made.__doc__ = (
        op.kernel.__doc__ if not isinstance(op.kernel, np.ufunc) else f"`torch.{op.name}`, element by element."
    )
    made.op = op
    return made


def build_link(op: Op) -> Any:
    """The node of the in-place form, for who writes the result by other means: its result is the tensor itself."""
    first = op.tensors[0]
    pointwise = bool(op.promote) and len(op.tensors) == 2
    lines = [f"def link({op.signature}):"]
    for i, name in enumerate(op.tensors):
        known = i == 0 or name in _required(op) and not op.numbers
        lines.append(
            f"    x_{name} = {name}._a"
            if known
            else f"    x_{name} = {name}._a if isinstance({name}, Tensor) else None"
        )
    for i, name in enumerate(op.formulas):
        known = name == first or name in _required(op) and not op.numbers
        lines.append(
            f"    e{i} = {name}._node" if known else f"    e{i} = {name}._node if isinstance({name}, Tensor) else None"
        )
    lines += [f"    t = {first}", *_link(op, "    ")]
    if pointwise:
        a, b = op.tensors
        lines.append(
            f"    n.fit = None if x_{b} is None or (x_{b}.shape == x_{a}.shape and x_{b}.dtype == x_{a}.dtype) else fits(x_{a}, ({a}, {b}))"
        )
    elif op.promote:
        lines.append("    n.fit = None")
    lines.append("    return n")
    op.node_class()
    return _compile("\n".join(lines), "link", {f"N_{op.node_name}_{op.name}": op.node_class()})


def _signature_text(op: Op) -> str:
    """The parameters, with those that PyTorch lets one call by NumPy's names, and `out`."""
    also = [f"{numpy}=None" for _, numpy, _ in _spelled(op)] + ([] if op.view else ["out=None"])
    text = op.signature
    for name, _, needed in _spelled(op):
        if needed:
            text = re.sub(rf"\b{name}\b", f"{name}=ABSENT", text, count=1)
    return text + ("" if not also else ", " if "*" in text else ", *, ") + ", ".join(also)


def _spelled(op: Op) -> list[tuple[str, str, bool]]:
    """(name, NumPy's name, whether it must be given) of the parameters `dim` and `keepdim`."""
    found = []
    parameters = list(inspect.signature(eval(f"lambda {op.signature}: 0")).parameters.values())
    for i, p in enumerate(parameters):
        needed = p.default is inspect.Parameter.empty
        last = all(q.default is not q.empty or q.kind is q.KEYWORD_ONLY for q in parameters[i + 1 :])
        if p.name in NUMPY_NAMES and NUMPY_NAMES[p.name] not in op.params and (last or not needed):
            found.append((p.name, NUMPY_NAMES[p.name], needed))
    return found


NUMPY_NAMES = {"dim": "axis", "keepdim": "keepdims"}
ABSENT = object()  # stands for an argument that may be given under NumPy's name


def given(op: Op, name: str, value: Any) -> Any:
    """The argument that came under NumPy's name, or the error that it did not come at all."""
    if value is None:
        raise TypeError(f'{op.told}() missing 1 required positional arguments: "{name}"')
    return value


def _respelled(op: Op) -> list[str]:
    return [
        f"    if {name} is ABSENT: {name} = given(OP_{op.name}, {name!r}, {numpy})"
        if needed
        else f"    if {numpy} is not None: {name} = {numpy}"
        for name, numpy, needed in _spelled(op)
    ]


def _binary_text(op: Op, as_operator: str) -> str:
    """A pointwise op of two operands: the fast lane is two plain tensors of one dtype, or a tensor and a float.

    As an operator it answers NotImplemented to what it does not know, so that Python can ask the other operand.
    """
    a, b = op.tensors
    K = f"K_{op.name}"
    lines = [
        f"def {op.name}({_signature_text(op)}):",
        f"    T = type({b})",
        "    try:",
        f"        x = x_{a} = {a}._a",
        "        if T is Tensor or T is Parameter:",
        f"            y = {b}._a",
        "            d = x.dtype",
        "            fast = d is y.dtype and (d is F32 or d is F64)",
        f"            e1 = {b}._node",
        "        else:",
        *([f"            checked_operands(OP_{op.name}, {a}, {b})"] if op.name in operands.TENSORS_ONLY else []),
        f"            y = {b}",
        f"            e1 = None if T is float or T is int or not isinstance({b}, Tensor) else {b}._node",
        "            d = x.dtype",
        "            fast = T is float and (d is F32 or d is F64)",
        "    except AttributeError:",
        *(
            [f"        checked_operands(OP_{op.name}, {a}, {b})"]
            if op.name in operands.CHECKED and not as_operator
            else []
        ),
        *([f"        if not isinstance({a}, Tensor): raise wrong_self({as_operator!r}, {a})"] if as_operator else []),
        "        fast = False",
        "        x = y = None",
        f"        e1 = {b}._node if isinstance({b}, Tensor) else None",
        *(
            [
                "    if not fast and (T not in PLAIN):",
                f"        {b} = operand({a}, {b})",
                f"        if {b} is NotImplemented: return NotImplemented",
            ]
            if as_operator
            else [
                f"    if not fast and (T not in PLAIN) or not isinstance({a}, Tensor):",
                f"        answer = foreign(OP_{op.name}, ({a}, {b}), {{'out': out}})",
                "        if answer is not NotImplemented: return answer",
            ]
        ),
        "    try:",
        "        if fast and T is float: y = number_array(d, y)",
        f"        if fast and out is None: r = {K}(x, y)",
        "        else:",
        f"            if out is not None: return into(OP_{op.name}.function, out, {a}, {b})",
        *([f"            OP_{op.name}.refuses({a}, {b})"] if op.refuses is not None else []),
        "            if x is None or d is not BF16 and d is not F16 or T is not Tensor and T is not Parameter or y.dtype is not d:",
        f"                x, y = common(OP_{op.name}, ({a}, {b}), {'weak' if op.promote == 'compare' else op.promote!r})",
        "            d = (x if isinstance(x, ndarray) else y).dtype",
        *_refusing(op),
        f"            r = {K}(x, y) if d is not BF16 and d is not F16 else computed(OP_{op.name}, x, y)",
        "    except (ValueError, TypeError) as error:",
        f"        raise kernel_error(OP_{op.name}, ({a}, {b}), error) from None",
        f"    if {_foreign(op, 'x')}: r = admit(r, x, y)",
        "    elif r.ndim > 1 and (type(y) is ndarray and y.ndim and x.strides != y.strides or not r.flags.c_contiguous): r = among(r, x, y)",
        "    t = new(Tensor)",
        "    t._a = r",
        "    t._v = None if FRESH is None else FRESH()",
    ]
    if op.formulas:
        lines += [
            f"    e0 = {a}._node if isinstance({a}, Tensor) else None",
            f"    if {_need(op)}: t._node = None",
            "    else:",
            *_link(op, "        "),
            f"        if not fast: variant(OP_{op.name}, n, r)",
            f"        n.fit = None if fast and (r.shape == x.shape and (T is float or r.shape == y.shape)) else fits(r, ({a}, {b}))",
            "        t._node = n",
        ]
    else:
        lines.append("    t._node = None")
    lines.append("    " + _tell(op).replace("OUT", "t"))
    lines.append("    return t")
    return "\n".join(lines)


def _refusing(op: Op) -> list[str]:
    """Lines that refuse operands x and y, promoted, of a dtype that the op does not take."""
    if op.name not in refusals.REFUSED:
        return []
    return [f"            if {_refused(op)}: raise refusal(OP_{op.name}, d)"]


def _refused(op: Op) -> str:
    """When d is a dtype that the op does not take."""
    kinds = "".join(refusals.REFUSED[op.name])
    return f"d.kind in {kinds!r}" if "e" not in kinds else f"(d.kind in {kinds!r} or d is F16)"


def _foreign(op: Op, x: str) -> str:
    """When a result must be looked at: a scalar, or from a simulated device, whose array type only ufuncs hand on."""
    return "type(r) is not ndarray" + ("" if isinstance(op.kernel, np.ufunc) else f" or type({x}) is not ndarray")


def _plain_text(op: Op) -> str:
    """Any other op: tensors become arrays, the kernel is called with every parameter in order."""
    required = _required(op)
    lines = [f"def {op.name}({_signature_text(op)}):", *_respelled(op)]
    if "dtype" in op.params:
        lines.append(f"    if dtype is not None: dtype = meant(dtype, {op.told!r})")
    if not op.view:
        keyword = op.signature.partition("*, ")[2]
        names = [p for p in op.params if p not in keyword]
        named = [f"{p}={p}" for p in op.params if p in keyword]
        lines.append(f"    if out is not None: return into(OP_{op.name}.function, out, {', '.join(names + named)})")
    policy = autocasting.POLICIES.get(op.name)
    if policy is not None:
        cast = ", ".join(op.tensors)
        lines.append(
            f"    if AUTOCAST is not None: {cast}{',' * (len(op.tensors) == 1)} = AUTOCAST({policy!r}, {cast})"
        )
    lines.append("    try:")
    for name in op.tensors:
        lines.append(
            f"        x_{name} = {name}._a"
            if name in required
            else f"        x_{name} = None if {name} is None else {name}._a"
        )
    lines.append("    except AttributeError:")
    positional, named = _arguments(op)
    lines.append(f"        answer = foreign(OP_{op.name}, ({positional}), {{{named}}})")
    lines.append("        if answer is not NotImplemented: return answer")
    lines.append(f"        raise bad_argument(OP_{op.name}, {op.tensors!r}, ({', '.join(op.tensors)},)) from None")
    first = f"x_{op.tensors[0]}"
    lines.append(
        f"    d = {first}.dtype" if op.tensors[0] in required else f"    d = None if {first} is None else {first}.dtype"
    )
    if op.name in refusals.REFUSED:
        lines.append(f"    if d is not F32 and d is not F64 and {_refused(op)}: raise refusal(OP_{op.name}, d)")
    if op.promote:
        lines.append("    try:")
        operands = ", ".join(op.tensors)
        if len(op.tensors) == 1:
            x = f"x_{op.tensors[0]}"
            if op.promote == "float":
                lines.append(
                    f"        if d is not F32 and d.kind not in 'fcV': {x}, = common(OP_{op.name}, ({operands},), 'float')"
                )
        else:
            xs = ", ".join(f"x_{n}" for n in op.tensors)
            same = " and ".join(f"x_{op.tensors[0]}.dtype is x_{n}.dtype" for n in op.tensors[1:])
            lines.append(f"        if not ({same}):")
            lines.append(f"            {xs} = common(OP_{op.name}, ({operands}), {op.promote!r})")
            lines.append(f"            d = {first}.dtype")
        pad = "        "
    else:
        pad = "    "
    arguments = ", ".join(f"x_{p}" if p in op.tensors else p for p in op.params)
    lines.append(f"{pad}r = K_{op.name}({arguments})" + _or_widened(op, arguments))
    if op.name in result_layout.REDUCED:
        lines.append(f"{pad}if not x_{op.tensors[0]}.flags.c_contiguous: r = in_rows(r)")
    if op.promote:
        lines += [
            "    except (ValueError, TypeError) as error:",
            f"        raise kernel_error(OP_{op.name}, ({', '.join(op.tensors)},), error) from None",
        ]
    xs = ", ".join(f"x_{n}" for n in op.tensors)
    if op.view:
        return "\n".join(lines + _view_tail(op))
    if op.outputs == 1:
        if not op.moves:
            lines.append(f"    if {_foreign(op, 'x_' + op.tensors[0])}: r = admit(r, {xs})")
            if op.promote or op.name in result_layout.ITERATED:
                lines.append(
                    f"    elif r.ndim > 1{'' if len(op.tensors) > 1 else ' and not r.flags.c_contiguous'}: r = among(r, {xs})"
                )
        lines += [
            "    t = new(Tensor)",
            "    t._a = r",
            "    t._v = None if FRESH is None else FRESH()",
            "    t._node = None",
        ]
        results, told = ["t"], "t"
    else:
        results = [f"t{i}" for i in range(op.outputs)]
        for i in range(op.outputs):
            lines += [
                f"    t{i} = new(Tensor)",
                f"    t{i}._a = r[{i}] if type(r[{i}]) is ndarray is type(x_{op.tensors[0]}) else admit(r[{i}], {xs})",
                f"    t{i}._v = None if FRESH is None else FRESH()",
                f"    t{i}._node = None",
            ]
        told = f"({', '.join(results)})"
    if op.formulas:
        for i, name in enumerate(op.formulas):
            lines.append(
                f"    e{i} = {name}._node"
                if name in required
                else f"    e{i} = None if {name} is None else {name}._node"
            )
        first = results[op.differentiable[0]]
        lines += [f"    if not ({_need(op)}) and {first}._a.dtype.kind in 'fcV':", *_link(op, "        ")]
        if op.promote or op.holomorphic:
            lines.append(f"        if r.dtype.kind in 'cV': variant(OP_{op.name}, n, r)")
        elif op.name not in widened.THEMSELVES:
            lines.append(f"        if d is not F32 and {first}._a.dtype is BF16: variant(OP_{op.name}, n, {first}._a)")
        if op.promote:
            lines.append(
                "        n.fit = None"
                if len(op.tensors) == 1
                else f"        n.fit = fits({first}._a, ({', '.join(op.tensors)},))"
            )
        for i in op.differentiable:
            lines.append(f"        {results[i]}._node = n" if i == 0 else f"        {results[i]}._node = Edge(n, {i})")
    lines.append("    " + _tell(op).replace("OUT", told))
    if op.outputs > 1 and op.returns is not None:
        lines.append(f"    return R_{op.name}{told}")
    else:
        lines.append(f"    return {told}")
    return "\n".join(lines)


def _or_widened(op: Op, arguments: str) -> str:
    """How the call of a plain op's kernel goes on, for what may be bfloat16."""
    if op.view or op.name in widened.THEMSELVES:
        return ""
    if len(op.tensors) > 1:
        known = "d is F32 or d is F64"
    else:
        known = "d is not BF16 and d is not F16"
        known += " and dtype is not bfloat16 and dtype is not float16" if "dtype" in op.params else ""
    return f" if {known} else computed(OP_{op.name}, {arguments})"


def _view_tail(op: Op) -> list[str]:
    """A view: the kernel answers another window on the same memory. (What follows the node is `view_history.became_view`
    for a view of an ordinary tensor.)"""
    (self,) = op.tensors
    lines = [
        "    t = new(Tensor)",
        "    t._a = r",
        f"    v = {self}._v",
        f"    if v is None: {self}._v = v = Counter()",
        "    t._v = v",
        f"    e0 = {self}._node",
        f"    if {_need(op)}: t._node = None",
        "    else:",
        *_link(op, "        "),
        "        t._node = n",
        f"    if {self}._creation is not None or not GRAD or v is UNCOUNTED: became_view(t, {self})",
        "    else:",
        f"        base = {self}._base",
        f"        t._base = {self} if base is None else base",
        "        if e0 is None: t._at = v.version",
        "        views = v.views",
        "        if views is None: v.views = [ref(t)]",
        "        else:",
        "            views.append(ref(t))",
        "            if not len(views) & 31: thin(views)",
    ]
    if op.replays:
        others = [p for p in op.params if p != self]
        lines.append(f"    replays(t, {self}, lambda x: OP_{op.name}.function({', '.join(['x', *others])}))")
    lines += ["    " + _tell(op).replace("OUT", "t"), "    return t"]
    return lines


def operand(self: Tensor, other: Any) -> Any:
    """What stands on the other side of an operator, if it can be one. An ndarray cannot: Python asks it next, and it
    answers through `__array__` and `__array_wrap__` where it stands to the right."""
    if answers is not None and isinstance(other, Tensor) and answers(type(other)):
        return NotImplemented  # its class answers
    return other if isinstance(other, (Tensor, np.generic)) else NotImplemented


answers: Any = None  # whether a class answers calls, once there is one (overriding)


_NAMESPACE["operand"] = operand
_NAMESPACE.update(ABSENT=ABSENT, given=given, meant=dtypes.meant)
_NAMESPACE.update(swap=both.swap, conj=both.conj, F32=np.dtype("f4"), F64=np.dtype("f8"), F16=np.dtype("f2"))
