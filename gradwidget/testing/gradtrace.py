"""What the fixture `gradtrace` is: the recording of one test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import testing
from ..session import Session


class GradTrace:
    """A test's recording: the trace, with its methods, and the assertions at hand.

    >>> def test_sharing(gradtrace):
    ...     x = torch.ones(3)
    ...     gradtrace.assert_shares_memory(x, x.detach())
    ...     assert len(gradtrace.problems()) == 0
    """

    assert_flows = staticmethod(testing.assert_flows)
    assert_no_flow = staticmethod(testing.assert_no_flow)
    assert_detached = staticmethod(testing.assert_detached)
    assert_shares_memory = staticmethod(testing.assert_shares_memory)
    assert_unchanged = staticmethod(testing.assert_unchanged)
    max_bytes_kept = staticmethod(testing.max_bytes_kept)

    def __init__(self, title: str, source: str = "core") -> None:
        self.session = Session(title, source=source)

    @property
    def trace(self) -> Any:
        return self.session.trace

    def assert_no_hazards(self, ignore: Any = ()) -> None:
        __tracebackhide__ = True
        testing.assert_no_hazards(self.trace, ignore)

    def assert_same_graph(self, other: Any, **how: Any) -> None:
        __tracebackhide__ = True
        testing.assert_same_graph(self.trace, other, **how)

    def id_of(self, tensor: Any) -> int:
        """A tensor's id in the trace."""
        return self.session.id_of(tensor)

    def __len__(self) -> int:
        return len(self.trace)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.trace)

    def __getitem__(self, i: Any) -> Any:
        return self.trace[i]

    def __getattr__(self, name: str) -> Any:
        if name == "session":
            raise AttributeError(name)
        return getattr(self.session.trace, name)

    # ---- what the plugin does with it

    def failed(self, error: BaseException, namespaces: list[Mapping[str, Any]]) -> None:
        """The test raised: the error and what its variables were called belong to the recording."""
        self.session.recorder.name_tensors(namespaces, unseen=False)
        if isinstance(error, Exception):
            self.session.error(error)

    def to_html(self, path: Path, title: str) -> Path:
        from ..widget.html import to_html

        return to_html(self.trace, path, title)
