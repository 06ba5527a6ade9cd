"""From the bytes of a feed document to `model.ParsedFeed`: the only door to feedparser.

    workers    the parent's side: child processes with limits, replaced when they die
    child      the child's side: keeps to its limits
    contents   what a document says, as it is sent
    reading    a document to the end: parsed, normalised, prepared for the merge
    document   one document: bytes -> ParsedFeed | ParseFailure, the order of the steps
    recognise  what a document is that is no feed, in words
    decode     bytes -> text
    trimming   a document without the entries that are known
    plain      the entries of plain documents, as feedparser would find them
    finding    one of these entries, put together
    elements   the elements that these are made of
    guards     what keeps feedparser's work in proportion to a document
    driver     the SAX driver that feedparser is given
    entries    what feedparser found -> RawEntry
    dates      what feeds write as dates -> datetime
    jsonfeed   JSON Feed 1.0 and 1.1
    hints      what a feed asks of those who poll it
    sitemap    Google News sitemaps
    page       web pages, by CSS selectors
    article    the article of a web page
    discover   the feeds that a web page points to

Nothing is re-exported here: importing `feedhub.parse.workers` must not load feedparser.
"""
