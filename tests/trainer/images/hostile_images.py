"""Small files that claim much: TIFF, OME-TIFF, PNG, .npy and zarr, written byte by byte."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def write_pages(path: Path, count: int, description: bytes = b"", side: int = 8) -> Path:
    """Write a classic TIFF of `count` pages that share one strip of 8 x 8 bytes, or say that it is larger."""
    place = 72 + len(description)
    entries = [(256, 3, 1, side), (257, 3, 1, side), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, side), (279, 4, 1, 64)]
    with path.open("wb") as file:
        file.write(b"II*\0" + struct.pack("<I", place) + bytes(64) + description)
        for page in range(count):
            own = [(270, 2, len(description), 72)] if description and page == 0 else []
            tags = sorted([*entries, *own])
            place += 2 + 12 * len(tags) + 4
            directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
            file.write(directory + struct.pack("<I", place if page < count - 1 else 0))
    return path


def lead_back(path: Path) -> Path:
    """Make the chain of pages of `write_pages` lead back to its first page."""
    content = bytearray(path.read_bytes())
    content[-4:] = struct.pack("<I", 72)
    path.write_bytes(content)
    return path


def ome(sizes: str, inside: str = "<TiffData/>") -> bytes:
    """Give an OME header with these attributes of Pixels."""
    space = 'xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'
    pixels = f'<Pixels ID="P:0" DimensionOrder="XYZCT" Type="uint8" SizeX="8" SizeY="8" {sizes}>{inside}</Pixels>'
    return f'<?xml version="1.0"?><OME {space}><Image ID="Image:0">{pixels}</Image></OME>'.encode() + b"\0"


def write_png(path: Path, width: int, height: int) -> Path:
    """Write a grey PNG whose header claims a size, over 1000 bytes of zeros."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
    return path


def write_npy(path: Path, *shape: int) -> Path:
    """Write the header of an array of words without its numbers."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<u2", "fortran_order": False, "shape": shape})
    return path


def write_zarr(path: Path, shape: list[int], chunks: list[int]) -> Path:
    """Write a zarr array without chunks: all of it is the fill value."""
    path.mkdir(parents=True)
    card = {"zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": "<u2", "order": "C"}
    (path / ".zarray").write_text(json.dumps({**card, "compressor": None, "fill_value": 0, "filters": None}))
    return path
