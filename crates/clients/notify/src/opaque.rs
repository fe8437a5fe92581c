//! `Debug` of messages: that there is one, and nothing of it. Texts, variables and links in them let people in.

macro_rules! opaque {
    ($($name:ident),+) => {$(
        /// What it says and to whom is left out.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

pub(crate) use opaque;
