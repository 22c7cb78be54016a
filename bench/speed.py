"""How fast answers come, as ratios to reference apps under the same load, workers and settings."""

import json
import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select

from app.catalogue.models import Category, Listing
from app.core.database import Database
from app.core.pagination import Cursor
from bench import stock
from bench.load import Result, Server, middle, serving, wrk

GOODS = 100_000
LOADS = (16, 64)
OURS = "app.main:create_app"
CONSTANT, CORE, PAGE = (f"bench.reference.{name}:create_app" for name in ("constant", "core_select", "jinja_page"))
API = "/api/v1/products?currency=USD&locale=en"
CATEGORY = "/en/categories/food"


@dataclass
class Report:
    """Lines of the table, and whether all targets were met."""

    lines: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, what: str, *, value: str, target: str = "", met: bool | None = None) -> None:
        """One line, printed as it comes."""
        state = "" if met is None else "yes" if met else "NO"
        self.lines.append(f"| {what} | {value} | {target} | {state} |")
        print(self.lines[-1], flush=True)
        if met is False:
            self.missed.append(what)


@dataclass(frozen=True)
class Run:
    """How long and how often to measure, and where files go."""

    folder: Path
    seconds: int
    repeats: int


def measure(url: str, label: str, run: Run) -> Report:
    """All figures on one database, stocked with ``GOODS`` products when it is not yet."""
    report = Report()
    started = time.monotonic()
    database = stock.open_database(url, run.folder)
    names = stock.fill(database, GOODS)
    files = _write_paths(database, names, run.folder)
    database.dispose()
    waited = time.monotonic() - started
    print(f"\n### {label}, {GOODS:,} products (ready after {waited:.0f} s, load average {os.getloadavg()[0]:.1f})\n")
    print("| what | measured | target | met |\n|---|---|---|---|", flush=True)
    environment = _environment(url, run)
    with serving(OURS, environment, API) as server:
        (run.folder / "body.json").write_bytes(server.get(API))
        server.get(CATEGORY)
    results = _all_runs(environment, files, run)
    _ratios(report, results)
    with serving(OURS, environment, API) as server:
        _search(report, server, files, run)
        report.add(
            "memory of the worker after all this",
            value=f"{server.rss_mb():.0f} MB",
            target="≤ 200 MB",
            met=server.rss_mb() <= 200,  # noqa: PLR2004
        )
    return report


def _environment(url: str, run: Run) -> dict[str, str]:
    return {
        "LB_DATABASE_URL": url,
        "LB_DATA_DIR": str(run.folder),
        "LB_LOG_LEVEL": "WARNING",
        "LB_RATES_URL": "",
        "LB_QUEUE_URL": "memory:",
        "LB_BENCH_BODY": str(run.folder / "body.json"),
    }


def _write_paths(database: Database, names: list[str], folder: Path) -> dict[str, Path]:
    """Files of paths by kind: each path of a "new" kind is another one."""
    with database.reading() as session:
        keys = [
            (row[0], row[1])
            for row in session.connection().execute(
                select(Listing.published_us, Listing.product_id).order_by(Listing.published_us.desc())  # type: ignore[call-overload]  # type: ignore[attr-defined]
            )
        ]
        leaves = list(session.connection().execute(select(Category.slug)).scalars())  # type: ignore[call-overload]
    keys = keys[: len(keys) - 100]
    dice = random.Random(7)
    dice.shuffle(keys)
    cursors = [Cursor(sort="newest", key=key, id=number).encode() for key, number in keys]
    queries = list(dict.fromkeys(_query(dice.choice(names), dice) for _ in range(60_000)))
    kinds = {
        "api_new": [f"{API}&cursor={cursor}" for cursor in cursors],
        "api_again": [API],
        "core": [f"/products?before={key}&number={number}" for key, number in keys],
        "page_new": [f"{CATEGORY}?cursor={cursor}" for cursor in cursors],
        "page_again": [CATEGORY],
        "any": ["/"],
        "search": ["/api/v1/products?" + urlencode(_search_params(query, leaves, dice)) for query in queries],
    }  # fmt: skip
    files = {}
    for kind, paths in kinds.items():
        files[kind] = folder / f"{kind}.txt"
        files[kind].write_text("\n".join(paths) + "\n", encoding="utf-8")
    return files


def _search_params(query: str, categories: list[str], dice: random.Random) -> dict[str, str]:
    """Every fifth search is within a category."""
    return {"q": query, "category": dice.choice(categories)} if dice.random() < 1 / 5 else {"q": query}


def _query(name: str, dice: random.Random) -> str:
    """One to three words of a name."""
    words = [word for word in name.split() if any(each.isalnum() for each in word)] or ["batik"]
    return " ".join(dice.sample(words, min(len(words), dice.randrange(1, 4))))


