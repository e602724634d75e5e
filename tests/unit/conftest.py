"""The library's tests reach no network: libraries learn that when they are imported, so before any test file."""

from radonc.runtime.environment import go_offline

go_offline()
