//! Tells what happens while it happens.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// Tells a story on the terminal.
pub(super) struct Narrator {
    is_terminal: bool,
}

impl Narrator {
    pub(super) fn new() -> Self {
        use std::io::IsTerminal;
        Self {
            is_terminal: std::io::stdout().is_terminal(),
        }
    }

    /// A new part of the story.
    pub(super) fn title(&self, title: &str) {
        self.line(&format!("\n{title}"));
    }

    /// Something worth knowing.
    pub(super) fn say(&self, text: &str) {
        self.line(&format!("      {text}"));
    }

    /// Something that takes a moment.
    pub(super) async fn step<T>(
        &self,
        what: &str,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let bar = self.spinner(what);
        let result = work.await;
        bar.finish_and_clear();
        match &result {
            Ok(_) => self.line(&format!("  ok  {what}")),
            Err(error) => self.line(&format!("  --  {what}: {error:#}")),
        }
        result
    }

    /// How each service of a person stands.
    pub(super) fn services(&self, person: &Value) {
        let field = |value: &Value, name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        self.say(&format!(
            "{}: {}",
            field(person, "email"),
            field(person, "provisioning_status")
        ));
        let services = person.get("services").and_then(Value::as_array);
        for service in services.into_iter().flatten() {
            let reason = field(service, "reason");
            self.say(&format!(
                "  {:<12} {}{}",
                field(service, "service"),
                field(service, "status"),
                if reason.is_empty() {
                    String::new()
                } else {
                    format!(" ({reason})")
                }
            ));
        }
    }

    fn spinner(&self, what: &str) -> ProgressBar {
        let target = if self.is_terminal {
            ProgressDrawTarget::stdout()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("  {spinner} {msg} {elapsed}");
        let bar = ProgressBar::with_draw_target(None, target)
            .with_style(style.unwrap_or_else(|_error| ProgressStyle::default_spinner()))
            .with_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    #[expect(clippy::print_stdout, reason = "telling is what this command is for")]
    #[expect(clippy::unused_self, reason = "nobody but the narrator tells")]
    fn line(&self, text: &str) {
        println!("{text}");
    }
}
