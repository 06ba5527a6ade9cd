"""Who wrote a copy, as papers and agencies say it: the forms are data."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from time import process_time
from typing import NamedTuple

import pytest

from build import item
from feedhub.dedup.agencies import BY_ID
from feedhub.dedup.credit import CONFIDENCE, _agency_may_be_last, confidence, filed, read, widths
from feedhub.dedup.prepare import prepare
from feedhub.dedup.surroundings import HEAD, HEADS, NEEDLES, TAIL, TAILS
from feedhub.model import Credit

BODY = {
    "en": "The council approved the plan on Monday after a long debate, officials said.",
    "ja": "市議会は月曜日、長い審議の末に計画を承認した。関係者が明らかにした。",
    "zh": "市议会周一在长时间辩论后批准了该计划，官员表示。",
    "ko": "시의회는 월요일 긴 토론 끝에 계획을 승인했다고 관계자가 말했다.",
    "de": "Der Rat billigte den Plan am Montag nach langer Debatte, wie Beamte sagten.",
    "es": "El consejo aprobó el plan el lunes tras un largo debate, dijeron fuentes.",
    "it": "Il consiglio ha approvato il piano lunedì dopo un lungo dibattito, hanno detto.",
    "fr": "Le conseil a approuvé le plan lundi après un long débat, ont dit des sources.",
    "pt": "O conselho aprovou o plano na segunda-feira, disseram fontes.",
    "ru": "Совет одобрил план в понедельник после долгих споров, сообщили чиновники.",
    "sv": "Rådet godkände planen på måndagen efter en lång debatt, sade källor.",
    "da": "Rådet godkendte planen mandag efter en lang debat, sagde kilder.",
    "nl": "De raad keurde het plan maandag goed na een lang debat, zeiden bronnen.",
}


class Form(NamedTuple):
    kind: str  # text, title, author: where the form stands; cut: a text of which nothing else is left
    language: str
    form: str  # {} is the body
    agency: str
    place: str
    byline: str


@cache
def forms() -> list[Form]:
    lines = (Path(__file__).parent / "data/credits.tsv").read_text(encoding="utf-8").splitlines()
    return [Form(*(field.replace("\\n", "\n") for field in line.split("\t"))) for line in lines[1:]]


def printed(form: Form) -> tuple[str, str, str | None]:
    """Headline, text and author of an item in this form."""
    body = BODY[form.language]
    if form.kind == "title":
        return form.form, body, None
    if form.kind == "author":
        return "A headline", body, form.form
    return "A headline", form.form.replace("{}", body), None


def as_read(form: Form) -> tuple[str, str, str, bool, bool]:
    """Agency, place and byline; whether the text stays whole, and nothing more; whether an agency is sure."""
    title, text, author = printed(form)
    credit = prepare(item("herald", title, text, language=form.language, author=author)).item.credit
    body, lead = widths(BODY[form.language]).rstrip(".。"), read(title, text).lead
    whole = lead.rstrip(".。") == body if form.kind == "cut" else body in lead
    sure = confidence(credit) >= min(CONFIDENCE.values())
    return credit.agency or "", credit.place or "", credit.byline or "", whole, sure


@pytest.mark.parametrize("language", sorted({form.language for form in forms()}))
def test_who_wrote_it_is_read_and_the_text_stays_whole(language: str) -> None:
    found = {form: as_read(form) for form in forms() if form.language == language}
    assert found == {form: (form.agency, form.place, form.byline, True, bool(form.agency)) for form in found}


def test_there_are_forms_of_every_large_agency_and_of_what_is_none() -> None:
    found = forms()
    assert len(found) >= 150
    assert sum(not form.agency for form in found) >= 25
    large = {
        "kyodo",
        "jiji",
        "ap",
        "reuters",
        "afp",
        "bloomberg",
        "xinhua",
        "yonhap",
        "dpa",
        "ansa",
        "efe",
        "tass",
        "pti",
    }
    assert large <= {form.agency for form in found} <= {"", *BY_ID}


def test_a_dateline_is_surer_than_a_picture_or_the_feed() -> None:
    picture = read("A", "A ship sails off the port of Kobe. (Reuters)\nTOKYO (Kyodo) -- " + BODY["en"]).credit
    assert picture.agency == "kyodo"
    assert [words.partition(":")[0] for words in picture.evidence] == ["dateline", "caption"]
    own = prepare(item("kyodo", "A", BODY["en"]), "kyodo").item.credit
    assert 0 < confidence(own) < confidence(picture)
    assert confidence(Credit()) == 0


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("TOKYO, Nov. 3 (Kyodo) -- ", "Nov. 3"),
        ("PARIS, Nov 3, 2026 (AFP) - ", "Nov 3, 2026"),
        ("[東京 1日 ロイター] - ", "1日"),
        ("新华社北京11月3日电 ", "11月3日"),
        ("TOKYO (Kyodo) -- ", None),
    ],
)
def test_the_day_of_a_dateline_is_given_as_written(line: str, day: str | None) -> None:
    assert filed(read("A", line + BODY["en"]).credit) == day


def test_every_pattern_is_bounded_on_text_made_to_hurt_it() -> None:
    for bait in (
        "By A ",
        "AP ",
        "(AP",
        "[Photo/",
        "CLOSE a",
        "A/A-",
        "Reporting by A and ",
        "共同・",
        "【",
        "Read ",
        "© ",
        "By Ann Lee, Bo Li and ",
        "* a\n",
        "(Adds ",
        "AP writer ",
        "(with AFP, ",
        "This story ",
        "(共同=",
        "a=3日",
        "NEW YORK: ",
    ):
        text = bait * (20_000 // len(bait))
        assert len(read(text[:400], text).lead) <= 1500
    assert re.search(r"\d", read("1", "2").lead)


def test_names_in_any_number_are_read_at_once() -> None:
    start = process_time()
    read("", "Reporting by " + "CLOSE " * 60)
    assert process_time() - start < 1  # 17 seconds where each name may end at any letter


@pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.slow)])
def test_what_a_pattern_is_asked_of_first_loses_nothing_that_it_fits(every: int) -> None:
    texts = [widths(text).strip() for _, text, _ in map(printed, forms()[::every])]
    for begins, needle, pattern in HEADS:
        match = re.compile(pattern).match
        for text in texts:
            for start in range(min(len(text), 40)):
                found = match(text, start, start + HEAD)
                if found and found[0]:
                    assert re.match(f"[{begins}]", found[0]), (pattern, found)
                    assert needle in text[start : start + HEAD], (pattern, found)
    for needles, reach, pattern in TAILS:
        search = re.compile(pattern).search
        for text in texts:
            for end in range(len(text), max(0, len(text) - 30), -1):
                window = text[max(0, end - TAIL) : end]
                if found := search(window, max(0, len(window) - reach)):
                    said = any(needle in window for needle in needles) and NEEDLES.search(window)
                    assert said or (not needles and _agency_may_be_last(window)), (pattern, found)


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Opinion | Why rates rise", "Why rates rise"),
        ("Exclusive | Bank to raise rates", "Bank to raise rates"),
        ("Breaking | Bank raises rates", "Bank raises rates"),
        ("Politics | Premier resigns", "Politics | Premier resigns"),
        ("Bank raises rates | World news | The Guardian", "Bank raises rates"),
        ("(2nd LD) Bank raises rates", "Bank raises rates"),
        ("〈速報〉首相が辞任表明", "首相が辞任表明"),
        ("＜独自＞首相が辞任表明", "首相が辞任表明"),
        ("〔独自〕首相が辞任表明", "首相が辞任表明"),
        ("速報＝首相が辞任表明", "首相が辞任表明"),
        ("再送-首相が辞任表明", "首相が辞任表明"),
        ("首相が辞任表明 : 読売新聞オンライン", "首相が辞任表明"),
        ("【写真】首相が辞任表明", "首相が辞任表明"),
        ("【独自】【動画あり】首相が辞任表明", "首相が辞任表明"),
        ("《写真特集》首相が辞任表明", "首相が辞任表明"),
        ("首相が辞任表明【動画】", "首相が辞任表明"),
        ("首相が辞任表明【写真3枚】【更新】", "首相が辞任表明"),
        ("首相が辞任表明（有料記事）", "首相が辞任表明"),
        ("首相が辞任表明＝訂正・おわびあり", "首相が辞任表明"),
        ("【社説】首相の辞任表明", "【社説】首相の辞任表明"),
        ("首相が写真撮影に応じる", "首相が写真撮影に応じる"),
        ("田中実さんが死去（映像作家）", "田中実さんが死去(映像作家)"),
        ("田中実さんをしのぶ（写真展）", "田中実さんをしのぶ(写真展)"),
        ("GDP年率1.2％増（速報値）", "GDP年率1.2%増(速報値)"),
        ("VIDEO: Bank raises rates", "Bank raises rates"),
        ("WATCH | Bank raises rates", "Bank raises rates"),
        ("Bank raises rates (with video)", "Bank raises rates"),
        ("Video-sharing site to close", "Video-sharing site to close"),
        ("首相が辞任表明　写真4枚　国際ニュース：AFPBB News", "首相が辞任表明"),
    ],
)
def test_a_headline_loses_marks_and_outlets_but_not_itself_to_a_section_s_name(title: str, headline: str) -> None:
    assert read(title, "").title == headline


def test_opinions_without_a_text_are_not_one_story_for_being_opinions() -> None:
    one, other = (
        prepare(item("herald", f"Opinion | {what}", "")).subject for what in ("Rates must rise", "Let us vote")
    )
    assert one.features.title != other.features.title
