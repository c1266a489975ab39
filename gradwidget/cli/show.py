"""`gradwidget show trace.gwtrace`: replay a trace in the browser."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .files import Failed, check_built, check_folder, code_of, load, write


def options(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="replay a trace in the browser",
        description="Write a page that replays a trace, and open it; or serve it, where this machine has no browser.",
    )
    parser.add_argument("trace", help="a .gwtrace file")
    parser.add_argument("beside", nargs="?", help="another run, to be compared with the first side by side")
    parser.add_argument("-o", "--output", help="write the page here instead of opening one")
    parser.add_argument(
        "--serve", nargs="?", const=0, type=int, metavar="PORT", help="serve the page on this machine until Ctrl-C"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument("--title", default="", help="title of the page (default: the trace's)")


def run(options: argparse.Namespace) -> int:
    from ..widget.html import to_html

    check_built()
    if options.output:
        check_folder(options.output)
    trace = load(options.trace)
    beside = load(options.beside) if options.beside else None
    stem = Path(options.trace).name.partition(".")[0] or "trace"
    page = options.output or os.path.join(tempfile.mkdtemp(prefix="gradwidget-"), f"{stem}.html")
    code = write(page, lambda: to_html(trace, page, options.title, beside=beside)) or code_of(trace)
    if options.serve is not None:
        serve(Path(page).read_bytes(), options.serve, not options.no_open)
    elif not options.output and not options.no_open:
        open_page(Path(page).resolve().as_uri())
    return code


def open_page(address: str) -> None:
    import webbrowser

    try:
        opened = webbrowser.open(address)
    except webbrowser.Error:
        opened = False
    if not opened:
        print(f"gradwidget: no browser was found; open {address}", file=sys.stderr)


def serve(page: bytes, port: int, open_it: bool = True) -> None:
    """Serve one page to this machine, until Ctrl-C."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = self.path.split("?")[0] == "/"
            body = page if there else b"There is one page here, at /."
            self.send_response(200 if there else 404)
            self.send_header("Content-Type", f"text/{'html' if there else 'plain'}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        raise Failed(f"cannot serve on port {port}: {getattr(error, 'strerror', None) or error}") from None
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"gradwidget: {address} (Ctrl-C ends it)", file=sys.stderr, flush=True)
    if open_it:
        open_page(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
