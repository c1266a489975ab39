"""torch.func: derivatives of functions, functions mapped over many inputs, modules as functions."""

from twin import attempt


def shown(result):
    """Values, dtypes and whether they are followed; not how often they were written."""
    if hasattr(result, "tolist"):
        return str(result.dtype), result.detach().tolist(), result.requires_grad
    if isinstance(result, dict):
        return {k: shown(v) for k, v in result.items()}
    if isinstance(result, (tuple, list)):
        return type(result).__name__, [shown(r) for r in result]
    return result


def setting(torch):
    """What the programs work on."""
    x = torch.arange(6.0).reshape(2, 3)
    return torch.func, torch.func.vmap, x, torch.ones(3)


def dbl(a):
    return a * 2


def two(a, b):
    return a * b


def mapped(torch):
    """vmap: dimensions, structures, randomness, errors."""
    _, vmap, x, y = setting(torch)
    yield "v", attempt(lambda: shown(vmap(dbl)(x)))
    yield "noin", attempt(lambda: shown(vmap(dbl)()))
    yield "in_dims type", attempt(lambda: shown(vmap(dbl, in_dims="a")(x)))
    yield "struct", attempt(lambda: shown(vmap(dbl, in_dims=(0, 0))(x)))
    yield "None all", attempt(lambda: shown(vmap(dbl, in_dims=None)(x)))
    yield "None all2", attempt(lambda: shown(vmap(dbl, in_dims=(None,))(x)))
    yield "range", attempt(lambda: shown(vmap(dbl, in_dims=3)(x)))
    yield "neg", attempt(lambda: shown(vmap(dbl, in_dims=-1)(x)))
    yield "nontensor", attempt(lambda: shown(vmap(two)(x, 3)))
    yield "nontensor none", attempt(lambda: shown(vmap(two, in_dims=(0, None))(x, 3)))
    yield "sizes", attempt(lambda: shown(vmap(two)(x, y)))
    yield "float dim", attempt(lambda: shown(vmap(dbl, in_dims=(0.5,))(x)))
    yield "0d", attempt(lambda: shown(vmap(dbl)(torch.tensor(1.0))))
    yield "out nontensor", attempt(lambda: shown(vmap(lambda a: 3)(x)))
    yield "out tuple", attempt(lambda: shown(vmap(lambda a: (a, a.sum()))(x)))
    yield "out list", attempt(lambda: shown(vmap(lambda a: [a, a.sum()])(x)))
    yield "out dict", attempt(lambda: shown(vmap(lambda a: {"a": a})(x)))
    yield "out_dims", attempt(lambda: shown(vmap(dbl, out_dims=1)(x)))
    yield "out_dims bad", attempt(lambda: shown(vmap(dbl, out_dims=3)(x)))
    yield "out_dims tuple", attempt(lambda: shown(vmap(lambda a: (a, a), out_dims=(0, 1))(x)))
    yield "out_dims mismatch", attempt(lambda: shown(vmap(lambda a: (a, a), out_dims=(0, 1, 1))(x)))
    yield "out_dims None", attempt(lambda: shown(vmap(dbl, out_dims=None)(x)))
    yield "const out", attempt(lambda: shown(vmap(lambda a: y)(x)))
    yield "out none const", attempt(lambda: shown(vmap(lambda a: y, out_dims=None)(x)))
    yield "rand err", attempt(lambda: shown(vmap(lambda a: a + torch.rand(3))(x)))
    yield "rand bad", attempt(lambda: shown(vmap(dbl, randomness="x")(x)))
    yield "chunk", attempt(lambda: shown(vmap(dbl, chunk_size=1)(x)))
    yield "chunk0", attempt(lambda: shown(vmap(dbl, chunk_size=0)(x)))
    yield "nested", attempt(lambda: shown(vmap(vmap(two, in_dims=(0, None)), in_dims=(0, None))(x, torch.tensor(2.0))))
    yield "nest in", attempt(lambda: shown(vmap(lambda d: d["a"] * 2, in_dims=({"a": 0},))({"a": x})))
    yield "kwargs", attempt(lambda: shown(vmap(lambda a, b=None: a * b)(x, b=x)))
    yield "mm", attempt(lambda: shown(vmap(torch.dot)(x, x)))
    yield x, y


