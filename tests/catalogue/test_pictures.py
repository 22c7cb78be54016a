"""Pictures from upload to files and away again."""

import datetime as dt
import io
import os
import time
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from PIL import Image
from sqlmodel import Session, select

from app.accounts.subjects import Subject
from app.catalogue import checks, rules
from app.catalogue.models import Listing, Picture, PictureState, Product
from app.catalogue.schemas.editing import PictureUpdate
from app.catalogue.service import pictures, products
from app.core import outbox
from app.core.checks import Inspection
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.imaging import PictureRefused
from app.core.outbox import OutboxRow, OutboxState, Workbench
from app.core.storage import Storage, media_key
from tests.catalogue.goods import draft, entries, maker, official, own, photo, published
from tests.conftest import Clock
from tests.factories import NOON

Run = Callable[[], int]


@pytest.fixture
def run(application: FastAPI, storage: Storage, settings: Settings, clock: Clock) -> Run:
    """Runs what the outbox holds."""
    return lambda: outbox.run_due(Workbench(application.state.database, storage, settings, clock()))


def _add(session: Session, storage: Storage, actor: Subject, product: Product, data: bytes | None = None) -> Picture:
    received = pictures.receive(storage, data or photo())
    picture = pictures.add_picture(session, actor=actor, product=product, received=received, now=NOON)
    session.commit()
    return picture


def _row(session: Session, picture: Picture) -> Picture:
    return session.get_one(Picture, picture.id, populate_existing=True)


def _faults(session: Session, storage: Storage) -> list[str]:
    return list(checks.check_pictures(Inspection(session, storage, NOON)))


def _age(storage: Storage, *, minutes: int) -> None:
    """Make every stored file look older."""
    assert storage.folder is not None
    moment = time.time() - minutes * 60
    for path in storage.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (moment, moment))


def test_an_upload_becomes_files_without_its_place(session: Session, storage: Storage, run: Run) -> None:
    actor, business = maker(session)
    product = published(session, actor, business)
    for each in list(product.pictures):
        pictures.remove_picture(session, actor=actor, owner=product, picture=each, now=NOON)
    picture = _add(session, storage, actor, product)
    assert picture.state == PictureState.PROCESSING
    assert b"Exif" in (storage.get(picture.original_key) or b"")
    listing = session.get_one(Listing, product.id, populate_existing=True)
    assert listing.picture is None
    assert run() >= 1
    ready = _row(session, picture)
    assert (ready.state, ready.width, ready.height) == (PictureState.READY, 900, 700)
    assert {(each["format"], each["width"]) for each in ready.derivatives} == {
        (kind, width) for kind in ("avif", "webp", "jpeg") for width in (320, 640, 900)
    }
    for derivative in ready.derivatives:
        data = storage.get(media_key(derivative["sha256"], derivative["format"]))
        assert data is not None
        assert b"Exif" not in data
        assert len(data) == derivative["bytes"]
    session.expire_all()
    listing = session.get_one(Listing, product.id, populate_existing=True)
    assert listing.picture is not None
    assert len(listing.picture["files"]) == 9
    assert _faults(session, storage) == []
    assert (entries(session, "picture", "picture.added"), entries(session, "picture", "picture.ready")) == (2, 1)


def test_a_repeat_of_the_job_changes_nothing(session: Session, storage: Storage, run: Run) -> None:
    actor, business = maker(session)
    picture = _add(session, storage, actor, draft(session, actor, business))
    run()
    before = entries(session, "picture")
    outbox.enqueue(session, kind=pictures.DERIVE, key="again", payload={"picture": picture.id}, now=NOON)
    session.commit()
    assert run() == 1
    assert _row(session, picture).state == PictureState.READY
    assert entries(session, "picture") == before


def test_a_lost_original_fails_with_a_reason_and_can_be_tried_again(
    session: Session, storage: Storage, run: Run
) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    picture = _add(session, storage, actor, product)
    storage.delete(picture.original_key)
    run()
    failed = _row(session, picture)
    assert (failed.state, failed.reason) == (PictureState.FAILED, "empty")
    assert [row.state for row in session.exec(select(OutboxRow))] == [OutboxState.DONE]
    storage.put(picture.original_key, photo())
    product = own(session, actor, product)
    (row,) = product.pictures
    pictures.retry_picture(session, actor=actor, owner=product, picture=row, now=NOON)
    session.commit()
    run()
    assert _row(session, picture).state == PictureState.READY
    with pytest.raises(Invalid):
        pictures.retry_picture(session, actor=actor, owner=product, picture=_row(session, picture), now=NOON)


