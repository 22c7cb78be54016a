"""``python -m bench [quality|speed|phone]``: what search finds, how fast answers come, and pages on a phone."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from sqlalchemy.engine import make_url

from bench import halal, phone, quality, speed, stock
from tests.support.postgres import new_database, start_postgres


def main() -> int:
    """Run what was asked for; ends with 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "quality", "speed", "phone", "halal"], default="all")
    parser.add_argument("--folder", type=Path, help="where databases are kept for the next run; else a throwaway one")
    parser.add_argument("--misses", type=int, default=0, help="misses to show of each kind")
    parser.add_argument("--database", action="append", help="measure speed on this database only; may be repeated")
    parser.add_argument("--seconds", type=int, default=10, help="length of each load")
    parser.add_argument("--repeats", type=int, default=1, help="how often each load; the median counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lb-bench-") as throwaway:
        folder = options.folder or Path(throwaway)
        folder.mkdir(parents=True, exist_ok=True)
        passed = True
        if options.what in {"all", "quality"}:
            passed &= _quality(folder, options.misses)
        if options.what in {"all", "speed"}:
            run = speed.Run(folder, options.seconds, options.repeats)
            passed &= _speed(run, options.database)
        if options.what in {"all", "halal"}:
            passed &= _halal(folder, options.database)
        if options.what in {"all", "phone"}:
            passed &= phone.measure(folder / "phone")
    return 0 if passed else 1


def _speed(run: speed.Run, urls: list[str] | None) -> bool:
    if shutil.which("wrk") is None:
        print("wrk is needed to make the load: install it (Debian: apt-get install wrk).")
        return False
    print(f"{os.cpu_count()} cores, {date.today()}, {run.seconds} s a load, median of {run.repeats}")  # noqa: DTZ011
    reports = []
    if urls:
        reports += [speed.measure(url, make_url(url).get_backend_name(), run) for url in urls]
    else:
        reports.append(speed.measure(f"sqlite:///{run.folder / 'speed.sqlite3'}", "SQLite", run))
        reports.append(speed.measure_growth(lambda name: f"sqlite:///{run.folder / name}.sqlite3", "SQLite", run))
        with start_postgres() as url, new_database(url) as other:
            reports.append(speed.measure(url, "PostgreSQL", run))
            reports.append(speed.measure_growth(lambda _: other, "PostgreSQL", run))
    missed = [what for report in reports for what in report.missed]
    print("\nMissed: " + "; ".join(missed) if missed else "\nEvery target is met.")
    return not missed


def _halal(folder: Path, urls: list[str] | None) -> bool:
    if urls:
        reports = [halal.measure(url, make_url(url).get_backend_name(), folder) for url in urls]
    else:
        reports = [halal.measure(f"sqlite:///{folder / 'halal.sqlite3'}", "SQLite", folder)]
        with start_postgres() as url:
            reports.append(halal.measure(url, "PostgreSQL", folder))
    missed = [what for report in reports for what in report.missed]
    print("\nMissed: " + "; ".join(missed) if missed else "\nEvery target is met.")
    return not missed


def _quality(folder: Path, misses: int) -> bool:
    started = time.monotonic()
    database = stock.open_database(f"sqlite:///{folder / 'quality.sqlite3'}", folder)
    names = stock.fill(database, len(stock.read_names()), pictures=False)
    print(f"{len(names)} names, ready after {time.monotonic() - started:.0f} s; load {os.getloadavg()[0]:.1f}")
    started = time.monotonic()
    scores = quality.run(database, show=misses)
    print(f"asked in {time.monotonic() - started:.0f} s")
    database.dispose()
    return all(scores[kind].share >= target for kind, target in quality.TARGETS.items())


if __name__ == "__main__":
    sys.exit(main())
