"""Fine-tune open language models on radiation-oncology records.

A module imports only from the floors below it and from its own room:

7  ``doctor`` (what is missing before a study starts)
6  ``report`` (sections, figures, templates, the privacy page)
5  ``models`` (base models, training, prediction) and ``evaluation`` (answers, scores, comparisons, review)
4  ``deid`` (``scrubber`` and ``gate``, which share no code), ``study`` (tasks, prompts, splits), ``synthetic``
3  ``data`` (schemas, extract, cohort, annotation)
2  ``regimen`` (the prescribed course: parser, EQD2)
1  ``vocabulary`` (ICD-10-CM, modality, sites), ``wordlists``, ``statistics`` (arrays in, numbers out), ``runtime``
"""

__version__ = "0.1.0"
