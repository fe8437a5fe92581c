//! `/operations`: following work at the peers.

pub mod dto;

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data, Path},
};
use bheem_domain::RunId;
use bheem_saga::RunView;
use futures::{Stream, StreamExt, stream};

use self::dto::OperationResponse;
use crate::{
    app::App,
    extract::{Administrator, CurrentUser, audit_platform_read},
    http::request_id,
    problem::{Answer, Problem},
    routes::{Table, routes},
};

/// A comment goes out this often, so that nothing on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn routes(table: &mut Table) {
    routes!(
        table,
        guarded get_operation,
        guarded watch_operation,
    );
}

/// An operation, for administrators of its tenant.
///
/// # Errors
/// 404 also when it is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/operations/{operation_id}", tag = "operations", security(("bearer" = [])),
    params(("operation_id" = uuid::Uuid, Path)),
    responses((status = 200, body = OperationResponse)),
)]
pub async fn get_operation(
    Administrator(user): Administrator,
    app: Data<App>,
    path: Path<String>,
    request: HttpRequest,
) -> Answer {
    let run = read(&app, &user, operation_id(&path)?).await?;
    audit_platform_read(&request, &user).await;
    Ok(HttpResponse::Ok().json(OperationResponse::from(&run)))
}

/// An operation as server-sent events: one `operation` event for each change, the last one when it
/// has settled.
///
/// # Errors
/// 404 also when it is somebody else's.
#[utoipa::path(
    get, path = "/api/v1/operations/{operation_id}/events", tag = "operations", security(("bearer" = [])),
    params(("operation_id" = uuid::Uuid, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 429)),
)]
pub async fn watch_operation(
    Administrator(user): Administrator,
    app: Data<App>,
    path: Path<String>,
    request: HttpRequest,
) -> Answer {
    let id = operation_id(&path)?;
    let place = app.watchers.enter(user.claims.sub).ok_or_else(|| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_streams",
            "Too many streams of events are open; close some",
        )
        .retry_after(KEEP_ALIVE)
    })?;
    read(&app, &user, id).await?;
    audit_platform_read(&request, &user).await;
    let events = app
        .services
        .watch_operation(id)
        // Who has lost the right meanwhile hears no more of it.
        .take_while(move |_| may_read_on(app.clone(), user.clone(), id))
        .map(move |view| {
            // Held as long as the stream is open.
            let _place = &place;
            view
        })
        .map(|view| match view {
            Ok(run) => event("operation", &OperationResponse::from(&run)),
            Err(error) => event("problem", &Problem::from(error).body(request_id::current())),
        });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(with_keep_alive(events)))
}

async fn read(app: &App, user: &CurrentUser, id: RunId) -> Result<RunView, Problem> {
    let actor = user.actor.clone();
    Ok(app.services.operation(&user.claims, actor, id).await?)
}

async fn may_read_on(app: Data<App>, user: CurrentUser, id: RunId) -> bool {
    let revocations = app.services.identity().revocations();
    revocations.is_revoked(user.claims.sid.as_uuid()) != Some(true)
        && read(&app, &user, id).await.is_ok()
}

fn operation_id(path: &str) -> Result<RunId, Problem> {
    path.parse()
        .map_err(|_error| Problem::not_found("Operation not found"))
}

fn event(name: &str, data: &impl serde::Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// The events, with a comment whenever nothing happened for a while.
fn with_keep_alive(
    events: impl Stream<Item = Bytes> + 'static,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
    stream::unfold(Box::pin(events), |mut events| async move {
        let next = tokio::time::timeout(KEEP_ALIVE, events.next()).await;
        match next {
            Ok(Some(event)) => Some((Ok(event), events)),
            Ok(None) => None,
            Err(_elapsed) => Some((Ok(Bytes::from_static(b": still here\n\n")), events)),
        }
    })
}
