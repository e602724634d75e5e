"""Fetch a base model from the hub at a pinned commit, and compare every file with the digest that the hub states."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from radonc.models.model_manifest import is_model_file, model_files
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file
from radonc.runtime.logs import LOGGER


def fetch(source: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Download a model's files at a pinned revision (``source``: ``hub`` and ``revision``) into a folder.

    Intact files are kept, damaged ones are replaced, and other model files in the folder are removed, since a loader
    might take them for the model's. Return file -> the digest that the hub states and that the file was found to have
    (``sha256:…`` for large files, ``git-sha1:…`` of the blob for the others).

    Raise StudyError when the hub cannot be reached, refuses the model, or delivers other bytes than it states.
    """
    from huggingface_hub import snapshot_download

    with _explained(source, folder.name):
        stated = _stated(source)
    for path in model_files(folder):
        if path.name not in stated:
            LOGGER.warning("%s is not a part of this revision: removed", path)
            path.unlink()
    wanted = [name for name, file in stated.items() if not is_intact(folder / name, *file)]
    for path in (folder / name for name in wanted):
        if path.exists():
            LOGGER.warning("%s is damaged: fetched again", path)
            path.unlink()
    if wanted:
        LOGGER.info("fetching %d files, %.1f GB", len(wanted), sum(stated[name][0] for name in wanted) / 1e9)
        with _explained(source, folder.name):
            snapshot_download(
                source["hub"], revision=source["revision"], local_dir=folder, allow_patterns=wanted, token=_token()
            )
    for name in wanted:
        if not is_intact(folder / name, *stated[name]):
            kind, digest = stated[name][1].split(":")
            raise StudyError(
                f"{folder / name}: it does not have the {kind} that the hub states ({digest[:12]}…); "
                "run all_models again; if that does not help, ask whether a proxy changes downloads"
            )
    return {name: digest for name, (_, digest) in stated.items()}


def is_intact(path: Path, n_bytes: int, stated: str) -> bool:
    """Tell whether a file is there with the stated size (bytes) and digest (``sha256:…`` or ``git-sha1:…``)."""
    from huggingface_hub.utils.sha import git_hash

    if not path.is_file() or path.stat().st_size != n_bytes:
        return False
    kind, digest = stated.split(":")
    return (hash_file(path) if kind == "sha256" else git_hash(path.read_bytes())) == digest


def _stated(source: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Return the files that a model needs, as the hub has them at this revision: name -> size (bytes) and digest."""
    from huggingface_hub import HfApi

    # What begins with "consolidated" is Mistral's copy of the weights in a format that transformers does not read.
    entries = HfApi(token=_token()).list_repo_tree(source["hub"], revision=source["revision"])
    return {
        entry.path: (entry.lfs.size, f"sha256:{entry.lfs.sha256}")
        if entry.lfs
        else (entry.size, f"git-sha1:{entry.blob_id}")
        for entry in entries
        if hasattr(entry, "blob_id") and is_model_file(entry.path) and not entry.path.startswith("consolidated")
    }


def _token() -> str | bool:
    """Return the user's token from the environment, never one from a file."""
    return os.environ.get("HF_TOKEN", "").strip() or False


@contextmanager
def _explained(source: Mapping[str, str], name: str) -> Iterator[None]:
    """Raise the hub's errors as errors that say what to do."""
    from huggingface_hub import errors

    hub, key = source["hub"], f"models.{name}"
    try:
        yield
    except (errors.HTTPError, OSError) as error:
        if isinstance(error, errors.GatedRepoError):
            remedy = "set HF_TOKEN in the environment to your token"
            if _token():
                remedy = "use an HF_TOKEN of the account that accepted it: the present one has no access"
            licence = f"accept its licence on https://huggingface.co/{hub}"
            text = f" is gated: {licence}, and {remedy}; then run all_models again"
        elif isinstance(error, errors.RepositoryNotFoundError):
            text = (
                f": the hub has no such repository, or you may not see it. Correct {key}.hub; for a private or gated "
                "model set HF_TOKEN in the environment"
            )
        elif isinstance(error, errors.RevisionNotFoundError):
            text = f": the hub has no commit {source['revision']} of it; correct {key}.revision"
        else:
            text = (
                f": the download failed ({type(error).__name__}). Run this rule where there is a network and "
                f"HF_HUB_OFFLINE is not set (snakemake all_models on the login node), or name a local copy under "
                f"{key}.folder"
            )
        raise StudyError(f"model {hub}{text}") from error
