"""PyTorch's own samples for its ops (its OpInfo database), given to both libraries.

    python tests/torch/opinfo.py add sub        # what differs, op by op
    python tests/torch/opinfo.py --table        # every op of the database: ok, differs, missing
    python tests/torch/opinfo.py --dtype=bfloat16 add

A sample's tensors are copied into the core with their strides; the results' values, dtypes, shapes and strides are
compared, then the gradients and the gradients of the gradients of a fixed projection (in float64).
"""

from __future__ import annotations

import inspect
import itertools
import sys
import types
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch as reference

from gradwidget import torch as core

DTYPES = ("float64", "float32", "int64", "bool", "complex128")
SAMPLES = 12  # of each dtype
UNFILLED = ("empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided")
PROCESSED = ("linalg.eig", "linalg.eigh", "pca_lowrank", "svd_lowrank")
SEED = 42  # the one that PyTorch's samples of random ops set before each call


def thaw() -> None:
    """PyTorch's test helpers forbid setting its backends' flags; other tests here set them."""
    reference.backends.flags_frozen.__globals__["__allow_nonbracketed_mutation_flag"] = True


def database() -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    thaw()
    return list(op_db)


def full_name(info: Any) -> str:
    return info.name + (f":{info.variant_test_name}" if info.variant_test_name else "")


def found(library: Any, name: str) -> Any:
    """`nn.functional.relu` of a library; None where it has none."""
    thing = library
    for part in name.split("."):
        try:
            thing = getattr(thing, part)
        except AttributeError:
            return None
    return thing


def transplanted(function: Any) -> Any:
    """A function of PyTorch's that works on the core."""
    names = {"torch": core, "F": core.nn.functional}
    world = {name: names.get(name, value) for name, value in function.__globals__.items()}
    cells = tuple(
        types.CellType(transplanted(c.cell_contents)) if isinstance(c.cell_contents, types.FunctionType) else c
        for c in function.__closure__ or ()
    )
    return types.FunctionType(function.__code__, world, function.__name__, function.__defaults__, cells or None)


def counterpart(info: Any) -> Any:
    """The core's function that stands for one of the database; None where it has none.

    A lambda of the database is run as it is, with the core in the place of PyTorch."""
    op = info.op
    if isinstance(op, types.FunctionType) and op.__module__.startswith("torch.testing"):
        return transplanted(op)
    if str(op).startswith("aten."):
        return found(core.ops.aten, str(op).split(".")[1])
    thing = found(core, info.name)
    if thing is None or isinstance(thing, core.dtype):
        thing = getattr(core.Tensor, info.name, None)
    return thing


class Away(Exception):
    """A sample that the core does not know what to do with (sparse, on another device, of more dimensions than NumPy has, without memory)."""


MEMO: dict[Any, Any] | None = None  # where tensors that share memory are to share it in the core too


def ours(value: Any, requires_grad: bool = False) -> Any:
    """PyTorch's value as the core's."""
    if isinstance(value, reference.Tensor):
        if value.layout != reference.strided or value.device.type != "cpu" or value.dim() > 64:
            raise Away
        if value.is_conj() or value.is_neg() or value._is_zerotensor():
            value = value.detach().clone().resolve_conj().resolve_neg()
        storage = value.detach().untyped_storage()
        if not storage.nbytes() and value.numel():
            raise Away
        if MEMO is not None and id(value) in MEMO:
            return MEMO[id(value)]
        whole = reference.empty(0, dtype=reference.uint8).set_(storage).numpy()
        brain = value.dtype is reference.bfloat16  # which NumPy does not know
        flat = whole.view(np.int16 if brain else value.detach().reshape(-1)[:0].numpy().dtype)
        memory = core.from_numpy(flat.copy())
        if MEMO is not None:
            memory = MEMO.setdefault((storage.data_ptr(), flat.dtype), memory)
        if brain:
            memory = memory.view(core.bfloat16)
        t = memory.as_strided(tuple(value.shape), value.stride(), value.storage_offset()).detach()
        if MEMO is not None:
            MEMO[id(value)] = t
        return t.requires_grad_() if requires_grad and t.dtype.is_floating_point | t.dtype.is_complex else t
    if isinstance(value, reference.dtype):
        return getattr(core, str(value).removeprefix("torch."))
    if isinstance(value, reference.device):
        return core.device(str(value))
    if isinstance(value, (reference.memory_format, reference.layout)):
        if (same := getattr(core, str(value).removeprefix("torch."), None)) is None:
            raise Away
        return same
    if isinstance(value, reference.Size):
        return tuple(value)
    if isinstance(value, reference.nn.Module):
        made = getattr(core.nn, type(value).__name__)
        known = inspect.signature(made).parameters
        return made(**{k: getattr(value, k) for k in value.__constants__ if k in known})
    if isinstance(value, (list, tuple)):
        members = [ours(v, requires_grad) for v in value]
        return type(value)(*members) if hasattr(value, "_fields") else type(value)(members)
    if isinstance(value, dict):
        return {k: ours(v, requires_grad) for k, v in value.items()}
    return value


