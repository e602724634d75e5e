import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.config import ValidationDepth, config_context

from radonc.runtime import tables
from radonc.runtime.errors import StudyError

LIBRARY = Path(__file__).parents[3] / "workflow" / "lib"
SECRET = "Achterberg-77"
SCHEMA = pa.DataFrameSchema(
    {
        "key": pa.Column(str, unique=True),
        "sex": pa.Column(str, pa.Check.isin(["female", "male"], error="one of female, male"), nullable=True),
        "n": pa.Column("Int64", pa.Check.in_range(1, 99, error="from 1 to 99"), nullable=True),
        "dose": pa.Column("float64", nullable=True),
        "day": pa.Column("datetime64[ms]", nullable=True),
    },
    name="things",
    strict=True,
    ordered=True,
    coerce=True,
)
GOOD = pd.DataFrame(
    {
        "key": ["b", "a"],
        "sex": ["male", None],
        "n": [1, None],
        "dose": [40.05, None],
        "day": pd.to_datetime(["2020-01-02", None]),
    }
)


# ---- validation --------------------------------------------------------------------------------------------------


def test_a_good_table_comes_back_with_the_schemas_types_and_order():
    checked = tables.validate(GOOD[["day", "n", "key", "sex", "dose"]], SCHEMA)
    assert list(checked) == ["key", "sex", "n", "dose", "day"]
    assert [dtype.kind for dtype in checked.dtypes] == ["O", "O", "i", "f", "M"]
    assert checked["n"].dtype == "Int64"


def test_an_empty_table_is_a_table():
    assert tables.validate(pd.DataFrame(columns=list(SCHEMA.columns)), SCHEMA).empty


FAULTS = {
    "a value outside the list": ({"sex": [SECRET, "male"]}, "column 'sex' fails 'one of female, male' in 1 row(s)"),
    "a key twice": ({"key": [SECRET, SECRET]}, "column 'key' fails 'field_uniqueness' in 2 row(s)"),
    "a missing key": ({"key": [None, "a"]}, "column 'key' fails 'not_nullable' in 1 row(s)"),
    "a number out of bounds": ({"n": [777777, 1]}, "column 'n' fails 'from 1 to 99' in 1 row(s)"),
    "a text for a number": ({"n": [SECRET, "1"]}, "column 'n' fails \"coerce_dtype('Int64')\" in 1 row(s)"),
    "a text for an amount": ({"dose": [SECRET, "1"]}, "column 'dose' fails"),
    "a text for a date": ({"day": [SECRET, None]}, "column 'day' fails"),
    "a fraction for a whole number": ({"n": [1.5, 2]}, "column 'n' fails"),
    "bytes": ({"key": [SECRET.encode() + b"\xff", "a"]}, "column 'key' fails"),
}


