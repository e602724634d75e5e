import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radonc.evaluation import privacy_reading
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.statistics.proportions import at_least, exact

SECRET = "Whitfield"
TEXTS = [f"Seen by [NAME] on [DATE], lump {i}" for i in range(8)] + ["T2", 'Said "no",\nsecond line']
SHEET = pd.DataFrame({"item": [f"t{i:03d}" for i in range(10)], "text": TEXTS}).assign(
    n_identifiers_missed="", kinds="", reader=""
)
STRATA = [{"table": "diagnoses", "column": "history", "length": "short", "texts": 900, "sampled": 10}]


def filled(missed, reader="reader-1"):
    """Return the sheet, its first rows filled in with these numbers."""
    numbers = [str(n) for n in missed] + [""] * (len(SHEET) - len(missed))
    kinds = ["name, date" if n and n > 1 else "name" if n else "" for n in [*missed, *[0] * (len(SHEET) - len(missed))]]
    return SHEET.assign(n_identifiers_missed=numbers, kinds=kinds, reader=[reader if n else "" for n in numbers])


def read_back(folder, sheet, name="a.csv"):
    tables.write_csv(sheet, folder / name)
    return privacy_reading.read_sheets(folder, SHEET)


def summary_of(read):
    found = privacy_reading.summarise(read, SHEET, STRATA, confidence=0.95)
    json.dumps(found, allow_nan=False)
    return found


def test_what_was_filled_in_comes_back(tmp_path):
    found = read_back(tmp_path, filled([0, 2, 1]))
    assert found.to_dict("list") == {
        "reader": ["reader-1"] * 3,
        "item": ["t000", "t001", "t002"],
        "missed": [0, 2, 1],
        "kinds": [(), ("name", "date"), ("name",)],
    }


def test_without_sheets_everything_is_outstanding(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        found = summary_of(privacy_reading.read_sheets(folder, SHEET))
        assert (found["read"], found["outstanding"], found["readers"]) == (0, 10, {})
        assert found["per_text"] is found["per_1000_words"] is found["recall"] is None
        assert found["strata"] == STRATA


def test_an_untouched_sheet_is_no_reading(tmp_path):
    assert read_back(tmp_path, SHEET).empty


def test_rates_by_hand(tmp_path):
    found = summary_of(read_back(tmp_path, filled([0, 2, 1, 0])))
    assert (found["read"], found["outstanding"], found["readers"]) == (4, 6, {"reader-1": 4})
    assert (found["words"], found["n_redactions"], found["missed"], found["texts_with_misses"]) == (24, 8, 3, 2)
    assert found["kinds"] == {"name": 2, "date": 1}
    assert found["per_text"] == {"value": 0.5, **dict(zip(("low", "high"), exact(2, 4, 0.95), strict=True))}
    assert found["per_1000_words"]["value"] == 1000 * 3 / 24
    low, high = exact(8, 11, 0.95)
    assert found["recall"] == {"value": 8 / 11, "low": low, "high": high, "at_least": at_least(8, 11, 0.95)}


def test_texts_without_places_have_no_recall(tmp_path):
    sheet = SHEET.assign(n_identifiers_missed=["0" if text == "T2" else "" for text in TEXTS], reader="r")
    found = summary_of(read_back(tmp_path, sheet))
    assert found["recall"] is None
    assert found["per_text"]["value"] == 0


def test_two_readers_agree_and_count_together(tmp_path):
    tables.write_csv(filled([0, 1, 0]), tmp_path / "one.csv")
    found = summary_of(read_back(tmp_path, filled([2, 1, 0, 0], "reader-2"), "two.csv"))
    assert found["readers"] == {"reader-1": 3, "reader-2": 4}
    assert (found["read"], found["missed"], found["texts_with_misses"]) == (4, 3, 2)
    (pair,) = found["agreement"]
    assert (pair["reviewers"], pair["n"], pair["raw"]) == (["reader-1", "reader-2"], 3, 2 / 3)


def test_readers_may_share_a_file_and_fill_in_a_part(tmp_path):
    both = pd.concat([filled([0, 1]).head(2), filled([1, 0], "reader-2").head(2)])
    assert len(read_back(tmp_path, both)) == 4


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheet_programs_save_is_read(tmp_path, separator):
    filled([0, 2, 1]).to_csv(tmp_path / "a.csv", sep=separator, index=False, lineterminator="\r\n")
    assert list(privacy_reading.read_sheets(tmp_path, SHEET)["missed"]) == [0, 2, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": SECRET}, "column 'item' names none of the sheet's items"),
        ({"text": SECRET}, "column 'text' is not the text that the sheet shows"),
        ({"n_identifiers_missed": SECRET}, "'n_identifiers_missed' allows whole numbers"),
        ({"n_identifiers_missed": "-1"}, "'n_identifiers_missed' allows whole numbers"),
        ({"n_identifiers_missed": "1.5"}, "'n_identifiers_missed' allows whole numbers"),
        ({"n_identifiers_missed": "٣"}, "'n_identifiers_missed' allows whole numbers"),
        ({"n_identifiers_missed": "0"}, "'kinds' and 'n_identifiers_missed' do not agree"),
        ({"n_identifiers_missed": ""}, "'kinds' is filled in, 'n_identifiers_missed' is not"),
        ({"kinds": SECRET}, "'kinds' allows name, date, "),
        ({"kinds": ""}, "'kinds' and 'n_identifiers_missed' do not agree"),
        ({"kinds": "name date id"}, "'kinds' and 'n_identifiers_missed' do not agree"),
        ({"reader": ""}, "column 'reader' allows small letters"),
        ({"reader": f"Dr. {SECRET}"}, "column 'reader' allows small letters"),
    ],
)
def test_a_bad_row_is_refused_with_its_place_and_without_its_text(tmp_path, change, message):
    sheet = filled([0, 2, 1])
    for column, value in change.items():
        sheet.loc[1, column] = value
    with pytest.raises(StudyError) as caught:
        read_back(tmp_path, sheet)
    message_shown = str(caught.value)
    assert message_shown.startswith(f"{tmp_path / 'a.csv'}, row 3: ")
    assert message in message_shown
    assert not any(text in message_shown for text in (SECRET, *TEXTS))


