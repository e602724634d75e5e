import ast
import textwrap
from pathlib import Path

import pytest

from radonc.runtime import code

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
MODULES = sorted((ROOT / "workflow" / "lib" / "radonc").rglob("*.py"))

FILES = {
    "house/__init__.py": "",
    "house/low/__init__.py": "",
    "house/low/words.py": "WORDS = 1\n",
    "house/low/files.py": "import json\n\ndef read(path):\n    return json.loads(path)\n",
    "house/high/__init__.py": '"""The upper floor."""\n',
    "house/high/page.py": "from house.low.words import WORDS\n\ndef page():\n    return WORDS\n",
    "house/high/page.html.j2": "<p>",
    "house/high/page_two.txt": "not page's",
    "house/high/late.py": "def late():\n    from house.low import files\n    return files\n",
    "house/high/alone.py": "ALONE = 1\n",
    "page_script.py": "from house.high import page\n\npage.page()\n",
    "late_script.py": "import house.high.late\n",
    "words_script.py": "import house.low.words as words\n",
    "plain_script.py": "import json\n",
}


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A small library beside scripts, in place of ours."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(code, "LIBRARY", tmp_path / "house")
    monkeypatch.setattr(code, "PACKAGE", "house")
    forget()
    yield tmp_path
    forget()


def forget():
    code.digest.cache_clear()
    code._read.cache_clear()


def digests(house):
    forget()
    return {path.stem.removesuffix("_script"): code.digest(path) for path in house.glob("*_script.py")}


def changed_by(house, name, content):
    before = digests(house)
    path = house / name
    path.write_text(content, encoding="utf-8")
    after = digests(house)
    return {script for script in after if before[script] != after[script]}


@pytest.mark.parametrize(
    ("name", "content", "scripts"),
    [
        ("house/low/words.py", "WORDS = 2\n", {"page", "words"}),
        ("house/low/files.py", "import json\n\ndef read(path):\n    return json.load(path)\n", {"late"}),
        ("house/high/page.py", "def page():\n    return 2\n", {"page"}),
        ("house/high/alone.py", "ALONE = 2\n", set()),
        ("house/high/__init__.py", "UP = 1\n", {"page", "late"}),
        ("house/__init__.py", "X = 1\n", {"page", "late", "words"}),
        ("house/high/page.html.j2", "<b>", {"page"}),
        ("house/high/page.css", "b{}", {"page"}),
        ("house/high/page_two.txt", "still not page's", set()),
        ("page_script.py", "from house.high import page\n\npage.page(1)\n", {"page"}),
        ("plain_script.py", "import csv\n", {"plain"}),
    ],
)
def test_an_edit_changes_the_scripts_that_reach_it_and_no_others(house, name, content, scripts):
    assert changed_by(house, name, content) == scripts


@pytest.mark.parametrize(
    "content",
    [
        "# a comment\nWORDS = 1  # why\n",
        '"""A docstring."""\n\n\nWORDS = 1\n',
        "WORDS = (\n    1\n)\n",
        'WORDS = 1\n"""What the page says."""\n',
    ],
)
def test_comments_docstrings_and_layout_do_not_count(house, content):
    assert changed_by(house, "house/low/words.py", content) == set()


def test_docstrings_of_functions_and_classes_do_not_count(house):
    bare = "class A:\n    def f(self):\n        return 'x'\n\n    async def g(self):\n        pass\n"
    documented = '''
        class A:
            """Text."""
            def f(self):
                """Text."""
                return 'x'

            async def g(self):
                """Text."""
        '''
    (house / "house/low/words.py").write_text(bare, encoding="utf-8")
    assert changed_by(house, "house/low/words.py", textwrap.dedent(documented)) == set()


def test_a_text_that_is_no_docstring_counts(house):
    (house / "house/low/words.py").write_text("def f():\n    return 'a'\n", encoding="utf-8")
    assert changed_by(house, "house/low/words.py", "def f():\n    return 'b'\n") == {"page", "words"}