@pytest.mark.parametrize(("columns", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_by_table_column_check_and_count_and_never_by_value(columns, message):
    with pytest.raises(StudyError) as caught:
        tables.validate(GOOD.assign(**columns), SCHEMA)
    text = str(caught.value)
    assert text.startswith("table 'things': ")
    assert message.replace('"', "'") in text.replace('"', "'")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    everything = "".join(traceback.format_exception(caught.value)) + text
    assert SECRET not in everything
    assert "777777" not in everything


def test_all_faults_are_named_at_once():
    with pytest.raises(StudyError, match=r"'n' fails .* 2 row.*'sex' fails"):
        tables.validate(GOOD.assign(n=[100, 0], sex=["x", "y"]), SCHEMA)


def test_a_missing_column_is_named():
    with pytest.raises(
        StudyError, match=r"table 'things': column 'sex' is missing; column 'dose' is missing; only key"
    ):
        tables.validate(GOOD.drop(columns=["sex", "dose"]), SCHEMA)


def test_a_column_too_many_is_refused_and_its_name_not_repeated():
    # A file without a header has a patient's values for names.
    with pytest.raises(StudyError, match="table 'things': 6 columns, 5 are allowed; only key, sex, n, dose, day") as e:
        tables.validate(GOOD.assign(**{SECRET: 1}), SCHEMA)
    assert SECRET not in str(e.value)


@settings(max_examples=20)
@given(
    st.lists(
        st.fixed_dictionaries({name: st.sampled_from([SECRET, None, 3, 2.5, "a", "male"]) for name in SCHEMA.columns}),
        min_size=1,
        max_size=3,
    )
)
def test_any_table_is_checked_or_refused_without_its_values(rows):
    frame = pd.DataFrame(rows, columns=list(SCHEMA.columns), dtype=object)
    checked = outcome_of(frame)
    if isinstance(checked, StudyError):
        assert SECRET not in "".join(traceback.format_exception(checked))
    else:
        assert len(checked) == len(frame)
        assert checked["key"].is_unique
        assert checked["n"].dropna().between(1, 99).all()


def outcome_of(frame):
    try:
        return tables.validate(frame, SCHEMA)
    except StudyError as error:
        return error


@pytest.mark.parametrize("off", [{"validation_enabled": False}, {"validation_depth": ValidationDepth.SCHEMA_ONLY}])
def test_work_without_checks_is_refused(off):
    with config_context(**off), pytest.raises(StudyError, match=r"PANDERA_VALIDATION_ENABLED .* unset both"):
        tables.validate(GOOD, SCHEMA)


@pytest.mark.parametrize(("value", "refused"), [("0", True), ("True", False)])
def test_the_environment_variable_is_read_as_pandera_reads_it(value, refused):
    # Anything but true, True and 1 switches the checks off, TRUE and the empty text too.
    program = (
        "import sys, pandas as pd\n"
        "from radonc.data.schemas import PAIRS\n"
        "from radonc.runtime import tables, errors\n"
        "try:\n"
        "    frame = pd.DataFrame({'case_id': ['a'], 'split': ['b'], 'prompt': ['c'], 'completion': ['d']})\n"
        "    tables.validate(frame, PAIRS)\n"
        "except errors.StudyError as error:\n"
        "    sys.exit(3)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY), "PANDERA_VALIDATION_ENABLED": value}
    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == (3 if refused else 0)


# ---- writing -----------------------------------------------------------------------------------------------------


def test_a_table_comes_back_as_it_was_written(tmp_path):
    tables.write(GOOD, tmp_path / "deep" / "x.parquet", SCHEMA, sort_by=["key"])
    back = tables.read(tmp_path / "deep" / "x.parquet", SCHEMA)
    assert back["key"].to_list() == ["a", "b"]
    assert back.loc[1, "dose"] == 40.05
    assert back.loc[0].isna().sum() == 4


@settings(max_examples=20)
@given(st.permutations(range(6)))
def test_the_order_of_the_rows_does_not_change_a_byte(tmp_path_factory, order):
    frame = pd.DataFrame(
        {"key": list("abcdef"), "sex": None, "n": range(1, 7), "dose": 0.1, "day": pd.Timestamp("2020-01-01")}
    )
    folder = tmp_path_factory.mktemp("bytes")
    tables.write(frame, folder / "one.parquet", SCHEMA, sort_by=["key"])
    tables.write(frame.iloc[list(order)], folder / "two.parquet", SCHEMA, sort_by=["key"])
    assert (folder / "one.parquet").read_bytes() == (folder / "two.parquet").read_bytes()


def test_without_a_key_the_order_of_the_rows_stays(tmp_path):
    tables.write(GOOD, tmp_path / "x.parquet", SCHEMA)
    assert tables.read(tmp_path / "x.parquet")["key"].to_list() == ["b", "a"]


def test_a_table_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(StudyError):
        tables.write(GOOD.assign(n=[100, 1]), tmp_path / "x.parquet", SCHEMA)
    assert not list(tmp_path.iterdir())


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_part(tmp_path):
    path = tmp_path / "x.txt"
    tables.write_text("old", path)

    def half(part):
        part.write_text("ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        tables.write_atomically(path, half)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_sees_a_file_before_it_is_whole(tmp_path):
    path = tmp_path / "x.txt"
    tables.write_atomically(path, lambda part: (part.write_text("all"), path.exists() and pytest.fail("seen half")))
    assert path.read_text() == "all"


def test_json_keeps_the_order_of_keys_and_refuses_what_json_has_not(tmp_path):
    tables.write_json({"z": "ä", "a": [1]}, tmp_path / "x.json")
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n  "z": "ä",\n  "a": [\n    1\n  ]\n}\n'
    assert tables.read_json(tmp_path / "x.json") == {"z": "ä", "a": [1]}
    with pytest.raises(ValueError, match="Out of range"):
        tables.write_json(float("nan"), tmp_path / "y.json")
    assert not (tmp_path / "y.json").exists()
    assert json.loads((tmp_path / "x.json").read_bytes())


# ---- CSV ---------------------------------------------------------------------------------------------------------


def text_file(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "x.csv"
    path.write_bytes(content.encode(encoding))
    return path


def test_a_csv_for_people_opens_in_excel_and_comes_back(tmp_path):
    frame = pd.DataFrame({"id": ["007", "8"], "text": ['Größe "T2", rechts', None], "more": ["a\nb", "NA"]})
    tables.write_csv(frame, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    back = tables.read_csv(tmp_path / "x.csv")
    assert back.to_dict("list") == {"id": ["007", "8"], "text": ['Größe "T2", rechts', ""], "more": ["a\nb", "NA"]}


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=2), max_size=5))
def test_any_texts_come_back_from_a_csv(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    tables.write_csv(pd.DataFrame(rows, columns=["a", "b"]), path)
    assert tables.read_csv(path).to_numpy().tolist() == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "there is nothing in it"),
        ("\n\n", "there is nothing in it"),
        (f"a,b\n1,2\n{SECRET},2,3\n", "line 3: it does not have 2 cells, as the header has"),
        (f"a,b\n1,2\n{SECRET}\n", "line 3: it does not have 2 cells"),
        (f"a,b\n1,2,\n{SECRET},4,\n", "line 2: it does not have 2 cells"),
        (f'a,b\n"x\ny",2\n{SECRET}\n', "line 4: it does not have 2 cells"),
        ("a;b\n1;2\n", "its cells are separated by ';', not by ','"),
        ("a\tb\n1\t2\n", r"its cells are separated by '\\t', not by ','"),
        (f'a,b\n1,"{SECRET}\n', "the quotes around a cell"),
        (f'a,b\n1,"{SECRET}"x\n', "line 2: the quotes around a cell"),
    ],
)
def test_a_file_whose_cells_could_shift_is_not_read(tmp_path, content, message):
    with pytest.raises(StudyError, match=message) as caught:
        tables.read_csv(text_file(tmp_path, content))
    assert str(tmp_path / "x.csv") in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_encoding_is_the_one_that_is_named(tmp_path):
    path = text_file(tmp_path, "a,b\nJürgen,2\n", "cp1252")
    assert tables.read_csv(path, encoding="cp1252").iloc[0, 0] == "Jürgen"
    for encoding in ("utf-8", "utf-16", "utf-99"):
        with pytest.raises(StudyError, match=f"not a text in the encoding {encoding}"):
            tables.read_csv(path, encoding=encoding)


