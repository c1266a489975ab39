"""PyTorch's own samples for its layers (its ModuleInfo database), given to both libraries.

    python tests/torch/moduleinfo.py BatchNorm2d LSTM   # what differs, layer by layer
    python tests/torch/moduleinfo.py --table            # every layer of the database: ok, differs, missing
    python tests/torch/moduleinfo.py --dtype=bfloat16 LSTM

Both build the layer under one seed: text, names and values of parameters and buffers are compared, then outputs, and the
gradients of everything; in training mode and in eval mode.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import opinfo
import torch as reference
from opinfo import Away, compare, flat, leaves, shown

from gradwidget import torch as core


def database() -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_modules import module_db
    opinfo.thaw()
    return list(module_db)


def name_of(info: Any) -> str:
    return str(info.name).removeprefix("nn.")


def ours(value: Any) -> Any:
    """PyTorch's value as the core's, modules and functions of PyTorch's included."""
    if isinstance(value, reference.nn.Module) or (
        callable(value) and getattr(value, "__module__", "").startswith("torch")
    ):
        raise Away
    if isinstance(value, (list, tuple)):
        return type(value)(ours(v) for v in value)
    if isinstance(value, dict):
        return {k: ours(v) for k, v in value.items()}
    made = opinfo.ours(value)
    if isinstance(value, reference.Tensor) and value.requires_grad:
        made = made.requires_grad_()
    return made


def check(info: Any, samples: int = 100, dtype: str = "float32") -> list[str]:
    """How this layer differs from PyTorch's."""
    mine = getattr(core.nn, name_of(info), None)
    if mine is None:
        return ["missing"]
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for training in (True, False):
            reference.manual_seed(0)
            made = info.module_inputs_func(
                info, device="cpu", dtype=getattr(reference, dtype), requires_grad=True, training=training
            )
            for i, sample in enumerate(made[:samples]):
                where = f"{'training' if training else 'eval'}, sample {i} {sample.desc}"
                told += [f"{where}: {t}" for t in check_sample(info.module_cls, mine, sample, training, dtype)]
    return told


def built(library: Any, cls: Any, sample: Any, training: bool, dtype: str) -> Any:
    library.manual_seed(0)
    given = sample.constructor_input
    args, kwargs = ours((given.args, given.kwargs)) if library is core else (given.args, given.kwargs)
    try:
        made = cls(*args, **kwargs).train(training)
        return made if dtype == "float32" else made.to(getattr(library, dtype))
    except Away:
        raise
    except Exception as error:
        return error


def call(library: Any, module: Any, args: Any, kwargs: Any) -> Any:
    library.manual_seed(0)
    try:
        return module(*args, **kwargs)
    except Exception as error:
        return error


def several(result: Any) -> list[Any]:
    return [t for r in flat(result) for t in leaves([r])]


def check_sample(yours: Any, mine: Any, sample: Any, training: bool, dtype: str) -> Iterator[str]:
    given = sample.forward_input
    try:
        a_module, b_module = (
            built(core, mine, sample, training, dtype),
            built(reference, yours, sample, training, dtype),
        )
        if given is None:
            return
        a_args, a_kwargs = ours((given.args, given.kwargs))
    except Away:
        return
    if isinstance(a_module, Exception) or isinstance(b_module, Exception):
        if type(a_module) is not type(b_module):
            yield f"making it: ours {shown(a_module)}, PyTorch's {shown(b_module)}"
        return
    if repr(a_module) != repr(b_module):
        yield f"prints as {a_module!r}, PyTorch's {b_module!r}"
    a, b = call(core, a_module, a_args, a_kwargs), call(reference, b_module, given.args, given.kwargs)
    if isinstance(a, Exception) or isinstance(b, Exception):
        if type(a) is not type(b):
            yield f"ours {shown(a)}, PyTorch's {shown(b)}"
        return
    a_state, b_state = a_module.state_dict(keep_vars=True), b_module.state_dict(keep_vars=True)
    if list(a_state) != list(b_state):
        yield f"state: ours {list(a_state)}, PyTorch's {list(b_state)}"
        return
    for key, value in b_state.items():
        yield from compare(a_state[key], value, f"state {key}")
    results, expected = several(a), several(b)
    if len(results) != len(expected):
        yield f"ours gives {len(results)} results, PyTorch {len(expected)}"
        return
    for i, (r, e) in enumerate(zip(results, expected)):
        yield from compare(r, e, f"result {i}")
        if (r.grad_fn is None) != (e.grad_fn is None):
            yield f"result {i}: node ours {r.grad_fn}, PyTorch's {e.grad_fn}"
        elif e.grad_fn is not None and r.grad_fn.name() != e.grad_fn.name():
            yield f"result {i}: node ours {r.grad_fn.name()}, PyTorch's {e.grad_fn.name()}"
    pairs = [(r, e) for r, e in zip(results, expected) if e.requires_grad and r.requires_grad]
    if not pairs:
        return
    v = opinfo.projection([e for _, e in pairs])
    e_grads = [reference.from_numpy(np.array(p)).to(e.dtype) for p, (_, e) in zip(v, pairs)]
    r_grads = [core.from_numpy(np.array(p)).to(r.dtype) for p, (r, _) in zip(v, pairs)]
    try:
        reference.autograd.backward([e for _, e in pairs], e_grads)
    except RuntimeError:
        return
    try:
        core.autograd.backward([r for r, _ in pairs], r_grads)
    except Exception as error:
        yield f"backward: ours {shown(error)}"
        return
    wanted = [*zip(leaves((a_args, a_kwargs)), leaves((given.args, given.kwargs)))]
    wanted += [(a_state[k], b_state[k]) for k in b_state]
    for i, (x, y) in enumerate(wanted):
        if not y.is_leaf:  # a sample made of another tensor
            continue
        if (x.grad is None) != (y.grad is None):
            yield f"gradient {i}: ours is {'None' if x.grad is None else 'a tensor'}, PyTorch's is not"
        elif y.grad is not None:
            yield from compare(x.grad, y.grad, f"gradient {i}", strides=False)


def main(arguments: list[str]) -> None:
    dtype = next((a.removeprefix("--dtype=") for a in arguments if a.startswith("--dtype=")), "float32")
    names = [a for a in arguments if not a.startswith("--")]
    table: dict[str, list[str]] = {"ok": [], "differs": [], "missing": []}
    for info in database():
        if names and name_of(info) not in names:
            continue
        told = check(info, dtype=dtype)
        verdict = "missing" if told == ["missing"] else "differs" if told else "ok"
        table[verdict].append(name_of(info))
        if "--table" not in arguments:
            print(f"{name_of(info)}: {verdict}", *[t[:200] for t in told[:8]], sep="\n    ")
    for verdict, found in table.items():
        print(f"{verdict} ({len(found)}): {' '.join(found)}")


if __name__ == "__main__":
    main(sys.argv[1:])
