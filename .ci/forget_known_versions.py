"""Take the list of known versions out of pyproject.toml, to try the lowest or the newest ones.

    python .ci/forget_known_versions.py [folder]

uv has no option for it: --no-config leaves `constraint-dependencies` in force.
"""

import re
import sys
from pathlib import Path

path = Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "pyproject.toml"
text, lists = re.subn(
    r"^constraint-dependencies = \[\n.*?^\]\n", "", path.read_text("utf-8"), flags=re.M | re.S
)
if lists != 1:
    sys.exit(f"{path} has {lists} lists of constraint-dependencies; expected one.")
path.write_text(text, "utf-8")
