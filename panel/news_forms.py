"""What staff fill in about news for subscribers."""

from datetime import timedelta
from typing import Any

from billing.errors import N_
from billing.news import LONGEST_TEXT, LONGEST_TITLE, News
from panel import staff
from weblib.forms import AreaField, Form, KeyField, MomentField, SeenField, TextField, new_key
from weblib.i18n import LANGUAGES

USUAL_TIME = timedelta(days=14)
TALL = {"rows": 5}


class NewsForm(Form):
    """Headline and text in each language, and from when until when they are shown."""

    title_uk = TextField(N_("Headline in Ukrainian"), most=LONGEST_TITLE)
    text_uk = AreaField(N_("Text in Ukrainian"), most=LONGEST_TEXT, render_kw=TALL)
    title_ru = TextField(N_("Headline in Russian"), most=LONGEST_TITLE)
    text_ru = AreaField(N_("Text in Russian"), most=LONGEST_TEXT, render_kw=TALL)
    title_en = TextField(N_("Headline in English"), most=LONGEST_TITLE)
    text_en = AreaField(N_("Text in English"), most=LONGEST_TEXT, render_kw=TALL)
    shown_from = MomentField(N_("Shown from"), required=True)
    shown_until = MomentField(
        N_("Shown until"),
        required=True,
        description=N_("After that it is over by itself. You can take it down earlier."),
    )

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, as the use cases take it."""
        title = {lang: self[f"title_{lang}"].data or "" for lang in LANGUAGES}
        text = {lang: self[f"text_{lang}"].data or "" for lang in LANGUAGES}
        return {
            "title": title,
            "text": text,
            "shown_from": self.shown_from.data,
            "shown_until": self.shown_until.data,
        }


class NewNewsForm(NewsForm):
    key = KeyField()

    @classmethod
    def blank(cls) -> "NewNewsForm":
        """An empty one, for two weeks from now on."""
        now = staff.runtime().clock()
        return cls(formdata=None, key=new_key(), shown_from=now, shown_until=now + USUAL_TIME)


class EditNewsForm(NewsForm):
    seen = SeenField()

    @classmethod
    def of(cls, news: News) -> "EditNewsForm":
        """The form with what `news` is now."""
        titles = {f"title_{lang}": news.title.get(lang, "") for lang in LANGUAGES}
        texts = {f"text_{lang}": news.text.get(lang, "") for lang in LANGUAGES}
        times = {"shown_from": news.shown_from, "shown_until": news.shown_until}
        return cls(formdata=None, seen=news.version, **titles, **texts, **times)


class WithdrawForm(Form):
    seen = SeenField()
