"""The prescribed course: its phases, and their text. What reads texts stands in ``reading``: few jobs need it."""

from radonc.vocabulary.regimen.course import Phase, render

__all__ = ["Phase", "render"]
