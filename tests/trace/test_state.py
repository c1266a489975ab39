"""What the fold says of a program, moment by moment."""

from gradwidget import events as ev
from gradwidget.trace import state_at, to_json
from tests.golden.make import every_kind, record


def step_after(trace, kind, number=1):
    """How many events there are up to the n-th of a kind, that one included."""
    places = [i for i, event in enumerate(trace) if type(event) is kind]
    return places[number - 1] + 1


def test_nothing_has_happened_at_step_0():
    state = state_at(every_kind(), 0)
    assert state.step == 0
    assert not any(value for value in to_json(state).values())


def test_steps_beyond_the_ends_are_the_ends():
    trace = every_kind()
    assert state_at(trace, -5).step == 0
    assert state_at(trace, 10_000).step == state_at(trace).step == len(trace)


def test_a_tensor_that_was_written_to_before_it_was_seen():
    trace = every_kind()
    assert state_at(trace, step_after(trace, ev.Tensor)).counters == {1: 3}


def test_a_later_tensor_does_not_turn_a_counter_back():
    state = state_at(
        [
            ev.Storage(1, 4, "cpu", False),
            ev.Tensor(1, 1, 1, 0, (), (), "float32", True, False, None, None, 0, ""),
            ev.Write(1, 1, None, 1, 0, 1),
            ev.Tensor(2, 1, 1, 0, (), (), "float32", True, False, None, None, 0, ""),
        ]
    )
    assert state.counters == {1: 1}


def test_names_move_and_go():
    trace = every_kind()
    state = state_at(trace, step_after(trace, ev.Name, 2))
    assert state.names == {"w": 1, "weight": 1} and state.tensors[1]["names"] == ["w", "weight"]
    state = state_at(trace, step_after(trace, ev.Name, 3))
    assert state.names["w"] == 3
    assert state.tensors[1]["names"] == ["weight"] and state.tensors[3]["names"] == ["w"]
    state = state_at(trace, step_after(trace, ev.Name, 4))
    assert state.names == {"w": 3} and state.tensors[1]["names"] == []


def test_an_op_has_what_it_made_and_wrote():
    state = state_at(every_kind())
    assert state.ops[1]["nodes"] == [1, 2]
    assert state.ops[3]["writes"] == [[2, 2, 0, 1]]
    assert [state.tensors[t]["op"] for t in (1, 2, 4)] == [None, 1, None]


def test_a_tensor_knows_the_op_that_made_it_and_not_those_that_wrote_to_it():
    trace = record("view_write")
    state = state_at(trace)
    made = {state.tensors[t]["names"][0]: state.ops[state.tensors[t]["op"]]["name"] for t in state.names.values()}
    assert made == {"x": "ones", "y": "mul", "turned": "t"}


def test_a_detached_tensor():
    trace = every_kind()
    step = step_after(trace, ev.Rewire, 2)
    before, after = state_at(trace, step - 1).tensors[3], state_at(trace, step).tensors[3]
    assert (before["leaf"], before["requires_grad"], before["node"]) == (False, True, 3)
    assert (after["leaf"], after["requires_grad"], after["node"]) == (True, False, None)
    assert before["storage"] == after["storage"]


def test_a_backward_pass():
    state = state_at(every_kind())
    first, second = state.backwards[1], state.backwards[2]
    assert first["ran"] == [4, 2]
    assert [flow["index"] for flow in first["flows"]] == [28, 30]
    assert first["accumulated"][0]["norm"] == 2.0
    assert [(hook["hook"], hook["index"]) for hook in first["hooked"]] == [("clip", 31)]
    assert (first["ended"], first["error"], first["failed"]) == (37, None, None)
    assert (second["ended"], second["failed"]) == (40, 2) and second["error"].startswith("Trying to backward")
    assert state.nodes[2]["released"] and not state.nodes[4]["released"]


def test_the_gradient_of_a_leaf():
    trace = every_kind()
    assert state_at(trace, step_after(trace, ev.Accumulate)).tensors[1]["grad"] == 4
    assert state_at(trace, step_after(trace, ev.Grad)).tensors[1]["grad"] is None


def test_what_was_freed_is_remembered():
    state = state_at(every_kind())
    assert not state.tensors[2]["alive"] and not state.storages[2]["alive"] and not state.nodes[4]["alive"]
    assert state.tensors[1]["alive"] and state.storages[1]["alive"] and state.nodes[2]["alive"]


def test_scopes_nest():
    trace = every_kind()
    assert state_at(trace, step_after(trace, ev.Scope, 2)).open == [1, 2]
    state = state_at(trace, step_after(trace, ev.Leave))
    assert state.open == [1] and state.scopes[2]["left"] == step_after(trace, ev.Leave) - 1
    assert state_at(trace).open == []


def test_a_saved_tensor_goes_stale_at_the_write():
    trace = record("stale")
    step = step_after(trace, ev.Write)

    def stale(state):
        return [
            node["name"]
            for node in state.nodes.values()
            for _, _, _, counter, version in node["saved"]
            if state.counters[counter] > version and not node["released"]
        ]

    assert stale(state_at(trace, step - 1)) == []
    assert stale(state_at(trace, step)) == ["ExpBackward0"]
    assert [p["key"] for p in state_at(trace).problems] == ["stale-saved", "backward"]
