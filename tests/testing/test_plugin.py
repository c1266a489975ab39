"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import base64
import re
import sys
import textwrap

import pytest

from gradwidget import events as ev
from gradwidget.trace import Trace
from gradwidget.widget import bundle

pytest_plugins = ["pytester"]

NAMED = ["-p", "gradwidget.pytest_plugin"]  # as the entry point does where gradwidget is installed

TESTS = """
from gradwidget import torch
from gradwidget.testing import assert_flows
import pytest

def test_fails(gradtrace):
    weight = torch.ones(3, requires_grad=True)
    hidden = (weight * 2).detach()
    assert_flows(hidden.sum(), to=weight)

def test_passes(gradtrace):
    x = torch.ones(3, requires_grad=True)
    x.exp().sum().backward()
    gradtrace.assert_flows(x.exp(), to=x)
    gradtrace.assert_no_hazards()
    assert len(gradtrace) == len(list(gradtrace)) > 5
    assert gradtrace.state().names["x"] == gradtrace.id_of(x)

@pytest.mark.parametrize("text", ["a/../b", "<script>", "a-b"])
def test_of_many(text):
    y = torch.ones(2) * 3
    y.view(5)

def test_without_tensors():
    assert 1 == 2
"""


@pytest.fixture
def project(pytester, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(bundle.PATH.parents[2]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # other plugins have no part in this
    built = tmp_path / "widget.js"
    built.write_text("export function mountReplay() {}")
    pytester.makeconftest(
        f"from pathlib import Path\nfrom gradwidget.widget import bundle\nbundle.PATH = Path({str(built)!r})\n"
    )
    return pytester


def trace_of(page):
    packed = re.search(r'id="gradwidget-trace">([^<]*)<', page.read_text())[1]
    return Trace.from_bytes(base64.b64decode(packed))


@pytest.mark.parametrize("how", [[], ["-n2"]], ids=["here", "xdist"])
def test_failing_tests_get_a_replay(project, how):
    project.makepyfile(test_it=TESTS)
    more = ["-p", "xdist", *how] if how else []
    done = project.runpytest_subprocess(*NAMED, *more, "--gradwidget-html=pages", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, failed=5)
    pages = {page.name.split("-test_")[1]: page for page in (project.path / "pages").iterdir()}
    assert len(pages) == 5 and "fails.html" in pages
    trace = trace_of(pages["fails.html"])
    assert {"weight", "hidden"} <= set(trace.state().names)
    assert trace.problems()[-1].text.startswith("AssertionError: no gradient flows from")
    for name, page in pages.items():
        if name.startswith("of_many"):
            trace = trace_of(page)
            assert [e.name for e in trace if isinstance(e, ev.Op)] == ["ones", "mul"]
            assert "invalid for input of size 2" in trace.problems()[-1].text
    done.stdout.fnmatch_lines(["*a replay of this test: pages*test_fails.html"])
    done.stdout.fnmatch_lines(["*weight: cut by `detach` in test_it.py:7, `hidden = (weight * 2).detach()`"])
    assert "gradwidget/testing" not in done.stdout.str()  # the traceback ends in the user's line


def test_without_the_option_only_those_who_ask_are_recorded(project):
    project.makepyfile(
        """
        from gradwidget.session import current

        def test_not_recorded():
            assert current() is None

        def test_recorded(gradtrace):
            assert current() is gradtrace.session

        def test_not_recorded_any_more():
            assert current() is None
        """
    )
    project.runpytest_subprocess(*NAMED).assert_outcomes(passed=3)


def test_replays_that_cannot_be_written_do_not_hide_the_failure(project):
    project.makepyfile(test_it=TESTS)
    (project.path / "taken").write_text("a file")
    done = project.runpytest_subprocess(*NAMED, "--gradwidget-html=taken", "-k", "fails")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*cut by `detach`*", "no replay was written: *"])


def test_golden_graphs(project):
    project.makepyfile(
        """
        import os
        from gradwidget import torch

        def test_graph(gradtrace):
            x = torch.ones(2, requires_grad=True)
            y = x.exp() if os.environ.get("OTHER") else x.sin()
            y.sum().backward()
            gradtrace.assert_same_graph("golden/graph.gwtrace")
        """
    )
    done = project.runpytest_subprocess(*NAMED)
    done.stdout.fnmatch_lines(["*there is no golden trace golden*write it with pytest --gradwidget-update"])
    project.runpytest_subprocess(*NAMED, "--gradwidget-update").assert_outcomes(passed=1)
    project.runpytest_subprocess(*NAMED).assert_outcomes(passed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTHER", "1")
        done = project.runpytest_subprocess(*NAMED)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*the graphs differ", "*node.name: 'ExpBackward0' against 'SinBackward0'"])


def test_headless_without_widgets_notebook_or_networkx(project):
    """Everything but the picture's live side works where only NumPy is installed."""
    project.makeconftest("")
    (project.path / "sitecustomize.py").write_text(
        textwrap.dedent(
            """
            import sys
            for name in ("ipywidgets", "anywidget", "traitlets", "IPython", "comm", "networkx", "torch"):
                sys.modules[name] = None
            """
        )
    )
    project.makepyfile(test_it=TESTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{project.path}:{bundle.PATH.parents[2]}")
        done = project.runpytest_subprocess(*NAMED, "-k", "fails or passes", "-rA")
    done.assert_outcomes(passed=1, failed=1)


def test_pytorch_itself_is_heard_where_a_module_imports_it(project):
    pytest.importorskip("torch")
    project.makepyfile(
        """
        import pytest
        import torch
        import gradwidget.torch as core
        from gradwidget.testing import assert_flows, assert_same_graph, graphs

        @pytest.mark.gradtrace("torch")
        def test_cut(gradtrace):
            net = torch.nn.Linear(2, 2)
            hidden = net(torch.ones(2)).detach()
            assert_flows(hidden.sum(), to=net)

        def test_twin():
            def program(torch):
                x = torch.tensor([1.0, 2.0], requires_grad=True)
                y = x.exp() * x
                y.sum().backward()
            assert_same_graph(program, ignore=(*graphs.NOT_THE_GRAPH, "op.args", "tensor.version"))

        @pytest.mark.gradtrace("core")
        def test_core(gradtrace):
            core.ones(2)
            assert len(gradtrace) > 0 and gradtrace.source == "core"
        """,
        test_by_import="""
        import torch

        def test_heard(gradtrace):
            y = torch.ones(2, requires_grad=True) * 2
            assert gradtrace.source == "torch" and len(gradtrace) > 3
        """,
    )
    done = project.runpytest_subprocess(*NAMED, "-W", "error::RuntimeWarning")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(["*weight: cut by `detach` in *"])


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reports show notes since Python 3.11")
def test_an_error_is_explained_in_the_report(project, monkeypatch):
    monkeypatch.delenv("CI", raising=False)  # where pytest writes errors out a second time, in its summary
    project.makepyfile(
        test_it="""
        from gradwidget import torch

        def test_leaf(gradtrace):
            weight = torch.ones(2, requires_grad=True)
            weight.add_(1)

        def test_stale(gradtrace):
            x = torch.ones(2, requires_grad=True)
            y = x.exp()
            y.add_(1)
            y.sum().backward()
        """
    )
    done = project.runpytest_subprocess(*NAMED, "-p", "no:cacheprovider")
    done.assert_outcomes(failed=2)
    said = done.stdout.str()
    assert "A write to the leaf weight" in said and "y was overwritten, and ExpBackward0 still needs it" in said
    assert said.count("gradwidget: ") == 2
