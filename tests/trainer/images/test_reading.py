from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cdcl.errors import ImageError
from cdcl.images.reading import count_channels, read_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NAMES = ("DNA", "Actin", "Tubulin")


def counts(dtype: Any = np.uint16, shape: tuple[int, ...] = (3, 20, 30)) -> NDArray[Any]:
    return np.random.default_rng(0).integers(0, 250, shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(
    "options",
    [
        {"photometric": "rgb", "planarconfig": "separate"},
        {"metadata": None},
        {"ome": True},
        {"ome": True, "metadata": {"axes": "CYX"}},
        {"compression": "zlib"},
        {"compression": "lzw", "rowsperstrip": 7},
        {"compression": "zstd", "tile": (16, 16)},
        {"byteorder": ">"},
    ],
    ids=str,
)
def test_a_tiff_of_any_kind_reads_as_it_was_written(tmp_path: Path, dtype: Any, options: dict[str, Any]) -> None:
    pixels = counts(dtype)
    tifffile.imwrite(tmp_path / "a.tif", pixels, **{"photometric": "minisblack", **options})
    read = read_image([tmp_path / "a.tif"], NAMES)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, pixels)


def test_imagej_and_page_by_page_tiffs_read_too(tmp_path: Path) -> None:
    pixels = counts()
    tifffile.imwrite(tmp_path / "ij.tif", pixels, imagej=True)
    with tifffile.TiffWriter(tmp_path / "pages.tif") as file:
        for plane in pixels:
            file.write(plane, metadata=None)
    for name in ("ij.tif", "pages.tif"):
        np.testing.assert_array_equal(read_image([tmp_path / name], NAMES), pixels)


def test_channels_last_is_told_from_channels_first_by_their_number(tmp_path: Path) -> None:
    pixels = counts()
    np.save(tmp_path / "yxc.npy", pixels.transpose(1, 2, 0))
    np.save(tmp_path / "cyx.npy", pixels)
    tifffile.imwrite(tmp_path / "yxc.tif", pixels.transpose(1, 2, 0))
    for name in ("yxc.npy", "cyx.npy", "yxc.tif"):
        np.testing.assert_array_equal(read_image([tmp_path / name], NAMES), pixels)


def test_an_ambiguous_array_is_taken_as_channels_first(tmp_path: Path) -> None:
    pixels = counts(shape=(3, 20, 3))
    np.save(tmp_path / "a.npy", pixels)
    np.testing.assert_array_equal(read_image([tmp_path / "a.npy"], NAMES), pixels)


def test_marked_axes_stand_before_the_number_of_channels(tmp_path: Path) -> None:
    pixels = counts(shape=(3, 20, 4))
    tifffile.imwrite(tmp_path / "a.ome.tif", pixels, metadata={"axes": "CYX"}, photometric="minisblack")
    with pytest.raises(ImageError, match="has 3 channels, the screen names 4"):
        read_image([tmp_path / "a.ome.tif"], (*NAMES, "ER"))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_png_keeps_all_its_bits(tmp_path: Path, dtype: Any) -> None:
    pixels = counts(dtype) * (1 if dtype is np.uint8 else 200)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels.transpose(1, 2, 0))))
    np.testing.assert_array_equal(read_image([tmp_path / "a.png"], NAMES), pixels)
    (tmp_path / "grey.png").write_bytes(imagecodecs.png_encode(pixels[0]))
    np.testing.assert_array_equal(read_image([tmp_path / "grey.png"], NAMES[:1]), pixels[:1])


def test_an_opaque_alpha_is_dropped_and_a_transparent_one_is_refused(tmp_path: Path) -> None:
    rgba = np.concatenate([counts(np.uint8).transpose(1, 2, 0), np.full((20, 30, 1), 255, np.uint8)], axis=2)
    Image.fromarray(rgba).save(tmp_path / "opaque.png")
    assert read_image([tmp_path / "opaque.png"], NAMES).shape == (3, 20, 30)
    assert read_image([tmp_path / "opaque.png"], (*NAMES, "ER")).shape == (4, 20, 30)
    rgba[0, 0, 3] = 7
    Image.fromarray(rgba).save(tmp_path / "clear.png")
    with pytest.raises(ImageError, match="not opaque"):
        read_image([tmp_path / "clear.png"], NAMES)


def test_one_file_a_channel_is_stacked_in_channel_order(tmp_path: Path) -> None:
    pixels = counts()
    paths = [tmp_path / f"{name}.tif" for name in NAMES]
    for path, plane in zip(paths, pixels, strict=True):
        tifffile.imwrite(path, plane, compression="zlib")
    np.testing.assert_array_equal(read_image(paths, NAMES), pixels)
    np.testing.assert_array_equal(read_image(paths[::-1], NAMES), pixels[::-1])


def test_a_channel_file_whose_ome_header_names_its_sisters_gives_its_own_plane_only(tmp_path: Path) -> None:
    pixels = counts()
    header = _ome_header([f"c{i}.ome.tif" for i in range(3)], (20, 30))
    for i, plane in enumerate(pixels):
        tifffile.imwrite(tmp_path / f"c{i}.ome.tif", plane, description=header, metadata=None)
    paths = [tmp_path / f"c{i}.ome.tif" for i in range(3)]
    np.testing.assert_array_equal(read_image(paths, NAMES), pixels)


