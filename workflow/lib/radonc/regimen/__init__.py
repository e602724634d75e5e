"""The prescribed course: its phases, and their text. The parser stands apart (``parser``): few jobs need it."""

from radonc.regimen.course import Phase, render

__all__ = ["Phase", "render"]
