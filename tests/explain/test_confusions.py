"""What people get wrong about autograd, one test for each case: the confusing program runs, and the answer has to name
the case, the tensor, the line and a fix that is code; the fix, put in, has to work. In English and in Chinese."""

import pytest

from gradwidget import explain


def both(answer):
    """The answer in both languages: all its parts are there, and what it mentions was put in."""
    for language in ("en", "zh"):
        text = answer.text(language)
        assert answer.title(language) in text and answer.because(language).splitlines()[0] in text
        assert "{" not in answer.title(language) + answer.because(language) + answer.advice(language)
        if answer.source is not None and answer.source.text:
            assert answer.source.text in text
        assert (
            answer.fix in text.replace("\n      ", "\n").replace("      ", "", 1)
            or answer.fix == ""
            or all(part.strip() in text for part in answer.fix.splitlines())
        )
    chinese = answer.title("zh")
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese) and chinese != answer.title("en")
    return answer


def noted(program):
    """The exception carries the explanation: that of the trace, word for word."""
    notes = [n for n in program.error.__notes__ if n.startswith("gradwidget: ")]
    assert len(notes) == 1
    return notes[0]


def of_error(program):
    answer = both(explain.ask_trace(program.trace)[0])
    assert answer.title() in noted(program)
    return answer


def test_01_write_on_a_saved_tensor(run):
    program = run("""
        x = torch.tensor([0.5, 1.5], requires_grad=True)
        y = x.exp()
        z = y * 2
        y.add_(1)
        z.sum().backward()
    """)
    answer = of_error(program)
    assert (answer.key, answer.question) == ("stale-saved", "backward")
    assert answer.ids[0] == program.id("y") and answer.line == 4
    assert answer.fix == "y = y.add(1)"
    assert "ExpBackward0" in answer.because("en") and "version 0" in answer.because("en")
    assert answer.params["saver"].line == 2
    assert program.fixed("y.add_(1)", answer.fix).error is None


def test_01_an_optimizer_steps_between_two_backwards(run):
    program = run("""
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        first = (w * w).sum()
        second = (w * w * w).sum()
        first.backward()
        optimizer.step()
        second.backward()
    """)
    answer = of_error(program)
    assert answer.key == "stale-optimizer" and answer.ids[0] == program.id("w")
    assert answer.line == program.line("optimizer.step()")
    assert answer.fix.splitlines() == ["first.backward(retain_graph=True)", "second.backward()", "optimizer.step()"]


def test_02_a_moved_tensor_is_no_leaf(run):
    program = run("""
        x = torch.ones(3, requires_grad=True) * 0.01
        y = torch.ones(3, requires_grad=True).to(torch.float64)
        (x.sum() + y.sum()).backward()
    """)
    for name, line in (("x", 1), ("y", 2)):
        answer = both(program.ask(f"{name}.grad"))
        assert (answer.key, answer.line) == ("moved-leaf", line)
        assert answer.ids[0] == program.id(name)
        again = program.fixed(program.lines[line - 1], answer.fix)
        assert again.error is None and again.variables[name].grad is not None
    assert program.ask("x.grad").fix == "x = (torch.ones(3) * 0.01).requires_grad_()"


