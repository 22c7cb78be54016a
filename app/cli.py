"""The commands of this installation. Each calls services; none holds a rule."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from alembic import command
from alembic.config import Config
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import jobs
from app.accounts import queries as account_queries
from app.accounts import service as accounts
from app.accounts.models import Role, Scope
from app.accounts.subjects import Command
from app.catalogue import index
from app.catalogue.imports import exporting, reading, running
from app.catalogue.models import ProductState
from app.catalogue.service import halal_sweep
from app.core import backups, logging
from app.core.checks import Inspection, run_checks
from app.core.config import ROOT, Settings, get_settings
from app.core.database import Database
from app.core.errors import DomainError, NotFound
from app.core.forms import explain
from app.core.languages import Language
from app.core.storage import open_storage
from app.core.worker import JobQueue
from app.demo import loader
from app.halal.rules import day_of

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Little Bandung: one installation.")
users = typer.Typer(no_args_is_help=True, help="People who may sign in.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs.")
imports = typer.Typer(no_args_is_help=True, help="Bring goods in from a file.")
exports = typer.Typer(no_args_is_help=True, help="Take goods out into a file.")
halal = typer.Typer(no_args_is_help=True, help="Halal statuses.")
app.add_typer(users, name="user")
app.add_typer(tokens, name="token")
app.add_typer(imports, name="import")
app.add_typer(exports, name="export")
app.add_typer(halal, name="halal")
out = Console()
err = Console(stderr=True)
AREAS = jobs.registered()
"""Modules whose jobs the worker runs and whose checks ``check`` makes."""


@contextmanager
def opened() -> Iterator[tuple[Settings, Database]]:
    """The settings and the database, closed at the end; an expected failure ends the command with its sentence."""
    settings = get_settings()
    logging.set_up(settings)
    database = Database(settings)
    try:
        yield settings, database
    except DomainError as error:
        message, fields = explain(error, Language.EN)
        err.print(message, style="red")
        for name, text in fields.items():
            err.print(f"  {name}: {text}")
        raise typer.Exit(1) from error
    finally:
        database.dispose()


def progress_bar(label: str) -> Progress:
    """A bar on a terminal, nothing in a pipe."""
    return Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    )


@app.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    settings = get_settings()
    if settings.resolved_database_url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = settings.resolved_database_url
    command.upgrade(config, "head")


@app.command()
def seed() -> None:
    """Load the reference facts: cities, districts, categories, exchange rates. Safe to repeat."""
    with opened() as (_, database), database.writing() as session:
        loader.load_reference(session, now=datetime.now(UTC))


@app.command()
def demo(
    makers: Annotated[
        int | None, typer.Option(min=2, envvar="LB_DEMO_MAKERS", help="So many makers; all if not set.")
    ] = None,
) -> None:
    """Load the reference facts and sample makers, goods and people. Safe to repeat."""
    with opened() as (settings, database):
        bar = progress_bar("Drawing goods")
        loader.load_demo(database, open_storage(settings), settings, now=datetime.now(UTC), progress=bar, makers=makers)
    for login in loader.LOGINS:
        out.print(f"{login.role:<10} {login.email}  {loader.PASSWORD}")


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Answer requests."""
    settings = get_settings()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        access_log=False,
        log_level="warning",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


