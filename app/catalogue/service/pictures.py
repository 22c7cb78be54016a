"""Taking in pictures, arranging and describing them, and finding files that nothing refers to any more.

An upload is decoded and its bytes stored (``receive``) before the transaction that adds its row begins; a job makes
the files that are served. Files are kept by their digest, so the same picture is stored once.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, func, update
from sqlmodel import Session, col, select

from app.accounts import audit
from app.accounts.subjects import Actor, Command
from app.businesses.models import Business
from app.catalogue import rules
from app.catalogue.models import Picture, PictureState, Product
from app.catalogue.schemas.editing import PictureUpdate
from app.catalogue.service.products import reindex, require_editable, touch
from app.core import imaging, outbox
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.imaging import Derivative, Inspected
from app.core.languages import N_
from app.core.storage import PRIVATE, Storage, media_key
from app.core.versions import bump_public

ORIGINALS = f"{PRIVATE}originals/"
GRACE = dt.timedelta(minutes=10)
"""How long a file may lie without a row: an upload is stored a moment before its row is committed."""
DERIVE = "catalogue.derive_picture"
SWEEP = "catalogue.sweep_files"
WORKER = Command(label="worker")


@dataclass(frozen=True)
class Received:
    """An upload that was decoded and stored, and waits for its row."""

    inspected: Inspected
    key: str


def original_key(sha256: str) -> str:
    """Where an original is kept."""
    return f"{ORIGINALS}{sha256}"


def receive(storage: Storage, data: bytes) -> Received:
    """Decode an upload in a child process and keep its bytes; never inside a transaction.

    Raises:
        PictureRefused: it cannot become a picture here; the code says why.
    """
    inspected = imaging.inspect(data)
    key = original_key(inspected.sha256)
    storage.put(key, data)
    return Received(inspected, key)


def store_files(storage: Storage, *, original: bytes, inspected: Inspected, derivatives: Sequence[Derivative]) -> None:
    """Keep an original and all that is served of it; what stands already is written once more, which harms nothing."""
    storage.put(original_key(inspected.sha256), original)
    for each in derivatives:
        storage.put(media_key(each.sha256, each.format.value), each.data)


def describe_files(derivatives: Iterable[Derivative]) -> list[dict[str, Any]]:
    """Derivatives as a picture's row keeps them."""
    return [
        {
            "format": each.format.value,
            "width": each.width,
            "height": each.height,
            "sha256": each.sha256,
            "bytes": len(each.data),
        }
        for each in derivatives
    ]


def add_picture(
    session: Session,
    *,
    actor: Actor,
    product: Product,
    received: Received,
    now: dt.datetime,
    alt: dict[str, str] | None = None,
) -> Picture:
    """Add a received picture as a product's last one; a job makes its files.

    Raises:
        NotFound, Forbidden, Conflict: see ``products.require_editable``.
        Conflict: ``picture_twice`` or ``too_many_pictures``.
    """
    require_editable(session, actor, product)
    if any(each.sha256 == received.inspected.sha256 and each.state != PictureState.FAILED for each in product.pictures):
        message = N_("This picture is here already. Choose another one.")
        raise Conflict(message, code="picture_twice", fields={"pictures": message})
    if len(product.pictures) >= rules.MAX_PICTURES:
        message = N_("Twelve pictures are the most. Remove one before you add another.")
        raise Conflict(message, code="too_many_pictures", fields={"pictures": message})
    position = max((each.position for each in product.pictures), default=-1) + 1
    picture = _new_row(received.inspected, now=now, alt=alt or {}, position=position)
    product.pictures.append(picture)
    touch(product, now)
    session.flush()
    _ask_for_files(session, picture, now)
    _record(session, actor=actor, action="added", picture=picture, now=now, after={"sha256": picture.sha256})
    reindex(session, product.id, now=now)
    return picture


def set_cover(session: Session, *, actor: Actor, business: Business, received: Received, now: dt.datetime) -> Picture:
    """Put a received picture in the place of a maker's cover.

    Raises:
        NotFound: the actor does not act for the maker.
    """
    _require(session, actor, business)
    session.exec(select(Business.id).where(Business.id == business.id).with_for_update())  # two uploads, one cover
    standing = list(session.exec(select(Picture).where(Picture.business_id == business.id)).all())
    for each in standing:
        if each.sha256 == received.inspected.sha256 and each.state != PictureState.FAILED:
            return each
        session.delete(each)
        _sweep_later(session, [each], now)
    picture = _new_row(received.inspected, now=now, alt={}, position=0)
    picture.business_id = business.id
    session.add(picture)
    session.flush()
    _ask_for_files(session, picture, now)
    _record(session, actor=actor, action="added", picture=picture, now=now, after={"sha256": picture.sha256})
    return picture


