"""Files by key: one behaviour in a folder and in a bucket, durable, and bounded in time when the storage is ill."""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.core import storage as core_storage
from app.core.errors import StorageFull, Unavailable
from app.core.storage import Storage, open_storage
from tests.core.conftest import make_settings
from tests.support.s3 import Bucket, s3_server


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3_server() as bucket:
        yield bucket


def in_bucket(folder: Path, bucket: Bucket, prefix: str = "") -> Storage:
    settings = make_settings(
        folder,
        "sqlite://",
        media_url=f"s3://media{prefix}?endpoint={bucket.endpoint}&region=local",
        media_access_key=SecretStr("key"),
        media_secret_key=SecretStr("secret"),
    )
    return open_storage(settings)


@pytest.fixture(params=["folder", "bucket", "prefix", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, bucket: Bucket) -> Storage:
    if request.param == "folder":
        return open_storage(make_settings(tmp_path, "sqlite://"))
    if request.param == "memory":
        return open_storage(make_settings(tmp_path, "sqlite://", media_url="memory:"))
    return in_bucket(tmp_path, bucket, "/below" if request.param == "prefix" else "")


def test_what_is_put_can_be_had_again_until_it_is_removed(storage: Storage) -> None:
    key = "public/ab/name with space é.jpeg"
    assert (storage.get(key), storage.exists(key)) == (None, False)
    storage.put(key, b"one")
    storage.put(key, b"two" * 100_000)
    assert (storage.get(key), storage.exists(key)) == (b"two" * 100_000, True)
    storage.delete(key)
    storage.delete(key)
    assert (storage.get(key), storage.exists(key)) == (None, False)


def test_every_key_below_a_prefix_is_listed_with_its_time(storage: Storage) -> None:
    keys = [f"public/{number:02}/file-{number}" for number in range(10)]
    for key in [*keys, "private/licence.pdf"]:
        storage.put(key, b"x")
    listed = list(storage.keys("public/"))
    assert sorted(key for key, _ in listed) == keys
    assert all(moment > 1_700_000_000 for _, moment in listed)
    assert [key for key, _ in storage.keys("private/")] == ["private/licence.pdf"]
    assert list(storage.keys("nothing/")) == []


def test_a_file_is_flushed_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(make_settings(tmp_path, "sqlite://"))
    folder = tmp_path / "media"
    calls: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        calls.append("flush folder " + str(path.relative_to(tmp_path)) if path.is_dir() else "flush file")
        real_fsync(handle)

    def replace(path: Path, target: Path) -> Path:
        calls.append("rename")
        assert [key for key, _ in storage.keys("public/")] == []  # what is half-way shows nowhere
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    storage.put("public/ab/file", b"x")
    assert calls[:2] == ["flush file", "rename"]
    assert sorted(calls[2:]) == ["flush folder media", "flush folder media/public", "flush folder media/public/ab"]
    assert (folder / "public" / "ab" / "file").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("number", "failure"), [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, Unavailable)]
)
def test_a_failing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, failure: type[Exception]
) -> None:
    storage = open_storage(make_settings(tmp_path, "sqlite://"))
    storage.put("public/file", b"old")

    def fail(_: int) -> None:
        raise OSError(number, "the disk says no")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(failure):
        storage.put("public/file", b"new")
    assert storage.get("public/file") == b"old"
    assert [path.name for path in (tmp_path / "media" / "public").iterdir()] == ["file"]


@pytest.mark.parametrize("key", ["../outside", "public/../../outside", "/etc/outside"])
def test_no_key_leads_outside(tmp_path: Path, key: str) -> None:
    storage = open_storage(make_settings(tmp_path, "sqlite://"))
    with pytest.raises(ValueError, match="inside"):
        storage.put(key, b"x")
    assert not (tmp_path / "outside").exists()


def test_a_passing_fault_of_the_bucket_is_tried_again(tmp_path: Path, bucket: Bucket) -> None:
    storage = in_bucket(tmp_path, bucket)
    bucket.faults = [503, 500]
    storage.put("public/file", b"x")
    assert bucket.objects == {"public/file": b"x"}
    assert bucket.calls == 3


@pytest.mark.parametrize("fault", [500, 503, 403])
def test_a_broken_bucket_is_unavailable_within_seconds(tmp_path: Path, bucket: Bucket, fault: int) -> None:
    storage = in_bucket(tmp_path, bucket)
    calls: list[Any] = [
        lambda: storage.put("public/file", b"x"),
        lambda: storage.get("public/file"),
        lambda: storage.exists("public/file"),
        lambda: storage.delete("public/file"),
        lambda: list(storage.keys("public/")),
    ]
    for call in calls:
        bucket.faults = [fault] * 100
        started = time.monotonic()
        with pytest.raises(Unavailable):
            call()
        assert time.monotonic() - started < 8


def test_a_slow_or_absent_bucket_is_unavailable_within_seconds(
    tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_storage, "READ_S", 0.3)
    monkeypatch.setattr(core_storage, "ALL_S", 0.6)
    storage = in_bucket(tmp_path, bucket)
    bucket.delay = 3
    started = time.monotonic()
    with pytest.raises(Unavailable):
        storage.get("public/file")
    absent = in_bucket(tmp_path, Bucket(endpoint="http://127.0.0.1:1"))
    with pytest.raises(Unavailable):
        absent.put("public/file", b"x")
    assert time.monotonic() - started < 4


def test_another_kind_of_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="file:// or s3://"):
        open_storage(make_settings(tmp_path, "sqlite://", media_url="ftp://somewhere/"))
