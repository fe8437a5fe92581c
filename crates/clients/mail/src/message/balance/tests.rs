use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::message::sanitise_html;

/// The deepest nesting of a text that has all its end tags.
fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in html.split('<').skip(1) {
        let name: &str = tag.split([' ', '>']).next().unwrap();
        if name.starts_with('/') {
            depth = depth.checked_sub(1).expect("an end without a start");
        } else if !matches!(name, "!----" | "br" | "hr" | "img" | "wbr" | "col") {
            depth += 1;
        }
        deepest = deepest.max(depth);
    }
    assert_eq!(depth, 0, "something is open at the end");
    deepest
}

fn elements(html: &str) -> usize {
    html.matches('<').count()
}

/// Everything that is promised, for any text.
fn assert_bounded(source: &str) {
    let balanced = balance(source);
    assert!(
        balanced.html.len() <= limit(source),
        "too long: {}",
        balanced.html.len()
    );
    assert!(depth(&balanced.html) <= tree::MOST_DEPTH);
    assert!(balanced.steps <= tree::MOST_STEPS + tree::MOST_DEPTH + 1);
    let safe = sanitise_html(source, false);
    assert!(safe.html.len() <= limit(source));
    // The parser makes nothing that was not written: what was closed here it neither closes nor repeats.
    assert!(
        elements(&safe.html) <= elements(&balanced.html),
        "{source:?}\n{}\n{}",
        balanced.html,
        safe.html
    );
    assert!(depth(&safe.html) <= tree::MOST_DEPTH);
}

fn flood(piece: &str, bytes: usize) -> String {
    piece.repeat(bytes / piece.len() + 1)
}

/// Shapes that keep parsers busy, of about so many bytes each.
pub(super) fn shapes(bytes: usize) -> Vec<(&'static str, String)> {
    let mut shapes: Vec<(&'static str, String)> = [
        ("div", "<div>"),
        ("lists", "<ul><li>"),
        ("items", "<li>"),
        ("definitions", "<dl><dd><dt>"),
        ("paragraphs", "<p>"),
        ("spans", "<span>"),
        ("bold", "<b>"),
        ("misnested", "<b><i></b></i>"),
        ("misnested blocks", "<b><p></b></p>"),
        ("misnested links", "<a href=x><div></a>"),
        ("links", "<a>"),
        ("tables", "<table>"),
        ("cells", "<table><tr><td>"),
        ("text in tables", "<table>x<b>"),
        ("rows", "<table><tr></table><p><b>"),
        ("select", "<select><option>"),
        ("select in select", "<select><optgroup><option><select>"),
        ("svg", "<svg>"),
        ("svg and html", "<svg><foreignObject><div>"),
        ("math", "<math><mi><p>"),
        ("templates", "<template>"),
        ("objects", "<object><b>"),
        ("frames", "<iframe>"),
        ("forms", "<form><div>"),
        ("buttons", "<button><p>"),
        ("headings", "<h1><b><h2>"),
        ("ruby", "<ruby><rt><rtc><rp>"),
        ("quotes", "<blockquote><font color=red>"),
        ("unknown", "<x-y>"),
        ("ends", "</p></br></div>"),
        ("comments", "<!--"),
        ("declarations", "<!x><?x>"),
        ("cdata", "<![CDATA[<b>"),
        ("ampersands", "&"),
        ("less than", "< "),
        ("lines of text", "\n"),
        ("letters and unknown elements", "&<x>\u{a0}"),
        ("entities", "&CounterClockwiseContourIntegral;"),
        ("open tags", "<a <a \" ' "),
        ("attributes", "<b a=1 a=2 title=3 title=4>"),
        ("images", "<img>"),
        ("lines", "<br>"),
        ("frameset", "<frameset><frame>"),
        ("body", "<body style=x><html lang=x>"),
        ("scripts", "<script><!--<script>"),
        ("styles", "<p style=\"color:red;background:url(x)\">"),
        ("ids", "<div id=a>"),
    ]
    .into_iter()
    .map(|(name, piece)| (name, flood(piece, bytes)))
    .collect();
    let mut one = "<b".to_owned();
    for number in 0.. {
        if one.len() >= bytes {
            break;
        }
        write!(one, " a{number}=x").unwrap();
    }
    shapes.push(("attributes of one tag", one));
    let formatting = format!("<p><a href=\"https://a.test/{}\">", "A".repeat(bytes / 5));
    shapes.push(("a long link repeated", formatting + &flood("<p>x", bytes)));
    let mut many = String::new();
    for number in 0..60 {
        write!(
            many,
            "<font color=c{number} title=\"{}\">",
            "t".repeat(bytes / 200)
        )
        .unwrap();
    }
    shapes.push(("much formatting repeated", many + &flood("<p>x", bytes)));
    let deep = "<div>".repeat(500);
    for (name, piece) in [
        ("deep paragraphs", "<p>x"),
        ("deep items", "<li><div>x</div>"),
        ("deep links", "<a>x"),
        ("deep misnesting", "<b><div>x</b></div>"),
        ("deep tables", "<table><tr><td></table>"),
    ] {
        shapes.push((name, deep.clone() + &flood(piece, bytes)));
    }
    shapes
}

