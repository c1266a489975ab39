"""Recurrent layers, and one step of each."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from ... import ops
from ...ops.creation import empty, zeros
from ...ops.registry import FUNCTIONS, import_family
from ...parameter import Parameter
from ...tensor import Tensor
from .. import init
from ..utils.rnn import PackedSequence
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def _function(name: str) -> Any:
    if name not in FUNCTIONS:
        import_family(ops.registry.LATE[name])
    return FUNCTIONS[name]


def _permuted(t: Any, order: Any) -> Any:
    return t if order is None else t.index_select(1, order)


class RNNBase(Module):
    """What RNN, LSTM and GRU share. For layer k: weight_ih_lk (gates * hidden, input), weight_hh_lk (gates * hidden,
    hidden), bias_ih_lk, bias_hh_lk (gates * hidden), and weight_hr_lk (proj, hidden); `_reverse` is added to the names of
    the other direction."""

    mode: str
    bias: bool  # type: ignore[assignment]

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):  # type: ignore[operator]
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        for name, value, kind in (
            ("bias", bias, bool),
            ("batch_first", batch_first, bool),
            ("input_size", input_size, int),
        ):
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if input_size <= 0:
            raise ValueError("input_size must be greater than zero")
        if not isinstance(hidden_size, int):
            raise TypeError(f"hidden_size should be of type int, got: {type(hidden_size).__name__}")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if mode not in GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self._all_weights: list[list[str]] = []
        rows, real = GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            for way in ("", "_reverse")[: self._ways]:
                width = input_size if layer == 0 else real * self._ways
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width), "weight_hh": (rows, real)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                own = []
                for name, shape in shapes.items():
                    own.append(f"{name}_l{layer}{way}")
                    setattr(self, own[-1], Parameter(empty(*shape, device=device, dtype=dtype)))
                self._all_weights.append(own)
        self.reset_parameters()

    @property
    def _ways(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for own in self._all_weights for name in own]

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters, a list for each layer and direction."""
        return [[getattr(self, name) for name in own] for own in self._all_weights]

    def flatten_parameters(self) -> None:
        """Puts weights side by side for cuDNN; there is nothing to do on the CPU."""

    def reset_parameters(self) -> None:
        """Uniform between ±1 / √hidden_size."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    # ---- checks

    def check_input(self, input: Any, batch_sizes: Any) -> None:
        own = self._flat_weights[0].dtype
        if input.dtype != own:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). "
                f"Convert input: input.to({own}), or convert model: model.to({input.dtype})"
            )
        expected = 2 if batch_sizes is not None else 3
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def _batch(self, input: Any, batch_sizes: Any) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return int(input.size(0) if self.batch_first else input.size(1))

    def get_expected_hidden_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        return self.num_layers * self._ways, self._batch(input, batch_sizes), self.proj_size or self.hidden_size

    def check_hidden_size(
        self, hx: Any, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        return _permuted(hx, permutation)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        if self.bidirectional is not False:
            text += f", bidirectional={self.bidirectional}"
        return text

    # ---- running

    _kind = "RNN"  # as errors call it
    _said = "tensor "
    _function = "rnn_tanh"

    def _no_state(self, like: Any, batch: int) -> Any:
        size = self.proj_size or self.hidden_size
        return zeros(self.num_layers * self._ways, batch, size, dtype=like.dtype, device=like.device)

    def _check_state(self, hx: Any, batched: bool) -> None:
        want, said = (3, "For batched 3-D input, hx should also be 3-D but got ") if batched else (2, "For unbatched 2-D input, hx should also be 2-D but got ")  # fmt: skip
        if hx.dim() != want:
            raise RuntimeError(f"{said}{hx.dim()}-D tensor")

    def _lifted(self, hx: Any) -> Any:
        return hx.unsqueeze(1)

    def _lowered(self, hx: Any) -> Any:
        return hx.squeeze(1)

    def forward(self, input: Any, hx: Any = None) -> Any:
        run = _function(self._function)
        options = (self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        if isinstance(input, PackedSequence):
            data, sizes, order, back = input
            hx = self._no_state(data, int(sizes[0])) if hx is None else self.permute_hidden(hx, order)
            self.check_forward_args(data, hx, sizes)
            y, *end = run(data, sizes, hx, self._flat_weights, *options)
            packed = PackedSequence(y, sizes, order, back)
            return packed, self.permute_hidden(self._ended(end), back)
        if input.dim() not in (2, 3):
            raise ValueError(f"{self._kind}: Expected input to be 2D or 3D, got {input.dim()}D {self._said}instead")
        batched = input.dim() == 3
        at = 0 if self.batch_first else 1
        if not batched:
            input = input.unsqueeze(at)
        if hx is None:
            hx = self._no_state(input, input.size(at))
        else:
            self._check_state(hx, batched)
            hx = hx if batched else self._lifted(hx)
        self.check_forward_args(input, hx, None)
        y, *end = run(input, hx, self._flat_weights, *options, self.batch_first)
        if not batched:
            return y.squeeze(at), self._lowered(self._ended(end))
        return y, self._ended(end)

    def _ended(self, end: list[Any]) -> Any:
        return end[0]


class RNN(RNNBase):
    """h ← tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.

    >>> y, h = nn.RNN(2, 3)(torch.ones(5, 1, 2))
    >>> y.shape, h.shape
    (torch.Size([5, 1, 3]), torch.Size([1, 1, 3]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            nonlinearity, args = args[3], (*args[:3], *args[4:])
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        modes = {"tanh": "RNN_TANH", "relu": "RNN_RELU"}
        if nonlinearity not in modes:
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(modes[nonlinearity], *args, **kwargs)
        self.nonlinearity = nonlinearity
        self._function = f"rnn_{nonlinearity}"


class GRU(RNNBase):
    """Gated recurrent units (Cho et al. 2014): gates r, z and the candidate n, h ← (h - n) · z + n."""

    _kind, _said, _function = "GRU", "", "gru"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter & Schmidhuber 1997): c ← f · c + i · g, h ← o · tanh(c).

    >>> y, (h, c) = nn.LSTM(2, 3)(torch.ones(5, 1, 2))
    """

    _kind, _said, _function = "LSTM", "", "lstm"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        return self.num_layers * self._ways, self._batch(input, batch_sizes), self.hidden_size

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        self.check_input(input, batch_sizes)
        expected = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        for k in (0, 1):
            self.check_hidden_size(hidden[k], expected[k], f"Expected hidden[{k}] size {{}}, got {{}}")

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        return hx if permutation is None else tuple(_permuted(t, permutation) for t in hx)

    def _no_state(self, like: Any, batch: int) -> Any:
        cells = zeros(self.num_layers * self._ways, batch, self.hidden_size, dtype=like.dtype, device=like.device)
        return super()._no_state(like, batch), cells

    def _check_state(self, hx: Any, batched: bool) -> None:
        want, said = (3, "For batched 3-D input, hx and cx should ") if batched else (2, "For unbatched 2-D input, hx and cx should ")  # fmt: skip
        if hx[0].dim() != want or hx[1].dim() != want:
            raise RuntimeError(f"{said}also be {want}-D but got ({hx[0].dim()}-D, {hx[1].dim()}-D) tensors")

    def _lifted(self, hx: Any) -> Any:
        return tuple(t.unsqueeze(1) for t in hx)

    def _lowered(self, hx: Any) -> Any:
        return tuple(t.squeeze(1) for t in hx)

    def _ended(self, end: list[Any]) -> Any:
        return tuple(end)


# ---- cells


class RNNCellBase(Module):
    """One step. weight_ih (gates * hidden, input), weight_hh (gates * hidden, hidden), bias_ih, bias_hh."""

    bias: bool  # type: ignore[assignment]
    _states: tuple[str, ...] = ("hidden",)

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        made = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty(rows, input_size, **made))
        self.weight_hh = Parameter(empty(rows, hidden_size, **made))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, **made)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform between ±1 / √hidden_size."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = self.__dict__.get("nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _check(self, input: Any, hx: Any) -> None:
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        if isinstance(hx, Tensor) and hx.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected hidden to be 1D or 2D, got {hx.dim()}D instead")
        if isinstance(hx, tuple):
            for k, t in enumerate(hx):
                if t.dim() not in (1, 2):
                    raise ValueError(f"{name}: Expected hx[{k}] to be 1D or 2D, got {t.dim()}D instead")

    def _fits(self, x: Any, h: Any) -> None:
        if x.size(1) != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {x.size(1)} expected {self.input_size}")
        if h.size(0) != x.size(0):
            raise RuntimeError(f"Input batch size {x.size(0)} doesn't match hidden0 batch size {h.size(0)}")
        if h.size(1) != self.hidden_size:
            raise RuntimeError(f"hidden0 has inconsistent hidden_size: got {h.size(1)}, expected {self.hidden_size}")

    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _step(self, function: str, input: Any, hx: Any) -> Any:
        self._check(input, hx)
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if hx is None:
            h = zeros(x.size(0), self.hidden_size, dtype=x.dtype, device=x.device)
        else:
            h = hx if batched else hx.unsqueeze(0)
        self._fits(x, h)
        out = _function(function)(x, h, *self._weights())
        return out if batched else out.squeeze(0)


class RNNCell(RNNCellBase):
    """One step of an RNN."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(f"rnn_{self.nonlinearity}_cell", input, hx)  # type: ignore[no-any-return]


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Tensor:
        return self._step("gru_cell", input, hx)  # type: ignore[no-any-return]


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (h, c) ← cell(x, (h, c))."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        self._check(input, hx)
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if hx is None:
            h = zeros(x.size(0), self.hidden_size, dtype=x.dtype, device=x.device)
            state = h, h
        else:
            state = tuple(t if batched else t.unsqueeze(0) for t in hx)  # type: ignore[assignment]
        for t in state:
            self._fits(x, t)
        h, c = _function("lstm_cell")(x, state, *self._weights())
        return (h, c) if batched else (h.squeeze(0), c.squeeze(0))  # type: ignore[attr-defined]
