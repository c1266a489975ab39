"""Classes that say they are PyTorch's: `type(layer)` prints `<class 'torch.nn.modules.linear.Linear'>`, as in the course."""

from __future__ import annotations

import copyreg
from typing import Any

_CORE = __package__ + "."


class Named:
    """Base of such classes: the core's own bear PyTorch's module as theirs. They are pickled by that name and found in the
    core again, whether or not a PyTorch is installed or `import torch` gives the core."""

    _reduced_by_name = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__module__.startswith(_CORE):
            cls.__module__ = "torch." + cls.__module__[len(_CORE) :]

    def __reduce_ex__(self, protocol: Any) -> Any:
        made = super().__reduce_ex__(max(int(protocol), 2))
        cls = type(self)
        if cls.__module__.startswith("torch.") and isinstance(made, tuple) and made[0] is copyreg.__newobj__:  # type: ignore[attr-defined]
            from ._utils import make

            return make, (cls.__module__, cls.__qualname__), *made[2:]
        return made
