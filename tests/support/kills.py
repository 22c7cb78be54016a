"""Kills a process at every statement of what it does, one run after the other, and lets the invariant checker look.

    done = kills.everywhere("tests.area.test_module:act", url, folder)
    assert done.faults == []

``act`` takes a ``Workbench``. Before each run ``reset``, which stands beside it, puts back what runs have changed. The
runs are forks of a process of their own, so that no connection of the tests is shared with one that dies.
"""

import dataclasses
import datetime as dt
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import app.jobs  # noqa: F401 - registers every check
from app.core.checks import Inspection, run_checks
from app.core.config import ROOT, Settings
from app.core.database import Database
from app.core.outbox import Workbench
from app.core.storage import open_storage

MOST = 400
"""Runs after which it is given up."""


@dataclasses.dataclass(frozen=True)
class Done:
    """How many runs were killed until one lived, and what the checker found after any of them."""

    kills: int
    faults: list[str]


def everywhere(act: str, url: str, folder: Path, now: dt.datetime) -> Done:
    """Run ``module:function`` again and again, killed one statement later each time, until it lives."""
    command = [sys.executable, "-m", "tests.support.kills", act, url, str(folder), now.isoformat()]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LB_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return Done(**json.loads(done.stdout))


def _bench(url: str, folder: str, now: str) -> Workbench:
    settings = Settings(_env_file=None, data_dir=Path(folder), database_url=url, rates_url="", queue_url="memory:")
    return Workbench(Database(settings), open_storage(settings), settings, dt.datetime.fromisoformat(now))


def _run(act: Callable[[Workbench], None], bench: Workbench, die_at: int) -> bool:
    """One run in a child; whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            _arm(die_at)
            act(bench)
        except BaseException:  # noqa: BLE001 - whatever it is, the parent hears of it by the status
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "a run failed by itself"
    return False


def _arm(die_at: int) -> None:
    """Die at the n-th moment: before or after a statement, before or after a commit."""
    moments = 0

    def moment(*_: Any) -> None:
        nonlocal moments
        moments += 1
        if moments == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "commit", "rollback"):
        event.listen(Engine, name, moment)


def _main(act: str, url: str, folder: str, now: str) -> None:
    module = importlib.import_module(act.partition(":")[0])
    faults, kills = [], 0
    for die_at in range(1, MOST):
        bench = _bench(url, folder, now)
        module.reset(bench)
        bench.database.dispose()
        killed = _run(getattr(module, act.partition(":")[2]), bench, die_at)
        with bench.database.reading() as session:
            for name, fault in run_checks(Inspection(session=session, storage=bench.storage, now=bench.now)):
                faults.append(f"after {die_at} moments: {name} {fault}")
        bench.database.dispose()
        if not killed:
            break
        kills += 1
    else:
        faults.append(f"it still lived after {MOST} moments")
    sys.stdout.write(json.dumps({"kills": kills, "faults": faults}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
