"""How a custom function runs: its forward without recording, its outputs given their history, its backward checked."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dispatch, hot, watch
from ..devices import of_array
from ..grad_mode import is_recording, no_grad
from ..graph import FREED_TEXT, LEAF, Edge, Node, next_sequence
from ..ops.inplace import rebase, settle
from ..ops.view_history import became_view, mark_stale
from ..saved_hooks import SavedTensor
from ..tensor import Tensor, from_array, new

_MUST_RETURN = (
    "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must "
    "all be outputs of the Function."
)
_NOT_AN_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be passed to "
    "ctx.mark_dirty()."
)
_ONE_VIEW_ONLY = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than one Tensor. This "
    "is not supported by the current autograd engine. You should either make sure the input is not a view (using .clone() for example) or "
    "make your Function only return one Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single "
    "Tensor and a second one that does the other operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do "
    "this change."
)
_INPUT_SAVED_AS_OUTPUT = (
    "An input that has been returned as-is as output is being saved for backward. This is not supported if you override setup_context. You "
    "should return and save a view of the input instead, e.g. with x.view_as(x) or setup ctx inside the forward function itself."
)


forward: Any = None  # forward mode, where a level is open (forward_ad)


class CustomNode(Node):
    """The node of a custom function. What was saved lies in attributes `t0`, `t1`, ... as in the nodes of ops; `place` says
    for each saved position which of them it is (None where None was saved)."""

    to_save: Any = None
    dirty_tensors: Any = None
    non_differentiable: Any = None
    saved_for_forward: Any = None
    takes_none = True
    materialize_grads = True
    needs_input_grad: tuple[bool, ...] = ()
    edge_list: tuple[Any, ...] = ()  # one per input that is a tensor
    is_tensor: tuple[bool, ...] = ()  # of each input
    inputs: tuple[Any, ...] = ()  # (shape, dtype, array type) of each input that is a tensor
    results: tuple[Any, ...] = ()  # the same of each output, None for what is no tensor
    place: tuple[str | None, ...] = ()
    was_released = False

    def __repr__(self) -> str:
        return object.__repr__(self)

    def edges(self) -> tuple[Any, ...]:
        return self.edge_list

    def release(self) -> None:
        super().release()
        self.was_released = True

    @property
    def requires_grad(self) -> bool:
        return any(e is not None for e in self.edge_list)

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What `save_for_backward` was given, checked for writes since."""
        if self.was_released and self.place:
            raise RuntimeError(FREED_TEXT)
        return tuple([None if name is None else self._unpacked(name) for name in self.place])

    @property
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        return tuple([SavedTensor(self, name) for name in self.place if name is not None])

    @property
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def _unpacked(self, name: str) -> Any:
        if name in self.saved_outputs:
            return dispatch.unpack_output_graph(self, name)
        kept = getattr(self, name)
        return dispatch.unpack_graph(kept, getattr(self, "v_" + name), self, None)

    # ---- backward

    def _user_backward(self) -> Any:
        raise NotImplementedError

    def apply(self, grad: Any) -> tuple[Any, ...]:
        grads = grad if self.outputs > 1 else [grad]
        tensors = [self._given(i, None if g is None else from_array(np.asanyarray(g))) for i, g in enumerate(grads)]
        with silence():
            out = self._checked(self._user_backward()(self, *tensors))
        return tuple([None if g is None else g._a for g in out])

    def apply_graph(self, grad: Any) -> tuple[Any, ...]:
        grads = grad if self.outputs > 1 else [grad]
        return self._checked(self._user_backward()(self, *[self._given(i, g) for i, g in enumerate(grads)]))

    def _given(self, i: int, g: Any) -> Any:
        """What `backward` gets for output `i`."""
        like = self.results[i]
        if g is not None or not self.materialize_grads or like is None:
            return g
        shape, d, where = like
        zeros = np.zeros(shape, d)
        return from_array(zeros if where is np.ndarray else zeros.view(where))

    def _checked(self, out: Any) -> tuple[Any, ...]:
        """The gradients that `backward` answered, one per tensor input, each as its input can take it."""
        out = out if isinstance(out, tuple) else (out,)
        expected = len(self.is_tensor)
        if len(out) > expected and all(g is None for g in out[expected:]):
            out = out[:expected]
        if len(out) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got {len(out)})"
            )
        kept = []
        for i, (g, is_tensor) in enumerate(zip(out, self.is_tensor)):
            if not is_tensor:
                if g is not None:
                    raise RuntimeError(
                        f"function {self.name()} returned a gradient different than None at position {i + 1}, but the corresponding "
                        "forward input was not a Variable"
                    )
                continue
            if g is not None and not isinstance(g, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
            kept.append(g)
        return tuple([self._fitted(i, g, *self.inputs[i]) for i, g in enumerate(kept)])

    def _fitted(self, i: int, g: Any, shape: tuple[int, ...], d: np.dtype[Any], where: type) -> Any:
        if g is None or self.edge_list[i] is None:
            return g  # goes nowhere, but hooks see it
        a = g._a
        if type(a) is not where:
            if a.ndim == 0:
                g = g.to(of_array(np.empty(0).view(where)))
            else:
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {i} - expected device "
                    f"{of_array(np.empty(0).view(where))} but got {g.device}"
                )
        if a.shape != shape:
            try:
                fits = np.broadcast_shapes(a.shape, shape) == a.shape
            except ValueError:
                fits = False
            if not fits:
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {i} - got {list(a.shape)} but expected shape "
                    f"compatible with {list(shape)}"
                )
        if (a.dtype.kind == "c") != (d.kind == "c") and a.dtype.kind in "fcV":
            raise RuntimeError(
                "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but got false.  (Could "
                "this error message be improved?  If so, please report an enhancement request to PyTorch.)"
            )
        return g if a.shape == shape and a.dtype == d else dispatch.fit(g, (shape, d))


