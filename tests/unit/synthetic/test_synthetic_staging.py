"""Stage groups against examples of the AJCC's 8th edition."""

import pytest

from radonc.synthetic.sites import stage_group


@pytest.mark.parametrize(
    ("scheme", "t_stage", "n_stage", "m_stage", "group"),
    [
        ("breast", "pTis", "pN0", "M0", "0"),
        ("breast", "pT1c", "pN0", "M0", "IA"),
        ("breast", "pT2", "pN1a", "M0", "IIB"),
        ("breast", "pT1c", "pN2a", "M0", "IIIA"),
        ("breast", "pT4b", "pN1a", "M0", "IIIB"),
        ("breast", "pT2", "pN3a", "M0", "IIIC"),
        ("breast", "cT4b", "cN1", "M1", "IV"),
        ("lung", "cT1b", "cN0", "M0", "IA2"),
        ("lung", "cT1c", "cN0", "M0", "IA3"),
        ("lung", "cT2a", "cN2", "M0", "IIIA"),
        ("lung", "cT4", "cN2", "M0", "IIIB"),
        ("lung", "cT4", "cN3", "M0", "IIIC"),
        ("lung", "cT3", "cN2", "M1c", "IVB"),
        ("colorectal", "cT3", "cN0", "M0", "IIA"),
        ("colorectal", "cT3", "cN1", "M0", "IIIB"),
        ("cervix", "cT2b", "cN1", "M0", "IIIC1"),
        ("endometrium", "pT1b", "pN0", "M0", "IB"),
        ("head_neck", "cT3", "cN2b", "M0", "IVA"),
        ("head_neck", "cT2", "cN0", "M0", "II"),
        ("oropharynx_p16", "cT2", "cN1", "M0", "I"),
        ("oropharynx_p16", "cT4", "cN1", "M0", "III"),
        ("pancreas", "cT4", "cN0", "M0", "III"),
        ("bladder", "cT2", "cN0", "M0", "II"),
        ("melanoma", "pT4a", "pN0", "M0", "IIB"),
    ],
)
def test_stage_group(scheme, t_stage, n_stage, m_stage, group):
    assert stage_group(scheme, t_stage, n_stage, m_stage) == group


def test_a_combination_that_the_table_lacks_is_named():
    with pytest.raises(KeyError, match="kidney"):
        stage_group("kidney", "cT4", "cN0", "M0")
