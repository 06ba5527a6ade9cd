"""The news agencies, and how papers write them.

`latin` forms, Cyrillic ones too, are matched as whole words with their case, `cjk` forms anywhere in a credit's place.
Longer forms stand first: an alternation takes the first that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency; `name` and `name_ja` are what readers are shown."""

    id: str
    name: str
    name_ja: str
    latin: tuple[str, ...]
    cjk: tuple[str, ...]


AGENCIES: tuple[Agency, ...] = (
    Agency("kyodo", "Kyodo News", "共同通信", ("Kyodo News", "KYODO NEWS", "Kyodo", "KYODO"), ("共同通信社", "共同通信", "共同社", "共同", "교도통신", "교도", "共同通讯社", "共同通訊社")),
    Agency("jiji", "Jiji Press", "時事通信", ("Jiji Press", "JIJI PRESS", "Jiji", "JIJI"), ("時事通信社", "時事通信", "時事社", "時事", "지지통신", "时事通讯社", "時事通訊社", "时事社", "지지")),
    Agency("ap", "Associated Press", "AP通信", ("The Associated Press", "Associated Press", "AP"), ("AP通信", "AP", "美联社", "美聯社", "AP통신", "美國聯合通訊社")),
    Agency("reuters", "Reuters", "ロイター", ("Thomson Reuters", "REUTERS", "Reuters", "REUTER", "Reuter"), ("ロイター通信", "ロイター", "路透社", "路透", "로이터", "路透通讯社", "路透通訊社", "로이터통신")),
    Agency("afp", "AFP", "AFP通信", ("Agence France-Presse", "AFP"), ("AFP通信", "AFP", "フランス通信", "法新社", "法國新聞社", "AFP통신")),
    Agency("bloomberg", "Bloomberg", "ブルームバーグ", ("Bloomberg News", "Bloomberg", "BLOOMBERG"), ("ブルームバーグ", "彭博社", "彭博", "블룸버그", "彭博新闻社", "彭博通讯社", "블룸버그통신")),
    Agency("xinhua", "Xinhua", "新華社", ("Xinhua News Agency", "Xinhua News", "Xinhua", "XINHUA"), ("新華社", "新华社", "新華", "신화통신", "신화", "新華通訊社", "新华通讯社", "新华网", "新華網")),
    Agency("yonhap", "Yonhap", "聯合ニュース", ("Yonhap News Agency", "Yonhap", "YONHAP"), ("聯合ニュース", "聯合", "韩联社", "韓聯社", "연합뉴스", "連合ニュース", "韩国联合通讯社", "연합")),
    Agency("dpa", "dpa", "DPA通信", ("dpa", "DPA"), ("DPA通信", "DPA", "ドイツ通信", "德新社", "dpa", "德国新闻社", "DPA통신", "dpa통신")),
    Agency("ansa", "ANSA", "ANSA通信", ("ANSA", "Ansa"), ("ANSA通信", "ANSA", "安莎社", "Ansa", "安莎通讯社", "안사통신", "안사")),
    Agency("efe", "EFE", "EFE通信", ("EFE",), ("EFE通信", "EFE", "埃菲社", "埃菲通讯社", "에페통신", "에페", "EFE통신")),
    Agency("tass", "TASS", "タス通信", ("ITAR-TASS", "TASS", "Tass", "ТАСС"), ("イタル・タス通信", "タス通信", "タス", "塔斯社", "俄塔社", "塔斯通讯社", "타스통신", "타스")),
    Agency("interfax", "Interfax", "インタファクス通信", ("Interfax", "INTERFAX", "Интерфакс"), ("インタファクス通信", "インタファクス", "国际文传电讯社", "國際文傳電訊社", "인테르팍스통신", "인테르팍스")),
    Agency("pti", "Press Trust of India", "PTI通信", ("Press Trust of India", "PTI"), ("PTI通信", "PTI", "印度报业托拉斯", "印度報業托拉斯", "印报托", "PTI통신")),
    Agency("ani", "ANI", "ANI通信", ("Asian News International", "ANI"), ("ANI通信", "亚洲国际新闻通讯社")),
    Agency("pa", "PA Media", "PA通信", ("PA Media", "Press Association"), ("PA通信", "PA통신")),
    Agency("upi", "UPI", "UPI通信", ("UPI",), ("UPI通信", "UPI", "合众国际社", "合眾國際社", "UPI통신")),
    Agency("kcna", "KCNA", "朝鮮中央通信", ("Korean Central News Agency", "KCNA"), ("朝鮮中央通信", "朝鮮通信", "朝中社", "조선중앙통신", "朝鲜中央通讯社", "朝鮮中央通訊社")),
    Agency("cna", "CNA (Taiwan)", "中央通訊社", ("Central News Agency", "Focus Taiwan"), ("中央通訊社", "中央社")),
    Agency("cns", "China News Service", "中国新聞社", ("China News Service",), ("中国新聞社", "中国新闻社", "中新社", "中新网", "中新網", "中国新闻网")),
    Agency("bernama", "Bernama", "ベルナマ通信", ("Bernama", "BERNAMA"), ("ベルナマ通信", "馬新社", "马新社", "베르나마통신")),
    Agency("antara", "Antara", "アンタラ通信", ("Antara", "ANTARA"), ("アンタラ通信", "安塔拉通讯社", "안타라통신")),
    Agency("anadolu", "Anadolu", "アナドル通信", ("Anadolu Agency", "Anadolu"), ("アナドル通信", "アナトリア通信", "阿纳多卢通讯社", "阿納多盧通訊社", "아나돌루통신")),
    Agency("cp", "The Canadian Press", "カナダ通信", ("The Canadian Press", "Canadian Press"), ("カナダ通信", "加拿大通讯社", "캐나다통신")),
    Agency("aap", "AAP", "AAP通信", ("Australian Associated Press", "AAP"), ("AAP通信", "澳联社", "AAP통신")),
    Agency("ukrinform", "Ukrinform", "ウクルインフォルム", ("Ukrinform",), ("ウクルインフォルム通信", "ウクルインフォルム", "乌克兰国家通讯社", "우크린폼")),
    Agency("rp", "Radiopress", "ラヂオプレス", ("Radiopress",), ("ラヂオプレス", "RP")),
    Agency("vna", "VNA", "ベトナム通信社", ("Vietnam News Agency", "VNA"), ("ベトナム通信社", "越通社", "越南通讯社", "베트남통신사")),
    Agency("irna", "IRNA", "イラン国営通信", ("Islamic Republic News Agency", "IRNA"), ("イラン国営通信", "国営イラン通信", "IRNA通信", "伊通社")),
    Agency("belga", "Belga", "ベルガ通信", ("Belga",), ("ベルガ通信",)),
    Agency("apa", "APA", "オーストリア通信", ("Austria Press Agency", "APA"), ("オーストリア通信",)),
    Agency("sputnik", "Sputnik", "スプートニク", ("RIA Novosti", "РИА Новости", "Sputnik"), ("スプートニク通信", "スプートニク", "RIAノーボスチ", "俄罗斯卫星通讯社", "俄羅斯衛星通訊社", "卫星通讯社", "스푸트니크통신", "스푸트니크", "俄新社", "리아노보스티통신")),
    Agency("pap", "PAP", "ポーランド通信", ("Polish Press Agency", "PAP"), ("ポーランド通信", "波兰通讯社")),
    Agency("app", "APP", "パキスタンAPP通信", ("Associated Press of Pakistan", "APP"), ("APP通信",)),
    Agency("newsis", "Newsis", "ニューシス", ("Newsis", "NEWSIS"), ("뉴시스", "ニューシス")),
    Agency("news1", "News1", "ニュース1", ("News1",), ("뉴스1",)),
    Agency("europapress", "Europa Press", "ヨーロッパプレス", ("Europa Press", "EUROPA PRESS"), ("ヨーロッパプレス",)),
    Agency("adnkronos", "Adnkronos", "アドンクロノス", ("Adnkronos",), ("アドンクロノス",)),
    Agency("lusa", "Lusa", "ルサ通信", ("Lusa", "LUSA"), ("ルサ通信",)),
    Agency("tt", "TT", "スウェーデン通信TT", ("TT",), ("TT通信",)),
    Agency("ritzau", "Ritzau", "リツァウ通信", ("Ritzau",), ("リツァウ通信",)),
    Agency("ntb", "NTB", "ノルウェー通信", ("NTB",), ("ノルウェー通信",)),
    Agency("stt", "STT", "フィンランド通信", ("STT",), ("フィンランド通信",)),
    Agency("anp", "ANP", "オランダ通信", ("ANP",), ("オランダ通信",)),
    Agency("mti", "MTI", "ハンガリー通信", ("MTI",), ("ハンガリー通信",)),
    Agency("ctk", "ČTK", "チェコ通信", ("ČTK", "CTK"), ("チェコ通信",)),
    Agency("tsubame", "Tsubame Press", "ツバメ通信", ("Tsubame Press", "Tsubame"), ("ツバメ通信社", "ツバメ通信", "ツバメ")),  # the wire room's
)  # fmt: skip