class silence:
    """Nobody hears the ops inside: to those who watch, a custom function is one op."""

    def __enter__(self) -> None:
        self.heard = watch.listener
        if self.heard is not None:
            watch.listen(None)

    def __exit__(self, *error: Any) -> None:
        if self.heard is not None:
            watch.listen(self.heard)


def _like(t: Tensor) -> tuple[Any, ...]:
    return t._a.shape, t._a.dtype, type(t._a)


def run(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], with_setup: bool) -> Any:
    """`Function.apply`."""
    inputs = [x for x in args if isinstance(x, Tensor)]
    recording = is_recording() and any(t.requires_grad for t in inputs)
    ctx = new(function._backward_cls)
    ctx.seq = next_sequence()
    ctx.is_tensor = tuple([isinstance(x, Tensor) for x in args])
    ctx.needs_input_grad = tuple([isinstance(x, Tensor) and x.requires_grad for x in args])
    if recording:
        edges = [t._edge() for t in inputs]
        ctx.edge_list = tuple([t if e is LEAF else e for t, e in zip(inputs, edges)])
        ctx.inputs = tuple([_like(t) for t in inputs])
    with silence(), no_grad():
        if with_setup:
            out = function.forward(*args, **kwargs)
            function.setup_context(ctx, args, out)
        else:
            out = function.forward(ctx, *args, **kwargs)
    outputs = out if isinstance(out, tuple) else (out,)
    before = [t._saved_version() for t in inputs] if watch.listener is not None else []
    outputs = _with_history(ctx, function.__name__, outputs, inputs, recording, with_setup)
    if recording:
        _save(ctx, outputs)
        ctx.results = tuple([_like(t) if isinstance(t, Tensor) else None for t in outputs])
        ctx.outputs = len(outputs)
        if hot.MADE is not None:
            hot.MADE(ctx)
    if forward is not None:
        forward(function, ctx, args, outputs)
    dirty = ctx.dirty_tensors or ()
    ctx.to_save = ctx.dirty_tensors = ctx.non_differentiable = None
    if watch.listener is not None:
        _tell(function.__name__, outputs, args, kwargs, inputs, before, dirty)
    return outputs if isinstance(out, tuple) else outputs[0]


def _tensors(given: Any, words: str) -> tuple[Any, ...]:
    given = given or ()
    if not all(isinstance(t, Tensor) for t in given):
        raise RuntimeError(words)
    return given  # type: ignore[no-any-return]


