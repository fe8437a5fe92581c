//! How an area lists its handlers.

/// Adds handlers to the table, each as `guarded` or `public`; after `=>` stands how the answer is made anew from
/// what was done, when it was lost with its process.
macro_rules! routes {
    ($table:expr, $($access:ident $($part:ident)::+ $(=> $recovery:expr)?),+ $(,)?) => {$(
        $table
            .$access::<$crate::routes::operation!([] $($part)::+), _, _>($($part)::+)
            $(.recovered($recovery))?;
    )+};
}

/// The type that holds what `#[utoipa::path]` says of a handler; it stands beside the handler.
macro_rules! operation {
    ([$($module:tt)*] $name:ident) => { pastey::paste! { $($module)* [<__path_ $name>] } };
    ([$($module:tt)*] $next:ident :: $($rest:tt)+) => {
        $crate::routes::operation!([$($module)* $next ::] $($rest)+)
    };
}
pub(crate) use {operation, routes};
