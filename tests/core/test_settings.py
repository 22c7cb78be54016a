"""Settings: strict in production, documented one by one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.config import PLACEHOLDER_SECRET, ROOT, Settings

GOOD = {"LB_ENVIRONMENT": "production", "LB_SECRET_KEY": "s" * 40, "LB_BASE_URL": "https://bandung.example"}
START = "from app.core.config import get_settings; get_settings()"
WHOLE = "from app.main import create_app; create_app()"


def start(folder: Path, changes: dict[str, str], code: str = START) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LB_")}
    environment = clean | GOOD | {"LB_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)} | changes
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"LB_SECRET_KEY": PLACEHOLDER_SECRET}, "LB_SECRET_KEY"),
        ({"LB_SECRET_KEY": "short"}, "LB_SECRET_KEY"),
        ({"LB_DEBUG": "true"}, "LB_DEBUG"),
        ({"LB_BASE_URL": "http://bandung.example"}, "LB_BASE_URL"),
        ({"LB_BASE_URL": ""}, "LB_BASE_URL"),
    ],
)
def test_production_refuses_to_start_unsafe(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    done = start(tmp_path, changes)
    assert done.returncode != 0
    assert told in done.stderr.splitlines()[-2] + done.stderr.splitlines()[-3] + done.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())  # nothing was opened
    assert "s" * 40 not in done.stderr


def test_production_starts_with_good_settings(tmp_path: Path) -> None:
    done = start(tmp_path, {}, WHOLE)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_setting_is_in_the_example() -> None:
    named = re.findall(r"^#? ?(LB_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(f"LB_{name.upper()}" for name in Settings.model_fields)


def test_places_follow_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, port=8123)
    assert settings.resolved_database_url == f"sqlite:///{tmp_path}/little-bandung.sqlite3"
    assert settings.resolved_queue_url == f"sqlite:///{tmp_path}/queue.sqlite3"
    assert settings.resolved_media_url == f"file://{tmp_path}/media"
    assert settings.resolved_mail_url == f"file://{tmp_path}/mail"
    assert settings.public_url == "http://127.0.0.1:8123"
    assert "change-me" not in repr(settings)