def add_ready_picture(
    session: Session,
    *,
    inspected: Inspected,
    derivatives: Sequence[Derivative],
    now: dt.datetime,
    product_id: int | None = None,
    business_id: int | None = None,
    alt: dict[str, str] | None = None,
    position: int = 0,
    focal: tuple[float, float] = (0.5, 0.5),
    actor: Actor | None = None,
) -> Picture:
    """Add a picture whose files were made and stored before (``store_files``), for demo and import.

    The same picture of the same product or maker is added once.
    """
    owner = Picture.product_id == product_id if product_id is not None else Picture.business_id == business_id
    standing = session.exec(select(Picture).where(owner, Picture.sha256 == inspected.sha256)).first()
    if standing is not None:
        return standing
    picture = _new_row(inspected, now=now, alt=alt or {}, position=position)
    picture.product_id, picture.business_id = product_id, business_id
    picture.focal_x, picture.focal_y = focal
    picture.state = PictureState.READY
    picture.derivatives = describe_files(derivatives)
    session.add(picture)
    session.flush()
    _record(
        session, actor=actor or Command(), action="added", picture=picture, now=now, after={"sha256": picture.sha256}
    )
    if product_id is not None:
        reindex(session, product_id, now=now)
    return picture


def _require(session: Session, actor: Actor, owner: Product | Business) -> None:
    """That the actor may change the pictures of a product, or a maker's cover."""
    if isinstance(owner, Product):
        require_editable(session, actor, owner)
    elif not rules.can_edit_goods(actor, owner):
        raise Forbidden if rules.can_review(actor) else NotFound


def _new_row(inspected: Inspected, *, now: dt.datetime, alt: dict[str, str], position: int) -> Picture:
    return Picture(
        sha256=inspected.sha256,
        original_key=original_key(inspected.sha256),
        mime=inspected.mime,
        width=inspected.width,
        height=inspected.height,
        alt=alt,
        position=position,
        created_at=now,
    )


def _ask_for_files(session: Session, picture: Picture, now: dt.datetime) -> None:
    outbox.enqueue(session, kind=DERIVE, key=f"picture:{picture.id}", payload={"picture": picture.id}, now=now)


def _record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    picture: Picture,
    now: dt.datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    owner = {"product": picture.product_id} if picture.product_id is not None else {"business": picture.business_id}
    audit.record(
        session,
        actor=actor,
        action=f"picture.{action}",
        subject_type="picture",
        subject_id=picture.id,
        before=before,
        after={**owner, **(after or {})},
        now=now,
    )


def update_picture(
    session: Session,
    *,
    actor: Actor,
    owner: Product | Business,
    picture: Picture,
    data: PictureUpdate,
    now: dt.datetime,
) -> Picture:
    """Describe a picture, say where its subject is, or move it among the others; an empty text removes a language's.

    A maker's cover stands alone: its position says nothing.

    Raises:
        NotFound, Forbidden, Conflict: see ``products.require_editable``.
    """
    _require(session, actor, owner)
    before = _picture_words(picture)
    if data.alt is not None:
        merged = {**picture.alt, **{language.value: text for language, text in data.alt.items()}}
        picture.alt = {code: text for code, text in merged.items() if text}
    if data.focal_x is not None:
        picture.focal_x = data.focal_x
    if data.focal_y is not None:
        picture.focal_y = data.focal_y
    if data.position is not None and isinstance(owner, Product):
        others = [each for each in in_order(owner) if each is not picture]
        others.insert(min(data.position, len(others)), picture)
        for place, each in enumerate(others):
            each.position = place
        owner.pictures.sort(key=lambda each: each.position)
    after = _picture_words(picture)
    if after != before:
        if isinstance(owner, Product):
            touch(owner, now)
        session.flush()
        _record(session, actor=actor, action="changed", picture=picture, now=now, before=before, after=after)
        if isinstance(owner, Product):
            reindex(session, owner.id, now=now)
    return picture


def in_order(product: Product) -> list[Picture]:
    """A product's pictures as they are shown."""
    return sorted(product.pictures, key=lambda each: (each.position, each.id))


def _picture_words(picture: Picture) -> dict[str, Any]:
    return {
        "alt": dict(picture.alt),
        "focal": [picture.focal_x, picture.focal_y],
        "position": picture.position,
    }


