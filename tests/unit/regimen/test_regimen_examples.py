import doctest

import pytest

from radonc import regimen
from radonc.regimen import dose, lexicon, parser


@pytest.mark.parametrize("module", [regimen, dose, lexicon, parser], ids=lambda m: m.__name__)
def test_the_examples_of_the_docstrings_are_true(module):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
