"""The tags that stand in a text for what de-identification redacted, such as ``[NAME]``."""

import re
from enum import StrEnum


class Label(StrEnum):
    """What stood in a redacted span: the name of its tag."""

    NAME = "NAME"
    DATE = "DATE"
    AGE = "AGE"
    ID = "ID"
    PHONE = "PHONE"
    PLACE = "PLACE"
    EMAIL = "EMAIL"
    URL = "URL"
    OTHER = "OTHER"

    @property
    def tag(self) -> str:
        """The tag that replaces a span, such as ``[NAME]``."""
        return f"[{self.value}]"


TAG = re.compile(rf"\[(?:{'|'.join(Label)})\]")
