#!/usr/bin/env python3
"""Packs a folder of test fixtures into a zip whose bytes depend on nothing but their content.

Usage: scripts/pack_fixtures.py FOLDER ZIP
"""
import pathlib
import sys
import zipfile

folder, target = pathlib.Path(sys.argv[1]), sys.argv[2]
with zipfile.ZipFile(target, "w") as packed:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        packed.writestr(entry, file.read_bytes(), compresslevel=9)
