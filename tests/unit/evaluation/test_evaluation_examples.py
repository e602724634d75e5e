import doctest

import pytest

from radonc.evaluation import answers, coherence, components


@pytest.mark.parametrize("module", [answers, coherence, components], ids=lambda m: m.__name__)
def test_the_examples_of_the_docstrings_are_true(module):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