def test_a_picture_removed_before_its_files_were_made(session: Session, storage: Storage, run: Run) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    picture = _add(session, storage, actor, product)
    pictures.remove_picture(session, actor=actor, owner=product, picture=picture, now=NOON)
    session.commit()
    assert run() == 1
    assert session.exec(select(Picture)).all() == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 40, "unsupported_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_format"),
        (photo()[:3000], "damaged"),
        (b"\xff\xd8\xff" + b"\0" * 15 * 1024 * 1024, "too_large"),
    ],
)
def test_bad_files_are_refused_before_anything_is_stored(storage: Storage, data: bytes, code: str) -> None:
    with pytest.raises(PictureRefused) as caught:
        pictures.receive(storage, data)
    assert caught.value.code == code
    assert list(storage.keys("")) == []


def test_the_same_picture_twice_is_told(session: Session, storage: Storage) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    _add(session, storage, actor, product)
    with pytest.raises(Conflict) as caught:
        _add(session, storage, actor, product)
    assert (caught.value.code, set(caught.value.fields)) == ("picture_twice", {"pictures"})
    _add(session, storage, actor, draft(session, actor, business))


def test_twelve_pictures_are_the_most(session: Session, storage: Storage) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    for number in range(rules.MAX_PICTURES):
        _add(session, storage, actor, product, photo(60 + number, 50))
    with pytest.raises(Conflict) as caught:
        _add(session, storage, actor, product, photo(99, 50))
    assert caught.value.code == "too_many_pictures"


@pytest.mark.parametrize("verb", ["add", "update", "remove"])
def test_pictures_are_the_makers_alone(session: Session, storage: Storage, verb: str) -> None:
    owner, business = maker(session)
    product = draft(session, owner, business)
    picture = _add(session, storage, owner, product)
    stranger, _ = maker(session)
    before = entries(session, "picture")

    def act(actor: Subject) -> None:
        if verb == "add":
            _add(session, storage, actor, product, photo(333, 222))
        elif verb == "update":
            data = PictureUpdate(focal_x=0.25)
            pictures.update_picture(session, actor=actor, owner=product, picture=picture, data=data, now=NOON)
        else:
            pictures.remove_picture(session, actor=actor, owner=product, picture=picture, now=NOON)

    with pytest.raises(NotFound):
        act(stranger)
    with pytest.raises(Forbidden):
        act(official(session))
    assert entries(session, "picture") == before
    act(owner)
    assert entries(session, "picture") == before + 1


def test_pictures_move_among_the_others(session: Session, storage: Storage) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    made = [_add(session, storage, actor, product, photo(60 + number, 50)) for number in range(4)]

    def move(picture: Picture, place: int) -> list[int]:
        data = PictureUpdate(position=place)
        pictures.update_picture(session, actor=actor, owner=product, picture=picture, data=data, now=NOON)
        session.commit()
        return [made.index(each) for each in pictures.in_order(product)]

    assert move(made[3], 0) == [3, 0, 1, 2]
    assert move(made[3], 2) == [0, 1, 3, 2]
    assert move(made[0], 99) == [1, 3, 2, 0]
    pictures.remove_picture(session, actor=actor, owner=product, picture=made[3], now=NOON)
    assert [each.position for each in pictures.in_order(product)] == [0, 1, 2]


def test_an_empty_description_removes_it(session: Session, storage: Storage) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    picture = _add(session, storage, actor, product)
    for alt, kept in (({"en": "Chips", "ko": "칩"}, {"en": "Chips", "ko": "칩"}), ({"en": ""}, {"ko": "칩"})):
        data = PictureUpdate.model_validate({"alt": alt})
        pictures.update_picture(session, actor=actor, owner=product, picture=picture, data=data, now=NOON)
        assert picture.alt == kept


def test_files_go_when_nothing_refers_to_them(session: Session, storage: Storage, run: Run, clock: Clock) -> None:
    actor, business = maker(session)
    first, second = draft(session, actor, business), draft(session, actor, business)
    one, two = _add(session, storage, actor, first), _add(session, storage, actor, second)
    alone = _add(session, storage, actor, first, photo(400, 300))
    run()
    keys = {key for picture in (one, two, alone) for key in pictures.file_keys(_row(session, picture))}
    kept = set(pictures.file_keys(_row(session, two)))
    product = own(session, actor, first)
    for picture in list(product.pictures):
        pictures.remove_picture(session, actor=actor, owner=product, picture=picture, now=NOON)
    session.commit()
    assert run() == 0
    clock.forward(minutes=11)
    clock.now = max(clock.now, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11))
    run()
    assert {key for key, _ in storage.keys("")} == kept
    assert kept < keys
    assert _faults(session, storage) == []


