"""Write hashes, expected frames and the mask anew, where fill or tracker were changed on purpose.

    PYTHONPATH=. python tests/compat/renew_hashes.py

They are `hashes.json`, `expected/` and `reports/mask.json` of the fixtures; all others stay as old
programs made them. Look at the pictures before committing.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from common import FIXTURES, write_hashes, write_mask  # noqa: E402


def main() -> None:
    """Run the same jobs again."""
    known = json.loads((FIXTURES / "hashes.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        write_hashes(list(known["jobs"]), Path(folder).resolve())
    write_mask(FIXTURES / "reports" / "mask.json")


if __name__ == "__main__":
    main()
