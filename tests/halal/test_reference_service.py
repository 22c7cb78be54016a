"""Reference facts: what the files bring, what officials record, and that nothing they recorded is lost."""

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry, Role, User
from app.accounts.subjects import Actor, Command, Subject, Visitor
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.languages import Language
from app.core.versions import public_version
from app.halal.models import Body, DestinationRule, Obligation, Recognition
from app.halal.queries import reference as queries
from app.halal.queries.facts import get_reference_facts
from app.halal.queries.reference import BODIES, OBLIGATIONS, RECOGNITION, RULES
from app.halal.rules import HOME, recognition_on
from app.halal.schemas.reference import (
    BodyCreate,
    BodyQuery,
    DestinationRuleCreate,
    DestinationRuleQuery,
    FactEnd,
    ObligationCreate,
    ObligationQuery,
    RecognitionCreate,
    RecognitionQuery,
)
from app.halal.service import reference as service
from app.halal.vocabulary import GoodsClass
from tests.factories import NOON, make_user

TODAY = dt.date(2026, 11, 20)
FACTS = Path(service.__file__).parents[1] / "reference"


@pytest.fixture
def loaded(session: Session) -> Session:
    service.load_reference(session, NOON)
    session.commit()
    return session


@pytest.fixture
def official(session: Session) -> Subject:
    user: User = make_user(session, role=Role.OFFICIAL)
    return Subject(
        user.id, user.name, user.email, Language.ID, email_verified=True, memberships=frozenset({(Role.OFFICIAL, 1)})
    )


def entries(session: Session) -> list[AuditEntry]:
    return list(session.exec(select(AuditEntry).order_by(col(AuditEntry.id))))


def source(**changes: Any) -> dict[str, Any]:
    return {
        "source": "halal.gov.my, read at our desk",
        "confidence": "official",
        "as_of": TODAY,
        "reason": "Looked up.",
        **changes,
    }


def recognition(**changes: Any) -> RecognitionCreate:
    values = {"body": "KHA", "destination": "SG", "status": "recognised", **source()}
    return RecognitionCreate.model_validate(values | changes)


def body(**changes: Any) -> BodyCreate:
    return BodyCreate.model_validate({"code": "THIDA", "name": "Taiwan Halal", "country": "TW", **source(), **changes})


def rule(**changes: Any) -> DestinationRuleCreate:
    values = {"country": "SG", "goods_class": "food", "kind": "voluntary", **source()}
    return DestinationRuleCreate.model_validate(values | changes)


def obligation(**changes: Any) -> ObligationCreate:
    values = {"goods_class": "other", "label": "Other goods", "scale": "all", **source()}
    return ObligationCreate.model_validate(values | changes)


def find(session: Session, body: str, destination: str) -> Recognition:
    return session.exec(
        select(Recognition).where(
            Recognition.body == body, Recognition.destination == destination, col(Recognition.current)
        )
    ).one()


# --- loading ----------------------------------------------------------------------------------------------------------


def test_load_brings_every_row_of_the_files_with_source_confidence_and_day(session: Session) -> None:
    written = service.load_reference(session, NOON)

    lines = {}
    for name in service.FILES.values():
        with (FACTS / name).open(encoding="utf-8", newline="") as file:
            lines[name] = len(list(csv.DictReader(file)))
    kept = {service.FILES[kind.slug]: [*queries.list_rows(session, kind)] for kind in queries.KINDS.values()}
    assert {name: len(rows) for name, rows in kept.items()} == lines
    assert written == sum(lines.values())
    assert [(row.source != "", row.confidence in {"public-source", "from-memory-unverified"}, row.as_of, row.current)
            for rows in kept.values() for row in rows] == [(True, True, TODAY, True)] * written  # fmt: skip
    assert [(entry.action, entry.after) for entry in entries(session)] == [
        ("reference.loaded", {"bodies": 17, "recognition": 14, "rules": 10, "obligations": 22})
    ]