def _with_history(
    ctx: Any, name: str, outputs: tuple[Any, ...], inputs: list[Tensor], recording: bool, with_setup: bool
) -> tuple[Any, ...]:
    """The outputs as the caller gets them: each with its place in the graph."""
    constant = {
        id(t)
        for t in _tensors(ctx.non_differentiable, "mark_non_differentiable only accepts variable arguments, but got ")
    }
    dirty = _tensors(ctx.dirty_tensors, "mark_dirty can only accept variables, but argument ")
    written = {id(t) for t in dirty}
    given = {id(t) for t in inputs}
    for t in dirty:
        t._version_counter().version += 1
    saved_in_setup = {id(t) for t in ctx.to_save or ()} if with_setup else set()
    made, differentiable = [], 0
    for nr, t in enumerate(outputs):
        if not isinstance(t, Tensor):
            made.append(t)
            continue
        is_input, is_written = id(t) in given, id(t) in written
        follows = recording and id(t) not in constant and t._a.dtype.kind in "fcV"
        differentiable += follows
        place = ctx if nr == 0 else Edge(ctx, nr)
        if not follows:
            t = _without_history(t, is_input, is_written)
        elif is_written:
            if not is_input:
                warnings.warn(_NOT_AN_INPUT, stacklevel=5)
            _written(t, place, len(outputs))
        elif is_input:
            if id(t) in saved_in_setup:
                raise RuntimeError(_INPUT_SAVED_AS_OUTPUT)
            t = _view_of(t)
            _seat(t, place)
        else:
            _seat(t, place)
        if t._base is not None and not (is_input and is_written):
            t.__dict__["_creation"] = "custom"
        made.append(t)
    if differentiable > 1:
        for t in made:
            if isinstance(t, Tensor) and t._base is not None:
                t.__dict__["_creation"] = "multi"
    if not written <= {id(t) for t in outputs}:
        raise RuntimeError(_MUST_RETURN)
    return tuple(made)


def _seat(t: Tensor, place: Any) -> None:
    t._at = None
    t._node = place


def _view_of(t: Tensor) -> Tensor:
    """An input that is returned as it is: a view of it, so that the input keeps its own history."""
    twin = new(Tensor)
    twin._a = t._a
    twin._v = t._version_counter()
    twin._node = None
    became_view(twin, t)
    return twin


def _without_history(t: Tensor, is_input: bool, is_written: bool) -> Tensor:
    if not t.requires_grad:
        return _view_of(t) if is_input and not is_written else t
    if is_input:
        return t.detach()
    if t._base is None:
        t.detach_()
    return t


def _written(t: Tensor, place: Any, outputs: int) -> None:
    """An input that `forward` wrote to takes the function as its history."""
    if t.is_leaf and t.requires_grad:
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    if t._base is not None and outputs > 1:
        raise RuntimeError(_ONE_VIEW_ONLY)
    t._grad = None
    rebase(t, place)
    counter = t._version_counter()
    if counter.views:
        mark_stale(counter)
    settle(t)


def _save(ctx: Any, outputs: tuple[Any, ...]) -> None:
    """Lay what `save_for_backward` was given into the node: inputs and others as they are, outputs without their history
    (which is this node)."""
    ins: list[str] = []
    outs: list[str] = []
    place: list[str | None] = []
    names = [""] * len(outputs)
    own = ctx.__dict__
    for i, t in enumerate(ctx.to_save or ()):
        if t is None:
            place.append(None)
            continue
        if not isinstance(t, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}"
            )
        slot = f"t{i}"
        place.append(slot)
        nr = next((nr for nr, o in enumerate(outputs) if o is t and t.grad_fn is ctx), None)
        if nr is not None:
            names[nr] = slot
            outs.append(slot)
            own[slot], own["c_" + slot], own["v_" + slot] = t._a, t._version_counter(), t._version
        else:
            ins.append(slot)
            own[slot], own["v_" + slot] = t, t._saved_version()
    ctx.place, ctx.saved_inputs, ctx.saved_outputs = tuple(place), tuple(ins), tuple(outs)
    ctx.output_names = tuple(names)


def _tell(
    name: str, outputs: tuple[Any, ...], args: Any, kwargs: Any, inputs: list[Tensor], before: list[int], dirty: Any
) -> None:
    listener = watch.listener
    written = {id(t) for t in dirty}
    fresh = tuple([t for t in outputs if isinstance(t, Tensor) and id(t) not in written])
    if fresh:
        listener.op(name, fresh if len(fresh) > 1 else fresh[0], args, kwargs)
    for t, was in zip(inputs, before):
        if id(t) in written:
            listener.wrote(name, t, args, kwargs, was, t._version)
            listener.rewired(t, "in-place")


def behind(kind: Any, tensors: list[Any], words: str) -> tuple[Any, ...]:
    """Tensors whose history is one node of `kind`, which raises `words` when backward comes by."""
    node = new(kind)
    node.words, node.seq, node.outputs = words, next_sequence(), len(tensors)
    node.edge_list = tuple(tensors)
    out = []
    for nr, t in enumerate(tensors):
        twin = t
        if t is not None:
            twin = from_array(t._a)
            twin._node = node if nr == 0 else Edge(node, nr)
        out.append(twin)
    return tuple(out)
