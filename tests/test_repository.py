"""The repository's own tools: what `make`, CI, docker compose and the test databases promise."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from sqlalchemy import make_url

from app.core.config import ROOT, Settings
from tests.support import browser, postgres

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LB_", "MAKE", "MFLAGS"))
    }
    return subprocess.run(
        command, cwd=cwd, env=kept | environment, capture_output=True, text=True, timeout=120, check=False
    )


# --- make ------------------------------------------------------------------------------------------------------------


def test_make_alone_lists_the_targets() -> None:
    told = run("make")

    listed = re.findall(r"^  make (\S+) +\S", told.stdout, re.MULTILINE)
    assert told.returncode == 0
    assert {"help", "setup", "run", "test", "test-deep", "check", "fix", "migrate", "seed", "bench", "clean"} <= {
        *listed
    }


def test_make_test_covers_both_databases_and_the_browser() -> None:
    shown = run("make", "--dry-run", "test").stdout

    calls = [line for line in shown.splitlines() if "-m pytest" in line]
    assert [re.findall(r'LB_TEST_DATABASE=(\w+).*-m "(.*)"', line) for line in calls] == [
        [("sqlite", "not browser and not deep")],
        [("postgresql", "not browser and not deep")],
        [("sqlite", "browser and not deep")],
    ]


def test_setup_without_a_new_python_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "make-environment", tmp_path / "tools")
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname", "cat"):
        found = shutil.which(name)
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    old = tmp_path / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    told = run("tools/make-environment", cwd=tmp_path, PATH=str(tmp_path / "bin"))

    assert told.returncode != 0
    assert "3.11" in told.stderr
    assert "make setup PYTHON=" in told.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_lock_has_hashes_for_every_package() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-zA-Z0-9])", lock, flags=re.MULTILINE)[1:]

    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert {"uv", "hatchling", "editables"} <= {block.split("==")[0] for block in blocks}


# --- settings and docker compose -------------------------------------------------------------------------------------


def env_example() -> dict[str, str]:
    """Every variable that the example names, commented out or not."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def compose_text() -> str:
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_the_example_lists_every_setting() -> None:
    named = {name for name in env_example() if name.startswith("LB_")}

    assert named == {f"LB_{field.upper()}" for field in Settings.model_fields}


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("LB_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    own_value = {"LB_MEDIA_ACCESS_KEY", "LB_MEDIA_SECRET_KEY", "LB_REQUIRE_SECOND_FACTOR"}
    shown = "\n".join(f"{name}={value}" for name, value in env_example().items() if name not in own_value)
    (tmp_path / "shown.env").write_text(shown, encoding="utf-8")

    assert Settings(_env_file=tmp_path / "shown.env") == Settings(_env_file=None)


def test_the_example_fills_what_compose_requires() -> None:
    required = set(re.findall(r"\$\{([A-Z_]+)-\}", compose_text()))
    live = dict(re.findall(r"^([A-Z_]+)=(.+)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for name in re.findall(r"(?<!\$)\$\{([A-Z_]+)", compose_text()) if name not in env_example()}

    assert required == set(live)
    assert named == set()


def test_compose_runs_the_whole_house() -> None:
    services: dict[str, Any] = yaml.safe_load(compose_text())["services"]
    settings = {f"LB_{field.upper()}" for field in Settings.model_fields}

    assert {"proxy", "app", "worker", "migrate", "database", "objects", "mail"} <= set(services)
    assert services["app"]["deploy"]["replicas"] == 2
    assert set(services["app"]["environment"]) <= settings
    assert services["app"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert [name for name, service in services.items() if not service["image"].rpartition(":")[2]] == []
    waited_for = {
        needed
        for service in services.values()
        for needed, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    assert [name for name in sorted(waited_for) if "healthcheck" not in services[name]] == []


def test_only_the_proxy_listens_to_the_outside() -> None:
    services: dict[str, Any] = yaml.safe_load(compose_text())["services"]

    public = {
        name
        for name, service in services.items()
        for port in service.get("ports", [])
        if not port.startswith("127.0.0.1:")
    }
    assert public == {"proxy"}


# --- import contracts ------------------------------------------------------------------------------------------------


def lint_imports(folder: Path, broken: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Apply our contracts to an empty house into which only the given modules were put."""
    contract = next(
        part for part in PYPROJECT["tool"]["importlinter"]["contracts"] if "app.accounts" in part["containers"]
    )
    for area in ["app", "app.core", *contract["containers"]]:
        package = folder.joinpath(*area.split("."))
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
    for name in ("main", "accounts/api", "accounts/models", "catalogue/service"):
        (folder / "app" / f"{name}.py").touch()
    for name, text in broken.items():
        (folder / "app" / name).write_text(text)
    shutil.copy(ROOT / "pyproject.toml", folder)
    lint = Path(sys.executable).with_name("lint-imports")
    return run(lint, "--no-cache", "--no-logo", cwd=folder, PYTHONPATH=str(folder))


def test_contracts_cover_every_area() -> None:
    areas = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")} - {"core", "demo"}
    inside = next(
        part for part in PYPROJECT["tool"]["importlinter"]["contracts"] if "app.accounts" in part["containers"]
    )

    assert {f"app.{area}" for area in areas} == set(inside["containers"])


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (
            {"accounts/models.py": "import app.catalogue.service\n"},
            "app.accounts is not allowed to import app.catalogue",
        ),
        ({"accounts/models.py": "import app.accounts.service\n", "accounts/service.py": ""}, "app.accounts.models"),
        ({"catalogue/service.py": "import fastapi\n"}, "app.catalogue.service is not allowed to import fastapi"),
        ({"catalogue/service.py": "import app.core.edge\n", "core/edge.py": "import starlette\n"}, "starlette"),
        ({"catalogue/service.py": "import app.accounts.api\n"}, "app.accounts.api"),
    ],
)
def test_contracts_refuse(tmp_path: Path, broken: dict[str, str], complaint: str) -> None:
    good = lint_imports(tmp_path / "good", {})
    bad = lint_imports(tmp_path / "bad", broken)

    assert good.returncode == 0, good.stdout + good.stderr
    assert bad.returncode == 1
    assert complaint in bad.stdout


# --- skipped tests ---------------------------------------------------------------------------------------------------

CASES = {
    "passing": "def test_it():\n    pass\n",
    "expected": "import pytest\n\n\n@pytest.mark.xfail(strict=True)\ndef test_it():\n    assert False\n",
    "skipped": "import pytest\n\n\ndef test_it():\n    pytest.skip('no browser here')\n",
    "module": "import pytest\n\npytest.skip('no browser here', allow_module_level=True)\n",
}


@pytest.mark.parametrize(
    ("case", "workers", "code"),
    [("passing", "0", 0), ("expected", "0", 0), ("skipped", "0", 1), ("module", "0", 1), ("skipped", "1", 1)],
)
def test_a_skipped_test_fails_the_run(tmp_path: Path, case: str, workers: str, code: int) -> None:
    (tmp_path / "test_case.py").write_text(CASES[case])
    (tmp_path / "test_other.py").write_text(CASES["passing"])
    options = ["-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-n", workers]

    ended = run(sys.executable, "-m", "pytest", "-p", "tests.support.no_skips", *options, tmp_path)

    assert ended.returncode == code, ended.stdout + ended.stderr
    assert ("no browser here" in ended.stdout) is bool(code)


@pytest.mark.parametrize(("folder", "code"), [("", 0), ("/somewhere", 1)])
def test_tests_on_real_files_may_skip_only_without_the_files(tmp_path: Path, folder: str, code: int) -> None:
    (tmp_path / "test_case.py").write_text(CASES["skipped"].replace("no browser", "LB_TEST_DATA_DIR names no files"))
    options = ["-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-p", "tests.support.no_skips"]

    ended = run(sys.executable, "-m", "pytest", *options, tmp_path, LB_TEST_DATA_DIR=folder)

    assert ended.returncode == code, ended.stdout + ended.stderr


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.mark.parametrize("binaries", [*postgres.machine_binaries()[:1], *postgres.wheel_binaries()[:1]], ids=str)
def test_postgres_starts_and_leaves_nothing(binaries: Path) -> None:
    with postgres.start_postgres(binaries) as url:
        with connect(url) as connection:
            row = connection.execute(
                "SELECT pg_encoding_to_char(encoding), current_setting('timezone'), current_setting('data_directory')"
                " FROM pg_database WHERE datname = current_database()"
            ).fetchone()
            words = connection.execute("SELECT w FROM unnest(ARRAY['é', 'b', 'Z', 'a', '한']) w ORDER BY w").fetchall()
        assert row is not None
        assert row[:2] == ("UTF8", "UTC")
        assert [word for (word,) in words] == ["Z", "a", "b", "é", "한"]

    assert not Path(row[2]).parent.exists()
    with pytest.raises(psycopg.OperationalError):
        connect(url)


def test_postgres_ends_with_a_killed_test_process() -> None:
    code = (
        "import sys\n"
        "from tests.support.postgres import *\n"
        "with start_postgres((machine_binaries() + wheel_binaries())[0]) as url:\n"
        "    print(url, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with connect(url) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        folder = Path(row[0]).parent
        assert folder.exists()

        process.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        connect(url)


def test_a_named_server_gets_databases_of_our_own_and_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = (postgres.machine_binaries() + postgres.wheel_binaries())[0]
    with postgres.start_postgres(binaries) as server:
        monkeypatch.setenv(postgres.SERVER_VARIABLE, server)
        with postgres.start_postgres() as first, postgres.start_postgres() as second:
            with connect(first) as connection:
                connection.execute("CREATE TABLE mine (id int)")
            with connect(second) as connection:
                seen = connection.execute("SELECT to_regclass('mine')").fetchone()
        with connect(server) as connection:
            left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'lb_test_%'").fetchall()

    assert len({server, first, second}) == 3
    assert seen == (None,)
    assert left == [(make_url(server).database,)]


def test_a_folder_without_a_server_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(postgres.PostgresUnavailableError, match=re.escape(str(tmp_path))),
        postgres.start_postgres(tmp_path),
    ):
        pass


# --- Chromium --------------------------------------------------------------------------------------------------------


def test_a_wrong_browser_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(browser.BROWSER_VARIABLE, str(tmp_path / "no-browser"))
    browser.chromium_path.cache_clear()

    with pytest.raises(browser.ChromiumUnavailableError, match=browser.BROWSER_VARIABLE):
        browser.chromium_path()