def test_load_reads_issuers_authorities_and_where_goods_are_made_as_the_sources_say(loaded: Session) -> None:
    bodies = loaded.exec(select(Body)).all()
    recognised = {
        (row.body, row.destination): (row.made_in, row.goods, row.valid_from)
        for row in loaded.exec(select(Recognition))
        if row.status == "recognised"
    }

    assert {row.code for row in bodies if row.issues} == {"BPJPH", "JAKIM", "MUI", "KMF", "KHA", "KOHAS", "CHILEHALAL"}
    assert {(row.code, row.country) for row in bodies if row.authority} == {("BPJPH", "ID"), ("JAKIM", "MY")}
    assert recognised == {
        ("BPJPH", "MY"): ("ID", [], None),
        ("JAKIM", "ID"): ("MY", [], None),
        ("KMF", "ID"): ("KR", [], dt.date(2023, 11, 18)),
        ("KHA", "ID"): ("KR", [], dt.date(2023, 11, 18)),
        ("KMF", "MY"): ("KR", [], None),
        ("CHILEHALAL", "ID"): ("CL", [], dt.date(2023, 11, 18)),
    }


def test_load_reads_rules_and_obligations_as_the_sources_say(loaded: Session) -> None:
    rules = {(row.country, row.goods_class): row.kind for row in loaded.exec(select(DestinationRule))}
    obligations = {(row.goods_class, row.scale): row for row in loaded.exec(select(Obligation))}

    consumable = ("food", "drink", "cosmetic", "herbal")
    assert rules == {("MY", "food"): "claim_only", ("MY", "drink"): "claim_only"} | {
        (country, goods): "unknown" for country in ("KR", "EC") for goods in consumable
    }
    assert {key: row.mandatory_from for key, row in obligations.items() if key[0] in set(GoodsClass)} == {
        ("food", "medium_large"): dt.date(2024, 10, 18),
        ("drink", "medium_large"): dt.date(2024, 10, 18),
        ("food", "micro_small"): dt.date(2026, 10, 18),
        ("drink", "micro_small"): dt.date(2026, 10, 18),
        ("herbal", "all"): dt.date(2026, 10, 18),
        ("cosmetic", "all"): dt.date(2026, 10, 18),
        ("worn_goods", "all"): dt.date(2026, 10, 18),
        ("household_goods", "all"): dt.date(2026, 10, 18),
    }
    assert {key[0] for key, row in obligations.items() if row.animal_only} == {
        "worn_goods",
        "household_goods",
        "barang_gunaan_rule",
    }
    assert obligations["barang_gunaan_rule", "all"].confidence == "from-memory-unverified"


def test_loaded_facts_reach_the_status_function(loaded: Session) -> None:
    reference = get_reference_facts(loaded)

    at_kl = recognition_on(reference, body="BPJPH", destination="MY", goods=GoodsClass.FOOD, made_in=HOME, on=TODAY)
    assert (at_kl.status if at_kl else None) == "recognised"
    assert recognition_on(
        reference, body="BPJPH", destination="MY", goods=GoodsClass.FOOD, made_in="CN", on=TODAY
    ) is None  # fmt: skip


def test_load_twice_changes_nothing_not_even_the_public_version(loaded: Session) -> None:
    before = public_version(loaded)

    assert service.load_reference(loaded, NOON + dt.timedelta(days=1)) == 0
    loaded.commit()

    assert public_version(loaded) == before
    assert len(entries(loaded)) == 1


def test_load_brings_back_nothing_that_an_official_corrected_or_ended(loaded: Session, official: Subject) -> None:
    wrong = find(loaded, "KHA", "MY")
    new = service.correct_fact(
        loaded,
        kind=RECOGNITION,
        actor=official,
        fact_id=wrong.id,
        data=recognition(destination="MY", made_in="KR", status="not_recognised"),
        now=NOON,
    )
    elsewhere = service.correct_fact(
        loaded,
        kind=RECOGNITION,
        actor=official,
        fact_id=find(loaded, "BPJPH", "BE").id,
        data=recognition(body="BPJPH", destination="NL", status="unknown"),
        now=NOON,
    )
    ended = find(loaded, "KMF", "MY")
    data = FactEnd(valid_until=dt.date(2027, 1, 1), reason="The list of 2027 lacks it.")
    service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=ended.id, data=data, now=NOON)
    loaded.commit()

    assert service.load_reference(loaded, NOON) == 0
    loaded.expire_all()
    assert (new.current, new.status, wrong.current) == (True, "not_recognised", False)
    assert elsewhere.current
    assert loaded.exec(select(Recognition).where(Recognition.destination == "BE", col(Recognition.current))).all() == []
    assert ended.valid_until == dt.date(2027, 1, 1)


