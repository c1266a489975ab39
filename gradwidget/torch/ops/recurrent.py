"""Recurrent networks as functions: torch.rnn_tanh, rnn_relu, lstm, gru, and one step of each (the cells).

PyTorch's CPU runs these step by step, with the ops that one would write by hand; only a plain float32 LSTM is one op a
layer there (`mkldnn_rnn_layer`), and here. Gates stand in the order input, forget, cell, output (LSTM) and reset, update,
new (GRU).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np

from ..grad_mode import enable_grad
from ..tensor import Tensor, from_array
from . import both
from .matrix import linear
from .registry import OPS, function_of, public, record
from .shape import cat, stack

State = Any  # a tensor, or (h, c)
Params = tuple[Any, ...]  # of one layer in one direction: w_ih, w_hh, b_ih, b_hh, w_hr (None where there is none)


# ---- one step, from gates of the input that are computed already


def _tanh_step(gates: Any, h: Any, p: Params) -> Any:
    return (linear(h, p[1], p[3]) + gates).tanh()  # type: ignore[attr-defined, operator]


def _relu_step(gates: Any, h: Any, p: Params) -> Any:
    return (linear(h, p[1], p[3]) + gates).relu()  # type: ignore[attr-defined, operator]


def _lstm_step(gates: Any, state: State, p: Params) -> State:
    h, c = state
    i, f, g, o = (linear(h, p[1], p[3]) + gates).unsafe_chunk(4, 1)  # type: ignore[attr-defined, operator]
    c = (f.sigmoid() * c).add_(i.sigmoid() * g.tanh())
    h = o.sigmoid() * c.tanh()
    return (h if p[4] is None else linear(h, p[4])), c


def _gru_step(gates: Any, h: Any, p: Params) -> Any:
    i_r, i_z, i_n = gates.unsafe_chunk(3, 1)
    h_r, h_z, h_n = linear(h, p[1], p[3]).unsafe_chunk(3, 1)  # type: ignore[attr-defined]
    r, z = (h_r + i_r).sigmoid(), (h_z + i_z).sigmoid()
    n = (i_n + h_n * r).tanh()
    return (h - n).mul_(z).add_(n)


STEPS = {"rnn_tanh": _tanh_step, "rnn_relu": _relu_step, "lstm": _lstm_step, "gru": _gru_step}


def _output(state: State) -> Any:
    return state[0] if isinstance(state, tuple) else state


def _each(f: Callable[..., Any], *states: State) -> State:
    """The same to h and to c."""
    return tuple(f(*parts) for parts in zip(*states)) if isinstance(states[0], tuple) else f(*states)


# ---- a layer in one direction


def _run(step: Any, x: Any, state: State, p: Params, backwards: bool) -> tuple[Any, State]:
    """Over (time, batch, features)."""
    gates = list(linear(x, p[0], p[2]).unbind(0))  # type: ignore[attr-defined]
    outputs = []
    for g in reversed(gates) if backwards else gates:
        state = step(g, state, p)
        outputs.append(_output(state))
    return stack(outputs[::-1] if backwards else outputs, 0), state


def _run_packed(step: Any, x: Any, sizes: list[int], state: State, p: Params, backwards: bool) -> tuple[Any, State]:
    """Over rows that are packed by time: `sizes` says how many sequences still run at each."""
    whole: Any = linear(x, p[0], p[2])
    begins = [0, *accumulate(sizes)]
    gates = [whole.narrow(0, begin, size) for begin, size in zip(begins, sizes)]
    outputs = []
    if backwards:
        first = state
        state = _each(lambda t: t.narrow(0, 0, sizes[-1]), first)
        for g, size in zip(reversed(gates), reversed(sizes)):
            have = _output(state).shape[0]
            if size > have:
                more = _each(lambda t, have=have, size=size: t.narrow(0, have, size - have), first)
                state = _each(lambda a, b: cat([a, b], 0), state, more)
            state = step(g, state, p)
            outputs.append(_output(state))
        return cat(outputs[::-1], 0), state
    ended = []
    for g, size in zip(gates, sizes):
        have = _output(state).shape[0]
        if size < have:
            ended.append(_each(lambda t, have=have, size=size: t.narrow(0, size, have - size), state))
            state = _each(lambda t, size=size: t.narrow(0, 0, size), state)
        state = step(g, state, p)
        outputs.append(_output(state))
    ended.append(state)
    last = _each(lambda *parts: cat(list(reversed(parts)), 0), *ended)
    return cat(outputs, 0), last


# ---- the LSTM layer as one op


def _lstm_layer(
    input: np.ndarray,
    w_ih: np.ndarray,
    w_hh: np.ndarray,
    b_ih: Any,
    b_hh: Any,
    h: np.ndarray,
    c: np.ndarray,
    backwards: bool,
) -> Any:
    """Outputs, last h, last c; and for the way back the gates after their functions, the cells, and tanh of these."""
    steps, batch, width = input.shape
    n = h.shape[1]
    gates = input.reshape(-1, width).dot(w_ih.T).reshape(steps, batch, 4 * n)
    if b_ih is not None:
        gates += b_ih + b_hh
    y = np.empty((steps, batch, n), input.dtype)
    cells = np.empty_like(y)
    squashed = np.empty_like(y)
    right = np.ascontiguousarray(w_hh.T)
    one = input.dtype.type(1)
    for t in range(steps - 1, -1, -1) if backwards else range(steps):
        z = gates[t]
        z += h.dot(right)
        candidate = z[:, 2 * n : 3 * n]
        np.tanh(candidate, out=candidate)
        for part in (z[:, : 2 * n], z[:, 3 * n :]):  # 1 / (1 + exp(-z))
            np.negative(part, out=part)
            np.exp(part, out=part)
            part += one
            np.divide(one, part, out=part)
        c = np.add(z[:, n : 2 * n] * c, z[:, :n] * candidate, out=cells[t])
        h = np.multiply(z[:, 3 * n :], np.tanh(c, out=squashed[t]), out=y[t])
    return y, h.copy(), c.copy(), gates, cells, squashed


def _as_written(input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, h: Any, c: Any, backwards: bool) -> Any:
    """The same layer in ops that can be differentiated again."""
    y, (h, c) = _run(_lstm_step, input, (h, c), (w_ih, w_hh, b_ih, b_hh, None), backwards)
    return y, h, c


_INPUTS = ("input", "w_ih", "w_hh", "b_ih", "b_hh", "hx", "cx")


def _lstm_back(grad: Any, input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, hx: Any, cx: Any, backwards: bool,
               result: Any, result3: Any, result4: Any, result5: Any) -> dict[str, Any]:  # fmt: skip
    """Backpropagation through time: every gradient of the layer."""
    if any(isinstance(g, Tensor) for g in grad):
        given = (input, w_ih, w_hh, b_ih, b_hh, hx, cx)
        return _again(grad, given, backwards)
    gates, cells, squashed = result3, result4, result5
    steps, batch, n = cells.shape
    d_gates = np.empty_like(gates)
    dh = np.zeros((batch, n), gates.dtype) if grad[1] is None else grad[1].copy()
    dc = np.zeros((batch, n), gates.dtype) if grad[2] is None else grad[2].copy()
    order = range(steps) if backwards else range(steps - 1, -1, -1)
    first = steps - 1 if backwards else 0
    one = gates.dtype.type(1)
    for t in order:
        if grad[0] is not None:
            dh += grad[0][t]
        z, d = gates[t], d_gates[t]
        i, f, g, o = (z[:, k * n : (k + 1) * n] for k in range(4))
        bent = squashed[t]
        before = cx if t == first else cells[t + 1 if backwards else t - 1]
        dc += dh * o * (one - bent * bent)
        d[:, 3 * n :] = dh * bent * o * (one - o)
        d[:, :n] = dc * g * i * (one - i)
        d[:, n : 2 * n] = dc * before * f * (one - f)
        d[:, 2 * n : 3 * n] = dc * i * (one - g * g)
        dc *= f
        dh = d.dot(w_hh)
    flat = d_gates.reshape(steps * batch, 4 * n)
    earlier = (
        np.concatenate([result[1:], hx[None]]) if backwards else np.concatenate([hx[None], result[:-1]])
    )  # each step's h
    d_b = flat.sum(0)
    return {
        "input": flat.dot(w_ih).reshape(input.shape),
        "w_ih": flat.T.dot(input.reshape(steps * batch, -1)),
        "w_hh": flat.T.dot(earlier.reshape(steps * batch, n)),
        "b_ih": d_b,
        "b_hh": d_b.copy(),
        "hx": dh,
        "cx": dc,
    }


def _again(grad: Any, given: tuple[Any, ...], backwards: bool) -> dict[str, Any]:
    """The gradients as functions of everything, for a second derivative: the layer run once more in small ops."""
    from ..autograd import grad as gradients

    with enable_grad():
        apart = [None if t is None else t.view_as(t) if t.requires_grad else t for t in given]
        outputs = _as_written(*apart, backwards)  # type: ignore[call-arg]
    wanted = [t for t in apart if t is not None and t.requires_grad]
    pairs = [(o, g) for o, g in zip(outputs, grad) if g is not None]
    found = gradients([o for o, _ in pairs], wanted, [g for _, g in pairs], create_graph=True, allow_unused=True)
    by_id = {id(t): g for t, g in zip(wanted, found)}
    return {name: by_id.get(id(t)) for name, t in zip(_INPUTS, apart)}


def _of(name: str) -> Any:
    return lambda shared: shared[name]


record(
    "mkldnn_rnn_layer",
    _lstm_layer,
    "input, w_ih, w_hh, b_ih=None, b_hh=None, hx=None, cx=None, backwards=False",
    tensors=_INPUTS,
    methods=(),
    outputs=6,
    differentiable=(0, 1, 2),
    shared=_lstm_back,
    **{name: _of(name) for name in _INPUTS},
)


# ---- whole networks


def _network(
    kind: str, run: Any, x: Any, states: list[State], layers: list[Params], dropout: float, train: bool, both_ways: bool
) -> tuple[Any, list[State]]:
    """Layer on layer; in both directions where asked for. Answers the last layer's outputs and every last state."""
    from ..nn import functional as F

    ends = []
    ways = 2 if both_ways else 1
    for k in range(0, len(layers), ways):
        if k and dropout:
            x = F.dropout(x, dropout, train)
        outputs = []
        for way in range(ways):
            y, end = run(x, states[k + way], layers[k + way], bool(way))
            outputs.append(y)
            ends.append(end)
        x = cat(outputs, -1) if both_ways else outputs[0]
    return x, ends


