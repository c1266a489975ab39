"""Questions to the graph, checked against what the program is known to do; and its files, read back."""

import json
import xml.etree.ElementTree as xml

import networkx as nx
import pytest

import gradwidget
from gradwidget import torch
from gradwidget.trace import export, recipes


@pytest.fixture(scope="module")
def trace():
    with gradwidget.record() as trace:
        x = torch.ones(2, 3)
        w = torch.ones(3, requires_grad=True)
        b = torch.ones(3, requires_grad=True)
        cut = b.detach()
        h = (x * w).exp()
        left, right = h * 2, h.sin()
        loss = (left + right * cut).sum()
    assert loss is not None
    return trace


def labels(g, keys):
    return [g.nodes[k]["label"] for k in keys]


def test_reachability(trace):
    g = trace.graph()
    assert recipes.reaches(g, "loss", "w") and not recipes.reaches(g, "loss", "b")
    assert labels(g, recipes.reached(g, "loss")) == ["w"]
    with pytest.raises(KeyError, match="no tensor is called 'nope'"):
        recipes.reaches(g, "loss", "nope")
    assert recipes.find(g, recipes.find(g, "w")) == recipes.find(g, "w")


def test_the_cut_set_is_where_all_ways_meet(trace):
    g = trace.graph()
    (node,) = recipes.cut_set(g, "loss", "w")
    assert g.nodes[node]["label"] in ("ExpBackward0", "MulBackward0")
    without = g.copy()
    without.remove_node(node)
    assert not recipes.reaches(without, "loss", "w")
    assert recipes.cut_set(g, "loss", "b") == set()


def test_two_ways_need_two_cuts():
    with gradwidget.record() as trace:
        w = torch.ones(3, requires_grad=True)
        loss = (w.sin() + w.cos()).sum()
    g = trace.graph()
    cuts = recipes.cut_set(g, "loss", "w")
    flow = recipes.gradients(g)
    flow.remove_nodes_from(cuts)
    assert not nx.has_path(flow, recipes.find(g, "loss"), recipes.find(g, "w"))
    assert loss is not None


def test_memory_by_op_counts_each_storage_once(trace):
    g = trace.graph()
    kept = recipes.memory_by_op(g)
    storages = {s for _, d in g.nodes(data=True) if d["kind"] == "node" for _, _, s, _, _ in d["saved"]}
    assert sum(kept.values()) == sum(g.nodes["storage", s]["bytes"] for s in storages)
    assert kept["ExpBackward0"] == 24 and list(kept.values()) == sorted(kept.values(), reverse=True)


def test_nothing_is_kept_after_backward():
    with gradwidget.record() as trace:
        w = torch.ones(3, requires_grad=True)
        w.exp().sum().backward()
    assert recipes.memory_by_op(trace.graph()) == {}


def test_the_longest_path(trace):
    g = trace.graph()
    names = labels(g, recipes.longest_path(g, "loss"))
    assert names == [
        "SumBackward0",
        "AddBackward0",
        "MulBackward0",
        "SinBackward0",
        "ExpBackward0",
        "MulBackward0",
        "AccumulateGrad",
    ]
    assert labels(g, recipes.longest_path(g)) == names


def test_values_are_acyclic_though_ops_write_in_place():
    with gradwidget.record() as trace:
        x = torch.ones(3)
        x.add_(1).mul_(x)
    assert nx.is_directed_acyclic_graph(recipes.values(trace.graph()))


def test_json_reads_back(trace):
    g = trace.graph()
    again = nx.node_link_graph(json.loads(export.to_json(g)), edges="links")
    assert (len(again), again.number_of_edges()) == (len(g), g.number_of_edges())
    assert again.nodes["tensor:1"]["shape"] == [2, 3]


def test_graphml_reads_back_with_its_attributes(trace, tmp_path):
    g = trace.graph()
    again = nx.read_graphml(trace.export(tmp_path / "t.graphml"), force_multigraph=True)
    assert (len(again), again.number_of_edges()) == (len(g), g.number_of_edges())
    loss = recipes.find(g, "loss")
    told = again.nodes[export.name(loss)]
    assert told["requires_grad"] is True and json.loads(told["names"]) == ["loss"] and json.loads(told["shape"]) == []


def test_dot_is_quoted(tmp_path):
    with gradwidget.record() as trace:
        x = torch.ones(2, requires_grad=True)
    from gradwidget import events as ev

    trace.extend([ev.Name('evil"];\n', 1), ev.Name("x", None), ev.Name("\x00\x1b<&>", 1)])
    text = trace.export(tmp_path / "t.dot").read_text()
    assert 'label="evil\\"];\\n"' in text and text.startswith("digraph") and text.endswith("}\n")
    xml.parse(trace.export(tmp_path / "t.graphml"))
    with pytest.raises(ValueError, match=r"\.graphml, \.dot"):
        trace.export(tmp_path / "t.png")
    assert x is not None
