"""Modules that hold modules: lists, dictionaries, sequences."""

from collections import OrderedDict

from twin import attempt


def _net(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 3))


def sequential(torch):
    """Taken apart and put together."""
    nn = torch.nn
    net = _net(torch)
    yield repr(net[0]), repr(net[-1]), repr(net[1:]), repr(net[::2]), len(net)
    yield attempt(lambda: net[3]), attempt(lambda: net[-4]), attempt(lambda: net["0"])
    net[1] = nn.Tanh()
    del net[0]
    yield repr(net), list(net.state_dict())
    net.append(nn.Sigmoid()).extend([nn.ReLU(), nn.GELU()])
    net.insert(0, nn.Flatten())
    net.insert(-1, nn.ELU())
    yield repr(net)
    yield repr(net.pop(1)), repr(net.pop(slice(0, 2))), repr(net)
    yield attempt(lambda: net.insert(9, nn.ReLU())), attempt(lambda: net.insert(0, 3))
    del net[1:]
    yield repr(net), repr(nn.Sequential())


def sequential_arithmetic(torch):
    """+, += and * with whole numbers."""
    nn = torch.nn
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU())
    yield repr(net + nn.Sequential(nn.Tanh())), repr(net * 2), repr(3 * net), len(net)
    twice = net * 2
    yield twice[0] is twice[2], len(list(twice.parameters()))
    net += nn.Sequential(nn.Tanh())
    net *= 2
    yield repr(net)
    yield attempt(lambda: net + 3), attempt(lambda: net * 1.5), attempt(lambda: net * 0), attempt(lambda: net * -1)
    yield attempt(lambda: net.__iadd__([nn.ReLU()])), attempt(lambda: net.__imul__(0))
    named = nn.Sequential(OrderedDict(first=nn.Linear(1, 1), act=nn.ReLU()))
    yield repr(named), list(named.state_dict()), repr(named[:1]), repr(named.first)
    del named[0]
    yield repr(named)
    yield attempt(lambda: nn.Sequential(nn.Linear(1, 1), 3)), attempt(lambda: nn.Sequential({"a": nn.ReLU()}))


def lists(torch):
    """ModuleList as a list."""
    nn = torch.nn
    held = nn.ModuleList([nn.Linear(1, 2), nn.ReLU()])
    held.append(nn.Tanh())
    held.extend(nn.ModuleList([nn.Tanh(), nn.Tanh()]))
    held.insert(1, nn.Sigmoid())
    yield repr(held), len(held), repr(held[1]), repr(held[-1]), repr(held[1:3]), list(held.state_dict())
    held += [nn.ELU()]
    more = [nn.GELU()]
    yield repr(held + more), len(held), repr(held.pop(0)), repr(held.pop(-1)), repr(held)
    held[0] = nn.Linear(3, 3)
    del held[1:3]
    yield repr(held), [type(m).__name__ for m in held], list(dict(held.named_modules()))
    yield attempt(lambda: held[7]), attempt(lambda: held[-7]), attempt(lambda: held["a"])
    yield attempt(lambda: held.append(3)), attempt(lambda: held.extend(3)), attempt(lambda: held(torch.ones(1)))
    yield repr(nn.ModuleList()), attempt(lambda: nn.ModuleList(3)), [n for n in dir(held) if n.isdigit()]
    del held[-1]
    yield repr(held), attempt(lambda: held.__delitem__(5))


def dictionaries(torch):
    """ModuleDict as a dictionary."""
    nn = torch.nn
    held = nn.ModuleDict({"b": nn.Linear(1, 2), "a": nn.ReLU()})
    held["c"] = nn.Tanh()
    held.update([["d", nn.ELU()], ("a", nn.GELU())])
    held.update(nn.ModuleDict({"e": nn.ReLU()}))
    yield repr(held), list(held), list(held.keys()), [repr(m) for m in held.values()], [k for k, _ in held.items()]
    yield "a" in held, "z" in held, len(held), repr(held["d"]), list(held.state_dict())
    yield repr(held.pop("d")), attempt(lambda: held.pop("z")), attempt(lambda: held["z"])
    del held["a"]
    yield repr(held)
    yield attempt(lambda: held.update(3)), attempt(lambda: held.update([3])), attempt(lambda: held.update([[1, 2, 3]]))
    yield attempt(lambda: held.__setitem__("x", 3)), attempt(lambda: held.__setitem__(3, nn.ReLU()))
    yield attempt(lambda: held.__setitem__("keys", nn.ReLU())), attempt(lambda: held.__setitem__("a.b", nn.ReLU()))
    held.clear()
    yield repr(held), len(held), repr(nn.ModuleDict())


def lists_of_parameters(torch):
    """ParameterList: tensors become parameters, anything else stays what it is."""
    nn = torch.nn
    held = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(1, 3)), "text", None])
    yield repr(held), len(held), [type(v).__name__ for v in held], list(held.state_dict())
    held[-1] = torch.ones(1)
    held += [torch.zeros(2)]
    yield repr(held[1:]), type(held[0]).__name__, repr(held), attempt(lambda: held[9]), attempt(lambda: held("x"))
    yield attempt(lambda: held.extend(torch.ones(2))), attempt(lambda: held.extend(3)), repr(nn.ParameterList())
    yield attempt(lambda: held.__setitem__(9, 1)), [n for n in dir(held) if n.isdigit()]
    yield [tuple(p.shape) for p in nn.ParameterList(torch.ones(2) for _ in range(2)).parameters()]


def dictionaries_of_parameters(torch):
    """ParameterDict: in the order of names where it comes from a plain dictionary."""
    nn = torch.nn
    held = nn.ParameterDict({"b": torch.ones(2), "a": nn.Parameter(torch.zeros(1))})
    yield repr(held), list(held), list(reversed(held)), list(held.state_dict())
    held.update([("z", torch.ones(1)), ("c", 3)])
    held.update(OrderedDict(y=torch.zeros(2), x=torch.zeros(3)))
    yield repr(held), [type(v).__name__ for v in held.values()], [k for k, _ in held.items()]
    yield held.setdefault("new", torch.ones(1)), held.setdefault("c", 5), held.get("none"), held.get("none", 2)
    yield held.popitem(), held.pop("c"), list(held), attempt(lambda: held.pop("none")), attempt(lambda: held["none"])
    other = nn.ParameterDict({"z": torch.zeros(9), "q": torch.ones(1)})
    yield list(held | other), (held | other)["z"], list(held.copy()), held.copy()["z"] is held["z"]
    held |= other
    yield list(held), held["z"], "q" in held, len(held)
    yield list(held.fromkeys(["k", "j"])), held.fromkeys(["k"], torch.ones(1))["k"]
    del held["q"]
    yield list(held), attempt(lambda: held(1)), attempt(lambda: nn.ParameterDict([(3, torch.ones(1))]))
    yield attempt(lambda: held.update(3)), attempt(lambda: held.update([3])), attempt(lambda: held.update([(1, 2, 3)]))
    held.clear()
    yield repr(held), len(held)
