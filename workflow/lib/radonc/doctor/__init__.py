"""What is missing before a study is started: ``python -m radonc.doctor``, or ``./radonc-sft doctor``.

Every check stands for itself, and none can hang: whatever is asked outside this process has a time limit.
"""