def rewrite(folder: Path, name: str, change: Callable[[dict[str, str]], None]) -> None:
    """A new edition of a reference file."""
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in service.FILES.values():
        (tmp_path / name).write_bytes((FACTS / name).read_bytes())
    monkeypatch.setattr(service, "REFERENCE", tmp_path)
    return tmp_path


def test_a_row_that_changed_in_the_files_corrects_the_one_it_was(loaded: Session, edition: Path) -> None:
    def change(row: dict[str, str]) -> None:
        if row["code"] == "KHA":
            row["website"] = "kha.example"

    rewrite(edition, "bodies.csv", change)

    assert service.load_reference(loaded, NOON) == 1
    assert service.load_reference(loaded, NOON) == 0
    rows = loaded.exec(select(Body).where(Body.code == "KHA").order_by(col(Body.id))).all()
    assert [(row.website, row.current) for row in rows] == [("koreahalal.kr", False), ("kha.example", True)]
    assert rows[1].corrects_id == rows[0].id


def test_a_row_that_changed_in_the_files_leaves_what_an_official_put_in_its_place(
    loaded: Session, edition: Path, official: Subject
) -> None:
    def change(row: dict[str, str]) -> None:
        if row["body"] in {"KHA", "KMF"} and row["destination"] == "MY":
            row["note"] = "A new edition says more."

    end = FactEnd(valid_until=dt.date(2027, 1, 1), reason="Left the list.")
    service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=find(loaded, "KMF", "MY").id, data=end, now=NOON)
    corrected = recognition(destination="MY", made_in="KR", status="pending")
    kha = find(loaded, "KHA", "MY")
    service.correct_fact(loaded, kind=RECOGNITION, actor=official, fact_id=kha.id, data=corrected, now=NOON)
    rewrite(edition, "recognition.csv", change)

    assert service.load_reference(loaded, NOON) == 1
    assert find(loaded, "KHA", "MY").status == "pending"
    kmf = find(loaded, "KMF", "MY")
    assert (kmf.note, kmf.valid_until) == ("A new edition says more.", dt.date(2027, 1, 1))


def test_an_end_that_is_new_in_the_files_is_set_once(loaded: Session, edition: Path) -> None:
    def change(row: dict[str, str]) -> None:
        if row["country"] == "MY":
            row["valid_until"] = "2028-01-01"

    rewrite(edition, "destination_rules.csv", change)

    assert service.load_reference(loaded, NOON) == 2
    assert service.load_reference(loaded, NOON) == 0
    rows = loaded.exec(select(DestinationRule).where(DestinationRule.country == "MY")).all()
    assert [(row.valid_until, row.current) for row in rows] == [(dt.date(2028, 1, 1), True)] * 2


# --- officials --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bodies", "recognition", "rules", "obligations"])
def test_every_kind_is_added_corrected_and_ended_with_one_entry_each(
    loaded: Session, official: Subject, kind: str
) -> None:
    made: dict[str, Callable[..., Any]] = {
        "bodies": body,
        "recognition": recognition,
        "rules": rule,
        "obligations": obligation,
    }
    chosen = queries.KINDS[kind]
    before = public_version(loaded)

    row = service.add_fact(loaded, kind=chosen, actor=official, data=made[kind](note="first"), now=NOON)
    new = service.correct_fact(
        loaded,
        kind=chosen,
        actor=official,
        fact_id=row.id,
        data=made[kind](note="second", reason="A slip of the pen."),
        now=NOON,
    )
    end = FactEnd(valid_until=dt.date(2027, 1, 1), reason="Over.")
    service.end_fact(loaded, kind=chosen, actor=official, fact_id=new.id, data=end, now=NOON)
    loaded.commit()

    assert (row.current, row.note, new.current, new.note, new.corrects_id) == (False, "first", True, "second", row.id)
    assert (new.valid_until, new.recorded_by_id, new.reason) == (
        dt.date(2027, 1, 1),
        official.user_id,
        "A slip of the pen.",
    )
    told = entries(loaded)[1:]
    assert [(each.action, each.subject_id) for each in told] == [
        (f"{chosen.table}.added", str(row.id)),
        (f"{chosen.table}.corrected", str(new.id)),
        (f"{chosen.table}.ended", str(new.id)),
    ]
    assert told[1].before is not None
    assert (told[1].before["id"], told[1].before["note"]) == (row.id, "first")
    assert told[2].after == {"valid_until": "2027-01-01", "reason": "Over."}
    assert public_version(loaded) == before + 1