def test_02_an_optimizer_cannot_hold_a_result(run):
    program = run("""
        w = torch.ones(3, requires_grad=True) * 0.01
        optimizer = torch.optim.SGD([w], lr=0.1)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("optimize-non-leaf", 2, program.id("w"))
    assert program.fixed("optimizer = torch.optim.SGD([w], lr=0.1)", answer.fix).error is None


def test_03_backward_twice(run):
    program = run("""
        x = torch.tensor([2.0], requires_grad=True)
        loss = (x * x).sum()
        loss.backward()
        loss.backward(gradient=torch.tensor(1.0))
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("second-backward", 4, program.id("loss"))
    assert answer.params["first"].line == 3
    assert answer.fix == "loss.backward(retain_graph=True)"
    assert program.fixed("loss.backward()", answer.fix).error is None


def test_03_a_state_that_is_carried_on(run):
    program = run("""
        w = torch.tensor([0.5], requires_grad=True)
        h = torch.zeros(1)
        for step in range(2):
            h = torch.tanh(h * w + 1)
            loss = (h * h).sum()
            loss.backward()
    """)
    answer = of_error(program)
    assert answer.key == "carried-state" and answer.line == 4
    assert answer.fix == "h = h.detach()"
    assert answer.ids[0] in [f"t{t}" for t, names in program.story.named.items() if "h" in names]
    fix = answer.fix + "\nh = torch.tanh(h * w + 1)"
    assert program.fixed("h = torch.tanh(h * w + 1)", fix).error is None


@pytest.mark.parametrize(
    ("cut", "key", "fix"),
    [
        ("z = y.detach()", "cut-detach", "z = y"),
        ("z = y.data", "cut-data", "z = y"),
        ("z = y.argmax()", "cut-integer", None),
        ("z = (y > 1)", "cut-integer", None),
    ],
)
def test_04_the_graph_is_cut(run, cut, key, fix):
    program = run(f"""
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * x
        {cut}
        loss = (z * 1.0).sum()
        loss.backward()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line) == (key, 3)
    assert {program.id("z"), program.id("y"), program.id("loss")} <= set(answer.ids)
    if fix:
        assert answer.fix == fix and program.fixed(cut, answer.fix).error is None
    asked = program.ask("loss.requires_grad")
    assert (asked.key, asked.line) == (key, 3)
    assert program.ask("x.grad").key == key


def test_04_cut_by_no_grad(run):
    program = run("""
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.no_grad():
            y = x * x
        loss = y.sum()
        loss.backward()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line) == ("cut-no-grad", 3)
    assert program.id("y") in answer.ids and program.id("x") in answer.ids
    fixed = program.fixed("y = x * x", answer.fix)
    assert fixed.error is None and fixed.variables["x"].grad is not None


def test_04_frozen(run):
    program = run("""
        w = torch.ones(2, requires_grad=True)
        w.requires_grad_(False)
        loss = (w * 2).sum()
        loss.backward()
    """)
    answer = both(program.ask("w.grad"))
    assert (answer.key, answer.line, answer.ids[0]) == ("turned-off", 2, program.id("w"))
    assert answer.fix == "w.requires_grad_()"
    assert program.fixed("w.requires_grad_(False)", answer.fix).error is None
    assert "nothing" in of_error(program).key or of_error(program).key == "turned-off"


def test_05_write_on_a_leaf(run):
    program = run("""
        w = torch.ones(3, requires_grad=True)
        w.add_(1)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("leaf-in-place", 2, program.id("w"))
    assert answer.fix == "with torch.no_grad():\n    w.add_(1)"
    assert program.fixed("w.add_(1)", answer.fix).error is None


def test_05_write_on_a_slice_of_a_leaf(run):
    program = run("""
        w = torch.ones(3, requires_grad=True)
        w[0] = 5.0
    """)
    answer = of_error(program)
    assert (answer.key, answer.line) == ("leaf-view-in-place", 2)
    assert program.id("w") in answer.ids
    assert program.fixed("w[0] = 5.0", answer.fix).error is None


def test_06_detach_shares_storage(run):
    program = run("""
        x = torch.tensor([1.0, 2.0])
        y = x.detach()
        y.zero_()
    """)
    answer = both(program.ask("x", "memory"))
    assert (answer.key, answer.line) == ("shares-detach", 2)
    assert answer.ids[:2] == (program.id("x"), program.id("y"))
    assert answer.params["writes"] == 1 and answer.params["written"].line == 3
    fixed = program.fixed("y = x.detach()", answer.fix)
    assert fixed.variables["x"].tolist() == [1.0, 2.0]


def test_07_data_write_is_silently_wrong(run):
    program = run("""
        x = torch.tensor([0.0, 1.0], requires_grad=True)
        y = x.exp()
        y.data.zero_()
        y.sum().backward()
    """)
    assert program.error is None
    answer = both(program.ask("x.grad"))
    assert (answer.key, answer.line, answer.ids[0]) == ("silent-write", 3, program.id("y"))
    assert [p.key for p in program.trace.problems()] == ["silent-write"]
    assert [a.key for a in explain.ask_trace(program.trace, "x", "grad")] == [
        "silent-write"
    ]  # and not: exp is flat here
    fixed = program.fixed("y.data.zero_()", answer.fix)
    assert fixed.error is None
    assert answer.fix == "y = y.clone()\ny.zero_()"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("q = torch.tensor([p], requires_grad=True)", "cut-rewrap"),
        ("q = torch.tensor(p.item(), requires_grad=True)", "cut-item"),
        ("q = torch.from_numpy(p.detach().numpy()).requires_grad_()", "cut-numpy"),
    ],
)
def test_08_wrapped_again(run, line, key):
    program = run(f"""
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        p = x.sum()
        {line}
        loss = (q * 2).sum()
        loss.backward()
    """)
    assert program.error is None and program.variables["x"].grad is None
    answer = both(program.ask("x.grad"))
    assert (answer.key, answer.line) == (key, 3)
    assert program.id("q") in answer.ids and program.id("p") in answer.ids
    fixed = program.fixed(line, answer.fix)
    assert fixed.error is None and fixed.variables["x"].grad is not None, answer.fix


def test_08_requires_grad_on_a_cut_loss(run):
    program = run("""
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.no_grad():
            loss = (x * x).sum()
        loss.requires_grad_()
        loss.backward()
    """)
    answer = both(program.ask("x.grad"))
    assert (answer.key, answer.line) == ("cut-no-grad", 3)
    hazard = both(program.ask())
    assert (hazard.key, hazard.line, hazard.ids[0]) == ("revived-leaf", 3, program.id("loss"))


def test_09_gradients_accumulate(run):
    program = run("""
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        (w * 3).sum().backward()
        (w * 4).sum().backward()
    """)
    answer = both(program.ask("w.grad"))
    assert (answer.key, answer.line, answer.ids[0]) == ("accumulated", 3, program.id("w"))
    assert [s.line for s in answer.params["lines"]] == [2, 3]
    fixed = program.fixed("(w * 4).sum().backward()", answer.fix)
    assert fixed.variables["w"].grad.tolist() == [4.0, 4.0]


def test_09_a_forgotten_zero_grad(run):
    program = run("""
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(3):
            (w * w).sum().backward()
            optimizer.step()
    """)
    (problem,) = program.trace.problems()
    assert problem.key == "forgotten-zero-grad" and f"t{problem.tensors[0]}" == program.id("w")
    answer = both(program.ask())
    assert (answer.key, answer.line) == ("forgotten-zero-grad", 4)
    assert not program.fixed("(w * w).sum().backward()", answer.fix).trace.problems()


def test_10_the_name_goes_to_a_new_tensor(run):
    program = run("""
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        lr = 0.1
        for _ in range(2):
            (w * w).sum().backward()
            w = w - lr * w.grad
            break
        (w * w).sum().backward()
    """)
    answer = both(program.ask("w.grad"))
    assert (answer.key, answer.line, answer.ids[0]) == ("reassigned", 5, program.id("w"))
    assert answer.fix == "with torch.no_grad():\n    w -= lr * w.grad"
    fixed = program.fixed("w = w - lr * w.grad", answer.fix)
    assert fixed.error is None and fixed.variables["w"].grad is not None


def test_11_a_sum_that_keeps_graphs(run):
    program = run("""
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        total = 0.0
        for _ in range(3):
            loss = (w * w).sum()
            total += loss
    """)
    answer = both(program.ask("total", "alive"))
    assert (answer.key, answer.line, answer.ids[0]) == ("history-grows", 5, program.id("total"))
    assert answer.fix == "total += loss.item()"
    assert answer.params["times"] == 3
    fixed = program.fixed("total += loss", answer.fix)
    assert isinstance(fixed.variables["total"], float)


def test_12_detach_in_place_on_a_view(run):
    program = run("""
        x = torch.ones(2, 3, requires_grad=True)
        y = x * 1
        row = y[0]
        row.detach_()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("detach-view", 4, program.id("row"))
    assert answer.fix == "row = row.detach()"
    assert program.fixed("row.detach_()", answer.fix).error is None


def test_13_write_on_one_of_several_views(run):
    program = run("""
        x = torch.ones(2, 3, requires_grad=True)
        y = x * 1
        for row in y.unbind():
            row.mul_(2)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line) == ("multi-view", 4)
    assert answer.ids[0] == program.id("row")
    assert answer.fix == "row = row.mul(2)"
    assert program.fixed("row.mul_(2)", answer.fix).error is None


def test_14_view_after_transpose(run):
    program = run("""
        x = torch.arange(6.0).reshape(2, 3)
        y = x.t()
        z = y.view(6)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("view-strides", 3, program.id("y"))
    assert answer.fix == "z = y.reshape(6)"
    assert program.fixed("z = y.view(6)", answer.fix).error is None


def test_15_eval_is_not_no_grad(run):
    program = run("""
        model = torch.nn.Linear(2, 1)
        model.eval()
        out = model(torch.ones(1, 2))
    """)
    answer = both(program.ask("out.requires_grad"))
    assert (answer.key, answer.line, answer.ids[0]) == ("requires-weights", 3, program.id("out"))
    assert "eval() is not no_grad()" in answer.advice("en")
    fixed = program.fixed("out = model(torch.ones(1, 2))", answer.fix)
    assert not fixed.variables["out"].requires_grad


def test_16_an_inference_tensor_used_again(run):
    program = run("""
        w = torch.ones(3, requires_grad=True)
        with torch.inference_mode():
            features = torch.ones(3) * 2
        loss = (w * features).sum()
        loss.backward()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("inference-saved", 4, program.id("features"))
    assert program.fixed("loss = (w * features).sum()", answer.fix).error is None


def test_17_numpy_shares_memory(run):
    program = run("""
        import numpy
        a = numpy.ones(3, "float32")
        t = torch.from_numpy(a)
        a += 1
    """)
    answer = both(program.ask("t", "memory"))
    assert (answer.key, answer.line) == ("shares-numpy", 3)
    assert program.id("t") in answer.ids
    fixed = program.fixed("t = torch.from_numpy(a)", f"t = torch.from_numpy(a)\n{answer.fix}")
    assert fixed.variables["t"].tolist() == [1.0, 1.0, 1.0]


def test_17_the_state_dict_shares_memory(run):
    program = run("""
        model = torch.nn.Linear(2, 1)
        kept = model.state_dict()
        weight = kept["weight"]
        with torch.no_grad():
            model.weight.add_(1)
    """)
    answer = both(program.ask("model.weight", "memory"))
    assert answer.key == "shares-state-dict"
    assert program.id("weight") in answer.ids
    assert answer.line == 2


def test_18_a_view_from_no_grad_written_outside(run):
    program = run("""
        x = torch.ones(2, 3, requires_grad=True)
        y = x * 1
        with torch.no_grad():
            row = y[0]
        row.mul_(2)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("no-grad-view", 5, program.id("row"))
    assert answer.params["made"].line == 4
    assert program.fixed("row.mul_(2)", answer.fix).error is None


def test_19_numpy_of_a_tensor_with_history(run):
    program = run("""
        x = torch.ones(3, requires_grad=True)
        a = x.numpy()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("numpy-of-grad", 2, program.id("x"))
    assert answer.fix == "a = x.detach().numpy()"
    assert program.fixed("a = x.numpy()", answer.fix).error is None


def test_20_write_on_an_expanded_tensor(run):
    program = run("""
        x = torch.ones(1)
        y = x.expand(3)
        y.add_(1)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("overlap", 3, program.id("y"))
    assert program.fixed("y.add_(1)", answer.fix).error is None


def test_21_deepcopy_of_a_result(run):
    program = run("""
        import copy
        w = torch.ones(3, requires_grad=True)
        y = w * 2
        z = copy.deepcopy(y)
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("deepcopy", 4, program.id("y"))
    assert program.fixed("z = copy.deepcopy(y)", answer.fix).error is None


def test_22_a_write_on_a_view_costs_copyslices(run):
    program = run("""
        x = torch.ones(100, 3, requires_grad=True)
        y = x * 1
        row = y[0]
        row.mul_(2)
    """)
    answer = both(program.ask("y", "rewired"))
    assert (answer.key, answer.line, answer.ids[0]) == ("rewired-view", 4, program.id("y"))
    assert answer.params["after"] == "CopySlices" and answer.params["bytes"] == 1200
    assert "CopySlices" in answer.because("zh")


def test_23_checkpoint_without_an_input_that_requires_grad(run):
    program = run("""
        checkpoint = torch.utils.checkpoint.checkpoint
        w = torch.ones(3, requires_grad=True)
        x = torch.ones(3)
        y = checkpoint(lambda x: x * w, x, use_reentrant=True)
        u = torch.ones(1, requires_grad=True)
        loss = (y * u).sum()
        loss.backward()
    """)
    answer = both(program.ask("w.grad"))
    assert (answer.key, answer.line) == ("cut-checkpoint", 4)
    assert program.id("w") in answer.ids
    assert "use_reentrant=False" in answer.fix
    fixed = program.fixed(program.lines[3], program.lines[3].replace("use_reentrant=True", "use_reentrant=False"))
    assert fixed.variables["w"].grad is not None


def test_24_retain_grad_of_what_requires_none(run):
    program = run("""
        x = torch.ones(3)
        x.retain_grad()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line, answer.ids[0]) == ("retain-grad", 2, program.id("x"))
    assert program.fixed("x.retain_grad()", answer.fix).error is None


def test_what_was_saved_settles_what_pages_claim(run):
    """`y = x * 2; y.add_(1)` runs: MulBackward0 did not save y."""
    program = run("""
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.add_(1)
        y.sum().backward()
    """)
    assert program.error is None and not program.trace.problems()
    assert both(program.ask("y", "backward")).key == "backward-fine"


def test_every_case_is_said_in_both_languages():
    en, zh = explain.words.strings("en"), explain.words.strings("zh")
    assert en["cases"].keys() == zh["cases"].keys() and en["words"].keys() == zh["words"].keys()
    for key, case in en["cases"].items():
        other = zh["cases"][key]
        assert case.keys() == other.keys() == {"title", "text", "fix"}
        for part in case:
            assert bool(case[part]) == bool(other[part]), (key, part)


def test_a_result_written_after_it_was_saved_through_a_view(run):
    """PyTorch keeps what was saved inside of CopySlices, where no trace can look."""
    program = run("""
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = x * 1
        y[:2].exp_()
        y.add_(1)
        y.sum().backward()
    """)
    answer = of_error(program)
    assert (answer.key, answer.line) == ("stale-saved", 4) and program.id("y") in answer.ids
    assert program.fixed("y.add_(1)", answer.fix).error is None


def test_inference_mode_is_recorded_to_its_end(run):
    program = run("""
        with torch.inference_mode():
            a = torch.ones(2, 3)
            b = a[0]
            c = b * 2
            c.add_(1)
            d = c.view(3)
    """)
    assert program.error is None and program.trace.problems() == []
    assert program.ask("d.requires_grad").key in ("nothing-requires", "never-requested")
