"""The one exception whose text may be shown to anyone."""


class StudyError(Exception):
    """A fault that the user can fix.

    Its message names the file, the column or the config key, what was allowed and what to do, and never holds a
    patient's value. All other exceptions that leave a private stage are logged without their message.
    """
