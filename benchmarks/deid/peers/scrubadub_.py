"""scrubadub with its default detectors.

python scrubadub_.py < records.jsonl > answers.jsonl
"""

from __future__ import annotations

import scrubadub
from filter import main

if __name__ == "__main__":
    scrubber = scrubadub.Scrubber()
    main(lambda text, _: ((filth.beg, filth.end, filth.type) for filth in scrubber.iter_filth(text)))