#[test]
fn hostile_shapes_stay_bounded() {
    for (name, source) in shapes(8_000) {
        println!("{name}");
        assert_bounded(&source);
    }
}

/// Prints what a megabyte of each shape takes: nothing is judged by a clock that other programs share.
#[test]
#[ignore = "a measurement: cargo test --release -p bheem-mail --lib measure -- --ignored --nocapture"]
fn measure_a_megabyte_of_each_shape() {
    for (name, source) in shapes(1_000_000) {
        let before = std::time::Instant::now();
        let balanced = balance(&source);
        let between = before.elapsed();
        let safe = sanitise_html(&source, false);
        let whole = before.elapsed().saturating_sub(between);
        let text = std::time::Instant::now();
        let length = crate::message::html_to_text(&source).len();
        println!(
            "{name:30} {:5} ms, of it {:4} ms before the parser, text {:3} ms; {:9} -> {:9} ({length}), {:8} steps",
            whole.as_millis(),
            between.as_millis(),
            text.elapsed().as_millis(),
            source.len(),
            safe.html.len(),
            balanced.steps
        );
    }
}

#[test]
fn no_text_is_long_for_the_parser() {
    // The parser copies a whole text for each line end and each escaped letter in it.
    for piece in ["&", "\n", "< ", "\u{a0}", "long ", "x<unknown>"] {
        let source = flood(piece, 20_000);
        let html = balance(&source).html;
        assert!(
            html.split("<!---->").all(|run| run.len() <= 256 * 5),
            "{piece:?}"
        );
        let safe = sanitise_html(&source, false).html;
        assert!(!safe.contains("<!--") && !safe.contains("unknown"));
    }
    let text = "long ".repeat(1000);
    assert_eq!(sanitise_html(&text, false).html, text);
}

#[test]
fn what_is_left_out_is_told_and_its_text_stays() {
    let deep = format!("{}inside{}after", "<div>".repeat(600), "</div>".repeat(600));
    let safe = sanitise_html(&deep, false);
    assert!(
        safe.is_truncated && safe.html.ends_with("</div>after"),
        "{safe:?}"
    );
    assert!(safe.html.contains("<div>inside</div>"));
    let short = format!("{}x", "<div>".repeat(400));
    assert!(!sanitise_html(&short, false).is_truncated);
    // The last of all blocks is still there.
    let many = flood("<hr>", 1_000_000) + "the end";
    let safe = sanitise_html(&many, false);
    assert!(safe.is_truncated && safe.html.contains("the end"));
}

