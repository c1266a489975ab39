"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..ops.shape import stack
from ..tensor import Tensor


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """module(*args, **kwargs) with these tensors in place of its parameters and buffers of those names.

    tie_weights: a parameter known by several names is replaced under all of them. strict: names that the module does not
    have, and its own that are missing, raise RuntimeError.

    >>> torch.func.functional_call(net, {"weight": w, "bias": b}, (x,))
    """
    tensors = _one_dictionary(parameter_and_buffer_dicts)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with _in_place_of(module, tensors, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def _one_dictionary(given: Any) -> dict[str, Tensor]:
    if isinstance(given, dict):
        return given
    if not isinstance(given, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(given)}"
        )
    if not all(isinstance(d, dict) for d in given):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for d in given for name in d]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: t for d in given for name, t in d.items()}


@contextmanager
def _in_place_of(module: Any, tensors: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    own: dict[str, Any] = dict(module.named_parameters(remove_duplicate=False))
    own.update(module.named_buffers(remove_duplicate=False))
    if strict:
        missing = own.keys() - tensors.keys() if not tie_weights else _missing(own, tensors)
        unexpected = tensors.keys() - own.keys()
        words = []
        if unexpected:
            words.append(f"Unexpected key(s): {', '.join(map(repr, sorted(unexpected)))}.")
        if missing:
            words.append(f"Missing key(s): {', '.join(map(repr, sorted(missing)))}.")
        if words:
            raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(words))
    chosen = {name: t for name, t in tensors.items() if name in own}
    if tie_weights:
        for name, t in list(chosen.items()):
            for other, held in own.items():
                if held is own[name] and other not in tensors:
                    chosen[other] = t
    replaced = []
    try:
        for name, t in chosen.items():
            path, _, last = name.rpartition(".")
            owner = module.get_submodule(path) if path else module
            held = owner._parameters if last in owner._parameters else owner._buffers
            replaced.append((held, last, held[last]))
            held[last] = t
        yield
    finally:
        for held, last, before in reversed(replaced):
            held[last] = before


def _missing(own: dict[str, Any], tensors: dict[str, Tensor]) -> set[str]:
    """Names whose tensor is given under none of its names."""
    given = {id(own[name]) for name in tensors if name in own}
    return {name for name, held in own.items() if id(held) not in given}


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several models of one class, each stacked along a new first dimension: what
    `vmap` and `functional_call` need to run them together."""
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or all(not m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if not all(type(m) is type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    all_params = [dict(m.named_parameters()) for m in models]
    all_buffers = [dict(m.named_buffers()) for m in models]
    return _stacked(all_params), _stacked(all_buffers)


def _stacked(dictionaries: list[dict[str, Any]]) -> dict[str, Any]:
    out = {}
    for name in dictionaries[0]:
        tensors = [d[name] for d in dictionaries]
        if len({t.requires_grad for t in tensors}) > 1:
            raise RuntimeError(
                f"Expected {name} from each model to have the same .requires_grad. Got: {[t.requires_grad for t in tensors]}"
            )
        out[name] = stack([t.detach() for t in tensors]).requires_grad_(tensors[0].requires_grad)
    return out
