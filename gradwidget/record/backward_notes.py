"""The quick way of backward: each step is noted in a plain tuple, and made events later (see `notes`)."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from . import values
from .notes import CELLS, FLOW, GRAD, RAN, WHOLE

if TYPE_CHECKING:
    from .from_core import Core


def quick_backward(core: Core) -> tuple[Callable[..., None], ...]:
    """What hears the steps of backward: flows, ran, accumulates."""
    to = core.to
    append = to.log.append
    low, high = to.base, to.top
    ndarray = np.ndarray
    norm = values.norm_of
    Tensor, _ = core.tensor_types

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
            told: list[Any] = []
            before = None
            for grad in grads:
                if grad is None:
                    told.append(None)
                    continue
                if grad is not before:  # `add` hands one array to both of its inputs
                    if type(grad) is Tensor:
                        return core.told_ran(node, grads, released)
                    before = grad
                    size = grad.size
                    if size <= CELLS:
                        flow = grad.shape, grad.dtype, grad.tobytes()
                    elif size <= WHOLE:
                        flow = grad.shape, grad.dtype, grad.tobytes()
                        to.held += grad.nbytes
                    else:
                        flow = grad.shape, grad.dtype, norm(grad)
                told.append(flow)
            append((RAN, this, node._tag, released, told))
            if to.tick is not None:
                core.tick()
        except AttributeError:
            core.told_ran(node, grads, released)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

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

    return flows, ran, accumulates