def test_a_confirmed_recognition_counts_from_its_day_and_an_ended_one_until_its_day(
    loaded: Session, official: Subject
) -> None:
    def status(on: dt.date) -> str | None:
        found = recognition_on(
            get_reference_facts(loaded), body="BPJPH", destination="MY", goods=GoodsClass.FOOD, made_in=HOME, on=on
        )
        return found.status if found else None

    last = dt.date(2026, 12, 31)
    end = FactEnd(valid_until=dt.date(2027, 1, 1), reason="Withdrawn.")
    fact_id = find(loaded, "BPJPH", "MY").id
    service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=fact_id, data=end, now=NOON)
    after = recognition(
        body="BPJPH", destination="MY", made_in="ID", status="withdrawn", valid_from=dt.date(2027, 1, 1)
    )
    service.add_fact(loaded, kind=RECOGNITION, actor=official, data=after, now=NOON)

    assert [status(TODAY), status(last), status(dt.date(2027, 1, 1))] == ["recognised", "recognised", "withdrawn"]


@pytest.mark.parametrize("actor", [Subject(1, "Euis", "e@x.example", Language.ID, email_verified=True), Visitor()])
def test_only_officials_record(loaded: Session, actor: Actor) -> None:
    fact_id = find(loaded, "KMF", "MY").id
    end = FactEnd(valid_until=TODAY, reason="Over.")

    with pytest.raises(Forbidden):
        service.add_fact(loaded, kind=RECOGNITION, actor=actor, data=recognition(), now=NOON)
    with pytest.raises(Forbidden):
        service.end_fact(loaded, kind=RECOGNITION, actor=actor, fact_id=fact_id, data=end, now=NOON)
    with pytest.raises(Forbidden):
        service.correct_fact(loaded, kind=RECOGNITION, actor=actor, fact_id=fact_id, data=recognition(), now=NOON)
    assert len(entries(loaded)) == 1


def test_a_row_that_was_corrected_or_ended_is_not_touched_again(loaded: Session, official: Subject) -> None:
    row = service.add_fact(loaded, kind=RECOGNITION, actor=official, data=recognition(), now=NOON)
    new = service.correct_fact(
        loaded, kind=RECOGNITION, actor=official, fact_id=row.id, data=recognition(note="second"), now=NOON
    )
    end = FactEnd(valid_until=TODAY, reason="Over.")
    service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=new.id, data=end, now=NOON)

    for fact_id in (row.id, new.id):
        with pytest.raises(service.FactReplaced):
            service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=fact_id, data=end, now=NOON)
    with pytest.raises(service.FactReplaced):
        service.correct_fact(
            loaded, kind=RECOGNITION, actor=official, fact_id=row.id, data=recognition(note="third"), now=NOON
        )
    with pytest.raises(NotFound):
        service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=999_999, data=end, now=NOON)


def test_two_rows_about_the_same_do_not_hold_on_one_day(loaded: Session, official: Subject) -> None:
    def add(**changes: Any) -> Recognition:
        return service.add_fact(loaded, kind=RECOGNITION, actor=official, data=recognition(**changes), now=NOON)

    first = add(valid_from=dt.date(2026, 1, 1), valid_until=dt.date(2026, 6, 1))
    second = add(valid_from=dt.date(2026, 6, 1))  # the day after the first's last
    add(made_in="KR")  # about other goods

    with pytest.raises(service.FactOverlaps) as refused:
        add(valid_from=dt.date(2026, 5, 31), valid_until=dt.date(2026, 6, 1))
    assert list(refused.value.fields) == ["valid_from"]
    with pytest.raises(service.FactOverlaps):
        add()
    with pytest.raises(service.FactOverlaps):
        service.correct_fact(
            loaded,
            kind=RECOGNITION,
            actor=official,
            fact_id=second.id,
            data=recognition(valid_from=dt.date(2026, 5, 1)),
            now=NOON,
        )
    assert (first.current, second.current) == (True, True)


