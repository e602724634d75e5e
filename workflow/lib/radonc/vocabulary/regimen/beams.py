"""What energies and techniques say of the modality."""

from __future__ import annotations

LEAST_PROTON_MEV = 50.0
"""Beams in MeV from here on are of protons; clinical electron beams end at 25 MeV."""

_BY_TECHNIQUE = {
    **dict.fromkeys(("HDR", "LDR", "PDR", "ICBT", "ILBT"), "brachytherapy"),
    **dict.fromkeys(("IMPT", "PBS", "passive scatter"), "proton"),
}
_BY_ISOTOPE = {
    **dict.fromkeys(("Ir-192", "I-125", "Cs-131", "Cs-137", "Pd-103", "Ru-106"), "brachytherapy"),
    **dict.fromkeys(("I-131", "Lu-177", "Ra-223", "Y-90", "Sr-89", "Sm-153"), "radionuclide"),
    "Co-60": "photon",
}


def implied_modality(energy: str | None, technique: str | None) -> str | None:
    """Return what a technique (HDR: brachytherapy) or an energy (6 MV: photon, 9 MeV: electron) says, or None."""
    if technique in _BY_TECHNIQUE:
        return _BY_TECHNIQUE[technique]
    if energy is None:
        return None
    number, _, unit = energy.partition(" ")
    if unit in ("MV", "kV", "MV FFF"):
        return "photon"
    if unit == "MeV":
        return "proton" if float(number.partition("/")[0]) >= LEAST_PROTON_MEV else "electron"
    return _BY_ISOTOPE.get(energy)