def _layers(params: Any, has_biases: bool, projected: bool) -> list[Params]:
    """A flat list of parameters, by layer and direction."""
    each = 2 + 2 * bool(has_biases) + projected
    out = []
    for k in range(0, len(params), each):
        own = list(params[k : k + each])
        out.append((*own[:2], *(own[2:4] if has_biases else (None, None)), own[-1] if projected else None))
    return out


def _whole(kind: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Both ways of calling: (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), and
    with packed sequences (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)."""
    packed = isinstance(args[2], Tensor) and isinstance(args[3], (list, tuple)) or isinstance(args[2], (list, tuple)) and isinstance(args[3], (list, tuple))  # fmt: skip
    if packed:
        x, sizes, hx, params, has_biases, _, dropout, train, both_ways = args
        batch_first = False
    else:
        x, hx, params, has_biases, _, dropout, train, both_ways, batch_first = args
        sizes = None
        if batch_first:
            x = x.transpose(0, 1)
    lstm = kind == "lstm"
    projected = lstm and hx[0].shape[2] != hx[1].shape[2]
    layers = _layers(params, has_biases, projected)
    step = STEPS[kind]
    states = _states(hx) if lstm else list(hx.unbind(0))
    if sizes is not None:
        many = sizes.tolist()

        def run(x: Any, state: State, p: Params, back: bool) -> Any:
            return _run_packed(step, x, many, state, p, back)

    elif lstm and not projected and x._a.dtype == np.float32 and type(x._a) is np.ndarray and x.numel():
        layer = function_of(OPS["mkldnn_rnn_layer"])
        states = [(hx[0][k], hx[1][k]) for k in range(len(layers))]

        def run(x: Any, state: State, p: Params, back: bool) -> Any:
            y, h, c, *_ = layer(x, *p[:4], *state, back)
            return y, (h, c)

    else:
        if projected and x._a.dtype == np.float32:
            warnings.warn(
                "LSTM with projections is not supported with oneDNN. Using default implementation.", stacklevel=4
            )

        def run(x: Any, state: State, p: Params, back: bool) -> Any:
            return _run(step, x, state, p, back)

    y, ends = _network(kind, run, x, states, layers, dropout, train, both_ways)
    if batch_first:
        y = y.transpose(0, 1) if lstm else y.transpose_(0, 1)
    return y, *((stack([e[k] for e in ends], 0) for k in (0, 1)) if lstm else (stack(ends, 0),))


def _states(hx: Any) -> list[State]:
    return list(zip(hx[0].unbind(0), hx[1].unbind(0)))


def _declare(kind: str) -> None:
    def network(*args: Any) -> Any:
        return _whole(kind, args)

    def cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
        state = tuple(hx) if kind == "lstm" else hx
        return STEPS[kind](linear(input, w_ih, b_ih), state, (w_ih, w_hh, b_ih, b_hh, None))

    network.__name__ = network.__qualname__ = kind
    cell.__name__ = cell.__qualname__ = f"{kind}_cell"
    public(method=False)(network)
    public(method=False)(cell)


for _kind in STEPS:
    _declare(_kind)


# ---- packing


def _pack(a: np.ndarray, lengths: np.ndarray) -> Any:
    """Of (time, batch, *), the rows that are no padding."""
    lasts = np.arange(len(a))[:, None] < lengths
    return a[lasts]


def _pack_back(grad: Any, input_shape: tuple[int, ...], lengths: Any) -> Any:
    t, b = np.nonzero(np.arange(input_shape[0])[:, None] < both.array(lengths))
    flat = t * input_shape[1] + b
    blank = both.zeros((input_shape[0] * input_shape[1], *input_shape[2:]), grad)
    if isinstance(grad, Tensor):
        return blank.index_copy(0, from_array(flat), grad).reshape(input_shape)
    blank[flat] = grad
    return blank.reshape(input_shape)


pack_padded_sequence = record(
    "_pack_padded_sequence", _pack, "input, lengths", tensors=("input", "lengths"), methods=(), input=_pack_back
)
