"""Names of one place, or words for one thing, of which each outlet has its own, and that no spelling tells. Pure."""

from __future__ import annotations

# One in a line, folded: what was renamed, what two countries call by other names, houses and those who sit in them, and
# what Britons and Americans call otherwise.
_NAMES = """
united states / us / usa
united kingdom / uk / britain
united nations / un
european union / eu
north korea / dprk
prime minister / pm / premier
bombay / mumbai / ムンバイ / ボンベイ
calcutta / kolkata / コルカタ / カルカッタ
madras / chennai / チェンナイ / マドラス
bangalore / bengaluru / バンガロール / ベンガルール
peking / beijing
burma / burmese / myanmar / ミャンマー / ビルマ
rangoon / yangon / ヤンゴン / ラングーン
saigon / ho chi minh city / ホーチミン / サイゴン
east timor / timor-leste
holland / netherlands
ivory coast / côte d'ivoire / cote d'ivoire / コートジボワール / コートディボワール
swaziland / eswatini / スワジランド / エスワティニ
cape verde / cabo verde
czech republic / czechia
turkey / türkiye / トルコ / テュルキエ
kyiv / kiev
kharkiv / kharkov
lviv / lvov
ジョージア / グルジア
ハルキウ / ハリコフ
ドニプロ / ドニエプル
falklands / falkland islands / malvinas
senkakus / senkaku islands / diaoyus / diaoyu islands
takeshima / dokdo
sea of japan / east sea
persian gulf / arabian gulf
derry / londonderry
downing street / no 10 / number 10 / no 10 downing street
kremlin / moscow
oscars / academy awards
petrol / gasoline
lorry / truck
lorries / trucks
railway / railroad
airplane / aeroplane
tyre / tire
cheque / check
gray / grey
"""
COMPASS = frozenset({"north", "south", "east", "west"})  # of which a name behind makes another place
_NAMED = {
    "".join(filter(str.isalnum, name)): line
    for line, names in enumerate(_NAMES.strip().splitlines())
    for name in names.split(" / ")
}


def one_place(one: str, other: str) -> bool:
    """Whether two names, with or without what parts their words, are of one place."""
    mine, yours = (_NAMED.get("".join(filter(str.isalnum, name.removesuffix("'s")))) for name in (one, other))
    return mine is not None and mine == yours