def test_a_header_alone_is_an_empty_table(tmp_path):
    frame = tables.read_csv(text_file(tmp_path, "a, b \n"))
    assert frame.empty
    assert list(frame) == ["a", "b"]


def test_a_name_that_stands_twice_in_the_header_stays_twice(tmp_path):
    assert list(tables.read_csv(text_file(tmp_path, "a,a,b\n1,2,3\n"))) == ["a", "a", "b"]


# ---- sheets that people filled in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_sheet_is_read_as_a_spreadsheet_shows_it(tmp_path, separator):
    rows = ["id,note,answer", '1," yes, or no ",a', "", '2,"two\nlines",', ",,", "3,x,c"]
    path = text_file(tmp_path, "\ufeff" + "\r\n".join(rows).replace(",", separator) + "\r\n")
    sheet = tables.read_sheet(path, ["answer"], optional=["note", "more"])
    assert list(sheet) == ["answer", "note", "more"]
    assert (sheet.pop("more") == "").all()
    assert sheet.index.tolist() == [2, 4, 5, 6]
    assert sheet.to_numpy().tolist() == [
        ["a", "yes, or no".replace(",", separator)],
        ["", "two\nlines"],
        ["", ""],
        ["c", "x"],
    ]


def test_a_sheet_that_lacks_a_column_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"x\.csv: column\(s\) b, c missing; keep the header"):
        tables.read_sheet(text_file(tmp_path, f"a,d\n{SECRET},2\n"), ["a", "b", "c"])


def test_a_sheet_whose_cells_could_shift_is_not_read(tmp_path):
    with pytest.raises(StudyError, match="line 3: it does not have 2 cells") as caught:
        tables.read_sheet(text_file(tmp_path, f"a;b\n1;2\n{SECRET};3;4\n"), ["a", "b"])
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_header_alone_is_an_empty_sheet(tmp_path):
    assert tables.read_sheet(text_file(tmp_path, "a,b\n"), ["b"]).empty
