"""Each question, on both libraries: the case that it names, the tensor, the line, and code that mends it."""

import pytest

from gradwidget.explain import QUESTIONS, Unknown
from gradwidget.explain.answer import code
from gradwidget.explain.questions import word

# what is asked: key, line, variables among the ids, fix; then the program
CASES = {
    "nobody asked": ("x.grad", "never-requested", 1, "x", "x.requires_grad_()", """
        x = torch.ones(2)
        y = (x * torch.ones(2, requires_grad=True)).sum()
        y.backward()
    """),
    "integers": ("x.grad", "integer-leaf", 1, "x", "x = x.float().requires_grad_()", """
        x = torch.arange(3)
    """),
    "backward never ran": ("x.grad", "no-backward", None, "x", "loss.backward()", """
        x = torch.ones(2, requires_grad=True)
        loss = (x * x).sum()
    """),
    "cut, and backward never ran": ("x.grad", "cut-detach", 2, "x y", "y = x * x", """
        x = torch.ones(2, requires_grad=True)
        y = (x * x).detach()
        loss = y.sum()
    """),
    "not reached": ("u.grad", "not-in-graph", 5, "u loss", "other.backward()", """
        x = torch.ones(2, requires_grad=True)
        u = torch.ones(2, requires_grad=True)
        loss = (x * x).sum()
        other = (u * u).sum()
        loss.backward()
    """),
    "unused": ("u.grad", "unused", 4, "u loss", None, """
        x = torch.ones(2, requires_grad=True)
        u = torch.ones(2, requires_grad=True)
        loss = (x * x).sum()
        loss.backward()
    """),
    "used later": ("u.grad", "used-later", 4, "u", "other.backward()", """
        x = torch.ones(2, requires_grad=True)
        u = torch.ones(2, requires_grad=True)
        loss = (x * x).sum()
        loss.backward()
        other = (u * x).sum()
    """),
    "asked too late": ("x.grad", "requested-late", 3, "x", None, """
        x = torch.ones(2)
        w = torch.ones(2, requires_grad=True)
        loss = (x * w).sum()
        x.requires_grad_()
        loss.backward()
    """),
    "torch.autograd.grad": ("x.grad", "kept-elsewhere", 3, "x y", "y.backward()", """
        x = torch.ones(2, requires_grad=True)
        y = (x * x).sum()
        g = torch.autograd.grad(y, x)
    """),
    "set to None": ("w.grad", "set-to-none", 4, "w", None, """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        (w * w).sum().backward()
        optimizer.zero_grad()
    """),
    "in the middle": ("y.grad", "not-leaf", 2, "y x", "y.retain_grad()", """
        x = torch.ones(2, requires_grad=True)
        y = x * x
        y.sum().backward()
    """),
    "cut by inference mode": ("y.requires_grad", "cut-inference", 3, "y x", None, """
        x = torch.ones(2, requires_grad=True)
        with torch.inference_mode():
            y = x * x
    """),
    "far from the cut": ("loss.requires_grad", "cut-detach", 3, "y", None, """
        x = torch.ones(2, requires_grad=True)
        y = x * x
        z = y.detach() + 1
        u = z.exp()
        loss = (u * u).sum()
    """),
    "asked for": ("x.requires_grad", "requires-asked", 2, "x", "x.requires_grad_(False)", """
        x = torch.ones(2)
        x.requires_grad_()
    """),
    "from its inputs": ("y.requires_grad", "requires-inputs", 3, "y x", None, """
        x = torch.ones(2, requires_grad=True)
        c = torch.ones(2)
        y = (c * x).exp()
    """),
    "a view": ("x?memory", "shares-view", 2, "x row", None, """
        x = torch.ones(2, 3)
        row = x[0]
        row.zero_()
    """),
    ".data": ("x?memory", "shares-data", 2, "x y", "y = x.detach().clone()", """
        x = torch.ones(2, requires_grad=True)
        y = x.data
    """),
    "a parameter on old memory": ("w?memory", "shares-parameter", None, "w t", None, """
        t = torch.ones(2)
        w = torch.nn.Parameter(t)
        y = w * 2
    """),
    "memory of its own": ("x?memory", "shares-none", 1, "x", "", """
        x = torch.ones(2)
        y = x.clone()
    """),
    "a write that breaks": ("y?write", "write-breaks", 2, "y", "y = y.detach().clone()", """
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
    """),
    "a write that goes unnoticed": ("y?write", "write-silent", 2, "y", None, """
        x = torch.ones(2, requires_grad=True)
        z = x.exp()
        y = z.data
    """),
    "a write that is refused": ("x?write", "write-refused", 1, "x", "with torch.no_grad():\n    x.add_(1)", """
        x = torch.ones(2, requires_grad=True)
    """),
    "a write that others see": ("x?write", "write-changes", 2, "x row", "x = x.clone()", """
        x = torch.ones(2, 3)
        row = x[0]
    """),
    "a write that is free": ("x?write", "write-free", None, "x", "", """
        x = torch.ones(2)
    """),
    "kept for backward": ("h?alive", "kept-for-backward", 3, "", None, """
        w = torch.ones(2, requires_grad=True)
        h = w * 3
        y = h * h
    """),
    "kept by a name": ("x?alive", "kept-by-name", 1, "x", "del x", """
        x = torch.ones(2)
    """),
    "zero since relu": ("x.grad", "grad-zero", 2, "x", "torch.nn.functional.leaky_relu(x)", """
        x = torch.tensor([-1.0, -2.0], requires_grad=True)
        y = torch.relu(x)
        (y * 3).sum().backward()
    """),
    "NaN since sqrt": ("x.grad", "grad-nan", 2, "x", "torch.sqrt(x.clamp(min=1e-12))", """
        x = torch.tensor([0.0, 4.0], requires_grad=True)
        y = torch.sqrt(x)
        (y * torch.tensor([0.0, 1.0])).sum().backward()
    """),
    "huge since exp": ("x.grad", "grad-huge", 2, "x", None, """
        x = torch.tensor([20.0], requires_grad=True)
        y = x.exp()
        (y * 2).sum().backward()
    """),
    "nothing strange": ("x.grad", "grad-fine", 2, "x", "", """
        x = torch.tensor([1.0], requires_grad=True)
        (x * 2).sum().backward()
    """),
    "added over steps": ("w.grad", "accumulated", 4, "w", "optimizer.zero_grad()\n(w * w).sum().backward()", """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(3):
            (w * w).sum().backward()
            optimizer.step()
    """),
    "no step": ("w?unchanged", "no-step", None, "w", "optimizer.step()", """
        w = torch.ones(2, requires_grad=True)
        (w * w).sum().backward()
    """),
    "not in the optimizer": ("b?unchanged", "not-in-optimizer", 5, "b", "optimizer.add_param_group({'params': [b]})", """
        w = torch.ones(2, requires_grad=True)
        b = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        (w * b).sum().backward()
        optimizer.step()
    """),
    "the optimizer holds another": ("w?unchanged", "optimizer-holds-another", 3, "w", None, """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        w = w.detach().clone().requires_grad_()
        (w * w).sum().backward()
        optimizer.step()
    """),
    "the gradient is the old one's": ("w.grad", "other-tensor", 4, "w", None, """
        w = torch.ones(2, requires_grad=True)
        loss = (w * w).sum()
        loss.backward()
        w = torch.ones(2, requires_grad=True)
    """),
    "frozen": ("b?unchanged", "frozen", 5, "b", "b.requires_grad_()", """
        w = torch.ones(2, requires_grad=True)
        b = torch.ones(2)
        optimizer = torch.optim.SGD([w, b], lr=0.1)
        (w * b).sum().backward()
        optimizer.step()
    """),
    "stepped without a gradient": ("b?unchanged", "stepped-without-grad", 4, "b", None, """
        w = torch.ones(2, requires_grad=True)
        b = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w, b], lr=0.1)
        (w * w).sum().backward()
        optimizer.step()
    """),
    "lr 0": ("w?unchanged", "lr-zero", 4, "w", "optimizer.param_groups[0]['lr'] = 0.1", """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.0)
        (w * w).sum().backward()
        optimizer.step()
    """),
    "a zero gradient": ("w?unchanged", "stepped-by-zero", 4, "w", "", """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        (w * 0).sum().backward()
        optimizer.step()
    """),
    "it did change": ("w?unchanged", "did-change", 4, "w", "", """
        w = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        (w * w).sum().backward()
        optimizer.step()
    """),
    "detach_": ("y?rewired", "rewired-detach_", 3, "y", "y_cut = y.detach()", """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.detach_()
    """),
    "a write gives a new history": ("y?rewired", "rewired-in-place", 3, "y", "", """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.mul_(3)
    """),
    "never rewired": ("y?rewired", "rewired-never", 2, "y", "", """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
    """),
    "not a scalar": ("y?backward", "not-scalar", 3, "y", "y.sum().backward()", """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.backward()
    """),
    "a gradient of another shape": ("y?backward", "gradient-shape", 3, "y", "y.backward(torch.ones_like(y))", """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.backward(torch.ones(3))
    """),
    "detached in place": ("z?backward", "saved-detached", 4, "y", "y = y.detach()", """
        x = torch.ones(2, requires_grad=True)
        y = x * 1
        z = (y * y).sum()
        y.detach_()
        z.backward()
    """),
    "no history at all": ("y?backward", "nothing-requires", 2, "y x", "x.requires_grad_()", """
        x = torch.ones(2)
        y = (x * 2).sum()
        y.backward()
    """),
    "frozen since": ("y?backward", "turned-off", 2, "y w", "w.requires_grad_()", """
        w = torch.ones(2, requires_grad=True)
        w.requires_grad_(False)
        y = (w * 2).sum()
        y.backward()
    """),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_question_is_answered(run, case):
    asked, key, line, ids, fix, program = CASES[case]
    what, _, question = asked.partition("?")
    done = run(program)
    answer = done.ask(what, question or None)
    assert answer.key == key, answer.text("en")
    assert answer.line == line
    assert {done.id(name) for name in ids.split()} <= set(answer.ids)
    if fix is not None:
        assert answer.fix == fix
    assert answer.question in QUESTIONS
    for language in ("en", "zh"):
        words = answer.title(language) + answer.because(language) + answer.advice(language)
        assert "{" not in words and "not recorded" not in answer.title(language)
    if done.error is not None:
        assert any(note.startswith("gradwidget: ") for note in done.error.__notes__)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_an_answer_for_every_tensor(run, question):
    """Also where nothing is the matter, and for tensors without a name: never an error."""
    done = run("""
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        x = torch.ones(4, 2)
        for _ in range(2):
            optimizer.zero_grad()
            y = model(x)
            y[0].mul_(2)
            loss = y.pow(2).mean()
            loss.backward()
            optimizer.step()
        view = x.t()[0]
    """)
    story = done.story
    for tensor in story.tensors:
        answer = done.ask(tensor, question)
        for language in ("en", "zh"):
            assert answer.text(language)


def test_questions_as_things_stood_before(run):
    done = run("""
        w = torch.ones(2, requires_grad=True)
        (w * w).sum().backward()
        w.grad = None
    """)
    from gradwidget import events as ev

    cleared = max(i for i, e in enumerate(done.trace) if isinstance(e, ev.Grad))
    assert done.ask("w.grad").key == "set-to-none"
    assert done.ask("w.grad", step=cleared).key == "grad-fine"


def test_words_for_questions():
    assert word("requires_grad") == "requires_grad"
    assert word("NaN") == word("zero") == word("doubled") == "grad"
    assert word("frozen?") == "unchanged" and word("leak") == "alive"
    with pytest.raises(ValueError, match="no question is called 'colour'; there are grad, requires_grad"):
        word("colour")


def test_an_unknown_name_is_told_with_those_that_are_known(run):
    done = run("weight = torch.ones(2)")
    with pytest.raises(Unknown, match=r"no tensor 'wieght\.grad'\. It knows: weight"):
        done.ask("wieght.grad")


def test_modules_are_asked_about_by_path(run):
    done = run("""
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
        model[0].weight.requires_grad_(False)
        out = model(torch.ones(1, 2))
        out.sum().backward()
    """)
    answer = done.ask("model.0.weight.grad")
    assert (answer.key, answer.line, answer.about) == ("turned-off", 2, "model.0.weight")
    assert answer.fix == "model[0].weight.requires_grad_()"


def test_paths_in_code_are_written_as_python_has_them():
    assert code("model.0.weight.add_(0.1)") == "model[0].weight.add_(0.1)"
    assert code("f(net.layers.3.1.bias, x.2)") == "f(net.layers[3][1].bias, x[2])"
    assert code("x = 1.5 * y[0] - 2.0\nlr=0.1") == "x = 1.5 * y[0] - 2.0\nlr=0.1"


def test_memory_that_nobody_else_can_reach_is_not_told_of(run):
    done = run("model = torch.nn.Linear(2, 1)\nout = model(torch.ones(1, 2))")
    assert done.ask("model.weight", "memory").key == "shares-none"
