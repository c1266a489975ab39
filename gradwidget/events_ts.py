"""Writes `js/src/model/events.ts` from `gradwidget.events`.

python -m gradwidget.events_ts           write it
python -m gradwidget.events_ts --check   say whether it is as it would be written
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from . import events

PLACE = Path(__file__).parent.parent / "js" / "src" / "model" / "events.ts"

# How a type is called in an interface, and the reader in shape.ts that makes sure of it.
PLAIN = {int: ("number", "int"), float: ("number", "float"), str: ("string", "text"), bool: ("boolean", "bool")}
READERS = ("bool", "int", "list", "maybe", "num", "text", "tuple")

BEGIN = """\
// Generated from gradwidget/events.py by `python -m gradwidget.events_ts`; change it there.

import {{ {readers} }} from "./shape.ts";

export const FORMAT = "{format}";
export const VERSION = {version};

/** A number as it stands in a trace: the three that JSON has no word for are "nan", "inf" and "-inf". */
export type Num = number | string;
"""

END = """\
/** An event of a kind that only a newer gradwidget knows. It keeps its place in a trace and means nothing. */
export interface Unknown {
  readonly kind: "unknown";
  readonly name: string;
}

/** The event that a list stands for. Throws an Error that says what is wrong with the list, if it stands for none. */
export const decode = reader(FIELDS, DEFAULTS);
"""


def source() -> str:
    """The whole of events.ts."""
    interfaces = [_interface(kind, cls) for kind, cls in events.KINDS.items()]
    names = [cls.__name__ for cls in events.KINDS.values()]
    union = "export type Event =\n" + "\n".join(f"  | {name}" for name in names) + ";\n"
    rows = [_fields(kind) for kind in events.KINDS]
    table = (
        "/** The fields of each kind, in the order in which they stand in a trace. */\n"
        "export const FIELDS = {\n" + "".join(rows) + "} as const;\n"
    )
    late = {kind: cls._field_defaults for kind, cls in events.KINDS.items() if cls._field_defaults}
    defaults = (
        "/** What fields are where a trace is older than they. */\n"
        "export const DEFAULTS = {\n"
        + "".join(
            f"  {kind}: {{ {', '.join(f'{field}: {json.dumps(value)}' for field, value in row.items())} }},\n"
            for kind, row in late.items()
        )
        + "} as const;\n"
    )
    used = sorted(["reader", *(name for name in READERS if name in table)])
    begin = BEGIN.format(readers=", ".join(used), format=events.FORMAT, version=events.VERSION)
    return "\n".join([begin, *interfaces, union, table, defaults, END])


def _interface(kind: str, cls: type[Any]) -> str:
    lines = [f"/** {cls.__doc__} */", f"export interface {cls.__name__} {{", f'  readonly kind: "{kind}";']
    lines += [f"  readonly {field}: {_type(hint)};" for field, hint in events.fields(kind).items()]
    return "\n".join([*lines, "}\n"])


def _type(hint: Any) -> str:
    if hint == events.Number:
        return "Num"
    if get_origin(hint) in (types.UnionType, Union):
        return " | ".join(_type(choice) for choice in _flat(hint))
    if hint is type(None):
        return "null"
    if get_origin(hint) is tuple:
        first, *rest = get_args(hint)
        if rest == [...]:
            item = _type(first)
            return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
        return f"readonly [{', '.join(_type(part) for part in (first, *rest))}]"
    return PLAIN[hint][0]


def _fields(kind: str) -> str:
    readers = [f"{field}: {_reader(hint)}" for field, hint in events.fields(kind).items()]
    line = f"  {kind}: {{ {', '.join(readers)} }},\n"
    if len(line) <= 120:  # the formatter's line length
        return line
    return f"  {kind}: {{\n" + "".join(f"    {reader},\n" for reader in readers) + "  },\n"


def _reader(hint: Any) -> str:
    if hint == events.Number:
        return "num"
    if get_origin(hint) in (types.UnionType, Union):
        (choice,) = [choice for choice in _flat(hint) if choice is not type(None)]
        return f"maybe({_reader(choice)})"
    if get_origin(hint) is tuple:
        first, *rest = get_args(hint)
        if rest == [...]:
            return f"list({_reader(first)})"
        return f"tuple({', '.join(_reader(part) for part in (first, *rest))})"
    return PLAIN[hint][1]


def _flat(hint: Any) -> list[Any]:
    """The choices of a union, None last; Python takes `Number | None` apart, which is put together again."""
    choices = list(get_args(hint))
    if float in choices and str in choices:
        choices = [events.Number, *(c for c in choices if c not in (float, str))]
    return choices


def main(arguments: list[str]) -> int:
    text = source()
    if arguments == ["--check"]:
        same = PLACE.exists() and PLACE.read_text(encoding="utf-8") == text
        if not same:
            print(f"{PLACE.name} is not what gradwidget.events asks for: run `python -m gradwidget.events_ts`")
        return 0 if same else 1
    PLACE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
