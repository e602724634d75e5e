"""The modalities of radiotherapy that a study's labels are taken from."""

MODALITIES = (
    "photon",
    "electron",
    "proton",
    "carbon",
    "brachytherapy",
    # coarser and other words, as registries use them
    "external",
    "radionuclide",
    "mixed",
)