def test_a_full_sweep_leaves_young_files_alone(session: Session, storage: Storage, run: Run, clock: Clock) -> None:
    actor, business = maker(session)
    picture = _add(session, storage, actor, draft(session, actor, business))
    clock.now = dt.datetime.now(dt.UTC)
    run()
    stray = media_key("0" * 64, "webp")
    storage.put(stray, b"a stray")
    lost = pictures.original_key("1" * 64)
    storage.put(lost, b"an upload whose form was refused")
    paper = "private/papers/1"
    storage.put(paper, b"somebody else's")

    def sweep(key: str) -> None:
        outbox.enqueue(session, kind=pictures.SWEEP, key=key, payload={}, now=NOON)
        session.commit()
        assert run() == 1

    sweep("young")
    assert storage.exists(stray)
    assert _faults(session, storage) == []
    _age(storage, minutes=20)
    assert _faults(session, storage) == [
        f"the file {stray} belongs to no picture",
        f"the file {lost} belongs to no picture",
    ]
    sweep("old")
    assert not storage.exists(stray)
    assert not storage.exists(lost)
    assert storage.exists(paper)
    assert all(storage.exists(key) for key in pictures.file_keys(_row(session, picture)))


def test_a_picture_whose_job_was_lost_is_given_up_after_a_day(session: Session, storage: Storage) -> None:
    actor, business = maker(session)
    picture = _add(session, storage, actor, draft(session, actor, business))
    assert pictures.give_up_old(session, now=NOON + dt.timedelta(hours=23)) == 0
    assert pictures.give_up_old(session, now=NOON + dt.timedelta(hours=25)) == 1
    assert _row(session, picture).state == PictureState.FAILED


def test_the_check_finds_files_that_are_missing_or_changed(session: Session, storage: Storage, run: Run) -> None:
    actor, business = maker(session)
    picture = _add(session, storage, actor, draft(session, actor, business))
    run()
    keys = pictures.file_keys(_row(session, picture))
    storage.delete(keys[1])
    storage.put(keys[2], b"changed")
    assert _faults(session, storage) == [
        f"the file {keys[1]} is missing",
        f"the file {keys[2]} does not have the content its name says",
    ]


def test_a_makers_cover_takes_the_place_of_the_one_before(
    session: Session, storage: Storage, run: Run, clock: Clock
) -> None:
    actor, business = maker(session)

    def put(data: bytes, person: Subject = actor) -> Picture:
        received = pictures.receive(storage, data)
        picture = pictures.set_cover(session, actor=person, business=business, received=received, now=NOON)
        session.commit()
        return picture

    first = put(photo())
    assert put(photo()).id == first.id
    second = put(photo(500, 300))
    run()
    assert [row.id for row in session.exec(select(Picture))] == [second.id]
    assert _row(session, second).state == PictureState.READY
    stranger, _ = maker(session)
    with pytest.raises(NotFound):
        put(photo(), stranger)


def test_ready_pictures_of_the_demo_are_added_once(session: Session, storage: Storage) -> None:
    from app.core import imaging  # noqa: PLC0415 - only here are files made without the outbox

    actor, business = maker(session)
    product = draft(session, actor, business)
    data = photo(400, 500)
    inspected, files = imaging.inspect(data), imaging.derive(data)
    pictures.store_files(storage, original=data, inspected=inspected, derivatives=files)
    for _ in range(2):
        pictures.add_ready_picture(
            session, inspected=inspected, derivatives=files, now=NOON, product_id=product.id, alt={"en": "Chips"}
        )
    session.commit()
    assert len(own(session, actor, product).pictures) == 1
    assert _faults(session, storage) == []


def test_a_turned_phone_picture_stands_upright(session: Session, storage: Storage, run: Run) -> None:
    image = Image.open(io.BytesIO(photo(800, 400)))
    exif = image.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    actor, business = maker(session)
    picture = _add(session, storage, actor, draft(session, actor, business), file.getvalue())
    assert (picture.width, picture.height) == (400, 800)
    run()
    widest = max(_row(session, picture).derivatives, key=lambda each: each["width"])
    assert (widest["width"], widest["height"]) == (400, 800)


def test_archived_goods_take_no_pictures(session: Session, storage: Storage) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    products.archive_product(session, actor=actor, product=product, now=NOON)
    with pytest.raises(Conflict):
        _add(session, storage, actor, product)
