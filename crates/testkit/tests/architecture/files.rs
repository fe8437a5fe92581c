//! What every source file keeps to.

use crate::workspace;

/// More lines than this in a file are two files.
const LINES: usize = 600;
/// What a program writes on top of a file that it generates.
const GENERATED: &str = "@generated";
/// Written so that this file does not hold the word itself.
const UNSAFE_LINT: &str = concat!("unsafe", "_code");

fn is_too_long(content: &str) -> bool {
    let is_generated = content.lines().take(5).any(|line| line.contains(GENERATED));
    !is_generated && content.lines().count() > LINES
}

#[test]
fn no_source_file_is_over_600_lines() {
    let long: Vec<_> = workspace::sources()
        .into_iter()
        .filter(|(_, content)| is_too_long(content))
        .map(|(path, content)| format!("{path}: {} lines", content.lines().count()))
        .collect();
    assert!(long.is_empty(), "split these:\n{}", long.join("\n"));
}

#[test]
fn a_file_of_601_lines_is_found_unless_it_is_generated() {
    assert!(is_too_long(&"x\n".repeat(601)));
    assert!(!is_too_long(&"x\n".repeat(600)));
    assert!(!is_too_long(&format!(
        "// {GENERATED}\n{}",
        "x\n".repeat(601)
    )));
}

#[test]
fn only_the_crate_that_starts_processes_may_be_unsafe() {
    let elsewhere: Vec<_> = workspace::sources()
        .into_iter()
        .filter(|(path, content)| {
            !path.starts_with("crates/embedded-postgres/") && content.contains(UNSAFE_LINT)
        })
        .map(|(path, _)| path)
        .collect();
    assert!(
        elsewhere.is_empty(),
        "unsafe code outside embedded-postgres: {elsewhere:?}"
    );
}

#[test]
fn the_one_unsafe_crate_says_why() {
    let expectation = format!("expect({UNSAFE_LINT}");
    let unexplained: Vec<_> = workspace::sources()
        .into_iter()
        .filter(|(path, content)| {
            path.starts_with("crates/embedded-postgres/")
                && content.contains(UNSAFE_LINT)
                && !content
                    .split_whitespace()
                    .collect::<String>()
                    .contains(&format!("{expectation},reason="))
        })
        .map(|(path, _)| path)
        .collect();
    assert!(unexplained.is_empty(), "no reason given: {unexplained:?}");
}
