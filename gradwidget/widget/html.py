"""One page that replays a trace: no kernel, no network, also from `file://`."""

from __future__ import annotations

import base64
import html
import json
from os import PathLike
from pathlib import Path
from typing import Any

from ..explain import tables, words
from . import bundle

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gradwidget">
<title>{title}</title>
<style>
html, body {{ margin: 0; height: 100% }}
#gradwidget {{ min-height: 100%; display: flex; flex-wrap: wrap; gap: 8px }}
</style>
</head>
<body>
<main id="gradwidget"><noscript>This replay needs JavaScript.</noscript></main>
{traces}
<script type="text/plain" id="gradwidget-bundle">{bundle}</script>
<script type="module">
const text = (id) => document.getElementById(id).textContent;
const place = document.getElementById("gradwidget");
try {{
  const url = URL.createObjectURL(new Blob([text("gradwidget-bundle")], {{ type: "text/javascript" }}));
  const {{ mountReplay }} = await import(url);
  place.textContent = "";
  for (const script of document.querySelectorAll("[data-options]")) {{
    const bytes = Uint8Array.from(atob(script.textContent.trim()), (c) => c.charCodeAt(0));
    await mountReplay(place, bytes, JSON.parse(script.dataset.options));
  }}
}} catch (error) {{
  place.textContent = "This replay could not start: " + error;
}}
</script>
</body>
</html>
"""


PAIR = {"compare": "runs", "in_step": "runs"}
TRACE = """<script type="text/plain" data-options="{options}" id="{id}">{trace}</script>"""


def to_html(trace: Any, path: str | PathLike[str], title: str = "", *, beside: Any = None, **options: Any) -> Path:
    """Write `trace` as one self-contained page and return its path.

    title: of the page, by default the trace's own or the file's name; beside: the trace of another run, shown side by side
    and in step with the first, with what differs marked in both; options: handed to the view (`theme="dark"`).
    Raises `NotBuilt` where the view is missing from this installation, OSError where the file cannot be written.

    >>> to_html(trace, "lesson.html", "What detach does")
    PosixPath('lesson.html')
    """
    path = Path(path)
    title = title or getattr(trace, "title", "") or path.stem
    traces = [_script("gradwidget-trace", trace, {"title": title, **({} if beside is None else PAIR), **options})]
    if beside is not None:
        other = {"title": getattr(beside, "title", "") or title, **PAIR, **options}
        traces.append(_script("gradwidget-beside", beside, other))
    page = PAGE.format(title=html.escape(title), traces="\n".join(traces), bundle=inline(bundle.read()))
    path.write_text(page, encoding="utf-8")
    return path


def _script(id_: str, trace: Any, options: dict[str, Any]) -> str:
    said = json.dumps({"answers": _answers(trace), **options})
    return TRACE.format(id=id_, options=html.escape(said), trace=base64.b64encode(trace.to_bytes()).decode("ascii"))


def _answers(trace: Any) -> dict[str, Any]:
    """What the page answers without a kernel; a page without answers is better than none."""
    try:
        return tables(trace, words.LANGUAGES)
    except Exception:
        return {}


def inline(script: str) -> str:
    """JavaScript that may stand inside a <script> element: what would end it, or open a comment, is written otherwise.

    Both occur in strings only, where the other spelling means the same.
    """
    return script.replace("</script", "<\\/script").replace("</SCRIPT", "<\\/SCRIPT").replace("<!--", "\\x3c!--")
