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
    /// Whoever is signed in as strongly as administration takes; what they administer is found out afterwards.
    Administrator,
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

/// The arguments of a handler whose first one is a guard. The guard answers before the rest is looked at.
pub trait GuardedArgs: Sized {
    /// The guard.
    type Guard: Guard;
    /// What comes after it.
    type Rest: FromRequest;

    /// Whom it lets in.
    const ACCESS: Access;

    /// Both together.
    fn join(guard: Self::Guard, rest: Self::Rest) -> Self;
}

macro_rules! guarded {
    ($($kind:ident $rest:ident),*) => {
        impl<G: Guard, $($kind: FromRequest + 'static),*> GuardedArgs for (G, $($kind,)*) {
            type Guard = G;
            type Rest = ($($kind,)*);

            const ACCESS: Access = G::ACCESS;

            fn join(guard: G, ($($rest,)*): Self::Rest) -> Self {
                (guard, $($rest,)*)
            }
        }
    };
}
guarded!();
guarded!(A a);
guarded!(A a, B b);
guarded!(A a, B b, C c);
guarded!(A a, B b, C c, D d);
guarded!(A a, B b, C c, D d, E e);
