"""What a headline and its own text announce, and the other text says nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedhub.dedup.announced import says_nothing
from feedhub.dedup.judge import contradictions, judge
from feedhub.dedup.subject import Subject
from feedhub.model import Verdict

LAUNCH = (
    "The rocket that is to carry a weather satellite into orbit {} on Wednesday, the space agency said. It stands on "
    "its pad on the island of Tanega, and engineers spent the night on their checks of its tanks and valves. The "
    "satellite weighs three tons and was built by a firm in Nagoya over six years."
)
SCULPTOR = (
    "公園の群像で知られる彫刻家の安西道夫さん（89）{}。長野県松本市の出身で、東京の大学を出た後イタリアに留学し、石と"
    "ブロンズを組み合わせた作風で知られた。各地の駅前に作品が置かれ、多くの弟子を育てた。著書に「石の声」など。"
)
READY = ("Rocket ready", "is ready for its launch")
DIED = ("安西道夫さん死去", "が12日、肺炎のため病院で死去した")
SHOW = ("安西さん、春に個展", "が春に個展を開く")

Version = tuple[str, str]  # a headline, and what its text says beside what both have


def judged(one: Version, other: Version, behind: str = "") -> Verdict:
    """The verdict on two items of one frame, the other with more behind it."""
    text, language = (LAUNCH, "en") if one[0].isascii() else (SCULPTOR, "ja")
    a = Subject.of(one[0], text.format(one[1]), language)
    b = Subject.of(other[0], text.format(other[1]) + behind, language)
    verdict = judge(a, b, apart=timedelta(hours=1))
    assert judge(b, a, apart=timedelta(hours=1)) == verdict, "from either side"
    assert contradictions(a, b) or not verdict.conflict, "people see the words"
    return verdict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (DIED, ("安西道夫さんに文化勲章", "に12日、政府が文化勲章を贈ると決めた")),
        (("安西さん入院", "が入院する"), ("安西さん入選", "が入選する")),
        (
            ("Weather satellite on its way to orbit", "is on its way into orbit in fine shape"),
            ("Engineers find crack in satellite's rocket", "has a crack in its second stage"),
        ),
    ],
)
def test_headlines_of_which_each_tells_what_its_text_alone_has_make_two_stories(one: Version, other: Version) -> None:
    found = judged(one, other)
    assert (found.kind, found.conflict) == ("related", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (READY, ("Rocket delayed", "will be delayed until the week's end")),
        (READY, ("Launch called off", "was called off its flight")),
        (READY, ("Agency denies fault", "has no fault and denied a report")),
        (SHOW, ("安西さんの個展中止", "が春に個展を開くはずだったが、中止した")),
        (("安西さんの遺作か", "の作とみられる"), ("遺族が否定", "の作とみられるが、遺族は否定した")),
    ],
)
def test_one_headline_suffices_where_it_tells_of_a_turn(one: Version, other: Version) -> None:
    found = judged(one, other)
    assert (found.kind, found.conflict) == ("related", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # headlines in words of their own, or of what both have
        (("Rocket with satellite waits on pad", READY[1]), ("Tanega counts down to lift-off", READY[1])),
        # the turn stands in both, in other words
        (
            ("Rocket delayed", "will be delayed until the week's end"),
            ("Rocket launch is postponed", "was postponed until the week's end"),
        ),
        (("Launch called off", "was called off its flight"), ("Launch cancelled", "was cancelled")),
        # another spelling, an abbreviation
        (("Rocket of Labour", "of Labour is ready"), ("Rocket of Labor", "of Labor is ready")),
        (("HK rocket", "of HK is ready"), ("Kong rocket", "of Hong Kong is ready")),
        # words that tell nothing
        (("Rocket now ready", "is now ready"), ("Rocket has been ready", "has been ready")),
        # what is transcribed, and its translation
        (
            ("安西さん、無人機で撮影", "が無人機で像を撮った"),
            ("安西さんがドローン撮影", "がドローンで像を撮った"),
        ),
    ],
)
def test_a_headline_of_its_own_parts_no_copy(one: Version, other: Version) -> None:
    assert judged(one, other).kind == "copy"


@pytest.mark.parametrize(
    ("one", "other", "behind"),
    [
        (READY, ("Rocket delayed", READY[1]), " It was delayed twice."),
        (DIED, ("安西道夫さん死去、展覧会は中止", DIED[1]), "展覧会は中止になった。"),
    ],
)
def test_what_stands_where_the_other_text_ends_parts_no_copy(one: Version, other: Version, behind: str) -> None:
    assert judged(one, other, behind).kind == "copy"


STUB = (
    "This article is for subscribers only. To continue reading, please log in or subscribe. Digital subscriptions "
    "start at 3 pounds a week and can be cancelled at any time."
)
STUB_JA = "この記事は会員限定です。会員登録すると続きをお読みいただけます。無料会員の方は月5本まで閲覧できます。"
STUB_KO = "이 기사는 유료 회원만 볼 수 있습니다. 계속 읽으시려면 로그인하거나 구독을 신청해 주시기 바랍니다."


@pytest.mark.parametrize(
    ("language", "text", "one", "other", "nothing"),
    [
        ("en", STUB, "Council leader quits", "Why our buses never run on time", True),
        ("en", STUB, "Council leader quits", "Leader of council gives up", False),
        ("en", STUB, "Council leader quits", "Subscriptions from 3 pounds", False),
        ("en", f"{STUB} The mayor.", "Council leader quits", "Mayor says: please subscribe", False),
        ("en", STUB, "Council leader quits", "And so to her", False),
        ("en", STUB, "Council leader quits", "Council leader quits", False),
        ("ja", STUB_JA, "市議選、新人が当選", "老舗旅館が民事再生申請", True),
        ("ja", STUB_JA, "市議選、新人が当選", "新人が市議に", False),
        ("ko", STUB_KO, "시장 사퇴", "버스 요금 인상", False),
    ],
)
def test_a_text_says_nothing_under_two_headlines_of_which_it_has_no_word(
    language: str, text: str, one: str, other: str, nothing: bool
) -> None:
    a, b = (Subject.of(title, text, language).features for title in (one, other))
    assert says_nothing(a, b) == says_nothing(b, a) == nothing
    assert not says_nothing(a, Subject.of(other, f"{text} More below.", language).features)


@pytest.mark.parametrize(
    ("language", "text", "one", "other"),
    [
        ("en", LAUNCH.format(READY[1]), "Meteorologists await launch", "Delayed rocket back on its feet"),
        ("ja", SCULPTOR.format(DIED[1]), "群像の作者が逝去", "芸術院会員の訃報"),
    ],
)
def test_a_headline_that_is_repeated_above_its_text_is_no_news(language: str, text: str, one: str, other: str) -> None:
    a, b = (Subject.of(title, f"{title}\n{text}", language) for title in (one, other))
    assert judge(a, b, apart=timedelta(hours=1)).kind == "copy"
