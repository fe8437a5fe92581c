//! Text whose lines may be joined again (`format=flowed`, RFC 3676).

/// How lines were broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flowed {
    /// The space that marks a break is not part of the text.
    pub(crate) has_deleted_spaces: bool,
}

impl Flowed {
    /// By the parameters of the type; `None` if lines are as they are.
    pub(crate) fn of(format: Option<&String>, deletes: Option<&String>) -> Option<Self> {
        let is = |value: Option<&String>, word: &str| {
            value.is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
        };
        is(format, "flowed").then(|| Self {
            has_deleted_spaces: is(deletes, "yes"),
        })
    }
}

/// Joins lines that belong together (sections 4.1 to 4.5). What is quoted stays so, one `>` for each level and a space.
pub(crate) fn unfold(text: &str, flowed: Flowed) -> String {
    let mut out = String::with_capacity(text.len());
    // The quoting of the paragraph that goes on.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len().saturating_sub(content.len());
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        // A line of another depth begins a paragraph, whatever was before (section 4.5).
        if open != Some(depth) || is_signature {
            if open.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !content.is_empty() {
                out.push(' ');
            }
        }
        let goes_on = content.ends_with(' ') && !is_signature;
        if goes_on {
            let whole = content
                .strip_suffix(' ')
                .filter(|_| flowed.has_deleted_spaces);
            out.push_str(whole.unwrap_or(content));
            open = Some(depth);
        } else {
            out.push_str(content);
            out.push('\n');
            open = None;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_joined_as_they_were_written() {
        for (has_deleted_spaces, text, wanted) in [
            // Section 4.2.
            (false, "one \r\ntwo\r\n\r\nthree\r\n", "one two\n\nthree\n"),
            (
                true,
                "https://a.test/aa \nbb  \ncc\n",
                "https://a.test/aabb cc\n",
            ),
            // Section 4.4: a space before what would be quoting.
            (false, " > no quote\n From x\n", "> no quote\nFrom x\n"),
            // Section 4.5: depth changes.
            (false, "a \n> b \n> c\n>> d \nf\n", "a \n> b c\n>> d \nf\n"),
            (true, ">>a \n>>b\n", ">> ab\n"),
            // Section 4.3: a signature stands alone.
            (false, "text \n-- \nme \nhere\n", "text \n-- \nme here\n"),
            (false, ">\n> \n", ">\n>\n"),
        ] {
            assert_eq!(
                unfold(text, Flowed { has_deleted_spaces }),
                wanted,
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn fuzz_any_text_grows_by_a_space_for_each_line_at_most(text in "[>a \r\n-]{0,80}", has_deleted_spaces in any::<bool>()) {
            let unfolded = unfold(&text, Flowed { has_deleted_spaces });
            prop_assert!(unfolded.len() <= text.len() + 2 * text.lines().count());
        }
    }
}
