//! People in a tenant.

mod add;
mod manage;
mod rename;
mod view;

pub use add::AddMember;
pub use manage::UpdateMember;
pub use view::MemberView;
