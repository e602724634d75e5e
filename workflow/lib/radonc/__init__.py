"""Fine-tune open language models on radiation-oncology records.

Eight rooms on four floors; a module imports only from the floors below it and from its own room:

4  ``evidence`` (scores, tests, ratings) and ``models`` (base models, training, prediction)
3  ``deid`` (scrubbing and the gate), ``study`` (tasks, prompts, splits) and ``pages`` (figures, report)
2  ``data`` (schemas, extract, synthetic extract, cohort, annotation)
1  ``run`` (config, logs, digests, tables) and ``vocabulary`` (ICD-10-CM, modality, regimen)
"""

__version__ = "0.1.0"
