"""Assertions about autograd, for any test runner; the pytest plugin adds the fixture `gradtrace` and replays of failures.

They read a trace: that of the recording that runs, or else a snapshot of the graph that their tensors hang on. A recording
knows more: which line cut a path, and which one wrote.

>>> from gradwidget.testing import assert_flows
>>> def test_every_layer_learns(gradtrace):
...     loss = model(batch).sum()
...     assert_flows(loss, to=model)
"""

from .flow import assert_detached, assert_flows, assert_no_flow
from .graphs import assert_same_graph
from .hazards import assert_no_hazards
from .memory import assert_shares_memory, assert_unchanged, max_bytes_kept

__all__ = [
    "assert_detached",
    "assert_flows",
    "assert_no_flow",
    "assert_no_hazards",
    "assert_same_graph",
    "assert_shares_memory",
    "assert_unchanged",
    "max_bytes_kept",
]