#[test]
fn honest_mistakes_look_as_in_a_browser() {
    // What browsers make of it by HTML, section 13.2.6, but for content directly in tables, which stays in its place.
    for (source, wanted) in [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<p><b>a<p>b</b>c", "<p><b>a</b></p><p><b>b</b>c</p>"),
        ("<b>a<i>b</b>c</i>d", "<b>a<i>b</i></b><i>c</i>d"),
        (
            "<b>a<div>b</b>c</div>d",
            "<b>a<div>b</div></b><div>c</div>d",
        ),
        (
            "<ul><li>a<li>b<ul><li>c</ul>d</ul>e",
            "<ul><li>a</li><li>b<ul><li>c</li></ul>d</li></ul>e",
        ),
        (
            "<dl><dt>a<dd>b<dt>c</dl>",
            "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
        ),
        (
            "<table><tr><td>a<td>b<tr><td>c</table>d",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>d",
        ),
        (
            "<table><caption>t</caption><col width=1><thead><tr><th>h<tfoot><tr><td>f</table>",
            "<table><caption>t</caption><colgroup><col width=\"1\"></colgroup><thead><tr><th>h</th></tr></thead>\
             <tbody><tr><td>f</td></tr></tbody></table>",
        ),
        (
            "<table>lost<tr><td>a</table>",
            "<table><tbody><tr><td>lost</td></tr><tr><td>a</td></tr></tbody></table>",
        ),
        ("<h1>a<h2>b</h1>c", "<h1>a</h1><h2>b</h2>c"),
        (
            "<a href=x>1<a href=y>2</a>",
            "<a href=\"x\">1</a><a href=\"y\">2</a>",
        ),
        ("<td>no table</td>", "no table"),
        ("a</p></br>b</span>", "a<br>b"),
        ("<select><option>one</select>", "one"),
        ("<svg><text>no</text></svg>yes<svg/>yes", "yesyes"),
        ("<svg><g><p>out</svg>", "<p>out</p>"),
        (
            "<object><p>no</p></object><title>no</title><noscript>no</noscript>yes",
            "yes",
        ),
        (
            "1 < 2 && <!-- no --> \"3\" > &lt;b>",
            "1 &lt; 2 &amp;&amp;  \"3\" &gt; &lt;b&gt;",
        ),
        (
            "<p title='a\"b' title=c x=y>z",
            "<p title=\"a&quot;b\">z</p>",
        ),
        ("<image src=cid:x>", "<img src=\"cid:x\">"),
        (
            "<b>a<table><tr><td>b</b>c</table>d",
            "<b>a<table><tbody><tr><td>bc</td></tr></tbody></table>d</b>",
        ),
    ] {
        let balanced = balance(source);
        assert_eq!(balanced.html, wanted, "{source}");
        assert!(!balanced.is_truncated);
        assert_bounded(source);
    }
}

#[test]
fn what_would_be_fetched_is_told() {
    for source in [
        "<body background=\"https://t.test/b\">",
        "<td background = \"https://t.test/b\">x",
        "<body style=\"background:url(https://t.test)\">",
        "<img srcset=\"https://t.test 2x\">",
        "<video poster=//t.test>",
        "<svg><image xlink:href=https://t.test></svg>",
        "<style>@import 'https://t.test'</style>",
        "<link rel=stylesheet href=https://t.test>",
        "<input type=image src=https://t.test>",
    ] {
        assert!(balance(source).is_remote, "{source}");
    }
    for source in [
        "<blockquote cite=\"mid:a@b\">background= srcset= poster=</blockquote>",
        "<a href=https://t.test>x</a>",
        "<img src=https://t.test>",
        "<object data=\"data:text/plain,x\"></object><td background=cid:x>",
        "<style>p { color: red }</style>",
    ] {
        assert!(!balance(source).is_remote, "{source}");
    }
}

fn piece() -> impl Strategy<Value = String> {
    let tags = "a|b|i|font|nobr|p|div|span|ul|li|dl|dt|dd|h1|h2|table|caption|colgroup|col|tbody|tfoot|tr|td|th|ruby|rt|rtc|pre|br|hr|img|svg|math|mi|desc|foreignObject|style|script|title|textarea|template|select|option|form|button|object|noscript|blockquote|section|address|body|image";
    prop_oneof![
        4 => tags.prop_map(|tag| format!("<{tag}>")),
        1 => (tags, "[a-e]{1,3}", "[a-z\"'<>& ]{0,9}").prop_map(|(tag, name, value)| format!("<{tag} {name}='{value}' title=\"{value}\">")),
        1 => tags.prop_map(|tag| format!("<{tag}/>")),
        3 => tags.prop_map(|tag| format!("</{tag}>")),
        2 => "[ -~]{0,6}",
        1 => Just("<!--".to_owned()),
        1 => Just("-->".to_owned()),
        1 => "[ \t\n\0\u{a0}é]{1,3}",
    ]
}

proptest! {
    #[test]
    fn fuzz_tag_soup_stays_bounded(pieces in prop::collection::vec(piece(), 0..40), repeated in 1_usize..30) {
        assert_bounded(&pieces.concat().repeat(repeated));
    }

    #[test]
    fn fuzz_what_is_balanced_stays_as_it_is(pieces in prop::collection::vec(piece(), 0..40)) {
        let once = balance(&pieces.concat()).html;
        prop_assert_eq!(&balance(&once).html, &once);
    }
}
