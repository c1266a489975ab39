"""The notebook's door: `%load_ext gradwidget` and the `%gradwidget` magic."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .alias import Alias
from .course import check
from .events import Op
from .explain import notes
from .session import Session
from .watching import NoPyTorch, OnImport, find_pytorch, is_pytorch

HELP = """\
%gradwidget            whether it is recording, and how much there is
%gradwidget on         record from now on
%gradwidget off        stop recording
%gradwidget clear      begin again with an empty picture
%gradwidget show       show the picture here
%gradwidget new        begin again with an empty picture here; the one above stays as it is
%gradwidget save PATH  write the trace to a file
%gradwidget html PATH  write one page that replays the trace without a kernel
%gradwidget predict WHAT  let the picture hide gradients, sharing NAME or versions until they are guessed
%gradwidget language zh  which language the pictures speak
%gradwidget together   let the pictures of this notebook go through time together (%gradwidget apart: no longer)
%gradwidget torch      let `import torch` give gradwidget's tensors
%gradwidget pytorch    record PyTorch itself from now on, in a picture of its own"""

_LOAD_AGAIN = re.compile(r"^\s*%load_ext\s+gradwidget\s*$", re.MULTILINE)


class Extension:
    """What is put into one IPython shell, and taken out again."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.alias = Alias()
        self.session = Session(cell_of=self._cell_of, source="torch" if self._uses_pytorch() else "core")
        self.imported = OnImport(lambda: self._guard(self._pytorch_came))
        self.session.namespaces.append(shell.user_ns)
        self.in_cell = False
        self.broken = False

    def load(self) -> None:
        self.shell.events.register("pre_run_cell", self._before)
        self.shell.events.register("post_run_cell", self._after)
        self.shell.register_magic_function(self.magic, magic_kind="line", magic_name="gradwidget")
        self.shell.register_magic_function(self.check, magic_kind="cell", magic_name="check")
        self.imported.install()
        self.session.start()
        self.session.names(self.session.namespaces)
        self.show()
        self._enter(self._stored())  # what follows in this very cell is recorded too

    def unload(self) -> None:
        for event, hook in (("pre_run_cell", self._before), ("post_run_cell", self._after)):
            with contextlib.suppress(ValueError):
                self.shell.events.unregister(event, hook)
        self.shell.magics_manager.magics["line"].pop("gradwidget", None)
        self.shell.magics_manager.magics["cell"].pop("check", None)
        self.session.stop()
        self.alias.remove()
        self.imported.remove()

    # ---- which library is heard

    def _uses_pytorch(self) -> bool:
        return any(is_pytorch(value) for value in list(self.shell.user_ns.values()))

    def _pytorch_came(self) -> None:
        """PyTorch was imported: it is what is heard, unless the core has been at work already."""
        if self.session.source == "core" and not any(isinstance(event, Op) for event in self.session.trace):
            self._hear("torch")

    def _hear(self, source: str) -> None:
        self.session.listen_to(source)
        if self.in_cell:
            self._enter(self._stored())

    # ---- around a cell

    def _before(self, info: Any = None) -> None:
        if self._uses_pytorch():  # it may have been there before we were
            self._guard(self._pytorch_came)
        self._enter(self._stored() + 1)
        # IPython calls `load` only once, but who runs that line again wants to see the picture there.
        if _LOAD_AGAIN.search(getattr(info, "raw_cell", None) or ""):
            self._guard(self.show)

    def _enter(self, number: int) -> None:
        if self.session.on:
            self._guard(lambda: self.session.enter_cell(number))
            self.in_cell = True

    def _after(self, result: Any = None) -> None:
        if self.in_cell:
            self.in_cell = False
            error = getattr(result, "error_in_exec", None) or getattr(result, "error_before_exec", None)
            known = None if error is None else notes.said(error)  # it stood in the traceback
            self._guard(lambda: self.session.leave_cell(error if isinstance(error, Exception) else None))
            if error is not None and known is None:
                text = notes.said(error)
                if text:
                    print(text)

    def _stored(self) -> int:
        """The number of the last cell whose text was stored, which is done just before it runs. (`execution_count` is
        counted up before a cell or after it, by version of IPython.)"""
        return len(self.shell.history_manager.input_hist_parsed) - 1

    def _guard(self, step: Callable[[], Any]) -> None:
        """A failure of ours is one warning; the cell is the user's."""
        try:
            step()
        except Exception as error:
            if not self.broken:
                self.broken = True
                warnings.warn(f"gradwidget: {type(error).__name__}: {error}", RuntimeWarning, stacklevel=2)

    def _cell_of(self, file: str) -> int | None:
        """The execution count of the cell whose code has this file name; None where it is no cell."""
        names = getattr(self.shell.compile, "_filename_map", {})  # keeps every cell's, also when they run again
        if file in names:
            return names[file]
        return self.shell.execution_count if file.startswith("<ipython-input-") else None

    # ---- what people ask for

    def magic(self, line: str = "") -> None:
        """See and steer the recording: %gradwidget alone lists what there is."""
        word, _, rest = line.strip().partition(" ")
        path = rest.strip().strip("\"'")
        if word not in (
            "",
            "on",
            "off",
            "clear",
            "show",
            "new",
            "predict",
            "language",
            "together",
            "apart",
            "save",
            "html",
            "torch",
            "pytorch",
        ):
            print(f"%gradwidget has no option {word!r}. It has:\n{HELP}")
        elif word in ("save", "html"):
            if path:
                self._write(word, Path(path).expanduser())
            else:
                print(f"%gradwidget {word} needs the path of a file.")
        elif word in ("predict", "language"):
            getattr(self, word)(rest.strip())
        elif word:
            getattr(self, word)()
        else:
            print(self.state())

    def state(self) -> str:
        trace = self.session.trace
        doing = "recording" if self.session.on else self.session.recorder.stopped or "not recording"
        return f"gradwidget: {doing}, {len(trace)} events.\n{HELP}"

    def on(self) -> None:
        if self.session.recorder.stopped:
            print(f"Recording had stopped ({self.session.recorder.stopped}); it begins again with an empty picture.")
            self.session.clear()
        self.session.start()
        if not self.in_cell:
            self._enter(self._stored())

    def off(self) -> None:
        if self.in_cell:
            self._after()
        self.session.stop()

    def clear(self) -> None:
        self.session.clear()
        if self.in_cell:
            self._enter(self._stored())

    def show(self) -> None:
        if not hasattr(self.shell, "kernel"):
            print(
                "gradwidget is recording. This terminal cannot show the picture: `%gradwidget html page.html` writes it "
                "to a page, or open a notebook."
            )
            return
        try:
            widget = self.session.show()
            from IPython.display import display

            display(widget)
            self.session.flush()
        except Exception as error:
            warnings.warn(
                f"gradwidget cannot show the picture: {type(error).__name__}: {error}. Recording goes on.",
                RuntimeWarning,
                stacklevel=2,
            )

    def new(self) -> None:
        self.session.flush()
        self.session.widget = None
        self.clear()
        self.show()

    def predict(self, rest: str) -> None:
        what, _, of = rest.partition(" ")
        try:
            self.session.predict(what, of.strip())
        except ValueError as error:
            print(f"%gradwidget predict: {error}")

    def together(self) -> None:
        self._ask_pictures(in_step=True)

    def apart(self) -> None:
        self._ask_pictures(in_step=False)

    def language(self, tag: str) -> None:
        self._ask_pictures(language=tag)

    def _ask_pictures(self, **options: Any) -> None:
        self.session.options = {**self.session.options, **options}
        self._guard(self.session._set_options)

    def check(self, line: str, cell: str) -> Any:
        """Evaluate each line of the cell and say which ones are true; the picture does not hear of it."""
        was = self.session.on
        self.session.core.stop()
        try:
            return check(cell, self.shell.user_ns)
        finally:
            if was:
                self.session.core.start()

    def torch(self) -> None:
        self.alias.install()
        self._hear("core")
        message = "From now on `import torch` gives gradwidget's tensors."
        if self.alias.replaced:
            message += " PyTorch was imported already: names that refer to it still do, so import torch again."
        print(message)

    def pytorch(self) -> None:
        try:
            find_pytorch()
        except NoPyTorch as error:
            print(error)
            return
        self._hear("torch")
        print("PyTorch itself is recorded from now on.")

    def _write(self, word: str, path: Path) -> None:
        trace = self.session.trace
        try:
            if word == "save":
                trace.save(path)
            else:
                from .widget.html import to_html

                to_html(trace, path)
        except (OSError, RuntimeError) as error:
            print(f"%gradwidget {word}: {error}")
        else:
            print(f"Wrote {len(trace)} events to {path}")


_extensions: dict[int, Extension] = {}


def predict(what: str, of: str = "", text: str = "") -> None:
    """Let the notebook's picture hide something until the learner has answered, by clicks, what it will show.

    what: "gradients" (which tensors will have a `.grad`), "sharing" (which look at the memory of the variable called
    `of`) or "versions" (whose version will have gone up). text: the question in your own words. It is about what this
    cell computes, or the next one that computes something. The right answer is read from the recording; the
    learner's stays in the page.

    Raises RuntimeError where the extension is not loaded, ValueError where `what` or `of` makes no question.

    >>> gradwidget.predict("sharing", of="a")
    """
    if not _extensions:
        raise RuntimeError("there is no picture to ask in: run `%load_ext gradwidget` in a notebook first")
    [*_extensions.values()][-1].session.predict(what, of, text)


def load(shell: Any) -> None:
    """Put gradwidget into a shell: it records from now on, and the picture appears."""
    if id(shell) in _extensions:
        _extensions[id(shell)].show()
        return
    extension = _extensions[id(shell)] = Extension(shell)
    extension.load()


def unload(shell: Any) -> None:
    """Take everything out again."""
    extension = _extensions.pop(id(shell), None)
    if extension is not None:
        extension.unload()
