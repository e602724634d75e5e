"""The last search for identifiers of the extract in all that leaves the private area.

The gate shares no code with the scrubber, and searches another way. Three rules:

- *In a patient's own row every identifier of the patient stops the run*, a common word (Gray, May, Young) too, unless
  eleven patients or more have the very same cell, or all of them the word (codes, labels, the questions of prompts).
  The pseudonyms in a row say whose it is.
- *In any row and any file* what identifies by itself stops the run: full names, street addresses, phones, e-mails,
  record numbers of seven characters or more; and a single surname or city when it is written with a capital, has four
  letters or more, and is in no vocabulary (``people.toml``).
- *What cannot be read stops the run as well*: an unknown kind of file, a picture of pixels, a column of bytes, weights
  that nothing shows to be numbers alone.

Record numbers under five characters are not searched for: they are doses and counts as well.
"""

from radonc.deid.gate.leak_search import Finding, check, require_clean

__all__ = ["Finding", "check", "require_clean"]
