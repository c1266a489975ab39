"""The programs of the twin tests are used here, too."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
for place in (HERE, HERE.parent / "torch"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))
