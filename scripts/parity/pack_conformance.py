#!/usr/bin/env python3
"""Packs a folder of conformance cases for the tests: equal bytes for equal content.

usage: pack_conformance.py FOLDER          (FOLDER/KIND/CASE.json; writes conformance.zip into the test resources of algorithms)
"""
import pathlib
import sys
import zipfile

OUT = pathlib.Path(__file__).parents[2] / "algorithms/src/test/resources/dev/kelpie/algorithms/conformance.zip"

folder = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(OUT, "w") as packed:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
        packed.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
