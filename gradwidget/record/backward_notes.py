"""The quick way of backward: each step is noted in a plain tuple, and made events later (see `notes`)."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from ..events import BackwardEnd
from . import values
from .notes import CELLS, FLOW, GRAD, RAN, RAN_ONE, RAN_SAME, RAN_TWO, WHOLE

if TYPE_CHECKING:
    from .from_core import Core


def quick_backward(core: Core) -> tuple[Callable[..., None], ...]:
    """What hears the steps of backward, and that it ended well: flows, ran, accumulates, backward_ends."""
    to = core.to
    append, extend = to.log.append, to.log.extend
    low, high = to.base, to.top
    ndarray = np.ndarray
    norm = values.norm_of
    Tensor, _ = core.tensor_types
    long_ends = core.backward_ends

    def flows(origin: Any, node: Any, output: int, grad: Any) -> None:
        try:
            this = to.backward if get_ident() == to.thread else core.turn()
            if type(grad) is Tensor:
                return core.told_flow(origin, node, output, grad)
            size = grad.size
            if size <= CELLS:
                data: Any = grad.tobytes()
            elif size <= WHOLE:
                data = grad.tobytes()
                to.held += len(data)
            else:
                data = norm(grad)
            source = 0 if origin is None else origin._tag
            # An AccumulateGrad object may be made anew for each look; its leaf stays.
            target = node.variable._tag if type(node) is core.accumulator else node._tag
            append((FLOW, this, source, target, output, grad.shape, grad.dtype, data))
        except AttributeError:
            core.told_flow(origin, node, output, grad)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    def ran(node: Any, grads: Any, released: bool) -> None:
        try:
            this = to.backward if get_ident() == to.thread else core.turn()
            count = len(grads)
            one = grads[0] if count else None
            if one is None or count > 2 or type(one) is Tensor or one.size > CELLS:
                return ran_on(this, node, grads, released)
            two = grads[1] if count == 2 else None
            if two is None:
                extend((RAN_ONE, this, node._tag, released, one.shape, one.dtype, one.tobytes()))
            elif two is one:  # `add` hands one array to both of its inputs
                extend((RAN_SAME, this, node._tag, released, one.shape, one.dtype, one.tobytes()))
            elif type(two) is Tensor or two.size > CELLS:
                return ran_on(this, node, grads, released)
            else:
                extend(
                    (RAN_TWO, this, node._tag, released, one.shape, one.dtype, one.tobytes(),
                     two.shape, two.dtype, two.tobytes())
                )  # fmt: skip
            if to.tick is not None:
                core.tick()
        except AttributeError:
            core.told_ran(node, grads, released)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    def ran_on(this: int, node: Any, grads: Any, released: bool) -> None:
        """The same with any number of gradients, of any size."""
        told: list[Any] = []
        flow: Any = None
        before = None
        for grad in grads:
            if grad is None:
                told.append(None)
                continue
            if grad is not before:
                if type(grad) is Tensor:
                    return core.told_ran(node, grads, released)
                before = grad
                size = grad.size
                flow = grad.shape, grad.dtype, grad.tobytes() if size <= WHOLE else norm(grad)
                if CELLS < size <= WHOLE:
                    to.held += grad.nbytes
            told.append(flow)
        append((RAN, this, node._tag, released, tuple(told)))
        if to.tick is not None:
            core.tick()

    def accumulates(leaf: Any, node: Any, grad: Any, added: bool) -> None:
        try:
            this = to.backward if get_ident() == to.thread else core.turn()
            held = leaf._grad
            a = held._a
            tag = getattr(held, "_tag", 0)
            known = low < tag < high
            if not low < leaf._tag < high or type(grad) is Tensor or type(a) is not ndarray:
                return core.told_accumulate(leaf, node, grad, added)
            if known:
                fresh, version = None, held._version if added else 0
            elif a.base is None and held._node is None and type(held) is Tensor:
                tag = to.new_tensor()
                fresh, version = (ref(held, append), ref(a, append), id(a)), 0
            else:
                return core.told_accumulate(leaf, node, grad, added)
            small = a.size <= WHOLE
            data = a.tobytes() if small else values.sample(a)
            to.held += a.nbytes
            append(
                (GRAD, this, leaf._tag, norm(grad) if added or not small else None, added, tag, fresh, version,
                 a.shape, a.strides, a.dtype, data)
            )  # fmt: skip
            if fresh is not None:
                held._tag = tag
        except AttributeError:
            core.told_accumulate(leaf, node, grad, added)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    def ends(error: Any, node: Any) -> None:
        if error is not None:
            return long_ends(error, node)
        try:
            with to.lock:
                if get_ident() != to.thread:
                    to.turn()
                passes = to.backwards
                if passes:
                    append(BackwardEnd(passes.pop(), None, None))
                    to.backward = passes[-1] if passes else 0
            if to.tick is not None:
                core.tick()
        except RecursionError:
            to.missed = True
        except Exception as failure:
            core.fail(failure)

    return flows, ran, accumulates, ends
