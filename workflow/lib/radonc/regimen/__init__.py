"""The prescribed course: its phases, and their text. What reads texts stands in ``reading``: few jobs need it."""

from radonc.regimen.course import Phase, render

__all__ = ["Phase", "render"]