def _ome_header(files: list[str], shape: tuple[int, int]) -> str:
    data = "".join(
        f'<TiffData FirstC="{i}" FirstT="0" FirstZ="0" IFD="0" PlaneCount="1">'
        f'<UUID FileName="{file}">urn:uuid:00000000-0000-0000-0000-00000000000{i}</UUID></TiffData>'
        for i, file in enumerate(files)
    )
    channels = "".join(f'<Channel ID="Channel:0:{i}" SamplesPerPixel="1"/>' for i in range(len(files)))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        'UUID="urn:uuid:00000000-0000-0000-0000-000000000000">'
        f'<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="{shape[1]}" '
        f'SizeY="{shape[0]}" SizeC="{len(files)}" SizeZ="1" SizeT="1">{channels}{data}</Pixels></Image></OME>'
    )


def test_a_wrong_number_of_channels_names_those_of_the_screen(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", counts(shape=(2, 20, 30)))
    with pytest.raises(ImageError, match=r"a\.npy has 2 channels, the screen names 3: DNA, Actin, Tubulin"):
        read_image([tmp_path / "a.npy"], NAMES)


def test_channel_files_of_different_size_are_refused(tmp_path: Path) -> None:
    for name, shape in zip(NAMES, [(20, 30), (20, 30), (20, 29)], strict=True):
        tifffile.imwrite(tmp_path / f"{name}.tif", counts(shape=shape))
    with pytest.raises(ImageError, match=r"Tubulin\.tif has 29 x 20 pixels, but DNA\.tif has 30 x 20"):
        read_image([tmp_path / f"{name}.tif" for name in NAMES], NAMES)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_pixels_that_are_no_numbers_are_refused_and_counted(tmp_path: Path, bad: float) -> None:
    pixels = counts(np.float32)
    pixels[0, :2, 0] = bad
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="minisblack")
    with pytest.raises(ImageError, match="2 NaN or infinite pixels"):
        read_image([tmp_path / "a.tif"], NAMES)


def test_a_stack_is_refused_by_name(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "z.ome.tif", counts(shape=(5, 3, 20, 30)), metadata={"axes": "ZCYX"})
    with pytest.raises(ImageError, match="has 5 z planes; give one plane a channel"):
        read_image([tmp_path / "z.ome.tif"], NAMES)
    np.save(tmp_path / "z.npy", counts(shape=(5, 3, 20, 30)))
    with pytest.raises(ImageError, match="4 axes"):
        read_image([tmp_path / "z.npy"], NAMES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no image file at .*gone\.tif"):
        read_image([tmp_path / "gone.tif"], NAMES)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (open, (str(tmp_path / "sprung"), "w"))

    np.save(tmp_path / "objects.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    (tmp_path / "plain.npy").write_bytes(pickle.dumps(Trap()))
    (tmp_path / "sprung").unlink(missing_ok=True)
    for name in ("objects.npy", "plain.npy"):
        with pytest.raises(ImageError, match="cannot be decoded"):
            read_image([tmp_path / name], NAMES)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif", "lzw.tif", "tiled.tif", "a.png", "a.npy", "a.jpg"])
def test_a_file_cut_anywhere_is_an_image_error_or_reads_in_full(tmp_path: Path, name: str) -> None:
    pixels = counts(np.uint8)
    path, cut = tmp_path / name, tmp_path / f"cut{name[name.index('.') :]}"
    match name:
        case "a.png":
            path.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels.transpose(1, 2, 0))))
        case "a.npy":
            np.save(path, pixels)
        case "a.jpg":
            Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(path)
        case "lzw.tif":
            tifffile.imwrite(path, pixels, compression="lzw", rowsperstrip=5, photometric="minisblack")
        case "tiled.tif":
            tifffile.imwrite(path, pixels, compression="zstd", tile=(16, 16), photometric="minisblack")
        case _:
            tifffile.imwrite(path, pixels, photometric="minisblack")
    whole, expected = path.read_bytes(), read_image([path], NAMES)
    errors = 0
    for length in range(0, len(whole), max(1, len(whole) // 150)):
        cut.write_bytes(whole[:length])
        try:
            read = read_image([cut], NAMES)
        except ImageError as error:
            errors += 1
            assert str(cut) in str(error)
        else:
            np.testing.assert_array_equal(read, expected)
    assert errors > 100


def test_text_with_an_image_name_is_an_image_error(tmp_path: Path) -> None:
    for name in ("a.tif", "a.png", "a.npy", "a.jpg", "a.xyz"):
        (tmp_path / name).write_text("not an image, whatever its name says")
        with pytest.raises(ImageError, match="cannot be decoded"):
            read_image([tmp_path / name], NAMES)


def test_other_numbers_become_floats_of_the_same_value(tmp_path: Path) -> None:
    for dtype in (np.int16, np.uint32, np.float64, np.float16, bool):
        np.save(tmp_path / "a.npy", counts(dtype))
        read = read_image([tmp_path / "a.npy"], NAMES)
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, counts(dtype).astype(np.float32))


def test_complex_numbers_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", counts(np.complex64))
    with pytest.raises(ImageError, match="not counts"):
        read_image([tmp_path / "a.npy"], NAMES)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_array_survives_npy(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from([np.uint8, np.uint16]))
    shape = data.draw(st.tuples(st.just(2), st.integers(3, 9), st.integers(3, 9)))
    pixels = data.draw(arrays.arrays(dtype, shape))
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    np.save(path, pixels)
    np.testing.assert_array_equal(read_image([path], ("a", "b")), pixels)


def test_unnamed_channels_are_counted(tmp_path: Path) -> None:
    np.save(tmp_path / "cyx.npy", counts(shape=(4, 20, 30)))
    np.save(tmp_path / "yxc.npy", counts(shape=(20, 30, 4)))
    np.save(tmp_path / "yx.npy", counts(shape=(20, 30)))
    assert [count_channels(tmp_path / f"{name}.npy") for name in ("cyx", "yxc", "yx")] == [4, 4, 1]
