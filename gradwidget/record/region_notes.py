"""The quick way of regions and of gradients that are set: events that need no look at what was told before."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any

from .. import events as ev

if TYPE_CHECKING:
    from .from_core import Core


def quick_regions(core: Core) -> tuple[Callable[..., None], ...]:
    """What hears of modules and steps that begin and end, and of gradients that are set: enter, leave, grad_set."""
    to = core.to
    append = to.log.append
    paths = to.paths.paths
    low, high = to.base, to.top
    long_enter, long_leave, long_grad_set = core.enter, core.leave, core.grad_set

    def enter(kind: str, label: str, obj: Any) -> None:
        try:
            source = None
            if kind == "module":
                known = paths.get(id(obj))
                if known is None or known[0]() is not obj:
                    return long_enter(kind, label, obj)
                if known[1]:
                    label = f"{known[1]}: {label.rpartition(': ')[2]}"
            elif kind == "optimizer":
                return long_enter(kind, label, obj)
            else:
                source = core.here()
            with to.lock:
                if get_ident() != to.thread:
                    to.turn()
                id_ = to.new_scope()
                append(ev.Scope(id_, kind, label, to.scope, (), "", source))
                to.scopes.append((kind, id_))
                to.scope = id_
            if to.tick is not None:
                core.tick()
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    def leave(kind: str) -> None:
        try:
            with to.lock:
                if get_ident() != to.thread:
                    to.turn()
                scopes = to.scopes
                if not scopes or scopes[-1][0] != kind:
                    return long_leave(kind)
                append(ev.Leave(scopes.pop()[1]))
                to.scope = scopes[-1][1] if scopes else None
            if to.tick is not None:
                core.tick()
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    def grad_set(tensor: Any) -> None:
        try:
            tag = tensor._tag
            if tensor._grad is not None or not low < tag < high:
                return long_grad_set(tensor)
            append(ev.Grad(tag - low, None, core.here()))
            if to.tick is not None:
                core.tick()
        except AttributeError:
            long_grad_set(tensor)
        except RecursionError:
            to.missed = True
        except Exception as error:
            core.fail(error)

    return enter, leave, grad_set