def theirs(value: Any, requires_grad: bool = False) -> Any:
    if isinstance(value, reference.Tensor):
        t = value.detach()
        return t.requires_grad_() if requires_grad and (t.is_floating_point() or t.is_complex()) else t
    if isinstance(value, (list, tuple)) and not isinstance(value, reference.Size):
        members = [theirs(v, requires_grad) for v in value]
        return type(value)(*members) if hasattr(value, "_fields") else type(value)(members)
    return value


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for v in value:
            yield from leaves(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from leaves(v)
    elif hasattr(value, "grad_fn"):
        yield value


def flat(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def compare(a: Any, b: Any, where: str, strides: bool = True, values: bool = True) -> Iterator[str]:
    """What differs between one result of the core's and PyTorch's."""
    if not isinstance(b, reference.Tensor):
        if isinstance(b, (bool, int)) and a != b:
            yield f"{where}: ours {a!r}, PyTorch's {b!r}"
        return
    if not isinstance(a, core.Tensor):
        yield f"{where}: ours is a {type(a).__name__}"
        return
    if str(a.dtype) != str(b.dtype) or tuple(a.shape) != tuple(b.shape):
        yield f"{where}: ours {a.dtype} {list(a.shape)}, PyTorch's {b.dtype} {list(b.shape)}"
        return
    if strides and a.numel() > 1 and essential(a) != essential(b):
        yield f"{where}: strides ours {a.stride()}, PyTorch's {b.stride()} of {list(a.shape)}"
    x, y = values_of(a), values_of(b)
    tolerance = {"f": 1e-4 if x.dtype.itemsize <= 4 else 1e-7, "c": 1e-4 if x.dtype.itemsize <= 8 else 1e-7}.get(
        x.dtype.kind, 0
    )
    if b.dtype in (reference.bfloat16, reference.float16):  # what is rounded on the way differs by steps of its terms
        size = np.abs(y[np.isfinite(y)])
        tolerance = 2.0 ** (-6 if b.dtype is reference.bfloat16 else -9) * max(
            1.0, float(size.max()) if size.size else 0.0
        )
    if x.dtype.kind in "fc":
        close = np.allclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:
        close = np.array_equal(x, y)
    if values and not close:
        yield f"{where}: values ours {x.reshape(-1)[:4]!s}, PyTorch's {y.reshape(-1)[:4]!s}"


def values_of(t: Any) -> np.ndarray:
    """A tensor's values; those of bfloat16 in float32."""
    t = t.detach()
    brain = str(t.dtype) == "torch.bfloat16"
    return np.asarray((t.float() if brain else t).numpy(force=True))


def essential(t: Any) -> list[int]:
    """The strides of dimensions that have more than one element."""
    return [s for s, n in zip(t.stride(), t.shape) if n > 1]


def call(function: Any, sample: tuple[Any, tuple[Any, ...], dict[str, Any]]) -> Any:
    given, args, kwargs = sample
    try:
        return function(given, *args, **kwargs)
    except Away:
        raise
    except Exception as error:
        return error


def check_sample(info: Any, mine: Any, yours: Any, sample: Any, gradients: bool) -> Iterator[str]:
    if sample.kwargs.get("sparse"):
        return
    try:
        a_in = ours((sample.input, sample.args, sample.kwargs), gradients)
    except Away:
        return
    b_in = theirs(sample.input, gradients), theirs(sample.args, gradients), sample.kwargs
    core.manual_seed(SEED)
    reference.manual_seed(SEED)
    try:
        a, b = call(mine, a_in), call(yours, b_in)
    except Away:
        return
    if isinstance(b, Exception) or isinstance(a, Exception):
        if (
            not (isinstance(a, Exception) and isinstance(b, Exception))
            or type(a).__name__ != type(b).__name__
            and type(b).__name__ != "NotImplementedError"
        ):
            yield f"ours {shown(a)}, PyTorch's {shown(b)}"
        return
    if (
        info.name in PROCESSED
    ):  # what the definition leaves open (signs, phases) is taken away, as PyTorch's own tests do
        a, b = transplanted(sample.output_process_fn_grad)(a), sample.output_process_fn_grad(b)
    results, expected = flat(a), flat(b)
    if len(results) != len(expected):
        yield f"ours gives {len(results)} results, PyTorch {len(expected)}"
        return
    for i, (r, e) in enumerate(zip(results, expected)):
        yield from compare(r, e, f"result {i}", values=info.name not in UNFILLED)
    if gradients:
        yield from check_gradients(a_in, results, b_in, expected)


def shown(x: Any) -> str:
    return f"raises {type(x).__name__}: {str(x)[:160]}" if isinstance(x, Exception) else "answers"


def projection(outputs: list[Any]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    out = []
    for o in outputs:
        v = rng.standard_normal(tuple(o.shape))
        out.append(v + 1j * rng.standard_normal(tuple(o.shape)) if o.is_complex() else v)
    return out


def constant(gradient: Any, inputs: list[Any]) -> bool:
    """Whether a gradient that PyTorch could differentiate again has nothing but zeros there."""
    try:
        again = reference.autograd.grad(gradient.sum().abs(), inputs, retain_graph=True, allow_unused=True)
    except (RuntimeError, NotImplementedError):
        return True
    return all(g is None or not bool((g != 0).any()) for g in again)


def check_gradients(a_in: Any, results: list[Any], b_in: Any, expected: list[Any]) -> Iterator[str]:
    pairs = [(r, e) for r, e in zip(results, expected) if isinstance(e, reference.Tensor)]
    for r, e in pairs:
        if r.requires_grad != e.requires_grad:
            yield f"requires_grad ours {r.requires_grad}, PyTorch's {e.requires_grad}"
            return
        ours_said, said = (None if t.grad_fn is None else t.grad_fn.name() for t in (r, e))
        if ours_said != said:
            yield f"node ours {ours_said}, PyTorch's {said}"
    pairs = [(r, e) for r, e in pairs if e.requires_grad]
    wanted = [(x, y) for x, y in zip(leaves(a_in), leaves(b_in)) if y.requires_grad]
    if not pairs or not wanted:
        return
    rs, es = [r for r, _ in pairs], [e for _, e in pairs]
    xs, ys = [x for x, _ in wanted], [y for _, y in wanted]
    v = projection(es)
    try:
        gb = reference.autograd.grad(
            es,
            ys,
            [reference.from_numpy(np.array(p)).to(e.dtype) for p, e in zip(v, es)],
            create_graph=True,
            allow_unused=True,
        )
    except (RuntimeError, NotImplementedError):
        return
    try:
        ga = core.autograd.grad(
            rs,
            xs,
            [core.from_numpy(np.array(p)).to(r.dtype) for p, r in zip(v, rs)],
            create_graph=True,
            allow_unused=True,
        )
        plain = core.autograd.grad(
            rs,
            xs,
            [core.from_numpy(np.array(p)).to(r.dtype) for p, r in zip(v, rs)],
            retain_graph=True,
            allow_unused=True,
        )
    except Exception as error:
        yield f"gradient: ours raises {type(error).__name__}: {str(error)[:200]}"
        return
    kept = []
    for i, (p, q, e) in enumerate(zip(ga, plain, gb)):
        if e is None:
            if p is not None and np.any(values_of(p) != 0):
                yield f"gradient {i}: ours is not None"
            continue
        if p is None:
            if bool((e != 0).any()):
                yield f"gradient {i}: ours is None"
            continue
        yield from compare(p, e, f"gradient {i}", strides=False)
        yield from compare(q, e, f"gradient {i} (on arrays)", strides=False)
        if e.requires_grad != p.requires_grad and not (p.requires_grad and e.numel() == 0):
            if e.requires_grad and not constant(e, ys):
                yield f"gradient {i}: cannot be differentiated again"
        elif e.requires_grad:
            kept.append((p, e))
    if not kept:
        return
    w = projection([e for _, e in kept])
    try:
        hb = reference.autograd.grad(
            [e for _, e in kept],
            ys,
            [reference.from_numpy(np.array(p)).to(e.dtype) for p, (_, e) in zip(w, kept)],
            allow_unused=True,
        )
    except (RuntimeError, NotImplementedError):
        return
    try:
        ha = core.autograd.grad(
            [g for g, _ in kept],
            xs,
            [core.from_numpy(np.array(p)).to(g.dtype) for p, (g, _) in zip(w, kept)],
            allow_unused=True,
        )
    except Exception as error:
        yield f"second gradient: ours raises {type(error).__name__}: {str(error)[:200]}"
        return
    for i, (p, e) in enumerate(zip(ha, hb)):
        if e is None or p is None:
            other = p if e is None else e
            if other is not None and np.any(values_of(other) != 0):
                yield f"second gradient {i}: ours {'is None' if p is None else 'is not None'}"
            continue
        yield from compare(p, e, f"second gradient {i}", strides=False)


def check(info: Any, samples: int = SAMPLES, dtypes: Iterable[str] = DTYPES) -> list[str]:
    """All that differs for one entry of the database; ["missing"] where the core has no such op."""
    mine, yours = counterpart(info), info.op
    if mine is None:
        return ["missing"]
    told: dict[str, str] = {}
    for name in dtypes:
        dtype = getattr(reference, name)
        if dtype not in info.dtypes:
            continue
        gradients = name in ("float64", "complex128", "bfloat16", "float16") and info.supports_autograd
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference.manual_seed(0)
            try:
                given = list(itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=False), samples))
            except Exception:
                continue
            for i, sample in enumerate(given):
                try:
                    for line in check_sample(info, mine, yours, sample, gradients):
                        told.setdefault(f"{name} {line.partition(':')[0]}", f"{name}, sample {i}: {line}")
                except Exception as error:
                    told.setdefault(f"{name} harness", f"{name}, sample {i}: {type(error).__name__}: {error}")
    return list(told.values())


def main(arguments: list[str]) -> None:
    names = {a for a in arguments if not a.startswith("--")}
    dtypes = [a.removeprefix("--dtype=") for a in arguments if a.startswith("--dtype=")] or DTYPES
    table: dict[str, list[str]] = {"ok": [], "differs": [], "missing": []}
    for info in database():
        if names and info.name not in names and full_name(info) not in names:
            continue
        told = check(info, dtypes=dtypes)
        kind = "ok" if not told else "missing" if told == ["missing"] else "differs"
        table[kind].append(full_name(info))
        if "--table" not in arguments or kind == "differs":
            print(f"{full_name(info)}: {kind}", flush=True)
            for line in told if kind == "differs" else ():
                print("    " + line[:300])
    if "--table" in arguments:
        for kind, found_names in table.items():
            print(f"\n{kind} ({len(found_names)}): {' '.join(found_names)}")


if __name__ == "__main__":
    main(sys.argv[1:])
