"""Make anew what is made from the settings: ``config/schema/*.json``, and the tables of ``config/README.md``."""

from pathlib import Path

from radonc.runtime.settings.reference import files

if __name__ == "__main__":
    for path, text in files(Path(__file__).parents[5]).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
