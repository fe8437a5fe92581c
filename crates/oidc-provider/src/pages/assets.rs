//! Style and scripts of the pages, from the binary. Their names carry a hash of what they hold, so
//! that browsers may keep them for ever; a colour is a name, too.

use std::sync::LazyLock;

use bheem_vault::token;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What it is.
    pub content_type: &'static str,
    /// What it holds.
    pub body: String,
}

/// Where files are.
const PREFIX: &str = "/assets/sso/";

struct File {
    path: String,
    content_type: &'static str,
    body: &'static str,
}

struct Files {
    style: File,
    icon: File,
    fragment: File,
    form_post: File,
    passkey: File,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    const CSS: &str = "text/css; charset=utf-8";
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    Files {
        style: File::new("style", "css", CSS, include_str!("../../assets/style.css")),
        icon: File::new(
            "icon",
            "svg",
            "image/svg+xml",
            include_str!("../../assets/icon.svg"),
        ),
        fragment: File::new(
            "fragment",
            "js",
            SCRIPT,
            include_str!("../../assets/fragment.js"),
        ),
        form_post: File::new(
            "form-post",
            "js",
            SCRIPT,
            include_str!("../../assets/form-post.js"),
        ),
        passkey: File::new(
            "passkey",
            "js",
            SCRIPT,
            include_str!("../../assets/passkey.js"),
        ),
    }
});

impl File {
    fn new(stem: &str, extension: &str, content_type: &'static str, body: &'static str) -> Self {
        let hash: String = token::encode(&token::hash(body.as_bytes()))
            .chars()
            .take(16)
            .collect();
        Self {
            path: format!("{PREFIX}{stem}-{hash}.{extension}"),
            content_type,
            body,
        }
    }
}

/// The path of the style.
pub(crate) fn style() -> &'static str {
    &FILES.style.path
}

/// The path of the icon.
pub(crate) fn icon() -> &'static str {
    &FILES.icon.path
}

/// The path of the script that takes a code from the address.
pub(crate) fn fragment_script() -> &'static str {
    &FILES.fragment.path
}

/// The path of the script that posts an answer.
pub(crate) fn form_post_script() -> &'static str {
    &FILES.form_post.path
}

/// The path of the script that asks for a passkey.
pub(crate) fn passkey_script() -> &'static str {
    &FILES.passkey.path
}

/// The file of this name, if there is one.
#[must_use]
pub fn asset(name: &str) -> Option<Asset> {
    if let Some(colour) = name
        .strip_prefix("brand-")
        .and_then(|name| name.strip_suffix(".css"))
        .and_then(Colour::parse_digits)
    {
        return Some(Asset {
            content_type: "text/css; charset=utf-8",
            body: colour.style(),
        });
    }
    let files = &*FILES;
    [
        &files.style,
        &files.icon,
        &files.fragment,
        &files.form_post,
        &files.passkey,
    ]
    .into_iter()
    .find(|file| file.path.strip_prefix(PREFIX) == Some(name))
    .map(|file| Asset {
        content_type: file.content_type,
        body: file.body.to_owned(),
    })
}

/// A tenant's colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(u32);

impl Colour {
    /// Reads `#rrggbb`; nothing else is a colour.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::parse_digits(text.strip_prefix('#')?)
    }

    fn parse_digits(digits: &str) -> Option<Self> {
        let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex
            .then(|| u32::from_str_radix(digits, 16).ok().map(Self))
            .flatten()
    }

    /// The path of its style.
    pub(crate) fn path(self) -> String {
        format!("{PREFIX}brand-{:06x}.css", self.0)
    }

    fn style(self) -> String {
        let text = if self.luminance() > 0.179 {
            "#000000"
        } else {
            "#ffffff"
        };
        format!(
            ":root {{ --accent: #{:06x}; --accent-text: {text}; }}\n",
            self.0
        )
    }

    /// Relative luminance (WCAG 2.2). Above 0.179 black has the higher contrast, which then is at
    /// least 4.5.
    fn luminance(self) -> f64 {
        let [_, red, green, blue] = self.0.to_be_bytes().map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_its_file() {
        for path in [
            style(),
            icon(),
            fragment_script(),
            form_post_script(),
            passkey_script(),
        ] {
            let name = path.strip_prefix(PREFIX).unwrap();
            assert!(!asset(name).unwrap().body.is_empty(), "{path}");
        }
        for name in [
            "",
            "style.css",
            "../style.css",
            "brand-12345.css",
            "brand-#12345.css",
        ] {
            assert_eq!(asset(name), None, "{name}");
        }
    }

    #[test]
    fn only_a_colour_is_a_colour() {
        assert_eq!(Colour::parse("#0a0B0c"), Some(Colour(0x000a_0b0c)));
        for bad in [
            "",
            "#",
            "0a0b0c",
            "#0a0b0",
            "#0a0b0c0",
            "#+a0b0c",
            "red",
            "#0a0b0c;}",
        ] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_on_a_colour_can_be_read() {
        for rgb in [
            0x00_0000, 0xff_ffff, 0x77_7777, 0xff_0000, 0x00_ff00, 0x24_57d6,
        ] {
            let colour = Colour(rgb);
            let text = if colour.style().contains("--accent-text: #000000") {
                0.0
            } else {
                1.0
            };
            let (high, low) = (colour.luminance().max(text), colour.luminance().min(text));
            assert!((high + 0.05) / (low + 0.05) >= 4.5, "{rgb:06x}");
        }
    }
}
