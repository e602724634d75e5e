"""Stage groups of the TNM classification, as charts write them."""

import re

MAIN_STAGES = ("0", "I", "II", "III", "IV")


def main_stage(stage_group: str) -> str | None:
    """Return the main stage of a stage group (``IIB`` gives ``II``), or None where the text is another word."""
    found = re.match(r"(?:stage )?(0|IV|I{1,3})(?=[A-C]\d?$|$)", stage_group.strip(), re.IGNORECASE)
    return found[1].upper() if found else None
