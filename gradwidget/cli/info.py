"""`gradwidget info trace.gwtrace`: what is in a trace."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from typing import Any

from .. import events as ev
from .files import code_of, load


def options(commands: Any, name: str) -> None:
    parser = commands.add_parser(
        name,
        help="say what is in a trace",
        description="Say what a trace holds: where it is from, its events by kind, its ops, its memory, its problems.",
    )
    parser.add_argument("trace", help="a .gwtrace file")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--lines", action="store_true", help="the events themselves, as lines of JSON")
    parser.add_argument("--check", action="store_true", help="exit code 1 where the trace has problems in it")


def run(options: argparse.Namespace) -> int:
    trace = load(options.trace)
    if options.lines:
        for at in range(0, len(trace), 1000):
            sys.stdout.write(trace.lines(at, at + 1000).decode("ascii"))
        return code_of(trace)
    told = facts(trace, options.trace)
    if options.json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        say(told)
    return 1 if options.check and told["problems"] else code_of(trace)


def facts(trace: Any, path: str) -> dict[str, Any]:
    """What there is to say of a trace."""
    state = trace.state()
    size = os.path.getsize(path)
    passes = state.backwards.values()
    return {
        "file": path,
        "title": trace.title,
        "source": trace.source,
        "source_version": trace.source_version,
        "damage": trace.damage,
        "bytes": size,
        "events": len(trace),
        "kinds": dict(Counter([ev.kind_of(event) for event in trace]).most_common()),
        "ops": dict(Counter([op["name"] for op in state.ops.values()]).most_common()),
        "backwards": {"ran": len(passes), "failed": sum(p["error"] is not None for p in passes)},
        "memory": {
            "storages": len(state.storages),
            "alive": sum(s["bytes"] for s in state.storages.values() if s["alive"]),
            "peak": peak(trace),
        },
        "names": sorted(state.names),
        "problems": [problem(state, p) for p in state.problems],
    }


def peak(trace: Any) -> int:
    """The most bytes that were alive at once."""
    sizes: dict[int, int] = {}
    now = most = 0
    for event in trace:
        if isinstance(event, ev.Storage):
            sizes[event.id] = event.bytes
            now += event.bytes
            most = max(most, now)
        elif isinstance(event, ev.Freed) and event.what == "storage":
            now -= sizes.pop(event.id, 0)
    return most


def problem(state: Any, told: dict[str, Any]) -> dict[str, Any]:
    source = state.sources.get(told["source"])
    where = None if source is None else {k: source[k] for k in ("file", "cell", "line", "text")}
    return {"key": told["key"], "text": told["text"], "at": told["index"], "where": where}


def say(told: dict[str, Any]) -> None:
    title = told["title"] or "untitled"
    per_event = told["bytes"] / max(told["events"], 1)
    print(f"{told['file']}: {title}, {told['events']:,} events from {told['source']} {told['source_version']}")
    print(f"  {told['bytes']:,} bytes, {per_event:.1f} an event")
    for kind, count in told["kinds"].items():
        print(f"  {count:>10,}  {kind}")
    ops = list(told["ops"].items())
    shown = ", ".join([f"{name} ×{count}" for name, count in ops[:12]])
    if ops:
        print(f"  ops: {shown}{f' and {len(ops) - 12} more' if len(ops) > 12 else ''}")
    passes, memory = told["backwards"], told["memory"]
    if passes["ran"]:
        print(
            f"  backward passes: {passes['ran']:,}{', {failed:,} failed'.format(**passes) if passes['failed'] else ''}"
        )
    print(f"  memory: {memory['alive']:,} bytes alive at the end, {memory['peak']:,} at most")
    for one in told["problems"]:
        where = one["where"]
        file = "" if where is None else f"{where['file'] or 'cell [{}]'.format(where['cell'])}:{where['line']}: "
        print(f"  ! {file}{one['text'].splitlines()[0] if one['text'] else one['key']}")
