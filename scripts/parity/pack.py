"""Packs folders of reference numbers for the tests: one zip for each, equal bytes for equal content.

usage: pack.py FOLDER          (FOLDER/llama-gqa/..., FOLDER/tokenizers/NAME/...; writes model/src/test/resources/parity)
Only what was drawn at random or trained for the tests: tokenizers of other origin and chat templates stay out.
"""

import json
import pathlib
import sys
import zipfile

OUT = pathlib.Path(__file__).parents[2] / "model/src/test/resources/parity"


def is_own(file, folder):
    if folder.name != "tokenizers":
        return True
    return json.loads((file.parent / "expected.json").read_text())["origin"] == {"note": "trained by the generator"}


def main():
    for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if not folder.is_dir() or folder.name == "chat-templates":
            continue
        with zipfile.ZipFile(OUT / (folder.name + ".zip"), "w") as archive:
            for file in sorted(path for path in folder.rglob("*") if path.is_file() and is_own(path, folder)):
                entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


main()
