"""Static files on the shared volume."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dabaweb.publish import publish


@pytest.fixture
def release(tmp_path):
    """Return a function that makes the static files of a release."""

    def release(**files):
        source = tmp_path / "release"
        source.mkdir(exist_ok=True)
        (source / "staticfiles.json").write_text(json.dumps({"paths": {f"{n}.css": f"{n}.css" for n in files}}))
        for name, content in files.items():
            (source / f"{name}.css").write_text(content)
        return source

    return release


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


def published(site):
    return {path.name: path.read_text() for path in (site / "static").rglob("*") if path.is_file()}


def test_first_time(release, site):
    assert publish(release(a="1", b="2"), site) == (2, 2)
    assert published(site) == {"a.css": "1", "b.css": "2"}
    assert (site / "media").is_dir()
    assert (site / "static/a.css").stat().st_mode & 0o777 == 0o644


def test_only_hashed_names_are_published(release, site):
    source = release(a="1")
    (source / "unhashed.css").write_text("x")
    publish(source, site)
    assert published(site) == {"a.css": "1"}


def test_again_copies_nothing(release, site):
    publish(release(a="1"), site)
    before = (site / "static/a.css").stat().st_ino
    assert publish(release(a="1"), site) == (1, 0)
    assert (site / "static/a.css").stat().st_ino == before


def test_files_of_other_releases_stay(release, site):
    publish(release(old="1"), site)
    publish(release(new="2"), site)
    assert published(site) == {"old.css": "1", "new.css": "2"}


def test_uploads_stay(release, site):
    (site / "media").mkdir(parents=True)
    (site / "media/photo").write_text("x")
    publish(release(a="1"), site)
    assert (site / "media/photo").read_text() == "x"


def test_folders(release, site, tmp_path):
    source = release()
    (source / "vendor/pico").mkdir(parents=True)
    (source / "vendor/pico/p.css").write_text("p")
    (source / "staticfiles.json").write_text(json.dumps({"paths": {"vendor/pico/p.css": "vendor/pico/p.css"}}))
    publish(source, site)
    assert (site / "static/vendor/pico/p.css").read_text() == "p"


def test_a_truncated_file_is_replaced(release, site):
    (site / "static").mkdir(parents=True)
    (site / "static/a.css").write_text("")
    assert publish(release(a="1"), site) == (1, 1)
    assert published(site) == {"a.css": "1"}


def test_three_pods_at_once(release, site):
    source = release(**{f"f{number}": chr(65 + number) * 10_000 for number in range(30)})
    with ThreadPoolExecutor(3) as pods:
        list(pods.map(lambda _: publish(source, site), range(3)))
    assert len(published(site)) == 30
    assert all(len(set(content)) == 1 for content in published(site).values())


def test_failure_leaves_no_part(release, site, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dabaweb.publish.shutil.copyfileobj", full)
    with pytest.raises(OSError, match="No space left"):
        publish(release(a="1"), site)
    assert published(site) == {}


def test_parts_of_killed_publications_are_removed(release, site):
    (site / "static").mkdir(parents=True)
    old, young = site / "static/.part-old", site / "static/.part-young"
    for part in (old, young):
        part.write_text("x")
    os.utime(old, (time.time() - 7200,) * 2)
    publish(release(), site)
    assert not old.exists()
    assert young.exists()