def test_a_body_stands_once_and_keeps_its_code(loaded: Session, official: Subject) -> None:
    with pytest.raises(Conflict) as twice:
        service.add_fact(loaded, kind=BODIES, actor=official, data=body(code="KMF"), now=NOON)
    assert list(twice.value.fields) == ["code"]

    kmf = loaded.exec(select(Body).where(Body.code == "KMF")).one()
    with pytest.raises(Invalid) as renamed:
        service.correct_fact(loaded, kind=BODIES, actor=official, fact_id=kmf.id, data=body(code="KMF2"), now=NOON)
    assert list(renamed.value.fields) == ["code"]


def test_recognition_names_a_body_that_is_known(loaded: Session, official: Subject) -> None:
    with pytest.raises(Invalid) as refused:
        service.add_fact(loaded, kind=RECOGNITION, actor=official, data=recognition(body="NOBODY"), now=NOON)
    assert list(refused.value.fields) == ["body"]


def test_a_source_is_not_read_tomorrow_in_bandung(loaded: Session, official: Subject) -> None:
    late = dt.datetime(2026, 11, 20, 17, 30, tzinfo=dt.UTC)  # half past midnight of the 21st in Bandung
    tomorrow = recognition(as_of=dt.date(2026, 11, 21))

    with pytest.raises(Invalid) as refused:
        service.add_fact(loaded, kind=RECOGNITION, actor=official, data=tomorrow, now=NOON)
    assert list(refused.value.fields) == ["as_of"]
    assert service.add_fact(loaded, kind=RECOGNITION, actor=official, data=tomorrow, now=late).as_of.day == 21


def test_a_correction_says_something_else(loaded: Session, official: Subject) -> None:
    row = service.add_fact(loaded, kind=RULES, actor=official, data=rule(), now=NOON)

    with pytest.raises(Invalid):
        service.correct_fact(
            loaded, kind=RULES, actor=official, fact_id=row.id, data=rule(reason="Nothing new."), now=NOON
        )
    assert row.current


def test_an_end_comes_after_the_beginning(loaded: Session, official: Subject) -> None:
    fact_id = find(loaded, "KMF", "ID").id
    end = FactEnd(valid_until=dt.date(2023, 11, 18), reason="Over.")

    with pytest.raises(Invalid) as refused:
        service.end_fact(loaded, kind=RECOGNITION, actor=official, fact_id=fact_id, data=end, now=NOON)
    assert list(refused.value.fields) == ["valid_until"]


