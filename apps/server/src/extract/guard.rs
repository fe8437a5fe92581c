//! Which arguments are guards. The route table only takes a handler whose first argument is one, so
//! a handler without a check does not compile into it.

use actix_web::FromRequest;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    User,
    /// A member of the tenant in the path.
    TenantMember,
    /// An owner or admin of the tenant in the path.
    TenantAdmin,
    /// A platform administrator.
    SuperAdmin,
}

/// An argument that lets only some people in.
pub trait Guard: FromRequest {
    /// Whom.
    const ACCESS: Access;
}

/// The arguments of a handler whose first one is a guard.
pub trait GuardedArgs {
    /// Whom it lets in.
    const ACCESS: Access;
}

macro_rules! guarded {
    ($($rest:ident),*) => {
        impl<G: Guard, $($rest),*> GuardedArgs for (G, $($rest,)*) {
            const ACCESS: Access = G::ACCESS;
        }
    };
}
guarded!();
guarded!(A);
guarded!(A, B);
guarded!(A, B, C);
guarded!(A, B, C, D);
guarded!(A, B, C, D, E);
