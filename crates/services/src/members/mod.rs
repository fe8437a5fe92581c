//! People in a tenant.

mod add;
mod consent;
mod manage;
mod rename;
mod services;
mod view;

pub use add::AddMember;
pub use manage::UpdateMember;
pub use view::MemberView;
