"""Our metrics for ``evaluate``, which is imported here first.

Where transformers is installed, ``evaluate`` imports its pipelines, which nothing here uses: most of the seconds that
scoring takes. So transformers is hidden from it.
"""

import sys

if "transformers" in sys.modules:
    import evaluate
else:
    sys.modules["transformers"] = None  # type: ignore[assignment]
    try:
        import evaluate
    finally:
        del sys.modules["transformers"]

__all__ = ["evaluate"]
