"""state_dict and load_state_dict: keys, hooks, errors, assignments."""

import copy

from twin import attempt


def _net(torch):
    nn = torch.nn
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def out(torch):
    """Prefix, keep_vars, what is shared, the metadata, and the older way of calling."""
    net = _net(torch)
    state = net.state_dict()
    yield list(state), dict(state._metadata), state["0.weight"].requires_grad
    yield state["0.weight"].data_ptr() == net[0].weight.data_ptr(), state["0.weight"]
    yield net.state_dict(keep_vars=True)["0.weight"] is net[0].weight, list(net.state_dict(prefix="net."))
    mine = {"here": 1}
    yield net.state_dict(destination=mine) is mine, list(mine)
    yield list(net.state_dict({}, "p.", True))


def back(torch):
    """What is missing, too much, of another shape, of another kind."""
    net, other = _net(torch), _net(torch)
    state = {k: v + 1 for k, v in net.state_dict().items()}
    yield repr(other.load_state_dict(state)), other[0].weight, other[1].num_batches_tracked
    less = {k: v for k, v in state.items() if "weight" not in k}
    yield attempt(lambda: other.load_state_dict(less)), other.load_state_dict(less, strict=False)
    more = {**state, "2.bias": torch.ones(1), "0.none": torch.ones(1)}
    yield attempt(lambda: other.load_state_dict(more)), other.load_state_dict(more, False)
    yield attempt(lambda: other.load_state_dict({**state, "0.weight": torch.ones(9)}))
    yield attempt(lambda: other.load_state_dict({**state, "0.weight": torch.ones(9), "x": 1}, strict=False))
    yield attempt(lambda: other.load_state_dict({**state, "0.weight": 3}))
    yield attempt(lambda: other.load_state_dict([1])), attempt(lambda: other.load_state_dict({}))
    yield repr(torch.nn.ReLU().load_state_dict({})), other.load_state_dict({}, strict=False).missing_keys
    loaded = other.load_state_dict(state)
    yield loaded.unexpected_keys, loaded == ([], []), type(loaded).__name__


def counted(torch):
    """Loading writes into the tensors: versions count, gradients stay, dtypes are the module's."""
    net = _net(torch)
    weight = net[0].weight
    net.load_state_dict({k: v.double() if v.is_floating_point() else v for k, v in net.state_dict().items()})
    yield net[0].weight is weight, weight._version, weight.dtype
    scalar = torch.nn.Module()
    scalar.p = torch.nn.Parameter(torch.tensor(0.0))
    scalar.load_state_dict({"p": torch.ones(1)})
    yield scalar.p


def assigned(torch):
    """assign=True puts the given tensors in; whether they are trained is the module's matter."""
    net = _net(torch)
    net[0].weight.requires_grad_(False)
    state = {k: v.clone() for k, v in net.state_dict().items()}
    state["0.bias"] = torch.nn.Parameter(torch.ones(3, dtype=torch.float64), requires_grad=False)
    net.load_state_dict(state, assign=True)
    yield net[0].weight.requires_grad, net[0].bias.requires_grad, net[0].bias is state["0.bias"], net[0].bias
    yield net[0].weight.data_ptr() == state["0.weight"].data_ptr(), net[1].running_mean is state["1.running_mean"]
    yield attempt(lambda: net.load_state_dict({**state, "0.weight": torch.ones(1)}, assign=True))
    tied = torch.nn.Linear(2, 2)
    yield str(tied.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)}, assign=True))


def extra_state(torch):
    """What a module keeps besides tensors."""
    nn = torch.nn

    class Counts(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.n = n

        def get_extra_state(self):
            return {"n": self.n}

        def set_extra_state(self, state):
            self.n = state["n"]

    net, other = nn.Sequential(Counts(1), nn.Linear(1, 1)), nn.Sequential(Counts(2), nn.Linear(1, 1))
    yield list(net.state_dict()), net.state_dict()["0._extra_state"]
    other.load_state_dict(net.state_dict())
    yield other[0].n
    state = net.state_dict()
    del state["0._extra_state"]
    yield attempt(lambda: other.load_state_dict(state)), str(other.load_state_dict(state, strict=False))
    plain = nn.Sequential(nn.ReLU(), nn.Linear(1, 1))
    yield attempt(lambda: plain.load_state_dict(net.state_dict()))
    yield attempt(lambda: nn.ReLU().get_extra_state()), attempt(lambda: nn.ReLU().set_extra_state(1))


def hooks_on_the_way_out(torch):
    """Before and after; the older one may answer another dictionary."""
    net, heard = _net(torch), []
    handles = [
        net.register_state_dict_pre_hook(lambda m, prefix, keep: heard.append(("before", prefix, keep))),
        net[0].register_state_dict_post_hook(
            lambda m, state, prefix, local: heard.append(("after", prefix, list(state)))
        ),
        net._register_state_dict_hook(lambda m, state, prefix, local: {**state, "added": 1}),
    ]
    yield list(net.state_dict()), heard, len(net._state_dict_hooks), len(net[0]._state_dict_hooks)
    for handle in handles:
        handle.remove()
    yield list(net.state_dict())

    def answers(module, state, prefix, local):
        return state

    net.register_state_dict_post_hook(answers)
    yield attempt(net.state_dict), attempt(lambda: net._register_state_dict_hook(answers))


def hooks_on_the_way_in(torch):
    """Before (they may change the dictionary) and after (they may change what is missing)."""
    net, heard = _net(torch), []

    def before(module, state, prefix, local, strict, missing, unexpected, errors):
        heard.append((type(module).__name__, prefix, sorted(state), strict))
        if prefix + "old" in state:
            state[prefix + "weight"] = state.pop(prefix + "old")

    net[0].register_load_state_dict_pre_hook(before)
    state = net.state_dict()
    state["0.old"] = state.pop("0.weight") * 0
    yield str(net.load_state_dict(state)), net[0].weight, heard

    def after(module, keys):
        heard.append((type(module).__name__, list(keys.missing_keys)))
        keys.missing_keys.clear()

    handle = net.register_load_state_dict_post_hook(after)
    yield str(net.load_state_dict({})), heard[-1]
    handle.remove()
    net.register_load_state_dict_post_hook(lambda module, keys: keys)
    yield attempt(lambda: net.load_state_dict(net.state_dict()))


def hooks_go_with_copies(torch):
    """A hook that gets the module gets the copy, on the copy."""
    heard = []

    class Noted(torch.nn.Module):
        name = "first"

        def __init__(self):
            super().__init__()
            self.register_load_state_dict_pre_hook(Noted.note)

        def note(self, *args):
            heard.append(self.name)

    one = Noted()
    two = copy.deepcopy(one)
    two.name = "second"
    two.load_state_dict({})
    one.load_state_dict({})
    yield heard


def overridden(torch):
    """Layers may save and load in their own way."""
    nn = torch.nn

    class Renamed(nn.Linear):
        def _save_to_state_dict(self, destination, prefix, keep_vars):
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "w"] = destination.pop(prefix + "weight")

        def _load_from_state_dict(self, state_dict, prefix, *args):
            state_dict[prefix + "weight"] = state_dict.pop(prefix + "w")
            super()._load_from_state_dict(state_dict, prefix, *args)

    net = nn.Sequential(Renamed(1, 2))
    state = net.state_dict()
    yield list(state), str(net.load_state_dict(state)), list(net.state_dict())
