"""What the worker and the commands know of: every job that is asked for anywhere, every check of every area."""

import json
import re
import subprocess
import sys

from app.core.config import ROOT

KNOWN = """
import json
import app.cli
from app.core import checks, outbox
print(json.dumps({"handlers": sorted(outbox.HANDLERS), "checks": sorted(checks.CHECKS), "daily": sorted(outbox.DAILY)}))
"""


def known() -> dict[str, list[str]]:
    """What a process that imports the command line has registered."""
    done = subprocess.run([sys.executable, "-c", KNOWN], capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_the_command_line_knows_every_job_and_every_check() -> None:
    found = known()
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py")}
    jobs = sum(len(re.findall(r"^@(?:outbox\.)?handles\(", text, re.MULTILINE)) for text in sources.values())
    checks = sum(len(re.findall(r"^@(?:checks\.)?check\(", text, re.MULTILINE)) for text in sources.values())
    assert len(found["handlers"]) == jobs
    assert len(found["checks"]) == checks
    assert {"mail", "rates.fetch", "catalogue.derive_picture"} <= set(found["handlers"])
    assert set(found["daily"]) <= set(found["handlers"])