BY_ID = {agency.id: agency for agency in AGENCIES}

_BY_FORM = {form.casefold(): agency.id for agency in AGENCIES for form in (*agency.latin, *agency.cjk)}


def _alternation(forms: list[str]) -> str:
    return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))


LATIN = rf"(?:{_alternation([form for agency in AGENCIES for form in agency.latin])})(?![A-Za-z0-9])"
CJK = _alternation([form for agency in AGENCIES for form in agency.cjk])

_ANY = re.compile(rf"\b(?:{LATIN})|(?:{CJK})")


@lru_cache(maxsize=1 << 10)  # authors, agencies' names: most come again
def named(words: str) -> str | None:
    """The id of the agency that a credit names; the last one of a pair ("AFP=Jiji" was relayed by Jiji,
    "AFP" wrote it): the first form found is the writer's.
    """
    found = _ANY.search(words)
    return _BY_FORM[found.group().casefold()] if found else None


def ids(own: Iterable[str | None]) -> set[str]:
    """The ids of all agencies: those of the table, and those whose own outlets sources are by their configuration."""
    return {*BY_ID, *filter(None, own)}


def display_name(agency_id: str, language: str = "en") -> str:
    """What readers call the agency; the id itself for one that is only in the configuration."""
    agency = BY_ID.get(agency_id)
    if agency is None:
        return agency_id
    return agency.name_ja if language == "ja" else agency.name
