"""The modalities of radiotherapy that a study's labels are taken from; the last three are registries' coarser words."""

MODALITIES = ("photon", "electron", "proton", "carbon", "brachytherapy", "external", "radionuclide", "mixed")