def remove_picture(
    session: Session, *, actor: Actor, owner: Product | Business, picture: Picture, now: dt.datetime
) -> None:
    """Take a picture away; its files go later, when nothing refers to them.

    Raises:
        NotFound, Forbidden, Conflict: see ``products.require_editable``.
    """
    _require(session, actor, owner)
    if isinstance(owner, Product):
        owner.pictures.remove(picture)
        for place, each in enumerate(in_order(owner)):
            each.position = place
        touch(owner, now)
    else:
        session.delete(picture)
    session.flush()
    _record(session, actor=actor, action="removed", picture=picture, now=now, before={"sha256": picture.sha256})
    _sweep_later(session, [picture], now)
    if isinstance(owner, Product):
        reindex(session, owner.id, now=now)


def retry_picture(
    session: Session, *, actor: Actor, owner: Product | Business, picture: Picture, now: dt.datetime
) -> None:
    """Try once more to make the files of a picture that failed.

    Raises:
        NotFound, Forbidden, Conflict: see ``products.require_editable``.
        Invalid: it did not fail.
    """
    _require(session, actor, owner)
    if picture.state != PictureState.FAILED:
        raise Invalid(N_("This picture did not fail."))
    picture.state, picture.reason = PictureState.PROCESSING, ""
    if isinstance(owner, Product):
        touch(owner, now)
    session.flush()
    key = f"picture:{picture.id}:{now.timestamp()}"
    outbox.enqueue(session, kind=DERIVE, key=key, payload={"picture": picture.id}, now=now)
    _record(session, actor=actor, action="retried", picture=picture, now=now)
    if isinstance(owner, Product):
        reindex(session, owner.id, now=now)


def _sweep_later(session: Session, pictures: Sequence[Picture], now: dt.datetime) -> None:
    keys = sorted({key for picture in pictures for key in file_keys(picture)})
    name = f"sweep:{pictures[0].id}"
    outbox.enqueue(session, kind=SWEEP, key=name, payload={"keys": keys}, now=now, due_at=now + GRACE)


def file_keys(picture: Picture) -> list[str]:
    """Every key that a picture's row refers to."""
    served = [media_key(each["sha256"], each["format"]) for each in picture.derivatives]
    return [picture.original_key, *served]


def finish_picture(session: Session, *, picture_id: int, derivatives: Sequence[Derivative], now: dt.datetime) -> bool:
    """Note that a picture's files stand; False when the row is gone or was finished before."""
    return _settle(
        session,
        picture_id,
        {"state": PictureState.READY.value, "reason": "", "derivatives": describe_files(derivatives)},
        now=now,
    )


def fail_picture(session: Session, *, picture_id: int, reason: str, now: dt.datetime) -> bool:
    """Note that a picture's files cannot be made; False when the row is gone or was finished before."""
    return _settle(session, picture_id, {"state": PictureState.FAILED.value, "reason": reason}, now=now)


def _settle(session: Session, picture_id: int, values: dict[str, Any], *, now: dt.datetime) -> bool:
    statement = (
        update(Picture)
        .where(col(Picture.id) == picture_id, col(Picture.state) == PictureState.PROCESSING.value)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not session.connection().execute(statement).rowcount:
        return False
    picture = session.get_one(Picture, picture_id, populate_existing=True)
    after = {"state": values["state"], "reason": values["reason"]}
    _record(session, actor=WORKER, action=values["state"], picture=picture, now=now, after=after)
    if picture.product_id is not None:
        reindex(session, picture.product_id, now=now)
    else:
        bump_public(session)
    return True


def give_up_old(session: Session, *, now: dt.datetime) -> int:
    """Fail pictures that have been on their way for a day, because their job ended without a word; how many."""
    statement = select(Picture.id).where(
        Picture.state == PictureState.PROCESSING, col(Picture.created_at) < now - dt.timedelta(days=1)
    )
    numbers = list(session.exec(statement).all())
    return sum(fail_picture(session, picture_id=number, reason="too_slow", now=now) for number in numbers)


def unreferenced(session: Session, keys: Iterable[str]) -> list[str]:
    """Those of these keys that no picture refers to."""
    return [key for key in keys if not _referenced(session, key)]


def _referenced(session: Session, key: str) -> bool:
    if key.startswith(ORIGINALS):
        wanted = col(Picture.original_key) == key
    else:
        sha256 = key.rsplit("/", 1)[-1].partition(".")[0]
        wanted = cast(col(Picture.derivatives), String).contains(sha256)
    return session.exec(select(func.count()).select_from(Picture).where(wanted)).one() > 0


def referenced_keys(session: Session) -> set[str]:
    """Every key that any picture refers to."""
    statement = select(Picture.original_key, Picture.derivatives)
    keys: set[str] = set()
    for original, derivatives in session.exec(statement):
        keys.add(original)
        keys.update(media_key(each["sha256"], each["format"]) for each in derivatives)
    return keys
