import doctest

import pytest

from radonc.vocabulary import icd10_tree, modality_of_answer, modality_of_plan, modality_rules, sites


@pytest.mark.parametrize(
    "module", [icd10_tree, modality_of_answer, modality_of_plan, modality_rules, sites], ids=lambda m: m.__name__
)
def test_the_examples_of_the_docstrings_are_true(module):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
