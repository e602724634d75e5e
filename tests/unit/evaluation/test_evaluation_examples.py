import doctest

import pytest

from radonc.evaluation import answers, code_components, coherence, regimen_components


@pytest.mark.parametrize("module", [answers, code_components, coherence, regimen_components], ids=lambda m: m.__name__)
def test_the_examples_of_the_docstrings_are_true(module):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
