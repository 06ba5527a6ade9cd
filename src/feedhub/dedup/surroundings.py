"""What papers put around an agency's text: furniture, captions, datelines and bylines before it, credits after it.

Tables of patterns, tried in order until none fits, and what tells soon that one cannot fit. They may cut a little too
much: what is cut from one copy is cut from its twin as well.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter

from feedhub.dedup.agencies import AGENCIES, CJK, LATIN

HEAD = 320  # characters in which captions, furniture and datelines are looked for
TAIL = 320  # characters in which credits and footers are looked for
BARE = 48  # characters of a bare agency's name at the end, and what may follow it
BRACKETED = 120  # characters of two agencies' names in brackets at the end, and what may follow them

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
DATE = rf"{_MONTH} \d{{1,2}}(?:, \d{{4}})?"
_WORD = r"[A-Z][\w.'/]*(?:-[\w.']+)*"
_PLACE = rf"(?!(?:By|BY) ){_WORD}(?:,? {_WORD}){{0,5}}"
_CAPS = r"[A-Z][A-Z.'/]+(?:[ -][A-Z.']{2,}){0,3}(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?"
_CALL = r"(?:BREAKING|LIVE|UPDATED?|WATCH|READ|MORE|EXCLUSIVE|OPINION|ANALYSIS|EDITORIAL|CORRECTION|NOTE|PHOTOS?|VIDEO|FACT|EXPLAINER|INTERVIEW)"
_DASH = r" ?(?:--|-|:) ?"
_AGENCIES = rf"(?:{LATIN})(?:[-=/](?:{LATIN}))?"
# "++": names in a row would be tried with an end at each of their letters, for longer than a parser has.
_NAME = r"[A-Z][\w'.-]++(?: [A-Z][\w'.-]++){1,2}"
_NAMES = rf"{_NAME}(?:(?:,|,? and) {_NAME}){{0,4}}"
_ROLE = rf"(?:Associated Press|{_AGENCIES}|Staff Writer|STAFF WRITER|Staff Reporter|Senior Writer)"
_DESK = r"(?:[Rr]eporters?|[Ss]taff|[Ww]riters?|[Cc]orrespondents?)"
_BRACKET_JA = r"[^】\])）\n]"
_HAN = "[\u4e00-\u9fff]"
_REPORTER_KO = r"(?P<reporter>[가-힣]{2,4})(?: [가-힣]{2,4}){0,3} ?(?:기자|특파원) ?="
_REPORTER_ZH = rf" ?\((?:[记記]者|[编編][辑輯]) ?(?P<reporter>{_HAN}{{2,4}})[^)\n]{{0,20}}\)"
_RESERVED = r" ?All rights reserved\."
COPY = r"(?:Copyright|COPYRIGHT|©|\([cC]\)(?= ?(?:\d{4}|[^\W\da-z_])))"  # "(c) pay the fine" is the third of a list
_OF_DAY = r"\d{1,2}[:.]\d\d ?(?:[ap]\.?m\.?)?(?: ?\(?[A-Z]{2,4}\)?)?"  # a time
_SHORT_DATE = r"(?:\d{1,2} [A-Z]{3,}|[A-Z]{3,}\.? \d{1,2})"

# What a text before the copy proper begins with, as sets of characters.
_ANY, _CAPITAL, _MONTHS, _BRACKETS = r"\s\S", "A-Z", "JFMASOND", r"\[【("
_LATIN_FIRST = "".join(sorted({"B", "b", *(form[0] for agency in AGENCIES for form in agency.latin)}))
_CJK_FIRST = _BRACKETS + "".join(sorted({form[0] for agency in AGENCIES for form in agency.cjk}))

# Text before the copy proper, each pattern with what it begins with and what must occur for it: a look costs a tenth of a
# pattern's try. Each is anchored; groups: place, agency, byline. What comes first is tried first.
HEADS = (
    # furniture of a site's own
    ("K", "KYODO NEWS -", rf"KYODO NEWS - (?:{DATE}|\d+ \w+ ago) - \d\d:\d\d ?\| ?[A-Z]\w+(?:, [A-Z]\w+)*"),
    ("N", "News from Japan", rf"News from Japan(?: [A-Z]\w+){{0,2}} {DATE} \d\d:\d\d \(JST\)"),
    ("M", "Media playback", r"Media playback is unsupported on your device"),
    ("UPL", "\n", r"(?:Updated|UPDATED|Last updated|Published|Posted|PUBLISHED)(?: at| on)?:? [^\n]{0,24}\d{1,4}[^\n]{0,24}(?=\n)"),
    (_MONTHS, "\n", rf"{DATE}(?:,? (?:at )?{_OF_DAY})?(?=\n)"),
    (r"\d", "日", rf"\d{{4}}年\d{{1,2}}月\d{{1,2}}日 ?(?:\d{{1,2}}時\d{{1,2}}分|\d{{1,2}}:\d\d)?(?:配信)? ?\(?(?P<agency>{CJK})?\)?(?=\n)"),
    # what a desk tells others of this take
    ("(", "(", r"\((?:Adds|ADDS|Updates?|UPDATES?|Recasts|RECASTS|Refiles|REFILES|Corrects|CORRECTS|Repeats|REPEATS|Rewrites|Releads|Clarifies|Removes|This [^)\n]{0,24}(?:story|version|article))\b[^)\n]{0,160}\)"),
    ("*", "\n", rf"(?:\*[^\n]{{3,140}}\n){{1,6}}(?=(?:(?:By|BY) [^\n]{{3,60}}\n)?[A-Z(][^\n(]{{0,60}}\(?(?:{_AGENCIES})\b)"),
    # pictures
    (_BRACKETS, "", rf"[\[【(](?:写真|画像|資料写真|動画)[:=/ ]?(?P<agency>{CJK})(?:/[^\]】)\n]{{1,12}})?[\]】)]"),
    ("(", "(", rf"\((?P<agency>{_AGENCIES}) (?:Photo|File|photo|file)[^)\n]{{0,60}}\)"),
    (_ANY, "[", rf"[^\n\[]{{0,240}}?\[(?:Photo|File)/(?P<agency>{_AGENCIES})\]"),
    # whose words and pictures these are, before them
    ("C©(", "", rf"{COPY}[^\n.]{{0,24}}?(?P<agency>{LATIN}|{CJK})[^\n.]{{0,40}}(?:\.(?:{_RESERVED})?|(?=\n))"),
    # datelines, English and other Latin: place, date and agency in the orders in which they come
    ("(", "(", rf"\((?P<agency>{_AGENCIES})\) ?-+ ?(?P<place>{_CAPS}), {_SHORT_DATE} ?-+ ?"),
    (_CAPITAL, "/", rf"(?P<place>{_PLACE}),? {DATE}\.? ?/(?P<agency>{_AGENCIES})/\.?"),
    (_CAPITAL, "(", rf"(?P<place>{_PLACE})(?: \[[A-Z][a-z]+\])?[,:.]? {DATE},? ?\((?P<agency>{_AGENCIES})[^)\n]{{0,30}}\)\.?(?:{_DASH}|(?= ))"),
    (_CAPITAL, "(", rf"(?P<place>{_PLACE}), \d{{1,2}}\.?(?: [A-Za-zûéäç]{{3,9}}\.?)?(?: \d{{4}})? \((?P<agency>{_AGENCIES})[^)\n]{{0,20}}\)\.?(?:{_DASH}|(?= ))"),
    (_CAPITAL, "(", rf"(?P<place>{_CAPS}) \d{{1,2}} {_MONTH} \((?P<agency>{_AGENCIES})\){_DASH}"),
    ("А-ЯЁ", ". ", rf"(?P<place>[А-ЯЁ][а-яё]+(?:[ -][А-ЯЁ][а-яё]+)?)\. \d{{1,2}} [а-я]{{3,8}}\.? (?P<agency>{_AGENCIES})(?:\.RU)? ?-+ ?"),
    ("А-ЯЁ", ",", rf"(?P<place>[А-ЯЁ]{{2,}}(?:[ -][А-ЯЁ]{{2,}}){{0,3}}), \d{{1,2}} [а-я]{{3,8}}\.? ?(?:/|\(|- )(?P<agency>{_AGENCIES})[/)]?\.?"),
    (_CAPITAL, "(", rf"{DATE},? ?\((?P<agency>{_AGENCIES})[^)\n]{{0,30}}\){_DASH}"),
    ("A-Z(", "(", rf"(?:(?P<place>{_PLACE})(?:, {DATE})?,? ?)?\((?P<agency>{_AGENCIES})[^)\n]{{0,30}}\){_DASH}"),
    # datelines of desks that are no agency: a paper's, a station's
    (_CAPITAL, "(", rf"(?P<place>{_CAPS})(?:, {DATE})? \([A-Z][\w.& -]{{1,24}}\) ?(?:--|-) ?"),
    (_CAPITAL, "(", rf"(?P<place>{_PLACE}), {DATE} \([A-Z]{{2,6}}\)(?: ?(?:--|-) ?|(?= [A-Z]))"),
    ("(", "(", r"\([A-Z]{2}[A-Z .,]{0,24}\) ?(?:--|-) "),
    # captions; "CLOSE" is the button of a video player
    ("C", "CLOSE ", r"CLOSE [^\n]{10,300}?[.!?] ?(?:\([A-Z][a-z]+\.? \d{1,2}\) ?)?(?:AP|VPC|USA TODAY|USA NOW|Wochit|Newslook)\b[,.]?"),
    ("(", "File photo", rf"\((?P<agency>{_AGENCIES})\) ?File photo [^.\n]{{0,160}}\."),
    ("F", "FILE", rf"FILE ?- [^.\n]{{0,240}}\. ?\((?P<agency>{_AGENCIES})[^)\n]{{0,60}}\)"),
    ("F", "FILE", r"FILE ?- (?:[^.\n]|\.(?=\d)|(?<=[A-Z])\.){0,200}\."),
    (_ANY, "(", rf"[^\n]{{10,240}}?\((?P<agency>{_AGENCIES})(?: (?:Photo|photo|file)[^)\n]{{0,60}})?\)(?! ?(?:--|-))(?=\s|$)"),
    (r"\[", "[", rf"\[(?P<agency>{_AGENCIES})(?: (?:Photo|photo))\]"),
    (_CAPITAL, "file photo", rf"{_NAME}(?: Shimbun)? file photo"),
    ("FPI", "", r"(?:File photo|Photo|Image)(?: courtesy of|:| by) [^.\n]{0,80}\.?(?=\n|$)"),
    ("写画資", "", r"(?:写真|画像|資料写真)(?:はイメージ|[:=][^\n ]{0,24})"),
    (_ANY, "=", rf"[^\n。=]{{4,60}}=[^\n。=]{{0,24}}(?:\d{{1,2}}日|\d{{4}}年|撮影|提供|資料)[^\n。=(]{{0,24}}(?:\((?P<agency>{CJK})\))?(?=\n)"),
    (_BRACKETS, "", rf"[\[【(](?:写真|画像|資料写真|動画|図解|地図)[^】\])]{{0,24}}[\]】)][^\n 。]{{0,40}}?(?==|\s|[\[【(]|$)(?:=[^\n 。【\[(]{{0,24}})?(?:\((?P<agency>{CJK})\))?"),
    # agencies and bylines without a place, places without an agency
    (_LATIN_FIRST, "\n", rf"(?:(?:By|BY|by) )?(?P<agency>{_AGENCIES})(?: {_DESK})?(?= ?\n)"),
    (_LATIN_FIRST, "", rf"(?P<agency>{_AGENCIES})(?: News)?(?: (?:--|-) |--|: )"),
    ("F", "From ", rf"From (?P<agency>{_AGENCIES}): "),
    (_CAPITAL, "", rf"(?P<place>{_PLACE}),? {DATE},? ?\(?(?P<agency>{_AGENCIES})?\)?{_DASH}"),
    (_CAPITAL, "-", rf"(?P<place>{_CAPS})(?:, {DATE})?(?: (?:--|-) |--)"),
    (_CAPITAL, " -- ", rf"(?P<place>{_PLACE}) -- "),
    (_CAPITAL, ": ", rf"(?!{_CALL}\b)(?=[A-Z][A-Z ]{{3}})(?P<place>{_CAPS}): "),
    (_MONTHS, " - ", rf"{DATE} - "),
    ("(", "(", rf"\((?P<agency>{_AGENCIES})\)"),
    ("Bb", "", rf"(?:By|BY|by) (?P<byline>{_NAMES}),? ?(?:[/|] ?)?(?:\n ?)?(?:The )?(?P<agency>{_ROLE})(?![A-Za-z])(?:\n|,|-|\|)?"),
    (_CAPITAL, "\n", rf"(?P<byline>{_NAMES}), (?:The )?(?P<agency>{_ROLE})(?= ?\n)"),
    ("B", "/", rf"(?:By|BY) (?P<byline>{_NAME}) ?/ ?[A-Z][^\n]{{2,40}}(?=\n)"),
    ("B", "\n", rf"(?:By|BY) (?P<byline>{_NAMES})(?= ?\n)"),
    ("B", "", r"(?:By|BY) (?P<byline>[A-Z][\w'.]+ [A-Z][\w'-]+(?:(?:,|,? and) [A-Z][\w'.]+ [A-Z][\w'-]+){0,3})(?= [A-Z\"'(])"),
    # Japanese: 【ワシントン共同】 【カイロ=久門武史】 [東京 1日 ロイター] (ブルームバーグ): (パリ共同=山田太郎)
    ("【", "【", rf"【\d{{1,2}}月\d{{1,2}}日 ?(?P<agency>{LATIN}|{CJK})】"),
    ("【", "【", rf"【(?P<place>{_BRACKET_JA}{{0,14}}?)(?:\d{{1,2}}日)?[=・ ]?(?P<agency>{CJK})(?:[=・/]?(?:{CJK}))?(?:=(?P<byline>{_BRACKET_JA}{{1,12}}))?】"),
    (r"\[", "[", rf"\[(?P<place>{_BRACKET_JA}{{0,14}}?) ?(?:\d{{1,2}}日)? ?(?P<agency>{CJK})(?:[=・/]?(?:{CJK}))?(?:=(?P<byline>{_BRACKET_JA}{{1,12}}))?\]:?(?: ?{_REPORTER_KO})?"),
    ("(", "(", rf"\((?P<place>{_BRACKET_JA}{{0,14}}?)(?:\d{{1,2}}日)?[=・ ]?(?P<agency>{CJK})(?:[=・/]?(?:{CJK}))?(?:=(?P<byline>{_BRACKET_JA}{{1,12}}))?\):?(?: ?{_REPORTER_KO})?"),
    # Chinese: 新华社北京11月3日电 (中央社記者王小明台北3日電)
    (_CJK_FIRST, "日", rf"[【(\[]?(?P<agency>{CJK})(?:[記记]者(?P<byline>{_HAN}{{2,3}}?)(?={_HAN}{{2}}\d))?(?P<place>{_HAN}{{0,4}}?)(?:\d{{1,2}}月)?\d{{1,2}}日(?:[专專]?[电電]|[综綜]合(?:外[电電])?[报報][导導])?[】)\]](?:{_REPORTER_ZH})?"),
    (_CJK_FIRST, "日", rf"(?P<agency>{CJK})(?P<place>{_HAN}{{0,4}}?)(?:\d{{1,2}}月)?\d{{1,2}}日[专專]?[电電](?:{_REPORTER_ZH})?"),
    (_CJK_FIRST, "\n", rf"(?P<agency>{CJK})(?:[记記]者 ?(?P<byline>{_HAN}{{2,4}}))?(?=\n)"),
    ("配提", "\n", rf"(?:配信|提供)[:=/](?P<agency>{CJK})(?=\n)"),
    ("【", "【", rf"【(?P<place>{_BRACKET_JA}{{1,14}}?)[=・](?P<byline>{_BRACKET_JA}{{2,14}})】"),
    ("【", "【", r"【[^】\n]{1,20}】"),
    (r"\u30a0-\u30ff\u4e00-\u9fff", "日", rf"(?P<place>[\u30a0-\u30ff\u4e00-\u9fff]{{2,10}})\d{{1,2}}日(?P<agency>{CJK})[=:]"),
    (r"\u30a0-\u30ff\u4e00-\u9fff", " -", rf"(?P<place>[\u30a0-\u30ff\u4e00-\u9fff]{{2,10}}) (?P<agency>{CJK}) -"),
    ("◇◆■▽▼△▲●○◎☆★※", "", r"[◇◆■▽▼△▲●○◎☆★※]+"),
    (r"\s|,:;・=-", "", r"[\s|,:;・=-]+"),
)  # fmt: skip

_WRITERS = tuple(
    f"{agency} {desk}" for agency in ("Associated Press", "AP", "AFP") for desk in ("writer", "journalist", "reporter")
)
# Text after the copy proper, anchored at the end; each with words of which one must occur, as a look for a word
# costs a hundredth of a pattern's try at 320 places; without words, the name of an agency must stand last.
_ENDING = r"[\s\W]*$"
TAILS = tuple(
    (needles, reach, pattern + _ENDING)
    for needles, reach, pattern in (
        (("Read", "READ", "Continue", "Keep", "See", "Find"), TAIL, r"\b(?:Read|READ|Continue|Keep|See|Find) ?(?:more|reading|on|out more|More|MORE)(?: at [^\n]{0,60}| ?[>»]+)?"),
        (("続", "全文", "もっと", "記事"), TAIL, r"(?:続きを読む|続きはこちら|全文を読む|もっと見る|記事全文|\(続く\)|この記事は有料記事です[^\n]{0,80}|残り\d+文字[^\n]{0,60})"),
        (("残り",), TAIL, r"残り\d+文字[^\n]{0,60}"),
        (("The post",), TAIL, r"The post(?: [^\n]{0,200})? appeared first on [^\n]{0,80}"),
        (("Copyright", "COPYRIGHT", "(c)", "(C)", "©"), TAIL, rf"\[?{COPY}[^\n\]]{{0,140}}(?:\] ?(?P<agency>{LATIN})?|$)"),
        (("All rights reserved",), TAIL, r"(?<=[\s\S]{60})All rights reserved\.[^\n]{0,200}"),  # not before the text
        (("___",), TAIL, r"\n_{3,}"),
        (_WRITERS, TAIL, rf"(?P<agency>{LATIN}) (?:[a-z]+ )?(?:writers?|journalists?|reporters?)\b[^\n]{{0,240}}? contributed to this (?:report|story|article)"),
        (("AP's ", "AP "), TAIL, r"(?:(?:Follow|Find|Read|See|More)\b[^\n]{0,40}?)?(?<![A-Za-z])(?P<agency>AP)\b[^\n]{0,60}https?://\S+"),
        (("Our Standards: ",), TAIL, rf"Our Standards: The (?P<agency>{LATIN})[^\n]{{0,40}}"),
        (("With assistance from ",), TAIL, r"(?:--)?With assistance from [^\n]{0,160}"),
        (("(Except ", "(This ", "(The "), TAIL, rf"\((?:Except|This|The) [^)\n]{{0,80}}not been edited by [^)\n]{{0,80}}?(?:\b(?P<agency>{LATIN})[^)\n]{{0,20}})?\)"),
        (("This story ", "This article ", "This content "), TAIL, rf"This (?:story|article|content) (?:was |is )?(?:first |originally )?(?:published|provided|produced|distributed) by (?:The )?(?P<agency>{LATIN})"),
        (("(With ", "(with ", "With ", "(Avec ", "(avec ", "Avec ", "(Con ", "(mit "), TAIL, rf"(?:\((?:[Ww]ith|[Aa]vec|[Cc]on|mit)|(?<=[.!?\n\"']) ?(?:With|Avec))(?: [a-z]+)?(?: (?:from|by))? (?:(?P<agency>{LATIN})(?:[-/&, ]+(?:and )?(?:{LATIN}))*(?: (?:inputs|material|reports))?|[a-z]*agenc(?:y|ies)(?: inputs)?)\)?"),
        (("Enditem", "(END)", "(끝)"), TAIL, r"(?:Enditem|\(END\)|\(끝\))"),
        (("RIPRODUZIONE",), TAIL, r"RIPRODUZIONE RISERVATA"),
        (("This report by ",), TAIL, rf"This report by (?P<agency>{LATIN}) was first published[^\n]{{0,40}}"),
        (("This material",), TAIL, r"This material may not be published, broadcast, rewritten[^\n]{0,60}redistributed"),
        (("Click here",), TAIL, r"Click here for reprint permission"),
        (("Reporting by ", "Additional reporting by ", "Writing by ", "Editing by ", "Compiled by "), TAIL, r"\((?:Reporting|Additional reporting|Writing|Editing|Compiled) by [^)\n]{0,200}\)"),
        (("Reporting by ", "Writing by ", "Editing by "), TAIL, rf"(?<![A-Za-z])(?:Reporting|Writing|Editing) by (?:{_NAME}|[;, ]|and|in|Editing by|Writing by|Additional reporting by){{1,12}}"),
        ((), BRACKETED, rf"[(\[【< ]\s?(?P<agency>(?:{LATIN}|{CJK})(?:[-=/・]?(?:{LATIN}|{CJK}))?)(?: (?:News|Photo|Press))?\s?[)\]】>]"),
        (("翻訳編集",), TAIL, r"[(【]?翻訳編集[)】]? ?(?P<agency>AFP)BB News"),
        ((), BARE, rf"(?:사진 ?)?(?:==|=|--|-|\n) ?(?P<agency>{LATIN}|{CJK})"),
        ((), BARE, rf"(?:(?<=[.。!?\"')])|\n) ?(?P<agency>{LATIN})(?:[-/,] ?(?:{LATIN}|(?:Staff|STAFF) (?:Report|REPORT|Writer|WRITER)))*"),
        (("(共同", "(時事", "[共同", "[時事"), TAIL, r"[(\[](?P<agency>(?:共同|時事)(?:通信社?)?)[= ](?P<byline>[^)\]\n=]{2,12})[)\]]"),
        (("配信", "提供"), TAIL, rf"(?<=[\n。(【\[ ])(?P<agency>{CJK})(?:配信|提供)"),
        (("提供", "配信", "出典", "来源", "來源"), TAIL, rf"[(【]?(?:提供元|提供|配信元|配信|出典|[来來]源)[:=/](?:(?P<agency>{CJK})|[^\n。]{{1,24}})"),
        (("Source: ", "SOURCE: ", "Source : ", "Quelle: ", "Fuente: ", "Fonte: "), TAIL, rf"[(\[]?(?:Source|SOURCE|Quelle|Fuente|Fonte) ?: (?P<agency>{LATIN})"),
        (("無断転載",), TAIL, r"無断転載[^\n]{0,40}"),
    )
)  # fmt: skip

NAMED_LAST = tuple(tail for tail in TAILS if not tail[0])
# By their first letters: so most places in a text are left after a look at a few.
NEEDLES = re.compile(
    "|".join(
        f"{re.escape(first)}(?:{'|'.join(re.escape(needle[1:]) for needle in those)})"
        for first, those in groupby(sorted(needle for needles, _, _ in TAILS for needle in needles), itemgetter(0))
    )
)
LAST_LETTERS = {  # two, of what such a tail ends in: an agency's name, its News, Photo, Press, Staff Report, Staff Writer
    "ws", "to", "ss", "rt", "RT", "er", "ER",
    *(form[-2:] for agency in AGENCIES for form in (*agency.latin, *agency.cjk)),
}  # fmt: skip
