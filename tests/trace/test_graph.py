"""A trace as a networkx graph."""

import networkx as nx

from gradwidget import events as ev
from tests.golden.make import every_kind, record


def named(graph, name):
    (node,) = [n for n, d in graph.nodes(data=True) if d["kind"] == "tensor" and name in d["names"]]
    return node


def edges(graph, kind):
    """(label, label) of the edges of a kind."""
    label = graph.nodes(data="label")
    return sorted((label[a], label[b]) for a, b, k in graph.edges(data="kind") if k == kind)


def only(graph, *kinds):
    return graph.edge_subgraph([(a, b, key) for a, b, key, k in graph.edges(keys=True, data="kind") if k in kinds])


def test_detach():
    graph = record("detach").graph()
    assert isinstance(graph, nx.MultiDiGraph)
    assert edges(graph, "detach") == [("y", "z")]
    assert {("x", "mul"), ("mul", "y"), ("y", "detach"), ("detach", "z"), ("z", "mul_")} <= set(edges(graph, "data"))
    memory = dict(edges(graph, "memory"))
    assert memory["y"] == memory["z"] != memory["x"]
    assert graph.nodes[named(graph, "y")]["version"] == graph.nodes[named(graph, "z")]["version"] == 1


def test_where_gradients_can_go():
    graph = record("detach").graph()
    flows = only(graph, "grad")
    x, y, z = (named(graph, name) for name in "xyz")
    assert nx.has_path(flows, y, x)
    assert z not in flows


def test_values_flow_where_gradients_do_not():
    graph = record("detach").graph()
    assert nx.has_path(only(graph, "data"), named(graph, "x"), named(graph, "z"))


def test_x_times_x_has_two_of_each_edge():
    trace = record("detach")
    graph = trace.graph([type(event) for event in trace].index(ev.Backward))
    assert edges(graph, "grad").count(("MulBackward0", "AccumulateGrad")) == 2
    assert [d["field"] for *_, d in graph.edges(data=True) if d["kind"] == "saved"] == ["other", "self"]


def test_views():
    graph = record("view_write").graph()
    assert ("y", "turned") in edges(graph, "view")
    turned = graph.nodes[named(graph, "turned")]
    assert turned["shape"] == (3, 2) and turned["stride"] == (1, 3)


def test_what_is_saved_and_stale():
    trace = record("stale")
    graph = trace.graph()
    saved = [d for a, b, d in graph.edges(data=True) if d["kind"] == "saved"]
    assert [(d["field"], d["version"], d["stale"]) for d in saved] == [("result", 0, True)]
    before = trace.graph(next(i for i, e in enumerate(trace) if type(e).__name__ == "Write"))
    assert [d["stale"] for *_, d in before.edges(data=True) if d["kind"] == "saved"] == [False]


def test_a_released_node_keeps_nothing():
    assert edges(record("accumulate").graph(), "saved") == []


def test_every_node_says_what_it_is():
    for trace in (every_kind(), record("view_write"), record("no_grad")):
        for key, data in trace.graph().nodes(data=True):
            assert data["kind"] == key[0] and data["label"]


def test_the_line_of_an_op():
    graph = record("detach").graph()
    (op,) = [d for _, d in graph.nodes(data=True) if d["kind"] == "op" and d["name"] == "detach"]
    assert op["line"] == "z = y.detach()" and op["mode"] == "grad"
