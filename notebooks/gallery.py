"""The lessons as a site: run every notebook, write a page for each, with pictures that live without a kernel.

    python3 dev.py gallery            # into site/
    python notebooks/gallery.py OUT   # the same where everything is installed

Plain files for any static host, or for `file://`. The pages of a language share one script, the picture itself.
"""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from latex2mathml.converter import convert as mathml
from nbclient import NotebookClient
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from gradwidget.widget import bundle

HERE = Path(__file__).parent
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
WORDS = {
    "en": {
        "title": "gradwidget: see what autograd does",
        "lead": "Twelve lessons. Every picture is alive: step through it, go back, click on what you want to know about.",
        "search": "Search the lessons",
        "none": "Nothing found.",
        "other": "中文",
        "all": "All lessons",
        "fails": "raises, and is meant to",
        "try": "Run it yourself:",
    },
    "zh": {
        "title": "gradwidget：看见自动求导",
        "lead": "十二课。每张图都是活的：一步步走，往回倒，想知道什么就点什么。",
        "search": "在各课里查找",
        "none": "没有找到。",
        "other": "English",
        "all": "全部课程",
        "fails": "报错，而且是有意的",
        "try": "自己来运行：",
    },
}


def main(out: Path, only: str = "") -> None:
    """Write the site into `out`; `only`: of the lessons whose name begins so."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "picture.js").write_text(f"window.gradwidgetPicture = {json.dumps(bundle.read())};\n", encoding="utf-8")
    (out / "page.js").write_text((HERE / "gallery" / "page.js").read_text(encoding="utf-8"), encoding="utf-8")
    (out / "page.css").write_text((HERE / "gallery" / "page.css").read_text(encoding="utf-8"), encoding="utf-8")
    for language in WORDS:
        paths = sorted(HERE.glob(f"{only}*.{language}.ipynb"))
        lessons = [executed(path) for path in paths]
        for at, (path, lesson) in enumerate(zip(paths, lessons)):
            print(path.stem, flush=True)
            page = lesson_page(lesson, language, stem(path), [stem(p) for p in paths], at)
            (out / f"{stem(path)}.{language}.html").write_text(page, encoding="utf-8")
        (out / f"index.{language}.html").write_text(index(paths, lessons, language), encoding="utf-8")
    (out / "index.html").write_text((out / "index.en.html").read_text(encoding="utf-8"), encoding="utf-8")


def stem(path: Path) -> str:
    return path.name.partition(".")[0]


def executed(path: Path) -> Any:
    """A notebook with its outputs and the state of its widgets."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=True).execute()
    return notebook


# ---- pages


def page(title: str, language: str, body: str, twin: str) -> str:
    other = "zh" if language == "en" else "en"
    return f"""<!doctype html>
<html lang="{"zh-Hans" if language == "zh" else "en"}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="stylesheet" href="page.css">
<header><a href="index.{language}.html">gradwidget</a><a href="{twin}.{other}.html" hreflang="{other}">{WORDS[language]["other"]}</a></header>
<main>
{body}
</main>
<script src="picture.js" defer></script>
<script src="page.js" defer></script>
</html>
"""


def lesson_page(notebook: Any, language: str, name: str, names: list[str], at: int) -> str:
    widgets = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    parts = [cell_html(cell, widgets, language) for cell in notebook.cells]
    before = f'<a rel="prev" href="{names[at - 1]}.{language}.html">← {at}</a>' if at else "<span></span>"
    after = (
        f'<a rel="next" href="{names[at + 1]}.{language}.html">{at + 2} →</a>'
        if at + 1 < len(names)
        else "<span></span>"
    )
    middle = f'<a href="index.{language}.html">{WORDS[language]["all"]}</a>'
    parts.append(f"<nav>{before}{middle}{after}</nav>")
    return page(heading(notebook), language, "\n".join(parts), name)


def cell_html(cell: Any, widgets: Any, language: str) -> str:
    if cell.cell_type == "markdown":
        return f"<section>{markdown(cell.source)}</section>"
    code = Highlight2HTML(pygments_lexer="ipython3")(cell.source)
    tags = cell.metadata.get("tags", [])
    note = f'<p class="note">{WORDS[language]["fails"]}</p>' if "raises-exception" in tags else ""
    return f'<div class="cell">{code}{note}{"".join(output_html(o, widgets) for o in cell.outputs)}</div>'


def output_html(output: Any, widgets: Any) -> str:
    if output.output_type == "stream":
        return f'<pre class="out">{html.escape(output.text)}</pre>' if output.name == "stdout" else ""
    if output.output_type == "error":
        return f'<pre class="out error">{html.escape(f"{output.ename}: {output.evalue}")}</pre>'
    data = output.data
    model = widgets.get(data[WIDGET]["model_id"]) if WIDGET in data else None
    if model is not None:
        trace = next((b["data"] for b in model.get("buffers", []) if b["path"] == ["snapshot"]), "")
        options = html.escape(json.dumps(model["state"].get("options", {}), ensure_ascii=False))
        return f'<div class="picture" data-trace="{trace.strip()}" data-options="{options}"></div>'
    if "text/html" in data:
        return f'<div class="out">{data["text/html"]}</div>'
    return f'<pre class="out">{html.escape(data.get("text/plain", ""))}</pre>'


def index(paths: list[Path], lessons: list[Any], language: str) -> str:
    words = WORDS[language]
    items = []
    for path, lesson in zip(paths, lessons):
        text = [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
        lead = next((p for p in text[0].split("\n\n")[1:] if not p.startswith(("#", "-"))), "")
        found = html.escape(" ".join([*text, *[c.source for c in lesson.cells if c.cell_type == "code"]]).lower())
        items.append(
            f'<li data-text="{found}"><a href="{stem(path)}.{language}.html">{html.escape(heading(lesson))}</a>{markdown(lead)}</li>'
        )
    return page(
        words["title"],
        language,
        f"<h1>{words['title']}</h1><p>{words['lead']}</p>"
        f'<p><input type="search" aria-label="{words["search"]}" placeholder="{words["search"]}"></p>'
        f'<ol class="lessons">{"".join(items)}</ol><p class="none" hidden>{words["none"]}</p>'
        f"<p>{words['try']}</p><pre>python3 dev.py lab</pre>",
        "index",
    )


def heading(notebook: Any) -> str:
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


# ---- text


def markdown(text: str) -> str:
    """HTML; formulas between dollars become MathML, which browsers draw by themselves."""
    formulas: list[str] = []

    def keep(found: re.Match[str]) -> str:
        formulas.append(mathml(found[1]))
        return f"\x02{len(formulas) - 1}\x03"

    pieces = re.split(r"(```.*?```|`[^`]*`)", text, flags=re.S)
    text = "".join([p if p.startswith("`") else re.sub(r"\$([^$\n]+)\$", keep, p) for p in pieces])
    made = markdown2html_mistune(text)
    return re.sub(r"\x02(\d+)\x03", lambda found: formulas[int(found[1])], str(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "site")
