"""Makes or removes the form that is measured, with the application's own functions, inside one of its pods.

usage: python - make|remove SLUG TITLE ENTRIES
"""

import sys
from uuid import NAMESPACE_URL, uuid5

from dabaweb.__main__ import django_settings

django_settings()

from forms import entries, index  # noqa: E402
from forms.models import Field, Form  # noqa: E402

MARK = "Made by `npm run bench`, which removes it when it ends."
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
QUESTIONS = [("Name", "short", []), ("Age", "number", []), ("Day", "choice", DAYS), ("Message", "long", [])]


def make(slug: str, title: str, count: int) -> None:
    form = Form.objects.create(slug=slug, title=title, description=MARK, anonymous=True, public_answers=True)
    fields = [
        Field.objects.create(form=form, position=position, label=label, kind=kind, options=options)
        for position, (label, kind, options) in enumerate(QUESTIONS, start=1)
    ]

    def answers(number: int) -> dict:
        texts = [
            f"Visitor {number}",
            str(18 + number % 60),
            DAYS[number % len(DAYS)],
            f"Hello from visitor {number}. " * 3,
        ]
        return {field.key: field.parse(text) for field, text in zip(fields, texts, strict=True)}

    entries.create_many(form, ((uuid5(NAMESPACE_URL, f"{slug}/{number}"), answers(number)) for number in range(count)))
    index.complete(form)


def remove(slug: str, title: str, _count: int) -> None:
    form = Form.objects.filter(slug=slug).first()
    if form is None:
        return
    if (form.title, form.description) != (title, MARK):
        sys.exit(f"the form /forms/{slug}/ is not the bench's own, and was left alone. Next: give it another address")
    entries.delete_form(form)


command, slug, title, count = sys.argv[1:]
{"make": make, "remove": remove}[command](slug, title, int(count))
