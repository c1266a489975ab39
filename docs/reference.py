"""The pages of what programs may call, made of the docstrings: `python3 dev.py reference`, into site/reference/."""

import sys
from pathlib import Path

import pdoc

import gradwidget

for name in gradwidget.__all__:  # which are imported when they are asked for, and pdoc does not ask
    vars(gradwidget)[name] = getattr(gradwidget, name)
MODULES = ["gradwidget", "gradwidget.testing", "gradwidget.trace", "gradwidget.events", "!gradwidget.torch"]
pdoc.pdoc(*MODULES, output_directory=Path(sys.argv[1] if len(sys.argv) > 1 else "site/reference"))