def test_an_expression_that_stands_alone_counts(house):
    (house / "house/low/words.py").write_text("def f(x):\n    x\n", encoding="utf-8")
    assert changed_by(house, "house/low/words.py", "def f(x):\n    x.clear()\n") == {"page", "words"}


def test_the_shell_command_counts(house):
    script = house / "plain_script.py"
    commands = ("", "python {params.script}", "python {params.script} --log {log}")
    assert len({code.digest(script, command) for command in commands}) == 3
    assert code.digest(script) == code.digest(script, "")


def test_a_digest_does_not_depend_on_where_the_checkout_stands(house, tmp_path, monkeypatch):
    here = code.digest(house / "page_script.py")
    (tmp_path / "moved").mkdir()
    for part in ("house", "page_script.py"):
        (house / part).rename(tmp_path / "moved" / part)
    monkeypatch.setattr(code, "LIBRARY", tmp_path / "moved" / "house")
    forget()
    assert code.digest(tmp_path / "moved" / "page_script.py") == here


def test_compiled_files_do_not_count(house):
    before = digests(house)
    (house / "house/low/words.pyc").write_bytes(b"\0")
    (house / "house/low/__pycache__").mkdir()
    (house / "house/low/__pycache__/words.cpython-311.pyc").write_bytes(b"\0")
    assert digests(house) == before


def test_modules_that_import_each_other_end(house):
    (house / "house/low/words.py").write_text("import house.high.page\nWORDS = 1\n", encoding="utf-8")
    forget()
    assert house / "house/high/page.py" in code.reachable(house / "words_script.py")


# ---- our own library ---------------------------------------------------------------------------------------------


def names_reached(script):
    return {str(path.relative_to(code.LIBRARY)) for path in code.reachable(script)}


def test_the_digest_follows_our_scripts():
    extract = names_reached(ROOT / "workflow/scripts/extract.py")
    assert {"data/extract.py", "data/mapping.py", "vocabulary/icd10.py", "runtime/tables.py"} <= extract
    assert not {name for name in extract if name.startswith(("models/", "evaluation/", "study/", "report/"))}
    assert {name for name in extract if name.startswith("deid/")} == {"deid/__init__.py", "deid/crosswalk.py"}
    assert {"study/pairs.py", "study/prompts.py"} <= names_reached(ROOT / "workflow/scripts/pairs.py")


def test_every_data_file_of_the_library_counts():
    library = code.LIBRARY
    data = {path for path in library.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert len(data) > 20
    counted = {file for module in MODULES for file in code._data_beside(module)}
    assert [str(path.relative_to(library)) for path in sorted(data - counted)] == []


@pytest.mark.parametrize(
    ("data", "scripts", "others"),
    [
        ("wordlists/words.clinical.txt", {"deidentify", "check_deidentified", "certify"}, {"extract", "pairs"}),
        ("wordlists/words.nicknames.txt", {"deidentify"}, {"extract", "pairs"}),
        ("wordlists/words.alphanumeric.txt", {"deidentify"}, {"extract", "pairs"}),
        ("wordlists/context_words.toml", {"deidentify"}, {"extract", "pairs", "check_deidentified", "certify"}),
    ],
)
def test_a_changed_word_list_changes_the_digest_of_what_uses_it(data, scripts, others):
    using = {script.stem for script in SCRIPTS if data in names_reached(script)}
    assert scripts <= using
    assert not others & using


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_has_a_digest_of_its_own(script):
    digest = code.digest(script)
    assert len(digest) == 64
    assert digest == code.digest(script)


def test_no_two_scripts_share_a_digest():
    assert len({code.digest(script) for script in SCRIPTS}) == len(SCRIPTS) > 15


def test_nothing_is_imported_in_a_way_that_the_digest_does_not_see():
    for path in (*MODULES, *SCRIPTS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import"
            if isinstance(node, ast.Name | ast.Attribute):
                name = node.id if isinstance(node, ast.Name) else node.attr
                assert name not in {"import_module", "__import__"}, f"{path}: an import by name"