def derivatives(torch):
    """grad, vjp, jvp, Jacobians and Hessians."""
    F, vmap, x, y = setting(torch)
    yield "grad", attempt(lambda: shown(F.grad(lambda a: a.sin())(torch.tensor(1.0))))
    yield "gradgrad", attempt(lambda: shown(F.grad(F.grad(lambda a: a.sin()))(torch.tensor(1.0))))
    yield "grad nonscalar", attempt(lambda: shown(F.grad(dbl)(x)))
    yield "grad nontensor", attempt(lambda: shown(F.grad(lambda a: 3.0)(y)))
    yield "argnums", attempt(lambda: shown(F.grad(lambda a, b: (a * b).sum(), argnums=(0, 1))(y, y)))
    yield "argnums bad", attempt(lambda: shown(F.grad(lambda a: a.sum(), argnums=2)(y)))
    yield "neg argnums", attempt(lambda: shown(F.grad(lambda a, b: (a * b).sum(), argnums=-1)(y, y * 2)))
    yield "aux", attempt(lambda: shown(F.grad(lambda a: (a.sum(), a * 2), has_aux=True)(y)))
    yield "aux bad", attempt(lambda: shown(F.grad(lambda a: a.sum(), has_aux=True)(y)))
    yield "gav", attempt(lambda: shown(F.grad_and_value(lambda a: (a**2).sum())(y)))
    yield "dict", attempt(lambda: shown(F.grad(lambda p: (p["w"] ** 2).sum())({"w": y, "b": y})))
    yield "nontensor arg", attempt(lambda: shown(F.grad(lambda a: a)(3.0)))
    yield "vjp", attempt(lambda: shown(F.vjp(lambda a: a.sin(), y)[0]))
    yield "vjp2", attempt(lambda: shown(F.vjp(lambda a: a.sin(), y)[1](y)))
    yield "vjp3", attempt(lambda: shown(F.vjp(two, y, y)[1](y)))
    yield "vjp wrong", attempt(lambda: shown(F.vjp(lambda a: a.sin(), y)[1]((y, y))))
    yield "vjp wrong2", attempt(lambda: shown(F.vjp(lambda a: a.sin(), y)[1](torch.ones(4))))
    yield "jvp", attempt(lambda: shown(F.jvp(lambda a: a.sin(), (y,), (y,))))
    yield "jvp nontuple", attempt(lambda: shown(F.jvp(lambda a: a.sin(), y, y)))
    yield "jvp mism", attempt(lambda: shown(F.jvp(lambda a: a.sin(), (y,), (y, y))))
    yield "jvp shape", attempt(lambda: shown(F.jvp(lambda a: a.sin(), (y,), (torch.ones(2),))))
    yield "jvp2", attempt(lambda: shown(F.jvp(lambda a, b: (a * b, a.sum()), (y, y), (y, y * 2))))
    yield "jacrev", attempt(lambda: shown(F.jacrev(lambda a: a**2)(y)))
    yield "jacfwd", attempt(lambda: shown(F.jacfwd(lambda a: a**2)(y)))
    yield "jac2", attempt(lambda: shown(F.jacrev(lambda a, b: (a * b, a.sum()), argnums=(0, 1))(y, y)))
    yield "hess", attempt(lambda: shown(F.hessian(lambda a: (a**3).sum())(y)))
    yield "jac argnums", attempt(lambda: shown(F.jacfwd(two, argnums=1)(y, y * 3)))
    yield "jac aux", attempt(lambda: shown(F.jacrev(lambda a: (a**2, a), has_aux=True)(y)))
    yield "hess2", attempt(lambda: shown(F.hessian(lambda a, b: (a * b).sum(), argnums=(0, 1))(y, y)))
    yield "jac nontensor", attempt(lambda: shown(F.jacrev(lambda a: 3)(y)))
    yield "per sample", attempt(lambda: shown(vmap(F.grad(lambda a: (a**2).sum()))(x)))
    yield "jac of vmap", attempt(lambda: shown(F.jacrev(vmap(lambda a: (a**2).sum()))(x).shape))
    yield "vmap jac", attempt(lambda: shown(vmap(F.jacrev(lambda a: a**2))(x)))
    yield x, y


