"""A real JupyterLab and a real browser, to be driven by tests and benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

CURRENT = "window.jupyterapp.shell.currentWidget"


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


@contextlib.contextmanager
def browser() -> Iterator[BrowserContext]:
    """The system's Chromium, without a window."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)
        yield chromium.new_context(viewport={"width": 1280, "height": 1000})
        chromium.close()


@contextlib.contextmanager
def server(folder: Path) -> Iterator[Lab]:
    """A JupyterLab on a free port, with configuration, data and notebooks of its own under `folder`."""
    notebooks, config = folder / "notebooks", folder / "config"
    notebooks.mkdir(parents=True)
    (config / "labconfig").mkdir(parents=True)
    # The news would cover the notebook, and ask the network.
    disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(disabled))
    # "Save Widget State Automatically", as the menu Settings has it.
    manager = folder / "settings" / "@jupyter-widgets" / "jupyterlab-manager"
    manager.mkdir(parents=True)
    (manager / "plugin.jupyterlab-settings").write_text(json.dumps({"saveState": True}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(ROOT),
    }
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.expose_app_in_browser=True",
    ]
    log = folder / "server.log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "jupyterlab", *options]
        process = subprocess.Popen(command, cwd=notebooks, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for_server(url, process, log)
            yield Lab(url, notebooks)
        finally:
            process.terminate()
            process.wait(20)


def wait_for_server(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{url}/api/status")
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not come up:\n{log.read_text()[-4000:]}")


class Lab:
    """A running server and the folder of its notebooks."""

    def __init__(self, url: str, notebooks: Path) -> None:
        self.url, self.notebooks = url, notebooks

    def write(self, name: str, cells: list[str]) -> str:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, str(self.notebooks / name))
        return name

    def open(self, page: Page, name: str) -> Notebook:
        page.goto(f"{self.url}/lab/tree/{name}?reset")
        page.wait_for_function("window.jupyterapp?.restored")
        page.evaluate("window.jupyterapp.restored")
        notebook = Notebook(page, name)
        notebook.wait_until_idle()
        return notebook


class Notebook:
    """The notebook that is open in a page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name

    def wait_until_idle(self) -> None:
        status = f"{CURRENT}?.sessionContext?.session?.kernel?.status"
        self.page.wait_for_function(f"{status} === 'idle'", timeout=60_000)

    def run_all(self) -> None:
        """Run every cell and wait for the last one."""
        self.command("notebook:run-all-cells")
        self.wait_until_idle()

    def run(self, source: str) -> None:
        """Add a cell with `source` at the end and run it."""
        self.command("notebook:move-cursor-down")
        self.page.evaluate(
            f"""source => {{
                const notebook = {CURRENT}.content;
                notebook.activeCellIndex = notebook.widgets.length - 1;
            }}""",
            source,
        )
        self.command("notebook:insert-cell-below")
        self.page.evaluate(f"source => {CURRENT}.content.activeCell.model.sharedModel.setSource(source)", source)
        self.command("notebook:run-cell")
        self.wait_until_idle()

    def restart_kernel(self) -> None:
        self.page.evaluate(f"{CURRENT}.sessionContext.session.kernel.restart()")
        self.wait_until_idle()

    def shut_down_kernel(self) -> None:
        self.page.evaluate(f"{CURRENT}.sessionContext.shutdown()")

    def save(self) -> None:
        self.command("docmanager:save")

    def command(self, name: str) -> Any:
        return self.page.evaluate("name => window.jupyterapp.commands.execute(name).then(() => null)", name)

    def outputs(self) -> list[list[dict[str, Any]]]:
        """What the cells showed, as nbformat has it."""
        return self.page.evaluate(
            f"{CURRENT}.content.widgets.filter(c => c.model.type === 'code').map(c => c.model.outputs.toJSON())"
        )
