from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cdcl
from cdcl.errors import DiskError, ImageError
from cdcl.events import Advanced, Began, Event, Said, Warned
from cdcl.pixels import cache_index, decoding, filling
from cdcl.pixels.cache import PixelCache, _cache_names, default_cache_folder, fill_cache
from cdcl.pixels.levels import block_means
from cdcl.screen.tables import read_screen_table, write_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.screen import Screen

    Make = Callable[..., Screen]
    Noise = Callable[..., list[NDArray[Any]]]


def fill(screen: Screen, folder: Path) -> tuple[PixelCache, list[Event]]:
    events: list[Event] = []
    return finish(fill_cache(screen, folder), events.append), events


def num_decoded(events: list[Event]) -> int:
    totals = [event.total for event in events if isinstance(event, Began) and event.task == "decoding images"]
    return sum(total or 0 for total in totals)


def warnings(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


def assert_holds(cache: PixelCache, screen: Screen) -> None:
    for row in np.flatnonzero(cache.readable).tolist():
        np.testing.assert_array_equal(cache.field(row), screen.image(row))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_cache_holds_the_very_pixels(make_screen: Make, noise: Noise, cache_folder: Path, dtype: Any) -> None:
    screen = make_screen(noise(5, dtype=dtype))
    cache, _ = fill(screen, cache_folder)
    assert cache.dtype == dtype
    assert cache.readable.all()
    assert cache.sizes.tolist() == [[9, 11]] * 5
    assert_holds(cache, screen)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_cache_holds_the_levels_of_each_field(
    make_screen: Make, noise: Noise, cache_folder: Path, dtype: Any
) -> None:
    screen = make_screen(noise(4, (37, 50), dtype=dtype))
    cache, _ = fill(screen, cache_folder)
    for row in range(4):
        levels = cache.levels(row)
        np.testing.assert_array_equal(levels.read(0), screen.image(row))
        for level, expected in enumerate(block_means(screen.image(row)), 1):
            np.testing.assert_array_equal(levels.read(level), expected)
            assert levels.read(level).dtype == expected.dtype


def test_a_changed_level_is_refused_and_made_again(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(2))
    cache, _ = fill(screen, cache_folder)
    (shard,) = cache_folder.rglob("shard-*.bin")
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1  # the last byte of the last row's coarsest level
    shard.write_bytes(content)
    cache, _ = fill(screen, cache_folder)
    assert cache.levels(0).read(3).shape == (2, 2, 2)
    cache.field(1)
    with pytest.raises(DiskError, match="not those that were decoded"):
        cache.levels(1).read(1)
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 1
    np.testing.assert_array_equal(cache.levels(1).read(3), block_means(screen.image(1))[2])


def test_the_room_for_levels_is_in_the_estimate(
    make_screen: Make, noise: Noise, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = make_screen(noise(4, (64, 64)))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(filling.shutil, "disk_usage", lambda _: usage(0, 0, 4 * 2 * 64 * 64 * 2 + 100))
    with pytest.raises(DiskError, match=r"needs 87\.0 kB"):
        fill(screen, cache_folder)


def test_a_cache_of_an_earlier_version_is_named(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(2))
    _, *older = _cache_names(screen)
    (cache_folder / older[0]).mkdir(parents=True)
    cache, events = fill(screen, cache_folder)
    assert any(older[0] in event.message for event in events if isinstance(event, Said))
    assert cache.readable.all()


@pytest.mark.parametrize(("name", "count"), [("bbbc021_fields", 369), ("bbbc021_cells", 424)])
def test_real_screens_come_back_pixel_by_pixel(shared_data: Path, cache_folder: Path, name: str, count: int) -> None:
    screen = read_screen_table(shared_data / name / "metadata.csv")
    cache, events = fill(screen, cache_folder)
    assert len(cache) == num_decoded(events) == count
    assert not warnings(events)
    assert_holds(cache, screen)


def test_a_field_is_a_view_of_the_file_and_cannot_be_written(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    cache, _ = fill(make_screen(noise(2)), cache_folder)
    assert not cache.field(0).flags.owndata
    assert cache.field(0).flags.c_contiguous
    assert np.shares_memory(cache.field(0), cache.field(0))
    with pytest.raises(ValueError, match="read-only"):
        cache.field(0)[0, 0, 0] = 1


def test_a_filled_cache_decodes_nothing_again(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(5))
    fill(screen, cache_folder)
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 0
    assert_holds(cache, screen)


def test_the_same_files_in_another_table_share_the_cache(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(3))
    fill(screen, cache_folder)
    write_screen(screen, cache_folder / "run" / "screen.parquet")
    _, events = fill(read_screen_table(cache_folder / "run" / "screen.parquet"), cache_folder)
    assert num_decoded(events) == 0


def test_a_changed_file_is_decoded_anew_and_only_that(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(5))
    before, _ = fill(screen, cache_folder)
    np.save(screen.paths(2)[0], screen.image(2) + np.uint16(1))
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 1
    assert_holds(cache, screen)
    assert (cache.field(2) != before.field(2)).all(), "a cache that is in use must keep its pixels"


def test_a_file_changed_within_its_old_time_and_size_is_noticed(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(3))
    fill(screen, cache_folder)
    path = screen.paths(1)[0]
    status = path.stat()
    np.save(path, screen.image(1) + np.uint16(1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 1
    assert_holds(cache, screen)


def test_a_closed_task_leaves_what_it_decoded(
    make_screen: Make, noise: Noise, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "COMMIT_ROWS", 7)
    screen = make_screen(noise(40))
    task = fill_cache(screen, cache_folder, workers=1)
    for event in task:
        if isinstance(event, Advanced) and event.done == 20 and event.note:
            break
    task.close()
    assert not list(cache_folder.rglob("lock"))
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 20
    assert any(isinstance(event, Said) and "20 of 40 images are already decoded" in event.message for event in events)
    assert_holds(cache, screen)


def test_a_killed_process_loses_one_commit_at_most(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(400, shape=(64, 64)))
    write_screen(screen, cache_folder / "screen.csv")
    code = (
        "import sys; from pathlib import Path\n"
        "from cdcl.pixels.cache import fill_cache; from cdcl.screen.tables import read_screen_table\n"
        "from cdcl.events import Advanced\n"
        "for event in fill_cache(read_screen_table(Path(sys.argv[1])), Path(sys.argv[2]), workers=1):\n"
        "    if isinstance(event, Advanced) and event.note and event.done >= 200: print('half', flush=True); input()\n"
    )
    source = Path(cdcl.__file__).parents[1]
    child = subprocess.Popen(
        [sys.executable, "-c", code, cache_folder / "screen.csv", cache_folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"half"
    child.send_signal(signal.SIGKILL) if os.name != "nt" else child.kill()
    child.communicate()
    assert list(cache_folder.rglob("lock")), "the dead process had no time to let go"
    cache, events = fill(screen, cache_folder)
    assert 200 <= num_decoded(events) <= 200 + filling.COMMIT_ROWS
    assert_holds(cache, screen)


def test_pixels_without_a_record_are_not_believed(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(6))
    fill(screen, cache_folder)
    shard = next(cache_folder.rglob("shard-*.bin"))
    with shard.open("r+b") as file:
        file.truncate(shard.stat().st_size // 2)
    cache, events = fill(screen, cache_folder)
    assert 3 <= num_decoded(events) <= 4
    assert_holds(cache, screen)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY rubbish", b"rubbish" * 100])
def test_a_damaged_index_is_made_anew(make_screen: Make, noise: Noise, cache_folder: Path, content: bytes) -> None:
    screen = make_screen(noise(3))
    fill(screen, cache_folder)
    next(cache_folder.rglob("index.npy")).write_bytes(content)
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 3
    assert_holds(cache, screen)


def test_a_full_shard_is_followed_by_the_next(
    make_screen: Make, noise: Noise, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_index, "SHARD_BYTES", 1500)
    screen = make_screen(noise(7))
    cache, _ = fill(screen, cache_folder)
    shards = sorted(cache_folder.rglob("shard-*.bin"))
    assert len(shards) == 4
    assert all(shard.stat().st_size <= 1500 for shard in shards)
    assert_holds(cache, screen)


def test_fields_may_differ_in_size(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen([*noise(1, shape=(9, 11)), *noise(1, shape=(30, 5))])
    cache, _ = fill(screen, cache_folder)
    assert cache.sizes.tolist() == [[9, 11], [30, 5]]
    assert_holds(cache, screen)


def test_mixed_data_types_are_widened_and_it_is_said(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen([*noise(2, dtype=np.uint8), *noise(1, dtype=np.uint16), *noise(1, dtype=np.uint8)])
    cache, events = fill(screen, cache_folder)
    assert cache.dtype == np.uint16
    assert {cache.field(row).dtype.name for row in range(4)} == {"uint16"}
    assert any(isinstance(event, Said) and "3 images are uint8, others uint16" in event.message for event in events)
    assert_holds(cache, screen)
    np.save(screen.paths(0)[0], noise(1, dtype=np.float32)[0] / 7)
    cache, _ = fill(screen, cache_folder)
    assert cache.dtype == np.float32
    assert_holds(cache, screen)


def test_a_cache_beyond_the_free_disk_is_refused_before_it_is_written(
    make_screen: Make, noise: Noise, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 2000, 2000))
    screen = make_screen(noise(10, shape=(100, 100)))
    with pytest.raises(DiskError, match=r"needs 531\.8 kB .* 10 images, but 2\.0 kB are free; .* CDCL_CACHE"):
        fill(screen, cache_folder)
    assert not list(cache_folder.rglob("shard-*.bin"))


def test_a_place_that_cannot_be_written_is_named(make_screen: Make, noise: Noise, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskError, match=r"cannot write .*file"):
        fill(make_screen(noise(1)), tmp_path / "file")


def test_one_unreadable_image_of_many_is_left_out_with_a_warning(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(100))
    path = screen.paths(42)[0]
    path.write_bytes(path.read_bytes()[:150])
    cache, events = fill(screen, cache_folder)
    assert np.flatnonzero(~cache.readable).tolist() == [42]
    assert cache.sizes[42].tolist() == [0, 0]
    assert "0042.npy cannot be decoded" in warnings(events)[0]
    assert warnings(events)[1] == "1 of 100 images are unreadable and left out."
    with pytest.raises(ImageError, match="row 42 of the screen has no pixels"):
        cache.field(42)


def test_a_mended_image_is_decoded_later(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(100))
    image = screen.image(42)
    screen.paths(42)[0].unlink()
    assert not fill(screen, cache_folder)[0].readable[42]
    np.save(screen.paths(42)[0], image)
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 1
    assert cache.readable.all()
    assert_holds(cache, screen)


def test_more_than_one_percent_unreadable_is_an_error_that_names_some(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(100))
    for row in (97, 98):
        screen.paths(row)[0].unlink()
    with pytest.raises(ImageError, match=r"at least 2 of 100 images .*no image file at .*0097\.npy.*0098\.npy"):
        fill(screen, cache_folder)


def test_a_screen_of_one_unreadable_image_is_an_error(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(1))
    screen.paths(0)[0].unlink()
    with pytest.raises(ImageError, match="unreadable"):
        fill(screen, cache_folder)


def test_a_blank_channel_is_warned_of_once(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    images = noise(4)
    for image in images[:3]:
        image[1] = 7
    _, events = fill(make_screen(images), cache_folder)
    assert warnings(events) == ["channel Actin is blank in 3 of 4 images: all their pixels are equal."]
    images[0][1, 0, 0] = 8
    assert not warnings(fill(make_screen(images), cache_folder)[1])


def test_two_processes_at_once_share_the_work(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(60))
    first, second = (fill_cache(screen, cache_folder, workers=1) for _ in range(2))
    for event in first:
        if isinstance(event, Advanced) and event.note:
            break
    waiting = [next(second) for _ in range(4)]
    assert any(isinstance(event, Began) and event.task.startswith("waiting for process") for event in waiting)
    cache = finish(first)
    events: list[Event] = []
    other = finish(second, events.append)
    assert num_decoded(events) == 0
    assert_holds(cache, screen)
    assert_holds(other, screen)


def test_a_crop_costs_a_tenth_of_a_millisecond_or_so(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    cache, _ = fill(make_screen(noise(3, shape=(600, 600))), cache_folder)
    cache.field(1).sum()
    began = time.perf_counter()
    for _ in range(100):
        cache.field(1)[:, 50:498, 50:498].copy()
    assert (time.perf_counter() - began) / 100 < 5e-3, "fifty times what it takes, against opening the file each time"


def test_fingerprints_look_at_head_and_tail_of_long_files(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    prints = set()
    for place in (0, decoding.EDGE_BYTES + 1, 3 * decoding.EDGE_BYTES - 1):
        content = bytearray(3 * decoding.EDGE_BYTES)
        content[place] = 1
        path.write_bytes(content)
        os.utime(path, (1, 1))
        prints.add(finish(decoding.fingerprint_images([(str(path),)], workers=1))[0])
    assert len(prints) == 3


def test_the_default_folder_obeys_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path))
    assert default_cache_folder() == tmp_path
    monkeypatch.delenv("CDCL_CACHE")
    assert default_cache_folder().name == "cdcl"


def test_a_change_in_the_middle_of_a_long_file_is_noticed_though_size_and_time_stay(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(2, shape=(200, 200)))
    fill(screen, cache_folder)
    path = screen.paths(1)[0]
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(status.st_size // 2)
        file.write(b"changed!")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 1
    assert_holds(cache, screen)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses to shorten a file that is mapped")
def test_a_shard_cut_short_while_it_is_in_use_is_one_line_and_the_next_start_mends_it(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(6))
    cache, _ = fill(screen, cache_folder)
    cache.field(5)
    os.truncate(next(cache_folder.rglob("shard-*.bin")), 700)
    with pytest.raises(DiskError, match=r"shard-0000\.bin was cut short .* decoded again"):
        cache.field(5)
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 5
    assert_holds(cache, screen)


def test_zeros_in_a_shard_are_found_when_they_are_first_read_and_the_next_start_mends_them(
    make_screen: Make, noise: Noise, cache_folder: Path
) -> None:
    screen = make_screen(noise(6))
    cache, _ = fill(screen, cache_folder)
    shard = next(cache_folder.rglob("shard-*.bin"))
    with shard.open("r+b") as file:
        file.seek(int(cache._index.records["offset"][3]))
        file.write(bytes(100))
    cache.field(2)
    with pytest.raises(DiskError, match=r"image 3 in .*shard-0000\.bin are not those that were decoded"):
        cache.field(3)
    cache, events = fill(screen, cache_folder)
    assert num_decoded(events) == 1
    assert_holds(cache, screen)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.data())
def test_whatever_an_index_claims_no_wrong_pixel_is_read(
    make_screen: Make, noise: Noise, tmp_path_factory: pytest.TempPathFactory, damage: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    screen = make_screen(noise(3))
    fill(screen, folder)
    path = next(folder.rglob("index.npy"))
    content = bytearray(path.read_bytes())
    start, stop = 128, len(content)  # behind the header of the .npy file
    for place in damage.draw(st.lists(st.integers(start, stop - 1), min_size=1, max_size=8)):
        content[place] = damage.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(DiskError):
        assert_holds(fill(screen, folder)[0], screen)
    assert_holds(fill(screen, folder)[0], screen)


def test_an_index_made_anew_takes_no_room_twice(make_screen: Make, noise: Noise, cache_folder: Path) -> None:
    screen = make_screen(noise(6))
    fill(screen, cache_folder)
    size = next(cache_folder.rglob("shard-*.bin")).stat().st_size
    next(cache_folder.rglob("index.npy")).unlink()
    fill(screen, cache_folder)
    assert sum(shard.stat().st_size for shard in cache_folder.rglob("shard-*.bin")) == size
