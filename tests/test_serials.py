"""Serial columns and recurring titles: under one headline another text every day, by one outlet or by two."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from build import START, item, printed, settings, source
from feedhub.model import Settings
from feedhub.store.reading import Reader
from feedhub.store.writing import Store

SERIALS = {  # language, headline, the texts of three days in a row
    "horoscope": (
        "en",
        "Your daily horoscope",
        (
            "Aries (March 21-April 19): A letter brings news you had hoped for. Answer it before noon. Taurus (April "
            "20-May 20): Money matters need a second look, and a friend knows how. Gemini (May 21-June 20): Travel "
            "is likely. Pack lightly.",
            "Aries (March 21-April 19): Rest is the best remedy for what ails you this week. Taurus (April 20-May "
            "20): An old acquaintance returns with a request that is hard to refuse. Gemini (May 21-June 20): Work "
            "piles up, yet praise follows at the end of the day.",
            "Aries (March 21-April 19): Someone close asks for patience, and deserves it. Taurus (April 20-May 20): "
            "A purchase long put off is due now. Gemini (May 21-June 20): Romance is in the air; do not hurry it. "
            "Read the small print tonight.",
        ),
    ),
    "history": (
        "en",
        "Today in history",
        (
            "Today is Monday, Nov. 23, the 327th day of 2026. There are 38 days left in the year. Today's highlight "
            "in history: On Nov. 23, 1936, the first issue of Life was published. On this date: In 1889, the first "
            "jukebox was installed in San Francisco. In 1971, China was seated in the Security Council.",
            "Today is Tuesday, Nov. 24, the 328th day of 2026. There are 37 days left in the year. Today's highlight "
            "in history: On Nov. 24, 1859, Darwin published his book on the origin of species. On this date: In "
            "1941, the court struck down a law on migrants. In 1971, a hijacker jumped from a plane over Washington "
            "state.",
            "Today is Wednesday, Nov. 25, the 329th day of 2026. There are 36 days left in the year. Today's highlight "
            "in history: On Nov. 25, 1986, the arms affair erupted in Washington. On this date: In 1783, the British "
            "left New York. In 1947, studio executives agreed on a blacklist in Hollywood.",
        ),
    ),
    "weather": (
        "en",
        "Weather",
        (
            "Tokyo: sunny, high 14, low 6, wind from the north.",
            "Tokyo: cloudy, high 12, low 5, wind from the east.",
            "Tokyo: rain, high 9, low 4, wind from the sea.",
        ),
    ),
    "weather2": (
        "en",
        "Weather in Tokyo today",
        (
            "Sunny with a high of 14 and a low of 6 degrees. Winds from the north at 12 kilometers an hour.",
            "Sunny with a high of 12 and a low of 5 degrees. Winds from the north at 9 kilometers an hour.",
            "Sunny with a high of 13 and a low of 7 degrees. Winds from the north at 20 kilometers an hour.",
        ),
    ),
    "market": (
        "en",
        "Tokyo stocks close higher",
        (
            "Tokyo stocks closed higher Monday, as exporters rose on a weaker yen. The 225-issue Nikkei average "
            "ended up 312.45 points, or 0.82 percent, at 38,410.22. The broader Topix index finished 18.11 points "
            "higher at 2,701.40.",
            "Tokyo stocks closed higher Tuesday, as banks rose on hopes for better margins. The 225-issue Nikkei "
            "average ended up 101.30 points, or 0.26 percent, at 38,511.52. The broader Topix index finished 4.20 "
            "points higher at 2,705.60.",
            "Tokyo stocks closed higher Wednesday, led by chip shares after gains in New York. The 225-issue Nikkei "
            "average ended up 550.10 points, or 1.43 percent, at 39,061.62. The broader Topix index finished 31.00 "
            "points higher at 2,736.60.",
        ),
    ),
    "tensei": (
        "ja",
        "天声人語",
        (
            "庭の柿が色づいた。隣家の老人は毎年この時期になると梯子を出し、孫に枝の切り方を教えていたものだ。そ"
            "の姿を今年は見ない。暮らしの音がひとつ消えると、町は思いのほか静かになる。",
            "駅前の古書店が店を閉じるという。半世紀にわたり学生の財布を案じてきた店主は、最後の一冊まで自分で値"
            "札を書くつもりだと笑う。紙の匂いを知る世代の務めを思う。",
            "選挙の季節である。拡声器の声が路地を抜け、犬がほえる。名前を連呼するだけの一週間に、この国の十年が"
            "決まる。聞き流す耳にも責任があると、ある教師は言った。",
        ),
    ),
    "shasetsu": (
        "ja",
        "社説",
        (
            "政府が来年度予算の概算要求を締め切った。要求総額は過去最大となる見通しで、防衛費と社会保障費の伸び"
            "が目立つ。歳出の膨張を抑える工夫が見えないのは残念だ。",
            "コメの価格安定に向けた倉庫補助が始まる。備蓄の仕組みを見直す好機ではあるが、農家の選択を縛ることが"
            "あってはならない。丁寧な説明を求めたい。",
            "離島の船便を守る議論が進まない。燃料費の高騰と乗組員の不足は一朝一夕に解けない。国と県、そして島の"
            "人々が同じ席に着くところから始めるべきだ。",
        ),
    ),
    "kyou": (
        "ja",
        "今日の歴史",
        (
            "11月23日　勤労感謝の日。1936年、米誌ライフが創刊された。1971年、中国が国連安保理の席に着いた。1889"
            "年、米サンフランシスコに初のジュークボックスが置かれた。",
            "11月24日　1859年、ダーウィンが種の起源を出版した。1971年、米ワシントン州上空で乗っ取り犯が落下傘で"
            "飛び降りた。1941年、米最高裁が移民に関する法を退けた。",
            "11月25日　1783年、英軍がニューヨークを去った。1947年、米映画会社の幹部が追放名簿に同意した。1986年"
            "、米政府の武器取引が明るみに出た。",
        ),
    ),
    "unsei": (
        "ja",
        "今日の運勢",
        (
            "おひつじ座　待っていた便りが届く日。返事は早めに。おうし座　お金の使い方を見直すとき。友の助言が役"
            "立つ。ふたご座　旅の予感。荷物は軽く。",
            "おひつじ座　休むことが一番の薬。おうし座　懐かしい人から頼まれごと。断りにくいが無理は禁物。ふたご"
            "座　仕事が重なるが、終われば褒められる。",
            "おひつじ座　身近な人に寛容さを。おうし座　先延ばしの買い物に決断を。ふたご座　恋の気配。急がずゆっ"
            "くり。夜は書類をよく読んで。",
        ),
    ),
    "tenki": (
        "ja",
        "東京の天気",
        (
            "東京地方は北の風、晴れ。最高気温14度、最低気温6度。",
            "東京地方は北の風、くもり。最高気温12度、最低気温5度。",
            "東京地方は北の風、晴れ。最高気温13度、最低気温7度。",
        ),
    ),
    "kabu": (
        "ja",
        "東京株、続伸",
        (
            "23日の東京株式市場で日経平均株価は続伸し、前週末比312円45銭高の3万8410円22銭で取引を終えた。円安を"
            "受けて輸出関連株が買われた。東証株価指数は18・11ポイント高の2701・40。",
            "24日の東京株式市場で日経平均株価は続伸し、前日比101円30銭高の3万8511円52銭で取引を終えた。利ざや改"
            "善の期待から銀行株が買われた。東証株価指数は4・20ポイント高の2705・60。",
            "25日の東京株式市場で日経平均株価は続伸し、前日比550円10銭高の3万9061円62銭で取引を終えた。米国市場"
            "の上昇を受けて半導体株が買われた。東証株価指数は31・00ポイント高の2736・60。",
        ),
    ),
    "excerpt": (
        "ja",
        "編集手帳",
        (
            "川面に霧が立つ…",
            "古い柱時計を直す…",
            "初雪の便りである…",
        ),
    ),
}


@pytest.mark.parametrize("headline", ["Morning briefing", "Morning briefing: all that you need to know today"])
@pytest.mark.parametrize("outlets", [("herald",), ("herald", "evening")], ids=["one outlet", "two outlets"])
def test_a_bare_headline_that_its_source_uses_again_is_another_item(
    store: Store, reader: Reader, headline: str, outlets: tuple[str, ...]
) -> None:
    for day in range(3):
        for minutes, outlet in enumerate(outlets):
            at = START + timedelta(days=day, minutes=minutes)
            link = f"http://{outlet}.example/{day}"
            bare = item(outlet, headline, "", guid=link, link=link, published=at - timedelta(minutes=5))
            printed(store, outlet, bare, at=at)
    assert sorted(len({copy.outlet for copy in story.copies}) for story in reader.front(9)) == [len(outlets)] * 3
    assert sorted(len(story.copies) for story in reader.front(9)) == [len(outlets)] * 3


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    return settings(tmp_path / "feedhub.db", [source("herald"), source("evening")], [])


@pytest.mark.parametrize("outlets", [("herald",), ("herald", "evening")], ids=["one outlet", "two outlets"])
def test_each_day_s_part_of_a_serial_is_a_story_of_its_own(
    store: Store, reader: Reader, outlets: tuple[str, ...]
) -> None:
    for day, (minutes, outlet) in product(range(3), enumerate(outlets)):
        at = START + timedelta(days=day, minutes=minutes)
        parts = (
            item(
                outlet, headline, texts[day], guid=f"{serial}/{day}", link=f"http://{outlet}.example/{serial}/{day}",
                language=language, published=at - timedelta(minutes=5),
            )
            for serial, (language, headline, texts) in SERIALS.items()
        )  # fmt: skip
        printed(store, outlet, *parts, at=at)
    told = sorted((story.text, tuple(sorted(copy.outlet for copy in story.copies))) for story in reader.front(99))
    by = tuple(sorted(outlet.title() for outlet in outlets))
    assert told == sorted((text, by) for _, _, texts in SERIALS.values() for text in texts)
