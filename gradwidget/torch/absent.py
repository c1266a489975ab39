"""Parts of PyTorch that are not here, for programs that import them and may never use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


class Missing:
    """Stands for a function or a class that PyTorch has: it can be imported, and says what is missing when it is used."""

    __slots__ = ("said",)

    def __init__(self, said: str) -> None:
        self.said = said

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(self.said)

    __call__ = __enter__ = __exit__ = __mro_entries__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(self.said)

    def __instancecheck__(self, instance: Any) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self.said.partition(':')[0]}>"


def absent(package: str, why: str, names: str = "") -> Callable[[str], Any]:
    """A module's `__getattr__`: says of every name what is missing, and that real PyTorch has it. `names`, separated by blanks,
    can be imported and say so only when they are used.

    >>> __getattr__ = absent(__name__, "it does not compile programs", "script trace")
    """
    said = "torch" + package.partition(".torch")[2]
    known = frozenset(names.split())

    def missing(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '{said}' has no attribute '{name}'")
        text = f"gradwidget.torch has no {said}.{name}: {why}. Real PyTorch has it."
        if name in known:
            return Missing(text)
        raise AttributeError(text)

    return missing
