//! What a request passes before its handler: who it is, whether they have too much under way, the guard, and
//! then the key of a repetition. Only then is the body read. So a stranger learns nothing from a body, and a
//! kept answer is given only to somebody who has the right to ask at this moment.

use actix_web::{
    Error, FromRequest, Handler, HttpRequest, HttpResponse, Responder, dev::Payload,
    http::StatusCode,
};
use bheem_persistence::Share;

use super::idempotency;
use crate::{
    app::App,
    extract::{CurrentUser, GuardedArgs},
    problem::Problem,
};

pub use super::idempotency::Recovery;

/// Answers a request to a guarded route.
///
/// # Errors
/// The problem of whoever is not let in, and what the handler answers with.
pub async fn enter<F, Args>(
    handler: F,
    request: HttpRequest,
    mut payload: Payload,
    recovery: Option<Recovery>,
) -> Result<HttpResponse, Error>
where
    F: Handler<Args>,
    Args: GuardedArgs + 'static,
    F::Output: Responder + 'static,
{
    let user = CurrentUser::of(&request).await?;
    let account = user.claims.sub;
    let place = App::of(&request).crowd.enter(account);
    let place = place.ok_or_else(too_many_at_once)?;
    let share = Share::of(account);
    let key = idempotency::key_of(&request)?;
    let guarded = share.scope(Args::Guard::from_request(&request, &mut Payload::None));
    let guard = guarded.await.map_err(Into::into)?;
    let Some(key) = key else {
        let answer = share.scope(call(handler, guard, request, payload)).await;
        drop(place);
        return answer;
    };
    let recovery = recovery.unwrap_or(Recovery::of(request.method()));
    let taken = idempotency::take(&request, &mut payload, account, key, recovery);
    let taken = share.scope(taken);
    match taken.await? {
        idempotency::Turn::Answered(answer) => Ok(answer),
        idempotency::Turn::Committed(effect) => {
            let recovered = idempotency::recover(request, effect, recovery);
            share.scope(recovered).await
        }
        idempotency::Turn::Ours(attempt) => {
            let work = async move {
                let call = call(handler, guard, request, payload);
                let answer = share.scope(attempt.answer(call)).await;
                drop(place);
                answer
            };
            idempotency::detached(work).await
        }
    }
}

async fn call<F, Args>(
    handler: F,
    guard: Args::Guard,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Error>
where
    F: Handler<Args>,
    Args: GuardedArgs + 'static,
    F::Output: Responder + 'static,
{
    let rest = Args::Rest::from_request(&request, &mut payload).await;
    let args = Args::join(guard, rest.map_err(Into::into)?);
    let answer = handler.call(args).await;
    Ok(answer.respond_to(&request).map_into_boxed_body())
}

fn too_many_at_once() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_at_once",
        "Too many requests of this account are being answered; send fewer at once",
    )
    .retry_after(std::time::Duration::from_secs(1))
}
