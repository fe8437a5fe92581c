//! Styles that can only style.
//!
//! A declaration stays if its property is one of those below and its value consists of plain letters; whatever could fetch
//! (`url(`, `image-set(`), hide letters (a backslash) or end the declaration is not among them.

const PROPERTIES: [&str; 46] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];

/// Functions that do nothing but name a colour.
const COLOURS: [&str; 4] = ["rgb(", "rgba(", "hsl(", "hsla("];

/// What is left of a `style` attribute, and whether something that fetches was in it.
pub(super) fn clean(style: &str) -> (String, bool) {
    let mut kept = String::new();
    let lower = style.to_ascii_lowercase();
    let is_remote = ["url", "image", "src", "@import", "\\"]
        .iter()
        .any(|word| lower.contains(word));
    for declaration in lower.split(';').take(200) {
        let Some((property, value)) = declaration.split_once(':') else {
            continue;
        };
        let (property, value) = (property.trim(), value.trim());
        if PROPERTIES.contains(&property) && is_plain(value) {
            kept.push_str(property);
            kept.push(':');
            kept.push_str(value);
            kept.push(';');
        }
    }
    (kept, is_remote)
}

fn is_plain(value: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || " #%.,()'!-+".contains(c);
    if value.len() > 200 || !value.chars().all(letters) {
        return false;
    }
    let without = COLOURS
        .iter()
        .fold(value.to_owned(), |text, colour| text.replace(colour, ""));
    !without.contains('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_fonts_stay() {
        let (kept, is_remote) =
            clean("Color: RGB(1, 2, 3); font-family:'Arial', sans-serif; position: fixed");
        assert_eq!(kept, "color:rgb(1, 2, 3);font-family:'arial', sans-serif;");
        assert!(!is_remote);
    }

    #[test]
    fn what_fetches_goes_and_is_told() {
        for style in [
            "background-color: url(https://x.example)",
            "background: URL('//x')",
            "width: u\\72l(//x)",
            "width: expression(alert(1))",
            "color: red/**/;@import 'x'",
        ] {
            let (kept, is_remote) = clean(style);
            assert!(kept.is_empty(), "{style}: {kept}");
            assert_eq!(is_remote, !style.contains("expression"), "{style}");
        }
    }
}
