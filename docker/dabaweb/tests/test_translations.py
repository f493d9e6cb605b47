"""Everything that pages say is said in each language."""

import re
from pathlib import Path

import polib
import pytest
from django.utils import translation

from dabaweb import catalogs

HOME = Path(__file__).parent.parent
CATALOGS = sorted(HOME.glob("locale/*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)s")
TEMPLATE_TEXT = re.compile(r"{%\s*translate \"([^\"]+)\"")
CODE_TEXT = re.compile(r"\b_\(\s*\"([^\"]+)\"\s*\)")


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
class TestCatalog:
    def test_is_complete(self, path):
        catalog = polib.pofile(str(path))
        assert len(catalog) > 100
        assert not [entry.msgid for entry in catalog if not entry.translated() or entry.fuzzy]

    def test_keeps_the_placeholders(self, path):
        for entry in polib.pofile(str(path)):
            for said in (entry.msgstr_plural or {0: entry.msgstr}).values():
                assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(entry.msgid)), entry.msgid

    def test_has_what_the_templates_and_the_code_say(self, path):
        known = {entry.msgid for entry in polib.pofile(str(path))}
        folders = [HOME / "templates", HOME / "forms", HOME / "teams"]
        texts = {
            text
            for folder in folders
            for file in folder.rglob("*.html")
            for text in TEMPLATE_TEXT.findall(file.read_text())
        }
        texts |= {
            text for folder in folders for file in folder.rglob("*.py") for text in CODE_TEXT.findall(file.read_text())
        }
        assert len(texts) > 100
        assert texts <= known


def test_compiles(tmp_path):
    source = tmp_path / "locale/ru/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_bytes(CATALOGS[0].read_bytes())
    assert catalogs.compile_all(tmp_path) == [source.with_suffix(".mo")]
    assert source.with_suffix(".mo").read_bytes().startswith(b"\xde\x12\x04\x95")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "one", "two", "five"),
    [("ru", "1 запись", "2 записи", "5 записей"), ("zh-hans", "1 条记录", "2 条记录", "5 条记录")],
)
def test_numbers(language, one, two, five):
    with translation.override(language):
        said = [
            translation.ngettext("%(number)s entry", "%(number)s entries", number) % {"number": number}
            for number in (1, 2, 5)
        ]
    assert said == [one, two, five]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("ru", "Гостевая|Добавить запись"), ("zh-hans", "添加记录")])
def test_page(client, language, said):
    client.cookies["django_language"] = language
    assert re.search(said, client.get("/forms/guest-book/").content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "zh-hans"])
def test_each_language_is_offered_by_its_own_name(client, language):
    client.cookies["django_language"] = language
    page = client.get("/").content.decode()
    assert re.findall(r'lang="([\w-]+)"[^>]*>([^<]+)</button>', page) == [
        ("en", "English"),
        ("ru", "Русский"),
        ("zh-hans", "简体中文"),
    ]
