"""Fetch a base model from the hub at a pinned commit, and compare every file with the digest that the hub states."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from radonc.models.model_manifest import is_model_file, model_files
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file
from radonc.runtime.logs import LOGGER

# Mistral's copy of the weights in a format that transformers does not read.
UNREAD = "consolidated"


@dataclass(frozen=True)
class StatedFile:
    """A file as the hub states it: large files by their SHA-256, the others by git's digest of a blob."""

    name: str
    n_bytes: int
    kind: str
    digest: str

    def is_intact(self, folder: Path) -> bool:
        """Tell whether a folder holds the file as stated."""
        from huggingface_hub.utils.sha import git_hash

        path = folder / self.name
        if not path.is_file() or path.stat().st_size != self.n_bytes:
            return False
        return (hash_file(path) if self.kind == "sha256" else git_hash(path.read_bytes())) == self.digest


def fetch(source: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Download a model's files at a pinned revision; intact files are kept, damaged ones are replaced.

    Parameters
    ----------
    source
        ``hub`` and ``revision``.
    folder
        Where the files go. Other model files in it are removed, since a loader might take them for the model's.

    Returns
    -------
    dict
        File -> the digest that the hub states and that the file was found to have (``sha256:…`` or ``git-sha1:…``).

    Raises
    ------
    StudyError
        When the hub cannot be reached, refuses the model, or delivers other bytes than it states.
    """
    with _explained(source, folder.name):
        stated = _stated(source)
    for path in model_files(folder):
        if path.name not in {file.name for file in stated}:
            LOGGER.warning("%s is not a part of this revision: removed", path)
            path.unlink()
    wanted = [file for file in stated if not file.is_intact(folder)]
    for file in wanted:
        if (folder / file.name).exists():
            LOGGER.warning("%s is damaged: fetched again", folder / file.name)
            (folder / file.name).unlink()
    if wanted:
        LOGGER.info("fetching %d files, %.1f GB", len(wanted), sum(file.n_bytes for file in wanted) / 1e9)
        with _explained(source, folder.name):
            _download(source, folder, [file.name for file in wanted])
    for file in wanted:
        if not file.is_intact(folder):
            raise StudyError(
                f"{folder / file.name}: it does not have the {file.kind} that the hub states ({file.digest[:12]}…); "
                "run all_models again; if that does not help, ask whether a proxy changes downloads"
            )
    return {file.name: f"{file.kind}:{file.digest}" for file in stated}


def _stated(source: Mapping[str, str]) -> list[StatedFile]:
    """List the files that a model needs, as the hub has them at this revision."""
    from huggingface_hub import HfApi

    entries = HfApi(token=_token()).list_repo_tree(source["hub"], revision=source["revision"])
    return [
        StatedFile(entry.path, entry.lfs.size, "sha256", entry.lfs.sha256)
        if entry.lfs
        else StatedFile(entry.path, entry.size, "git-sha1", entry.blob_id)
        for entry in entries
        if hasattr(entry, "blob_id") and is_model_file(entry.path) and not entry.path.startswith(UNREAD)
    ]


def _download(source: Mapping[str, str], folder: Path, names: list[str]) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(
        source["hub"], revision=source["revision"], local_dir=folder, allow_patterns=names, token=_token()
    )


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
    except errors.GatedRepoError as error:
        without = "set HF_TOKEN in the environment to your token"
        refused = "use an HF_TOKEN of the account that accepted it: the present one has no access"
        raise StudyError(
            f"model {hub} is gated: accept its licence on https://huggingface.co/{hub}, and "
            f"{refused if _token() else without}; then run all_models again"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise StudyError(
            f"model {hub}: the hub has no such repository, or you may not see it. Correct {key}.hub; for a private or "
            "gated model set HF_TOKEN in the environment"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise StudyError(
            f"model {hub}: the hub has no commit {source['revision']} of it; correct {key}.revision"
        ) from error
    except (errors.HTTPError, OSError) as error:
        raise StudyError(
            f"model {hub}: the download failed ({type(error).__name__}). Run this rule where there is a network and "
            "HF_HUB_OFFLINE is not set (snakemake all_models on the login node), or name a local copy under "
            f"{key}.folder"
        ) from error
