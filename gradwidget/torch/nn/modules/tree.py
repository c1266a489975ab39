"""A module's tree: walking over its children, parameters and buffers, and changing all of them at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...parameter import Parameter
from ...tensor import Tensor
from ...uninitialized import is_lazy


class Tree:
    """What `Module` can do with everything below it."""

    training: bool
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]

    # ---- walking

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Direct children with their names; a child that is there twice comes once."""
        seen = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Any]:
        return (child for _, child in self.named_children())

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """This module (named `prefix`) and all below it, with dotted paths.

        >>> dict(nn.Sequential(nn.ReLU()).named_modules())["0"]
        ReLU()
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def _named_members(
        self, of: Callable[[Any], Iterable[tuple[str, Any]]], prefix: str, recurse: bool, once: bool
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        homes = self.named_modules(prefix=prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in homes:
            for name, member in of(module):
                if member is None or (once and id(member) in seen):
                    continue
                seen.add(id(member))
                yield (f"{path}.{name}" if path else name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Parameters with their dotted paths; one that is shared comes once."""
        return self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """What an optimiser is given."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Buffers with their dotted paths."""
        return self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        return (b for _, b in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Any:
        """The module at a dotted path. Raises AttributeError where there is none."""
        from .module import Module

        at: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(at, name):
                raise AttributeError(f"{at._get_name()} has no attribute `{name}`")
            at = getattr(at, name)
            if not isinstance(at, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return at

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path. Raises AttributeError where there is none."""
        path, _, name = target.rpartition(".")
        home = self.get_submodule(path)
        if not hasattr(home, name):
            raise AttributeError(f"{home._get_name()} has no attribute `{name}`")
        found = getattr(home, name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path. Raises AttributeError where there is none."""
        path, _, name = target.rpartition(".")
        home = self.get_submodule(path)
        if not hasattr(home, name):
            raise AttributeError(f"{home._get_name()} has no attribute `{name}`")
        if name not in home._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return home._buffers[name]  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put a module at a dotted path. strict: only where one is already. Raises AttributeError for a path that leads
        nowhere, ValueError for what is no module."""
        from .module import Module

        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        home = self.get_submodule(path)
        if strict and not hasattr(home, name):
            raise AttributeError(f"{home._get_name()} has no attribute `{name}`")
        if hasattr(home, name) and not isinstance(getattr(home, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(home, name, module)

    # ---- changing

    def apply(self, fn: Callable[[Any], None]) -> Any:
        """Call `fn` on every module, the deepest first.

        >>> net.apply(lambda m: nn.init.zeros_(m.bias) if isinstance(m, nn.Linear) else None)
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Any:
        """Put this module and all below it into training mode. (This does not touch autograd.)"""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Any:
        """`train(False)`: dropout lets everything through. Gradients are still recorded; see `torch.no_grad`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Freeze (False) or unfreeze all parameters."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the parameters' gradients, or fill them with zeros."""
        if getattr(self, "_is_replica", False):
            warnings.warn(
                "Calling .zero_grad() from a module created with nn.DataParallel() has no effect. "
                "The parameters are copied (in a differentiable manner) from the original module. "
                "This means they are not leaf nodes in autograd and so don't accumulate gradients. "
                "If you need gradients in your forward method, consider using autograd.grad instead.",
                stacklevel=2,
            )
        for p in self.parameters():
            clear_grad(p, set_to_none)

    def _apply(self, convert: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        """Convert parameters (which stay the objects that they are), their gradients, and buffers."""
        from ...grad_mode import no_grad

        for child in self.children() if recurse else ():
            child._apply(convert)
        for p in self._parameters.values():
            if p is None:
                continue
            with no_grad():
                converted = convert(p)
            p.data = converted
            if p._grad is not None:
                with no_grad():
                    grad = convert(p._grad)
                p._grad.data = grad
        for name, buffer in self._buffers.items():
            if buffer is not None:
                made = convert(buffer)
                if is_lazy(buffer):
                    buffer._a = made._a
                else:
                    self._buffers[name] = made
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Move and convert parameters and buffers: `to(device)`, `to(dtype)`, `to(device, dtype)`, `to(tensor)`.

        Integer buffers keep their dtype. Raises TypeError for a dtype that is neither floating-point nor complex.
        """
        device, dtype = _where_to(*args, **kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )

        if dtype is not None and dtype.is_complex:
            warnings.warn(
                "Complex modules are a new feature under active development whose design may change, and some modules might not "
                "work as expected when using complex tensors as parameters or buffers. Please file an issue at "
                "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a complex module does not work as "
                "expected.",
                stacklevel=2,
            )

        def convert(t: Any) -> Any:
            wanted = {"device": device} if device is not None else {}
            if dtype is not None and t._a.dtype.kind in "fcV":
                wanted["dtype"] = dtype
            return t.to(**wanted) if wanted else t

        return self._apply(convert)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Any:
        """Give parameters and buffers memory on a device, without values."""
        from ...ops.creation import empty_like

        return self._apply(lambda t: empty_like(t, device=device), recurse=recurse)  # type: ignore[no-any-return]

    def share_memory(self) -> Any:
        """Return self: other processes get copies here. RuntimeError for parameters that have no shape yet."""
        for t in (*self.parameters(), *self.buffers()):
            if is_lazy(t):
                t.share_memory_()  # type: ignore[attr-defined]
        return self

    def cuda(self, device: Any = None) -> Any:
        return self._apply(lambda t: t.cuda() if device is None else t.cuda(device))  # type: ignore[attr-defined]

    def cpu(self) -> Any:
        return self._apply(lambda t: t.cpu())  # type: ignore[attr-defined]

    def type(self, dst_type: Any) -> Any:
        return self._apply(lambda t: t.type(dst_type))  # type: ignore[attr-defined]

    def _floating(self, name: str) -> Any:
        return self._apply(lambda t: getattr(t, name)() if t.is_floating_point() else t)

    def float(self) -> Any:
        return self._floating("float")

    def double(self) -> Any:
        return self._floating("double")

    def half(self) -> Any:
        return self._floating("half")

    def bfloat16(self) -> Any:
        return self._floating("bfloat16")


def clear_grad(p: Any, set_to_none: bool) -> None:
    """None for a gradient, or zeros in its memory."""
    grad = p._grad
    if grad is None:
        return
    if set_to_none:
        p.grad = None
        return
    if grad.grad_fn is not None:
        grad.detach_()
    else:
        grad.requires_grad_(False)
    grad.zero_()


def _where_to(*args: Any, device: Any = None, dtype: Any = None, tensor: Any = None, **_: Any) -> tuple[Any, Any]:
    from ... import dtypes

    for x in args:
        if isinstance(x, Tensor):
            tensor = x
        elif isinstance(x, dtypes.dtype):
            dtype = x
        elif x is not None and not isinstance(x, bool):
            device = x
    if tensor is not None:
        device, dtype = tensor.device, tensor.dtype
    return device, dtype
