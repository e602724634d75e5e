"""What is missing before a study is started: ``python -m radonc.doctor``, or ``./radonc-sft doctor``.

The checks do not depend on each other, and none can hang: whatever lies outside this process has a time limit.
"""
