"""A synthetic extract: fictional patients with real diagnoses, real schemes, and a real system's untidiness."""

from radonc.synthetic.extract import write_extract

__all__ = ["write_extract"]
