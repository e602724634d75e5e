"""The settings of a study: each key once, with its type, default, check and description.

Each module holds what one room of the library takes, so that a new key reruns only what reads it. Snakefile and doctor
start at ``study``; the manual and the editors' schemas are made by ``reference``.
"""
