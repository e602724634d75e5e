"""Fetch a base model from the hub: at one commit, and every file as the hub states it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from radonc.models.register import files_of, is_of_model
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file
from radonc.runtime.logs import LOGGER

# Mistral's own copy of the weights, in a form that transformers does not read.
UNREAD = "consolidated"


@dataclass(frozen=True)
class StatedFile:
    """What the hub states of a file: large files by SHA-256, the others by git's digest of a blob."""

    name: str
    n_bytes: int
    kind: str
    digest: str

    def is_whole(self, folder: Path) -> bool:
        """Tell whether a folder holds the file as it is stated."""
        path = folder / self.name
        if not path.is_file() or path.stat().st_size != self.n_bytes:
            return False
        return (hash_file(path) if self.kind == "sha256" else _git_digest(path)) == self.digest


def fetch(source: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Download a model's files at a pinned revision; what is there and whole is kept, what is damaged is replaced.

    Parameters
    ----------
    source
        ``hub`` and ``revision``.
    folder
        Where the files go. It is the model's own: weights that the hub does not name are taken away, since a loader
        might take them for the model's.

    Returns
    -------
    dict
        File -> the digest that the hub states, and that the file was found to have (``sha256:…`` or ``git-sha1:…``).

    Raises
    ------
    StudyError
        When the hub cannot be reached, does not hand the model out, or hands out other bytes than it states.
    """
    with _explained(source, folder.name):
        stated = _stated(source)
    for path in files_of(folder):
        if path.name not in {file.name for file in stated}:
            LOGGER.warning("%s is not a part of this revision: removed", path)
            path.unlink()
    wanted = [file for file in stated if not file.is_whole(folder)]
    for file in wanted:
        if (folder / file.name).exists():
            LOGGER.warning("%s is damaged: fetched anew", folder / file.name)
            (folder / file.name).unlink()
    if wanted:
        LOGGER.info("fetching %d files, %.1f GB", len(wanted), sum(file.n_bytes for file in wanted) / 1e9)
        with _explained(source, folder.name):
            _download(source, folder, [file.name for file in wanted])
    for file in wanted:
        if not file.is_whole(folder):
            raise StudyError(
                f"{folder / file.name}: it does not have the {file.kind} that the hub states ({file.digest[:12]}…); "
                "run all_models again, and if that does not help, ask whether a proxy changes what passes through it"
            )
    return {file.name: f"{file.kind}:{file.digest}" for file in stated}


def _stated(source: Mapping[str, str]) -> list[StatedFile]:
    """Ask the hub what it has at this revision, of the files that a model needs."""
    from huggingface_hub import HfApi

    entries = HfApi(token=_token()).list_repo_tree(source["hub"], revision=source["revision"])
    return [
        StatedFile(entry.path, entry.lfs.size, "sha256", entry.lfs.sha256)
        if entry.lfs
        else StatedFile(entry.path, entry.size, "git-sha1", entry.blob_id)
        for entry in entries
        if hasattr(entry, "blob_id") and is_of_model(entry.path) and not entry.path.startswith(UNREAD)
    ]


def _download(source: Mapping[str, str], folder: Path, names: list[str]) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(
        source["hub"], revision=source["revision"], local_dir=folder, allow_patterns=names, token=_token()
    )


def _token() -> str | bool:
    """Return the user's token from the environment, and never one that lies in a file."""
    return os.environ.get("HF_TOKEN", "").strip() or False


@contextmanager
def _explained(source: Mapping[str, str], name: str) -> Iterator[None]:
    """Say what to do when the hub does not hand a model out."""
    from huggingface_hub import errors

    hub, key = source["hub"], f"models.{name}"
    try:
        yield
    except errors.GatedRepoError as error:
        without = "set HF_TOKEN in the environment to a token of yours"
        refused = "the account of your HF_TOKEN has no access: use a token of the account that accepted it"
        raise StudyError(
            f"model {hub} is gated: accept its licence on https://huggingface.co/{hub}, and "
            f"{refused if _token() else without}; then run all_models again"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise StudyError(
            f"model {hub}: the hub has no such repository, or does not show it to you. Correct {key}.hub; for a "
            "private or gated model set HF_TOKEN in the environment"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise StudyError(
            f"model {hub}: the hub has no commit {source['revision']} of it; correct {key}.revision"
        ) from error
    except (errors.HTTPError, OSError) as error:
        raise StudyError(
            f"model {hub}: the hub did not hand it out ({type(error).__name__}). Run this rule where there is a "
            "network and HF_HUB_OFFLINE is not set (snakemake all_models on the login node), or name a local copy "
            f"under {key}.folder"
        ) from error


def _git_digest(path: Path) -> str:
    """Return the digest by which git knows a file (SHA-1 of its bytes behind a header). For small files."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
