"""Which passwords are taken, how they are hashed, and how many at once."""

import statistics
import threading
import time
import unicodedata

import pytest

from app.accounts import passwords
from app.accounts.passwords import WeakPassword, check, common_words, hash_password, is_common, verify
from app.core.errors import Unavailable

ME = {"email": "euis.komariah@example.org", "name": "Euis Komariah"}


@pytest.mark.parametrize(
    "password",
    [
        "keripik pedas dari ibu",
        "hujan sore Dago naik angkot",
        "x8#kQ2!vLp",
        "비 오는 날의 커피",
        "café con leche y pan",
        "bandung adem kopi tubruk",
    ],
)
def test_password_that_is_taken(password: str) -> None:
    check(password, official=False, **ME)


@pytest.mark.parametrize(
    "password",
    [
        "123456789",
        "1234567890",
        "0987654321",
        "password12",
        "Password123!",
        "P@ssw0rd123",
        "katasandi1",
        "rahasia1234",
        "bandungjuara",
        "Bandung2026",
        "persib1933",
        "littlebandung1",
        "bismillah1",
        "indonesia17",
        "qwertyuiop",
        "poiuytrewq",
        "asdfghjklz",
        "aaaaaaaaaaaa",
        "abababababab",
        "sayangsayang",
        "tkfkdgo1234",
        "사랑해사랑해사랑해",
        "contraseña1",
        "euis.komariah@example.org",
        "Euis Komariah",
        "euiskomariah",
        "euiskomariah99",
        "aku cinta kamu",
    ],
)
def test_password_that_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check(password, official=False, **ME)
    assert list(refused.value.fields) == ["password"]


@pytest.mark.parametrize(
    ("length", "official", "taken"), [(9, False, False), (10, False, True), (14, True, False), (15, True, True)]
)
def test_shortest_password(length: int, official: bool, taken: bool) -> None:  # noqa: FBT001 - a case of the table
    password = "kxwqzrmtvgjhpls"[:length]
    if taken:
        check(password, official=official, **ME)
    else:
        with pytest.raises(WeakPassword):
            check(password, official=official, **ME)


def test_longest_password() -> None:
    long = " ".join(str(number) for number in range(1, 90))[:200]
    check(long, official=False, **ME)
    with pytest.raises(WeakPassword):
        check(long + "d", official=False, **ME)


def test_the_list_is_long_enough_and_every_word_of_it_is_refused() -> None:
    assert len(common_words()) >= 300
    assert [word for word in common_words() if not is_common(word) and not is_common(word + "123")] == []


def test_hash_is_argon2id_and_differs_each_time() -> None:
    first, second = hash_password("keripik pedas"), hash_password("keripik pedas")
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert verify("keripik pedas", first) == (True, None)
    assert verify("keripik pedas ", first) == (False, None)


def test_password_typed_on_another_keyboard_is_the_same() -> None:
    composed = unicodedata.normalize("NFC", "contraseña café")
    assert verify(unicodedata.normalize("NFD", composed), hash_password(composed))[0]


def test_unknown_person_takes_as_long() -> None:
    kept = hash_password("keripik pedas")
    verify("warm", None)

    def seconds(known: str | None) -> float:
        taken = []
        for _ in range(7):
            started = time.perf_counter()
            verify("not this one", known)
            taken.append(time.perf_counter() - started)
        return statistics.median(taken)

    ratio = seconds(None) / seconds(kept)
    assert 0.5 < ratio < 2, ratio


def test_at_most_four_hashes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    class Slow:
        def hash(self, password: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1
            return password

    monkeypatch.setattr(passwords, "_hasher", Slow())
    threads = [threading.Thread(target=hash_password, args=("x",)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == passwords.HASHES_AT_ONCE == 4


def test_who_waits_too_long_for_a_hash_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_S", 0.01)
    monkeypatch.setattr(passwords, "_turns", threading.BoundedSemaphore(1))
    with passwords._turn(), pytest.raises(Unavailable):
        hash_password("keripik pedas")
