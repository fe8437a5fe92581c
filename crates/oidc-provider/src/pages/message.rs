//! Pages that only say something.

use askama::Template;
use bheem_identity::Error as Identity;
use bheem_persistence::Error as Database;

use super::{
    PageRequest,
    layout::{Layout, show_page},
    problem::{Problem, Stop},
    strings,
    strings::Strings,
    visit::Visit,
};
use crate::{Answer, Error, Provider, Result};

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    layout: Layout,
    text: &'static str,
    code: Option<String>,
    /// Where to go on, and what the way is called.
    onward: Option<(&'static str, &'static str)>,
}

/// A page that says something.
pub(crate) fn message(
    visit: &Visit<'_>,
    title: &'static str,
    text: &'static str,
    onward: Option<(&'static str, &'static str)>,
) -> Result<Answer> {
    show_page!(Message {
        layout: Layout::bare(visit.s, title),
        text,
        code: None,
        onward,
    })
}

/// A page that says something to somebody of whom nothing is known.
pub(super) fn say(s: &'static Strings, title: &'static str, text: &'static str) -> Result<Answer> {
    show_page!(Message {
        layout: Layout::bare(s, title),
        text,
        code: None,
        onward: None,
    })
}

/// The page of a problem.
pub(crate) fn problem(s: &'static Strings, problem: &Problem) -> Result<Answer> {
    let mut layout = Layout::bare(s, s.error);
    layout.status = problem.status();
    show_page!(Message {
        layout,
        text: problem.text(s),
        code: problem.code(),
        onward: None,
    })
}

impl Provider {
    /// The page for whatever stopped the answer. A failure is logged, and not told.
    pub(crate) fn stopped(
        request: &PageRequest,
        s: Option<&'static Strings>,
        stop: &Stop,
    ) -> Answer {
        let s = s.unwrap_or_else(|| strings::choose(&[], &request.accept_language));
        let answer = match stop {
            Stop::Told(told) => problem(s, told),
            Stop::Failed(error) => failure(s, error),
        };
        answer.unwrap_or_else(|_error| Answer::empty(500))
    }
}

fn failure(s: &'static Strings, error: &Error) -> Result<Answer> {
    tracing::error!(error = %chain(error), "a page of the provider failed");
    let is_away = matches!(
        error,
        Error::Database(Database::Unavailable(_))
            | Error::Identity(Identity::Database(Database::Unavailable(_)))
    );
    let mut layout = Layout::bare(s, s.error);
    layout.status = if is_away { 503 } else { 500 };
    let answer = show_page!(Message {
        layout,
        text: s.error_server,
        code: None,
        onward: None,
    })?;
    Ok(if is_away {
        answer.with("retry-after", "5")
    } else {
        answer
    })
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
