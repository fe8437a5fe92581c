//! Names that look like those of the platform itself, and so would lend its authority to somebody else.

/// What the platform is called, as [`skeleton`] leaves it.
const PLATFORM: &str = "bheem";

/// Names that stand for whoever runs the installation.
const OFFICES: [&str; 14] = [
    "account",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "login",
    "security",
    "signin",
    "support",
    "system",
    "systemadministrator",
    "webmaster",
    "workspace",
    "workspaceadmin",
];

/// Whether people may take the name for the platform's: it holds the platform's name, however it is spelt, or
/// is that of an office.
#[must_use]
pub fn looks_like_platform(name: &str) -> bool {
    let skeleton = skeleton(name);
    skeleton.contains(PLATFORM) || OFFICES.contains(&skeleton.as_str())
}

/// Letters alone, in lower case, with those that look alike made one (after UTS 39, for the letters that are
/// needed here).
fn skeleton(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            'a'..='z' => Some(c),
            '0' | 'о' | 'ο' | 'օ' | 'ö' | 'ó' | 'ò' | 'ô' => Some('o'),
            '1' | '|' | 'ı' | 'і' | 'ι' | 'ї' | 'í' | 'ì' => Some('i'),
            '3' | 'е' | 'ё' | 'ε' | 'є' | 'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ė' => Some('e'),
            'а' | 'α' | 'á' | 'à' | 'ä' | 'â' => Some('a'),
            'в' | 'ь' | 'ß' | 'β' | '8' => Some('b'),
            'һ' | 'н' | 'ħ' => Some('h'),
            'м' | 'ṁ' | 'ṃ' | 'μ' => Some('m'),
            'с' | 'ς' => Some('c'),
            'р' | 'ρ' => Some('p'),
            'т' | 'τ' => Some('t'),
            'к' | 'κ' => Some('k'),
            'ѕ' | '5' | '$' => Some('s'),
            // Letters of full width (U+FF41 and on).
            '\u{ff41}'..='\u{ff5a}' => char::from_u32(u32::from(c) - 0xff41 + u32::from('a')),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_recognised_however_it_is_spelt() {
        for name in [
            "Bheem",
            "bheem workspace",
            "B h e e m",
            "BH33M Login",
            "Вheem",
            "bһееm",
            "ｂｈｅｅｍ",
            "my-bheem",
            "Admin",
            "Support",
            "Sign-In",
        ] {
            assert!(looks_like_platform(name), "{name}");
        }
        for name in [
            "Acme",
            "Wiki",
            "Workspace of Acme",
            "Support of Acme",
            "Beam",
            "Ahmed",
        ] {
            assert!(!looks_like_platform(name), "{name}");
        }
    }
}
