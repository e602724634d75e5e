"""The last look at what leaves, for identifiers of the extract that stand in it still.

The gate shares no code with the scrubber, and searches another way. Three rules:

- *In a patient's own row every identifier of the patient stops the run*, a common word (Gray, May, Young) too, unless
  eleven patients or more have the very same cell, or all of them the word (codes, labels, the questions of prompts).
  Whose row it is, the pseudonyms in it tell.
- *In any row and any file* stops what is telling by itself: full names, street addresses, phones, e-mails, record
  numbers of seven characters or more; and a single surname or city when it is written with a capital, has four letters
  or more, and is no word that the vocabulary knows (``words``).
- *What cannot be read stops the run as well*: an unknown kind of file, a picture of pixels, a column of bytes, weights
  that nothing shows to be numbers alone.

Numbers under five characters are not hunted: they are doses and counts as well.
"""

from radonc.deid.gate.findings import Finding, check, require_clean

__all__ = ["Finding", "check", "require_clean"]
