import doctest

import pytest

from radonc.regimen import course, dose, lexicon, parser


@pytest.mark.parametrize("module", [course, dose, lexicon, parser], ids=lambda m: m.__name__)
def test_the_examples_of_the_docstrings_are_true(module):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