@app.command()
def worker(threads: Annotated[int, typer.Option(min=1, max=32)] = 2) -> None:
    """Run jobs: mail, pictures, rates, sweeps."""
    settings = get_settings()
    logging.set_up(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    JobQueue(settings).run(threads=threads)


@app.command()
def up() -> None:
    """Migrate, load the demo once, start server and worker, and print the address and the demo logins."""
    settings = get_settings()
    os.environ.setdefault("LB_LOG_LEVEL", "WARNING")
    migrate()
    marker = settings.data_dir / ".demo-loaded"
    if not marker.exists():
        demo(makers=None)
        marker.write_text(datetime.now(UTC).isoformat(), encoding="utf-8")
    environment = dict(os.environ)
    children = [
        subprocess.Popen([sys.executable, "-m", "app", name], env=environment)  # noqa: S603 - our own command
        for name in ("worker", "serve")
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _wait_until_ready(settings, children[1])
        out.print(f"\n[bold]Little Bandung[/bold] is open at [bold]{settings.public_url}/[/bold]\n")
        for login in loader.LOGINS:
            out.print(f"  {login.role:<10} {login.email:<36} {loader.PASSWORD}")
        out.print(f"\n  Mail is written to {settings.resolved_mail_url}\n  Stop with Ctrl-C.\n")
        sys.stdout.flush()  # a pipe would keep the address back
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_until_ready(settings: Settings, child: "subprocess.Popen[bytes]") -> None:
    import http.client  # noqa: PLC0415 - only here

    for _ in range(300):
        if child.poll() is not None:
            raise typer.Exit(1)
        connection = http.client.HTTPConnection(settings.host, settings.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()


@users.command("create")
def create_user(
    email: str,
    name: Annotated[str, typer.Option(help="What to call them.")] = "",
    role: Annotated[Role, typer.Option(help="official or admin.")] = Role.OFFICIAL,
    locale: Annotated[Language, typer.Option()] = Language.ID,
) -> None:
    """Make a person with a role in the city's office; prints a password to change at the first sign-in."""
    password = secrets.token_urlsafe(15)
    now = datetime.now(UTC)
    with opened() as (_, database), database.writing() as session:
        office = accounts.find_or_create_office(session, actor=Command(), name=loader.OFFICE, now=now)
        accounts.create_user(
            session,
            actor=Command(),
            email=email,
            name=name or email.partition("@")[0],
            password=password,
            language=locale,
            role=role,
            organisation=office,
            now=now,
        )
    out.print(password)


@tokens.command("create")
def create_token(
    email: str,
    name: Annotated[str, typer.Option()] = "command line",
    scope: Annotated[list[Scope] | None, typer.Option(help="Repeat for several; all when left out.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650)] = 365,
) -> None:
    """Make a bearer token for a person and print it once."""
    now = datetime.now(UTC)
    with opened() as (_, database), database.writing() as session:
        user = account_queries.find_user_by_email(session, email)
        if user is None:
            raise NotFound
        made = accounts.create_api_token(
            session,
            actor=Command(),
            user_id=user.id,
            name=name,
            scopes=frozenset(scope or Scope),
            expires_at=now + timedelta(days=days),
            now=now,
        )
    typer.echo(made.token)


@imports.command("products")
def import_products(
    file: Annotated[Path, typer.Argument(help="CSV (also .gz) or XLSX.")],
    *,
    mapping: Annotated[
        str | None, typer.Option(help="A mapping's name or file; by the header row when left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="As the city: verify the sellers, publish the goods.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Where refused rows go; <file>.errors.csv here when left out.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Whose numbers these are, if not the mapping's source.")] = None,
    locale: Annotated[Language, typer.Option(help="Language of the reasons.")] = Language.EN,
    max_mb: Annotated[int, typer.Option(min=1, max=1000, help="Largest file taken.")] = reading.MOST_MB,
) -> None:
    """Bring goods in. The same file again changes nothing; one that was broken off is taken up where it stopped."""
    options = running.Options(
        mapping=mapping, source=source, publish=publish, dry_run=dry_run, errors=errors, language=locale, max_mb=max_mb
    )
    with opened() as (_, database), progress_bar("Goods") as bar:
        task = bar.add_task("Goods", total=None)
        report = running.import_products(
            database,
            file,
            options=options,
            now=datetime.now(UTC),
            step=lambda done, expected: bar.update(task, completed=done, total=expected),
        )
    if report.resumed_at:
        out.print(f"Taken up after {report.resumed_at:,} rows.", highlight=False)
    out.print(
        f"{report.rows:,} rows by {report.mapping}{' (dry run)' if dry_run else ''}: {report.created:,} created, "
        f"{report.changed:,} changed, {report.unchanged:,} unchanged, {report.refused:,} refused.",
        highlight=False,
        soft_wrap=True,
    )
    if report.errors:
        out.print(f"Refused rows with their reasons: {report.errors}", highlight=False, soft_wrap=True)


@exports.command("products")
def export_products(
    file: Annotated[Path, typer.Argument(help="Written as its name ends: .csv or .xlsx.")],
    state: Annotated[ProductState | None, typer.Option(help="Only goods in this state.")] = None,
    locale: Annotated[Language, typer.Option(help="Language of the notes in a workbook.")] = Language.EN,
) -> None:
    """Write goods into a sheet that an import takes back."""
    with opened() as (_, database), progress_bar("Goods") as bar, database.reading() as session:
        task = bar.add_task("Goods", total=None)
        number = exporting.export_products(
            session,
            file,
            on=day_of(datetime.now(UTC)),
            state=state,
            language=locale,
            step=lambda done: bar.update(task, completed=done),
        )
    out.print(f"{number:,} products in {file}", highlight=False, soft_wrap=True)


@app.command()
def check() -> None:
    """Recount every invariant; ends with 1 when something does not hold."""
    faults = 0
    with opened() as (settings, database), database.reading() as session:
        for name, fault in run_checks(
            Inspection(session=session, storage=open_storage(settings), now=datetime.now(UTC))
        ):
            faults += 1
            out.print(f"[red]{name}[/red] {fault}", highlight=False)
    out.print("Everything holds." if not faults else f"{faults} fault(s).")
    if faults:
        raise typer.Exit(1)


@app.command()
def backup(target: Path) -> None:
    """Write database and files into one archive, while others go on working."""
    with opened() as (settings, _):
        made = backups.backup(settings, target, datetime.now(UTC))
    err.print(f"{target}: {made.kind} of {made.made_at}, {made.files} files")


@app.command()
def restore(source: Path) -> None:
    """Bring an archive back into an empty installation."""
    settings = get_settings()
    logging.set_up(settings)
    try:
        made = backups.restore(settings, source)
    except DomainError as error:
        err.print(explain(error, Language.EN)[0], style="red")
        raise typer.Exit(1) from error
    err.print(f"{source}: {made.kind} of {made.made_at}, {made.files} files")


@app.command()
def reindex() -> None:
    """Write lists and search anew, after a change of the glossary or of how words are analysed."""
    with opened() as (_, database), database.writing() as session:
        looked_at = index.reindex_all(session, now=datetime.now(UTC))
    err.print(f"{looked_at} products looked at")


@halal.command("sweep")
def sweep_halal(
    *, everything: Annotated[bool, typer.Option("--all", help="Look at every product, not only those due.")] = False
) -> None:
    """Bring halal standings in line with the day, as the worker does at midnight in Bandung."""
    with opened() as (_, database), progress_bar("Goods") as bar:
        task = bar.add_task("Goods", total=None)
        swept = halal_sweep.sweep(
            database,
            now=datetime.now(UTC),
            everything=everything,
            step=lambda done: bar.update(task, completed=done),
        )
    err.print(f"{swept.looked_at:,} products looked at, {swept.changed:,} changed", highlight=False)