def test_an_item_twice_by_one_reader_is_refused(tmp_path):
    tables.write_csv(filled([0]), tmp_path / "a.csv")
    with pytest.raises(StudyError, match=r"b\.csv, row 2: this reader has this item twice"):
        read_back(tmp_path, filled([0]), "b.csv")


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.ods", "sheet.CSV"])
def test_a_sheet_that_is_no_csv_is_not_overlooked(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(StudyError, match="save it as CSV"):
        privacy_reading.read_sheets(tmp_path, SHEET)


def test_what_is_no_sheet_may_lie_beside(tmp_path):
    for name in ("README.md", "~$sheet.xlsx", ".gitkeep"):
        (tmp_path / name).touch()
    assert privacy_reading.read_sheets(tmp_path, SHEET).empty


def test_a_sheet_without_its_columns_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"a\.csv: column\(s\) text, reader missing"):
        read_back(tmp_path, filled([0]).drop(columns=["text", "reader"]))


@settings(max_examples=25)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=10, max_size=10),
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=10, max_size=10),
)
def test_any_readings_add_up(first, second):
    rows = [
        (reader, item, n, ("name",) if n else ())
        for reader, numbers in (("a", first), ("b", second))
        for item, n in zip(SHEET["item"], numbers, strict=True)
        if n is not None
    ]
    found = summary_of(pd.DataFrame(rows, columns=privacy_reading.COLUMNS))
    assert found["read"] + found["outstanding"] == 10
    by_item = [[n for n in pair if n is not None] for pair in zip(first, second, strict=True)]
    assert found["missed"] == sum(max(pair, default=0) for pair in by_item)
    assert found["kinds"].get("name", 0) == found["texts_with_misses"]
    for rate in (found["per_text"], found["recall"]):
        assert rate is None or rate["low"] <= rate["value"] <= rate["high"]