def modules_as_functions(torch):
    """functional_call and stack_module_state."""
    F, _, x, y = setting(torch)
    m = torch.nn.Linear(3, 1)
    yield "fc", attempt(lambda: shown(F.functional_call(m, {"weight": torch.ones(1, 3), "bias": torch.zeros(1)}, (x,))))
    yield "fc partial", attempt(lambda: shown(F.functional_call(m, {"weight": torch.zeros(1, 3)}, x).shape))
    yield "fc strict", attempt(lambda: shown(F.functional_call(m, {"weight": torch.zeros(1, 3)}, x, strict=True)))
    yield (
        "fc strict2",
        attempt(
            lambda: shown(
                F.functional_call(m, {"weight": torch.zeros(1, 3), "bias": torch.zeros(1), "c": y}, x, strict=True)
            )
        ),
    )
    yield (
        "fc grad",
        attempt(
            lambda: shown(F.grad(lambda p: F.functional_call(m, p, (x,)).sum())(dict(m.named_parameters()))["weight"])
        ),
    )
    yield "fc type", attempt(lambda: shown(F.functional_call(m, 3, x)))
    yield (
        "fc two",
        attempt(lambda: shown(F.functional_call(m, ({"weight": torch.ones(1, 3)}, {"bias": torch.zeros(1)}), x))),
    )
    yield (
        "fc dup",
        attempt(lambda: shown(F.functional_call(m, ({"weight": torch.ones(1, 3)}, {"weight": torch.zeros(1)}), x))),
    )
    yield (
        "stack",
        attempt(
            lambda: shown(
                {
                    k: (v.shape, v.requires_grad, v.is_leaf)
                    for k, v in F.stack_module_state([torch.nn.Linear(3, 1) for _ in range(2)])[0].items()
                }
            )
        ),
    )
    yield "stack0", attempt(lambda: shown(F.stack_module_state([])))
    yield x, y


def levels(torch):
    """Derivatives within derivatives, and what lies outside."""
    F, _, x, y = setting(torch)
    w = torch.ones(3, requires_grad=True)

    def ng(a):
        with torch.no_grad():
            return F.grad(lambda b: (b**2).sum())(a)

    def inside(a):
        with torch.no_grad():
            c = a**2
        return (a * c).sum()

    yield "outer", attempt(lambda: shown(F.grad(lambda a: (a * w).sum())(y)))
    yield (
        "outer rg",
        attempt(
            lambda: shown(
                (
                    F.grad(lambda a: (a * w).sin().sum())(y).requires_grad,
                    F.grad(lambda a: a.sin().sum())(y).requires_grad,
                    F.grad(lambda a: (a**2).sum())(w).requires_grad,
                )
            )
        ),
    )
    yield "no_grad out", attempt(lambda: shown(ng(y)))
    yield "no_grad in", attempt(lambda: shown(F.grad(inside)(y)))
    yield "inplace", attempt(lambda: shown(F.grad(lambda a: a.mul_(2).sum())(y)))
    yield (
        "perturb",
        attempt(lambda: shown(F.grad(lambda a: a * F.grad(lambda b: a * b)(torch.tensor(1.0)))(torch.tensor(3.0)))),
    )
    yield x, y