def _all_runs(environment: dict[str, str], files: dict[str, Path], run: Run) -> dict[tuple[str, int], Result]:
    """The median of each kind of run by number of connections; kinds take turns, so that a busy moment hits all."""
    apps = {
        "api_new": OURS,
        "core": CORE,
        "api_again": OURS,
        "constant": CONSTANT,
        "page_new": OURS,
        "page_again": OURS,
        "page": PAGE,
    }
    seen: dict[tuple[str, int], list[Result]] = {}
    offset = 0
    for _ in range(run.repeats):
        for kind, factory in apps.items():
            paths = files.get(kind) or files["any"]
            probe = paths.read_text(encoding="utf-8").split("\n", 1)[0]
            with serving(factory, environment, probe) as server:
                wrk(server, paths, connections=8, seconds=1, offset=offset)
                for load in LOADS:
                    offset += 12_000
                    result = wrk(server, paths, connections=load, seconds=run.seconds, offset=offset)
                    seen.setdefault((kind, load), []).append(result)
                    figures = f"{result.per_second:.0f}/s, p50 {result.p50_ms:.1f} ms, p99 {result.p99_ms:.1f} ms"
                    print(f"<!-- {kind}, {load}: {figures}, {server.rss_mb():.0f} MB -->", flush=True)
    return {key: middle(results) for key, results in seen.items()}


def _ratios(report: Report, results: dict[tuple[str, int], Result]) -> None:
    pairs = (
        ("JSON list never asked before, to (b) one Core select", "api_new", "core", 0.60),
        ("JSON list asked again, to (a) constant bytes", "api_again", "constant", 0.40),
        ("category page never asked before, to (c) the page from memory", "page_new", "page", 0.40),
        ("category page asked again, to (c)", "page_again", "page", 0.40),
    )
    for what, ours, theirs, least in pairs:
        for load in LOADS:
            mine, other = results[ours, load].per_second, results[theirs, load].per_second
            report.add(
                f"{what}, {load} connections",
                value=f"{mine:.0f}/s of {other:.0f}/s = {mine / other:.0%}",
                target=f"≥ {least:.0%}",
                met=mine / other >= least,
            )
    for kind in ("api_new", "api_again", "page_new"):
        few, many = (results[kind, load].p99_ms for load in LOADS)
        report.add(
            f"{kind}: p99 at {LOADS[1]} to {LOADS[0]} connections",
            value=f"{many:.1f} / {few:.1f} ms = {many / few:.1f}",
            target="≤ 3",
            met=many / few <= 3,  # noqa: PLR2004
        )
    errors = sum(result.errors for result in results.values())
    report.add("failed requests", value=str(errors), target="0", met=errors == 0)


def _search(report: Report, server: Server, files: dict[str, Path], run: Run) -> None:
    wrk(server, files["search"], connections=8, seconds=1)  # as before every other load
    result = wrk(server, files["search"], connections=4, seconds=run.seconds, offset=12_000)
    report.add(
        "search with facets, each query another, 4 connections: p95",
        value=f"{result.p95_ms:.1f} ms (p50 {result.p50_ms:.1f}, {result.per_second:.0f}/s, {result.errors} failed)",
        target="< 50 ms",
        met=result.p95_ms < 50 and not result.errors,  # noqa: PLR2004
    )


def measure_growth(make_url: Callable[[str], str], label: str, run: Run) -> Report:
    """One list page at 10,000 and at 1,000,000 products, first and last, one request at a time."""
    report = Report()
    print(
        f"\n### {label}, one list page as the catalogue grows\n\n| what | measured | target | met |\n|---|---|---|---|"
    )
    times: dict[tuple[int, str], float] = {}
    for count in (10_000, 1_000_000):
        url = make_url(f"growth{count}")
        database = stock.open_database(url, run.folder)
        stock.fill(database, 10_000)
        stock.multiply(database, count)
        with database.reading() as session:
            ends = [
                session.connection()
                .execute(
                    select(Listing.published_us, Listing.product_id)  # type: ignore[call-overload]
                    .order_by(order(Listing.published_us))  # type: ignore[arg-type]
                    .limit(800)
                )
                .all()
                for order in (lambda column: column.desc(), lambda column: column)
            ]
        database.dispose()
        with serving(OURS, _environment(url, run), "/healthz") as server:
            begun = time.perf_counter()
            server.get(API)
            cold = (time.perf_counter() - begun) * 1000
            for place, rows in zip(("first", "last"), ends, strict=True):
                chosen = rows[:400] if place == "first" else rows[25:425]
                spent = []
                for key, number in chosen:
                    cursor = Cursor(sort="newest", key=key, id=number).encode()
                    begun = time.perf_counter()
                    answer = json.loads(server.get(f"{API}&cursor={cursor}"))
                    spent.append((time.perf_counter() - begun) * 1000)
                    if answer["total"] != count:
                        raise RuntimeError(f"{answer['total']} goods instead of {count}")
                times[count, place] = statistics.median(spent)
            print(f"<!-- {count}: first request after a write {cold:.0f} ms, {server.rss_mb():.0f} MB -->", flush=True)
    for place in ("first", "last"):
        few, many = times[10_000, place], times[1_000_000, place]
        report.add(
            f"{place} pages at 1,000,000 products, to those at 10,000 (median, new each time)",
            value=f"{many:.2f} / {few:.2f} ms = {many / few:.2f}",
            target="≤ 1.5",
            met=many / few <= 1.5,  # noqa: PLR2004
        )
    return report