@pytest.mark.parametrize(
    ("make", "changes", "field"),
    [
        (recognition, {"source": "  "}, "source"),
        (recognition, {"reason": ""}, "reason"),
        (recognition, {"note": "bell\x07"}, "note"),
        (recognition, {"destination": "ZZ"}, "destination"),
        (recognition, {"destination": "Malaysia"}, "destination"),
        (recognition, {"made_in": "EU"}, "made_in"),
        (recognition, {"confidence": "sure"}, "confidence"),
        (recognition, {"as_of": 1_795_000_000}, "as_of"),
        (recognition, {"as_of": "2026-02-30"}, "as_of"),
        (recognition, {"valid_from": "2026-05-01", "valid_until": "2026-05-01"}, "valid_until"),
        (recognition, {"goods": ["fashion"]}, "goods"),
        (body, {"code": "KMF (Korea)"}, "code"),
        (body, {"website": "javascript:alert(1)"}, "website"),
        (body, {"website": "https://user@a.example"}, "website"),
        (obligation, {"goods_class": "Food!"}, "goods_class"),
        (obligation, {"label": ""}, "label"),
        (obligation, {"scale": "huge"}, "scale"),
        (rule, {"goods_class": "slaughter"}, "goods_class"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(
    make: Callable[..., Any], changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        make(**changes)
    assert {error["loc"][0] for error in refused.value.errors()} == {field}


def test_what_is_typed_loosely_is_kept_tidily() -> None:
    made = body(code=" kha ", country="kr", website="https://KoreaHalal.kr/", name="Korea  Halal\nAuthority")
    assert (made.code, made.country, made.website, made.name) == (
        "KHA",
        "KR",
        "KoreaHalal.kr",
        "Korea Halal Authority",
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def test_lists_are_filtered_by_what_they_are_about(loaded: Session) -> None:
    def codes(**given: Any) -> list[str]:
        found = queries.list_bodies(loaded, BodyQuery(**given))
        return [each.row.code for each in found.rows]

    def pairs(**given: Any) -> list[tuple[str, str]]:
        found = queries.list_recognition(loaded, RecognitionQuery(**given))
        return [(each.row.body, each.row.destination) for each in found.rows]

    assert codes(country="KR", issues=True) == ["KHA", "KMF", "KOHAS"]
    assert codes(body="jakim") == ["JAKIM"]
    assert pairs(destination="MY") == [("BPJPH", "MY"), ("KHA", "MY"), ("KMF", "MY"), ("MUI", "MY")]
    assert pairs(body="BPJPH", destination="EC", goods_class="food") == [("BPJPH", "EC")]
    rules = queries.list_rules(loaded, DestinationRuleQuery(goods_class=GoodsClass.FOOD))
    assert [each.row.country for each in rules.rows] == ["EC", "KR", "MY"]
    found = queries.list_obligations(loaded, ObligationQuery(goods_class="food", scale="micro_small"))
    assert [each.row.mandatory_from for each in found.rows] == [dt.date(2026, 10, 18)]


def test_goods_of_recognition_narrow_the_filter(loaded: Session, official: Subject) -> None:
    service.add_fact(loaded, kind=RECOGNITION, actor=official, data=recognition(goods=["cosmetic"]), now=NOON)

    def fits(goods: str) -> int:
        return queries.list_recognition(
            loaded, RecognitionQuery(body="KHA", destination="SG", goods_class=GoodsClass(goods))
        ).total

    assert (fits("cosmetic"), fits("food")) == (1, 0)


def test_pages_follow_each_other_without_gap_or_repeat(loaded: Session) -> None:
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(10):
        page = queries.list_obligations(loaded, ObligationQuery(limit=5, cursor=cursor))
        seen += [each.row.id for each in page.rows]
        cursor = page.next
        if cursor is None:
            break
    whole = queries.list_obligations(loaded, ObligationQuery(limit=100))
    assert seen == [each.row.id for each in whole.rows]
    assert len(set(seen)) == whole.total == 22


def test_on_a_day_stands_what_held_then(loaded: Session) -> None:
    def kmf(on: dt.date) -> int:
        return queries.list_recognition(loaded, RecognitionQuery(body="KMF", destination="ID", on=on)).total

    assert (kmf(dt.date(2023, 11, 17)), kmf(dt.date(2023, 11, 18))) == (0, 1)


def test_history_holds_corrections_and_what_ended_before(loaded: Session, official: Subject) -> None:
    def add(**changes: Any) -> Recognition:
        return service.add_fact(loaded, kind=RECOGNITION, actor=official, data=recognition(**changes), now=NOON)

    old = add(status="pending", valid_until=dt.date(2026, 6, 1))
    wrong = add(destination="TH")
    right = service.correct_fact(
        loaded,
        kind=RECOGNITION,
        actor=official,
        fact_id=wrong.id,
        data=recognition(valid_from=dt.date(2026, 6, 1), reason="It was Singapore."),
        now=NOON,
    )
    add(destination="TH", status="unknown")

    history = queries.list_history(loaded, RECOGNITION, right)
    assert [row.id for row in history] == [right.id, wrong.id, old.id]
    known = next(each for each in queries.list_known(loaded, RECOGNITION) if each.row.id == right.id)
    assert [row.id for row in known.corrected] == [wrong.id]
    acts = queries.list_acts(loaded, RECOGNITION, [row.id for row in history])
    assert [(act.action.split(".")[1], act.reason) for act in acts] == [
        ("corrected", "It was Singapore."),
        ("added", "Looked up."),
        ("added", "Looked up."),
    ]
    assert {act.who for act in acts} == {official.name}


def test_a_command_may_record_for_an_installation(loaded: Session) -> None:
    row = service.add_fact(loaded, kind=OBLIGATIONS, actor=Command(), data=obligation(), now=NOON)

    assert (row.recorded_by_id, row.reason) == (None, "Looked up.")
    assert queries.list_acts(loaded, OBLIGATIONS, [row.id])[0].who == "command"
