//! The elements that are kept, and how the standard nests them (HTML, section 13.2.6).

/// Has no end tag and holds nothing.
pub(super) const VOID: u16 = 1;
/// Is opened again in the next block if its end is missing ("formatting").
pub(super) const FORMATTING: u16 = 1 << 1;
/// Ends of inline elements do not reach across it ("special").
pub(super) const SPECIAL: u16 = 1 << 2;
/// Ends an open paragraph.
pub(super) const CLOSES_P: u16 = 1 << 3;
pub(super) const HEADING: u16 = 1 << 4;
/// Stands directly in a table.
pub(super) const PART: u16 = 1 << 5;
/// Directly in it stand only parts of tables.
pub(super) const HOLDS_PARTS: u16 = 1 << 6;
/// Nothing reaches out of it: cells, captions and tables.
pub(super) const SCOPE: u16 = 1 << 7;
/// Formatting does not reach into or out of it.
pub(super) const CELL: u16 = 1 << 8;

const BLOCK: u16 = SPECIAL | CLOSES_P;

/// An element's name and its properties.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: &'static str,
    properties: u16,
}

impl Tag {
    pub(super) fn is(&self, property: u16) -> bool {
        self.properties & property != 0
    }
}

const fn tag(name: &'static str, properties: u16) -> Tag {
    Tag { name, properties }
}

/// In order of their names.
pub(super) static TAGS: [Tag; 76] = [
    tag("a", FORMATTING),
    tag("abbr", 0),
    tag("acronym", 0),
    tag("address", BLOCK),
    tag("article", BLOCK),
    tag("aside", BLOCK),
    tag("b", FORMATTING),
    tag("bdi", 0),
    tag("big", FORMATTING),
    tag("blockquote", BLOCK),
    tag("br", VOID | SPECIAL),
    tag("caption", SPECIAL | PART | SCOPE | CELL),
    tag("center", BLOCK),
    tag("cite", 0),
    tag("code", FORMATTING),
    tag("col", VOID | SPECIAL | PART),
    tag("colgroup", SPECIAL | PART | HOLDS_PARTS),
    tag("data", 0),
    tag("dd", BLOCK),
    tag("del", 0),
    tag("details", BLOCK),
    tag("dfn", 0),
    tag("div", BLOCK),
    tag("dl", BLOCK),
    tag("dt", BLOCK),
    tag("em", FORMATTING),
    tag("figcaption", BLOCK),
    tag("figure", BLOCK),
    tag("font", FORMATTING),
    tag("footer", BLOCK),
    tag("h1", BLOCK | HEADING),
    tag("h2", BLOCK | HEADING),
    tag("h3", BLOCK | HEADING),
    tag("h4", BLOCK | HEADING),
    tag("h5", BLOCK | HEADING),
    tag("h6", BLOCK | HEADING),
    tag("header", BLOCK),
    tag("hgroup", BLOCK),
    tag("hr", VOID | BLOCK),
    tag("i", FORMATTING),
    tag("img", VOID | SPECIAL),
    tag("ins", 0),
    tag("kbd", 0),
    tag("li", BLOCK),
    tag("main", BLOCK),
    tag("mark", 0),
    tag("nav", BLOCK),
    tag("ol", BLOCK),
    tag("p", BLOCK),
    tag("pre", BLOCK),
    tag("q", 0),
    tag("rp", 0),
    tag("rt", 0),
    tag("rtc", 0),
    tag("ruby", 0),
    tag("s", FORMATTING),
    tag("samp", 0),
    tag("small", FORMATTING),
    tag("span", 0),
    tag("strike", FORMATTING),
    tag("strong", FORMATTING),
    tag("sub", 0),
    tag("summary", BLOCK),
    tag("sup", 0),
    tag("table", BLOCK | HOLDS_PARTS | SCOPE),
    tag("tbody", SPECIAL | PART | HOLDS_PARTS),
    tag("td", SPECIAL | PART | SCOPE | CELL),
    tag("th", SPECIAL | PART | SCOPE | CELL),
    tag("thead", SPECIAL | PART | HOLDS_PARTS),
    tag("time", 0),
    tag("tr", SPECIAL | PART | HOLDS_PARTS),
    tag("tt", FORMATTING),
    tag("u", FORMATTING),
    tag("ul", BLOCK),
    tag("var", 0),
    tag("wbr", VOID | SPECIAL),
];

/// The number of an element that is kept.
pub(super) fn find(name: &[u8]) -> Option<usize> {
    // What these two mean, and what is near enough to it.
    let name: &[u8] = match name {
        b"image" => b"img",
        b"tfoot" => b"tbody",
        other => other,
    };
    TAGS.binary_search_by(|tag| tag.name.as_bytes().cmp(name))
        .ok()
}

/// Elements that go with all that is in them.
const SKIPPED: [&[u8]; 11] = [
    b"iframe",
    b"math",
    b"noembed",
    b"noframes",
    b"noscript",
    b"object",
    b"script",
    b"style",
    b"svg",
    b"template",
    b"title",
];

pub(super) fn is_skipped(name: &[u8]) -> bool {
    SKIPPED.contains(&name)
}

/// Start tags that end a drawing or formula somebody forgot to end ("breaks out of foreign content").
const BREAKOUT: [&[u8]; 41] = [
    b"b",
    b"big",
    b"blockquote",
    b"body",
    b"br",
    b"center",
    b"code",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"em",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"head",
    b"hr",
    b"i",
    b"img",
    b"li",
    b"menu",
    b"nobr",
    b"ol",
    b"p",
    b"pre",
    b"ruby",
    b"s",
    b"small",
    b"span",
    b"strike",
    b"strong",
    b"sub",
    b"sup",
    b"table",
    b"tt",
    b"u",
    b"ul",
    b"var",
];

pub(super) fn breaks_out(name: &[u8]) -> bool {
    BREAKOUT.contains(&name)
}

/// Elements of drawings and formulas in which HTML may stand.
pub(super) fn is_integration_point(name: &[u8]) -> bool {
    matches!(
        name,
        b"foreignobject"
            | b"desc"
            | b"title"
            | b"mi"
            | b"mo"
            | b"mn"
            | b"ms"
            | b"mtext"
            | b"annotation-xml"
    )
}

/// Attributes that are kept, on whatever element; the filter behind decides which of them may stay, and how.
const ATTRIBUTES: [&str; 26] = [
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "datetime",
    "dir",
    "face",
    "height",
    "href",
    "hreflang",
    "lang",
    "rowspan",
    "scope",
    "size",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "title",
    "valign",
    "width",
];

/// The number of an attribute that is kept, below 32.
pub(super) fn attribute(name: &[u8]) -> Option<(usize, &'static str)> {
    let number = ATTRIBUTES
        .binary_search_by(|one| one.as_bytes().cmp(name))
        .ok()?;
    Some((number, ATTRIBUTES.get(number)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_found() {
        assert!(TAGS.is_sorted_by_key(|tag| tag.name));
        assert!(ATTRIBUTES.is_sorted());
        assert!(TAGS.iter().all(|tag| find(tag.name.as_bytes()).is_some()));
        assert_eq!(find(b"script"), None);
    }
}
