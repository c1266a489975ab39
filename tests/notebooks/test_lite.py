"""The lessons as a JupyterLite: the site carries the wheel, lists it, and every lesson begins by installing it."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    sys.path.insert(0, str(ROOT / "notebooks"))
    try:
        import lite
    finally:
        sys.path.remove(str(ROOT / "notebooks"))
    out = tmp_path_factory.mktemp("lite")
    lite.main(out)
    return out


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_wheel_of_this_checkout_is_carried_and_listed(site):
    listed = read(site / "pypi" / "all.json")
    assert set(listed) == {"anywidget", "comm", "gradwidget", "ipywidgets", "jupyterlab-widgets", "psygnal"}
    for releases in listed.values():
        for file in [file for files in releases["releases"].values() for file in files]:
            wheel = (site / "pypi" / file["filename"]).read_bytes()
            assert file["filename"].endswith("-none-any.whl")  # nothing that the browser's Python cannot load
            assert hashlib.sha256(wheel).hexdigest() == file["digests"]["sha256"]
    with zipfile.ZipFile(next((site / "pypi").glob("gradwidget-*.whl"))) as wheel:
        assert wheel.read("gradwidget/events.py") == (ROOT / "gradwidget" / "events.py").read_bytes()
        assert wheel.getinfo("gradwidget/static/widget.js").file_size > 10_000


def test_the_site_reads_that_list_and_has_the_widgets_other_half(site):
    data = read(site / "jupyter-lite.json")["jupyter-config-data"]
    kernel = data["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert any(url.startswith("./pypi/all.json") for url in kernel["pipliteUrls"])
    extensions = {extension["name"] for extension in data["federated_extensions"]}
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager", "@jupyterlite/pyodide-kernel-extension"} <= extensions


def test_every_lesson_is_there_and_installs_gradwidget_first(site):
    contents = {item["name"] for item in read(site / "api" / "contents" / "all.json")["content"]}
    lessons = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert contents == lessons
    for name in lessons:
        carried = nbformat.read(site / "files" / name, as_version=4)
        nbformat.validate(carried)
        code = [cell.source for cell in carried.cells if cell.cell_type == "code"]
        original = nbformat.read(ROOT / "notebooks" / name, as_version=4)
        assert code[0] == "%pip install -q gradwidget"
        assert code[1:] == [cell.source for cell in original.cells if cell.cell_type == "code"]
