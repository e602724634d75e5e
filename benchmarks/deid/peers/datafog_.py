"""DataFog's engine of regular expressions.

python datafog_.py < records.jsonl > answers.jsonl
"""

from __future__ import annotations

from datafog.engine import scan
from filter import main

if __name__ == "__main__":
    main(lambda text, _: ((found.start, found.end, found.type) for found in scan(text, engine="regex").entities))
