//! `saga`: durable runs, for operators.

use std::io::Write;

use anyhow::Context;
use bheem_saga::{Filter, RunState, RunView, Store};
use uuid::Uuid;

use super::args::{SagaArguments, SagaVerb};
use crate::wiring;

/// Who did it, in a run's record.
const ACTOR: &str = "command line";

pub(super) async fn run(arguments: SagaArguments) -> anyhow::Result<()> {
    let settings = super::installation(&arguments.target)?;
    let store = Store::new(wiring::database(&settings).await?.saga_pool());
    match arguments.verb {
        SagaVerb::List {
            state,
            tenant,
            limit,
        } => list(&store, state.as_deref(), tenant, limit).await,
        SagaVerb::Show { run } => show(&store, run).await,
        SagaVerb::Retry { run } => {
            store.retry(run, ACTOR).await?;
            said(run, "its failed steps are tried again")
        }
        SagaVerb::Skip { run, step, reason } => {
            store.skip(run, &step, &reason, ACTOR).await?;
            said(run, "goes on without the step")
        }
        SagaVerb::Unwind { run } => {
            store.unwind(run, ACTOR).await?;
            said(run, "is taken back")
        }
        SagaVerb::Abandon { run, reason } => {
            store.abandon(run, &reason, ACTOR).await?;
            said(run, "is given up")
        }
    }
}

fn said(run: Uuid, what: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "Run {run}: {what}")?;
    Ok(())
}

async fn list(
    store: &Store,
    state: Option<&str>,
    tenant: Option<Uuid>,
    limit: i64,
) -> anyhow::Result<()> {
    let filter = Filter {
        tenant_id: tenant,
        state: state
            .map(RunState::parse)
            .transpose()
            .context("--state is forward, unwinding, succeeded, undone or stuck")?,
        ..Filter::default()
    };
    let runs = store.list(&filter, limit).await?;
    let mut out = std::io::stdout();
    for run in &runs {
        writeln!(
            out,
            "{}  {:<10} {:<20} {}{}",
            run.run_id,
            run.state,
            run.kind,
            run.subject,
            complaint(run)
        )?;
    }
    if runs.is_empty() {
        writeln!(out, "No runs.")?;
    }
    Ok(())
}

fn complaint(run: &RunView) -> String {
    run.error.as_ref().map_or_else(String::new, |error| {
        let step = error.step.as_deref().unwrap_or("run");
        format!("  {step}: {} ({})", error.code, error.detail)
    })
}

async fn show(store: &Store, run: Uuid) -> anyhow::Result<()> {
    let (run, events) = store.show(run).await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} {} of tenant {}",
        run.kind, run.subject, run.tenant_id
    )?;
    writeln!(
        out,
        "{}, since {}{}",
        run.state,
        run.created_at,
        complaint(&run)
    )?;
    for step in &run.steps {
        let error = step.error.as_ref().map_or_else(String::new, |error| {
            format!("  {}: {}", error.code, error.detail)
        });
        writeln!(
            out,
            "  {:<24} {:<12} attempt {}{error}",
            step.name, step.state, step.attempt
        )?;
    }
    for event in events {
        writeln!(
            out,
            "  {}  {:<24} {}{}",
            event.at,
            event.step.as_deref().unwrap_or("-"),
            event.what,
            event
                .actor
                .map_or_else(String::new, |actor| format!(" by {actor}"))
        )?;
    }
    Ok(())
}
