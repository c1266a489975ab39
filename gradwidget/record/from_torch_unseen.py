"""Ops of PyTorch that write where no version counter sees it: the running statistics of normalisations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .. import events as ev
from .from_torch_objects import quiet, version_of

UNSEEN = 110  # a sort of note

# Where among an op's arguments its running statistics stand, and whether they are made
STATISTICS = {
    name: (("running_mean", 3), ("running_var", 4), (flag, 5))
    for name, flag in (
        ("batch_norm", "training"),
        ("native_batch_norm", "training"),
        ("instance_norm", "use_input_stats"),
    )
}


def telling(core: Any, name: str, plan: Callable[..., Any]) -> Callable[..., Any]:
    """A plan for an op of `STATISTICS` that tells, after it, of what was written."""
    places = STATISTICS[name]
    to = core.to
    to.make[UNSEEN] = lambda note: wrote(to, note)

    def run(func: Any, args: Any, kwargs: Any) -> Any:
        out = plan(func, args, kwargs)
        *held, made = [args[i] if i < len(args) else kwargs.get(key) for key, i in places]
        if made and core.on:
            try:
                with quiet(), to.lock:
                    for tensor in held:
                        if tensor is not None:
                            told(to, tensor)
            except Exception as error:
                core.fail(error)
        return out

    return run


def told(to: Any, tensor: Any) -> None:
    id_ = to.id_of(tensor)
    if id_ is None:
        return
    if id_ not in to.tensors:
        to.settle()
    to.log.append((UNSEEN, id_, version_of(tensor)))
    to.show(to.tensors[id_].storage)


def wrote(to: Any, note: tuple[Any, ...]) -> Iterator[Any]:
    _, id_, version = note
    known = to.tensors.get(id_)
    if known is not None:
        yield ev.Write(known.storage, id_, to.last_op, known.counter, version, version)
