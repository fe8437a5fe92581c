//! The section `# Errors` of a handler's documentation, which names statuses and what each means:
//! `404 also when it is somebody else's, 409 while people are active on it.`

/// The text before the section, and each status in it with its meaning, which may be empty.
pub(super) fn split(text: &str) -> (String, Vec<(String, String)>) {
    let (before, section) = text.split_once("# Errors").unwrap_or((text, ""));
    let words: Vec<&str> = section.split_whitespace().collect();
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for word in words {
        let bare = word.trim_end_matches([',', ';', '.']);
        if is_status(bare) {
            told.push((bare.to_owned(), Vec::new()));
        } else if let Some((_, meaning)) = told.last_mut() {
            meaning.push(word);
        }
    }
    let told = told.into_iter().map(|(status, words)| {
        let meaning = words.join(" ");
        (status, sentence(meaning.trim_end_matches([',', ';', '.'])))
    });
    (before.trim().to_owned(), told.collect())
}

fn is_status(word: &str) -> bool {
    word.len() == 3
        && word.starts_with(['4', '5'])
        && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// With a capital letter at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_meaning() {
        let text = "Removes it.\n\n# Errors\n404 also when it is somebody else's, 409 with code `last_owner` when\n\
                    nobody is left; 422.";
        let (text, told) = split(text);
        assert_eq!(text, "Removes it.");
        let expected = [
            ("404", "Also when it is somebody else's"),
            ("409", "With code `last_owner` when nobody is left"),
            ("422", ""),
        ];
        let expected = expected.map(|(status, meaning)| (status.to_owned(), meaning.to_owned()));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_text_without_the_section_stays() {
        assert_eq!(split("One domain."), ("One domain.".to_owned(), Vec::new()));
        assert_eq!(
            split("A.\n\n# Errors\nNone."),
            ("A.".to_owned(), Vec::new())
        );
    }
}
