use proptest::prelude::*;

use super::*;

mod advisories;

fn clean(source: &str) -> SafeHtml {
    sanitise_html(source, false)
}

#[test]
fn what_only_looks_stays() {
    let source = "<table bgcolor=\"#fff\"><tr><td style=\"color: red\"><b>Hi</b> <a href=\"https://a.example/x\">x</a>";
    let safe = clean(source);
    for part in [
        "<table bgcolor=\"#fff\">",
        "color:red",
        "<b>Hi</b>",
        "href=\"https://a.example/x\"",
        "noopener",
    ] {
        assert!(safe.html.contains(part), "{part}: {}", safe.html);
    }
    assert!(!safe.is_remote_blocked);
}

#[test]
fn remote_images_are_blocked_and_told_and_those_of_the_message_stay() {
    let source =
        "<img src=\"https://t.example/p.gif\" alt=\"x\"><img src=\"cid:a@b\"><img src=CID:a@b>";
    let safe = clean(source);
    assert!(!safe.html.contains("t.example"), "{}", safe.html);
    assert!(safe.html.contains("src=\"cid:a@b\""), "{}", safe.html);
    assert!(safe.is_remote_blocked);
    assert_eq!(safe.content_ids, ["a@b"]);
    let allowed = sanitise_html(source, true);
    assert!(allowed.html.contains("https://t.example/p.gif"));
    assert!(!allowed.is_remote_blocked);
}

#[test]
fn what_word_processors_write_stays_readable() {
    let source = "<!--[if gte mso 9]><xml><o:Settings>no</o:Settings></xml><![endif]--><o:p>Office</o:p><p class=MsoNormal>\
        <span style='font-size:11.0pt;font-family:\"Calibri\",sans-serif;mso-fareast-language:EN-US'>Text</span></p>\
        <![if !supportLists]>1.<![endif]><div dir=rtl lang=he>\u{5e9}</div><center><table width=100% cellspacing=0><tr>\
        <td valign=top align=center>c</td></tr></table></center>";
    let safe = clean(source);
    assert!(!safe.is_remote_blocked && !safe.is_truncated);
    for part in [
        "Office",
        "Text</span>",
        "font-size:11.0pt",
        "1.",
        "dir=\"rtl\"",
        "width=\"100%\"",
        "align=\"center\"",
    ] {
        assert!(safe.html.contains(part), "{part}: {}", safe.html);
    }
    assert!(
        !safe.html.contains("Settings") && !safe.html.contains("no<"),
        "{}",
        safe.html
    );
}

#[test]
fn no_known_trick_gets_through() {
    for source in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" java\nscript:alert(1)\">x</a>",
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        "<iframe src=\"https://t.example\"></iframe>",
        "<object data=\"https://t.example\"></object>",
        "<form action=\"https://t.example\"><input name=p></form>",
        "<div style=\"background-image:url(https://t.example)\">x</div>",
        "<div style=\"width: calc(1px); background: u\\72l(//t.example)\">x</div>",
        "<body background=\"https://t.example\">x",
        "<table background=\"https://t.example\"><tr><td background=//t.example>x",
        "<img srcset=\"https://t.example 2x\">",
        "<picture><source srcset=\"https://t.example\"><img></picture>",
        "<video poster=\"https://t.example\"></video>",
        "<style>@import url(https://t.example)</style>",
        "<link rel=stylesheet href=\"https://t.example\">",
        "<base href=\"https://t.example\">",
        "<meta http-equiv=refresh content=\"0;url=https://t.example\">",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<img src=\"//t.example/x\">",
        "<blockquote cite=\"https://t.example\">x</blockquote>",
    ] {
        let safe = clean(source);
        assert_harmless(&safe.html);
        assert!(!safe.html.contains("t.example"), "{source}: {}", safe.html);
    }
}

/// Parses what came out and looks at each tag and attribute.
fn assert_harmless(html: &str) {
    // What is sanitised again must not change: then it means to a browser what it meant to us.
    let again = clean(html).html;
    assert_eq!(clean(&again).html, again, "{html}");
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap();
        let end = rest.find('>').unwrap_or(rest.len());
        let tag = rest.get(..end).unwrap().to_ascii_lowercase();
        for word in [
            "script", "iframe", "object", "embed", "link", "style ", "meta", "base", "form",
            "input", "svg",
        ] {
            assert!(!tag.starts_with(word), "{html}");
        }
        for attribute in attributes(&tag) {
            let (name, value) = attribute;
            assert!(!name.starts_with("on"), "{html}");
            // These two are text for people.
            let is_text = matches!(name.as_str(), "alt" | "title");
            assert!(
                is_text || (!value.contains("javascript:") && !value.contains("url(")),
                "{html}"
            );
            if name == "src" {
                assert!(value.starts_with("cid:"), "{html}");
            }
            if name == "href" {
                let schemes = ["http://", "https://", "mailto:", "tel:", "#"];
                assert!(
                    schemes.iter().any(|scheme| value.starts_with(scheme)),
                    "{html}"
                );
            }
        }
    }
}

/// `name="value"` pairs as the serialiser writes them.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = tag.split_once(' ').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, next) = after.split_once('"').unwrap_or((after, ""));
        found.push((name.trim().to_owned(), value.trim().to_owned()));
        rest = next;
    }
    found
}

fn piece() -> impl Strategy<Value = String> {
    let tags = "a|img|div|table|td|svg|math|style|script|iframe|form|b|p|noscript|template|title|link|textarea|select";
    let names = "href|src|style|onclick|onerror|srcset|background|poster|cite|class|id|alt|xlink:href|formaction|action";
    let values = "javascript:alert\\(1\\)|https://t\\.example/x|//t\\.example|cid:a@b|data:text/html,x|background:url\\(//t\\.example\\)|color:red|[a-z:/&;\"'<>= ]{0,12}";
    prop_oneof![
        (tags, names, values).prop_map(|(tag, name, value)| format!("<{tag} {name}=\"{value}\">")),
        (tags, names, values).prop_map(|(tag, name, value)| format!("<{tag} {name}={value}>")),
        tags.prop_map(|tag| format!("</{tag}>")),
        "[ -~]{0,10}",
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("<![CDATA[".to_owned()),
    ]
}

proptest! {
    #[test]
    fn fuzz_nothing_that_runs_or_fetches_survives(pieces in prop::collection::vec(piece(), 0..12)) {
        let safe = clean(&pieces.concat());
        assert_harmless(&safe.html);
    }

    #[test]
    fn fuzz_any_text_is_cleaned_without_panic(source in any::<String>()) {
        assert_harmless(&clean(&source).html);
    }
}
