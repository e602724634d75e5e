"""Records with told identifiers, drawn from the frames in ``phrases/``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

import variants
from marks import PROTECTED, Segment, parse
from subjects import PHRASES, Person, Subject, stock, subject, tokens, told_tokens, values_of
from variants import chance, pick

N_RECORDS = 3700
TOLD = (
    "name",
    "physician",
    "relative",
    "mrn",
    "birth_date",
    "phone",
    "email",
    "street",
    "city",
    "postal_code",
    "plan_name",
    "machine",
)
_SLOT = re.compile(r"\{(\w+)\}")
_COLUMN_OF_SLOT = {
    **dict.fromkeys(("full", "rev", "last", "first", "former"), "name"),
    **dict.fromkeys(("doc", "doc_rev", "doc_last"), "physician"),
    **dict.fromkeys(("rel", "rel_rev", "rel_first"), "relative"),
    **{column: column for column in TOLD[3:]},
}
_EDITABLE = ("name", "name", "physician", "relative")
_EDIT_SLOTS = {"full", "last", "first", "former", "doc", "doc_last", "rel", "rel_first"}


def name_mention(rng: Random, slot: str, told: Subject) -> str | None:
    """A mention of the patient, a physician or a relative; None when the slot has nothing to show."""
    if slot == "former":
        may_lower = Person("", "", told.former).may_lower
        return maybe_respelt(rng, told.former, may_lower) if told.former else None
    who = told.patient
    if slot.startswith("doc"):
        who = replace(pick(rng, told.physicians), middle="")
    elif slot.startswith("rel"):
        who = replace(pick(rng, told.relatives), middle="")
    kind = slot.removeprefix("doc_").removeprefix("rel_")
    if kind == "rev":
        plain = variants.reversed_name(rng, who.first, who.middle, who.last)
    elif kind == "last":
        plain = who.last
    elif kind == "first":
        plain = pick(rng, (who.first, who.first, *who.nicknames))
    else:
        short = who.nicknames if not slot.startswith("doc") else []
        plain = pick(rng, (f"{who.first} {who.last}", variants.full_name(rng, who.first, who.middle, who.last, short)))
    return maybe_respelt(rng, plain, who.may_lower)


def maybe_respelt(rng: Random, text: str, may_lower: bool) -> str:
    """``text``, respelt four times in ten."""
    return variants.spelling(rng, text, may_lower) if chance(rng, 0.4) else text


def plain_mention(rng: Random, slot: str, told: Subject) -> str:
    """A mention of any other told column: as it is told, or in another form six times in ten."""
    options = values_of(told.known, slot)
    if chance(rng, 0.4):
        return pick(rng, options)
    value = pick(rng, options)
    if slot == "birth_date":
        return variants.date_form(rng, date.fromisoformat(value))
    if slot == "phone":
        tail = variants.extension(rng) if told.country in ("us", "ca") else ""
        return variants.phone_form(rng, told.country, pick(rng, told.phones)) + tail
    if slot == "mrn":
        return variants.mrn_form(rng, value)
    if slot == "street":
        return variants.street_form(rng, value, stock("places")["street_types"])
    if slot == "city":
        return variants.city_form(rng, value)
    if slot == "postal_code":
        return variants.postal_form(rng, told.country, value)
    return variants.email_form(rng, value) if slot == "email" else variants.code_form(rng, value)


def exact_forms(told: Subject, column: str) -> set[str]:
    """The verbatim values of a told column; for the patient also given name and surname side by side."""
    if column == "name":
        p = told.patient
        return {p.first, p.middle, p.last, told.former, f"{p.first} {p.last}", f"{p.first} {p.middle} {p.last}"}
    return set(values_of(told.known, {"relative": "relative_name"}.get(column, column)))


def edited_mention(rng: Random, slot: str, told: Subject) -> str | None:
    """A mention with one typing error in one part, that makes no other told name and no word of ours."""
    if slot == "former":
        name = told.former
    else:
        who = told.patient
        if slot.startswith("doc"):
            who = pick(rng, told.physicians)
        elif slot.startswith("rel"):
            who = pick(rng, told.relatives)
        kind = slot.removeprefix("doc_").removeprefix("rel_")
        name = {"last": who.last, "first": who.first}.get(kind, f"{who.first} {who.last}")
    wrong = variants.edit_name(rng, name)
    if wrong is None or (set(tokens(wrong)) - set(tokens(name))) & (told_tokens(told) | own_words()):
        return None
    return wrong


@cache
def own_words() -> frozenset[str]:
    """Every word of the frames and the clinical sentences."""
    raw = (PHRASES / "frames.yaml").read_text(encoding="utf-8") + (PHRASES / "clinical.yaml").read_text(
        encoding="utf-8"
    )
    return frozenset(tokens(raw))


def expand(rng: Random, frame: str, told: Subject, edit: bool = False) -> list[Segment] | None:
    """Fill a frame; with ``edit`` its one name slot gets a typing error. None when a slot cannot be filled."""
    segments: list[Segment] = []
    position = 0
    for found in _SLOT.finditer(frame):
        segments += parse(frame[position : found.start()])
        position = found.end()
        filled = fill(rng, found.group(1), told, edit)
        if filled is None:
            return None
        segments += filled
    return segments + parse(frame[position:])


def fill(rng: Random, slot: str, told: Subject, edit: bool) -> list[Segment] | None:
    """The segments of one slot."""
    frames = stock("frames")
    if slot in ("RELATION", "TITLE"):
        return [Segment(pick(rng, frames[f"{slot.lower()}s"]))]
    if slot == "REGION":
        return [Segment(pick(rng, stock("places")["regions"][told.country]))]
    if slot == "VISIT":
        return [Segment(visit(rng), "DATE", "unknown")]
    if slot == "REGIMEN" or slot in PROTECTED:
        drawn = pick(rng, stock("clinical")["stocks"][slot])
        return parse(drawn) if slot == "REGIMEN" else [Segment(drawn, slot, "protected")]
    column = _COLUMN_OF_SLOT[slot]
    if edit and slot in _EDIT_SLOTS:
        wrong = edited_mention(rng, slot, told)
        return [Segment(wrong, column, "edit1")] if wrong else None
    text = name_mention(rng, slot, told) if column in TOLD[:3] else plain_mention(rng, slot, told)
    if not text:
        return None
    return [Segment(text, column, "exact" if text in exact_forms(told, column) else "format")]


def visit(rng: Random) -> str:
    """A date of care, some without their year; told nowhere."""
    day = date(2015, 1, 1) + timedelta(days=int(rng.random() * 3600))
    text = variants.date_form(rng, day)
    return pick(rng, (f"{day.month}/{day.day}", f"{day.day} {variants.MONTHS[day.month - 1][:3]}", text, text, text))


def filled_frame(rng: Random, frames: list[str], told: Subject, edit: bool = False) -> list[Segment]:
    """The first frame of a random order that can be filled."""
    for frame in variants.shuffled(rng, frames):
        segments = expand(rng, frame, told, edit)
        if segments is not None:
            return segments
    return []


def sentences(rng: Random, told: Subject) -> Iterator[list[Segment]]:
    """Blocks of one record: header, perhaps address, a sentence for most columns not yet shown, an error, findings."""
    frames = stock("frames")
    header = filled_frame(rng, frames["headers"], told)
    yield header
    blocks = [filled_frame(rng, frames["contacts"], told)] if chance(rng, 0.75) else []
    shown = {segment.label for block in (header, *blocks) for segment in block}
    for column in TOLD:
        if column not in shown and chance(rng, 0.9):
            blocks.append(filled_frame(rng, frames["single"][column], told))
    blocks.append(filled_frame(rng, frames["single"][pick(rng, _EDITABLE)], told, edit=True))
    for _ in range(2 + int(rng.random() * 3)):
        blocks.append(filled_frame(rng, stock("clinical")["sentences"], told))
    yield from variants.shuffled(rng, [block for block in blocks if block])


def recased(segments: list[Segment], upper: bool) -> list[Segment]:
    """All in capitals, or all in lower case; a mention that changes is no longer verbatim."""
    result = []
    for segment in segments:
        text = segment.text.upper() if upper else segment.text.lower()
        form = "format" if segment.form == "exact" and text != segment.text else segment.form
        result.append(Segment(text, segment.label, form))
    return result


def lowerable(told: Subject) -> bool:
    """Whether no told name would turn into an ordinary word in lower case."""
    return all(p.may_lower for p in (told.patient, *told.relatives, *told.physicians, Person("", "", told.former)))


def draw(rng: Random) -> tuple[list[Segment], dict[str, str | list[str]]] | None:
    """One record, or None when its plain text happens to hold a told word."""
    told = subject(rng)
    separator = pick(rng, (" ", " ", "\n", "\n", "\n- ", " / "))
    segments: list[Segment] = []
    for block in sentences(rng, told):
        segments += [Segment(separator), *block] if segments else block
    style = rng.random()
    if style < 0.08:
        segments = recased(segments, upper=True)
    elif style < 0.13 and lowerable(told):
        segments = recased(segments, upper=False)
    plain = {token for s in segments if s.form in ("", "protected", "unknown") for token in tokens(s.text)}
    return None if plain & told_tokens(told) else (segments, told.known)


def records() -> Iterator[tuple[str, list[Segment], dict[str, str | list[str]]]]:
    """``N_RECORDS`` records, each from a seed of its own."""
    for index in range(N_RECORDS):
        for attempt in range(100):
            drawn = draw(Random(f"phrases/{index}/{attempt}"))
            if drawn:
                yield f"phrases/{index:04}", *drawn
                break
        else:
            raise RuntimeError(f"record {index} could not be drawn")
