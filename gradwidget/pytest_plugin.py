"""The pytest plugin: the fixture `gradtrace`, and replays of failing tests with `--gradwidget-html=DIR`.

It is imported by every pytest run where gradwidget is installed, so it imports the rest when a test asks for it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing.gradtrace import GradTrace

RECORDING = pytest.StashKey["GradTrace"]()
SECTION = "gradwidget"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gradwidget", "gradwidget: see what autograd did")
    group.addoption(
        "--gradwidget-html", metavar="DIR", default=None,
        help="record every test, and write a page to DIR for each that fails, which replays what its tensors did",
    )  # fmt: skip
    group.addoption(
        "--gradwidget-update", action="store_true", default=False,
        help="assert_same_graph writes its golden traces instead of comparing with them",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", 'gradtrace(source): what the fixture hears, "core" or "torch" (PyTorch itself)')
    if config.getoption("--gradwidget-update"):
        from .testing import graphs

        graphs.update = True


@pytest.fixture
def gradtrace(request: pytest.FixtureRequest) -> Iterator[GradTrace]:
    """Records what tensors do in this test; see gradwidget.testing for what can be asserted about it.

    It hears the library that the test module imports, or that a fixture called `torch` gives: gradwidget's own, or PyTorch.
    `@pytest.mark.gradtrace("torch")` (or "core") says it outright.
    """
    given = request.getfixturevalue("torch") if "torch" in request.fixturenames else None
    recording = _begin(request.node, given)
    yield recording
    _end(request.node)


def _begin(item: pytest.Item, given: Any) -> GradTrace:
    from .testing.gradtrace import GradTrace

    recording = item.stash[RECORDING] = GradTrace(item.nodeid, _source(item, given))
    recording.session.start()
    return recording


def _source(item: pytest.Item, given: Any) -> str:
    """Which library a test uses, "core" or "torch"."""
    marked = item.get_closest_marker("gradtrace")
    if marked is not None and marked.args:
        return str(marked.args[0])
    from .testing.facts import library_used

    names = getattr(getattr(item, "module", None), "__dict__", {})
    return library_used({"torch": given} if isinstance(given, ModuleType) else names)


def _end(item: pytest.Item) -> None:
    recording = item.stash.get(RECORDING, None)
    if recording is not None:
        recording.session.leave()  # most tests pass, and nobody reads what was recorded of them
        del item.stash[RECORDING]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """With --gradwidget-html a test is recorded that did not ask for it."""
    if item.config.getoption("--gradwidget-html") and RECORDING not in item.stash:
        _begin(item, getattr(item, "funcargs", {}).get("torch"))
    try:
        return (yield)
    except Exception as error:
        _explain(item, error)
        raise


def _explain(item: pytest.Item, error: Exception) -> None:
    """Why it was raised, as a note on the error, before it is reported. Whatever goes wrong here, the error stands."""
    recording = item.stash.get(RECORDING, None)
    if recording is not None:
        with contextlib.suppress(Exception):
            recording.failed(error, _namespaces(item, pytest.ExceptionInfo.from_exception(error)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    recording = item.stash.get(RECORDING, None)
    if recording is None or call.when != "call":
        return report
    folder = item.config.getoption("--gradwidget-html")
    if report.failed and call.excinfo is not None:
        # A replay is an extra: whatever keeps it from being written is told, and the test's own report stands.
        try:
            recording.failed(call.excinfo.value, _namespaces(item, call.excinfo))
            if folder:
                page = _page(Path(folder), item.nodeid)
                recording.to_html(page, item.nodeid)
                report.sections.append((SECTION, f"a replay of this test: {page}"))
        except Exception as error:
            report.sections.append((SECTION, f"no replay was written: {type(error).__name__}: {error}"))
    if "gradtrace" not in getattr(item, "fixturenames", ()):
        _end(item)
    return report


def _namespaces(item: pytest.Item, info: pytest.ExceptionInfo[BaseException]) -> list[Any]:
    """The variables of the test function where it raised."""
    function = getattr(item, "function", None)
    code = getattr(function, "__code__", None)
    for entry in info.traceback:
        if entry.frame.code.raw is code:
            return [entry.frame.f_locals, entry.frame.f_globals]
    return []


def _page(folder: Path, nodeid: str) -> Path:
    """A file for a test; two tests never have the same, though what a file may be called is less than what a test may."""
    import hashlib

    folder.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^\w.-]+", "-", nodeid, flags=re.ASCII).strip("-")
    if plain != nodeid.replace("::", "-").replace("/", "-") or len(plain) > 150:
        plain = f"{plain[:150]}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"
    return folder / f"{plain}.html"
