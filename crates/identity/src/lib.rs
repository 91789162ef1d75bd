//! Who is calling.
//!
//! One trait, [`Authenticator`], and three answers to it: the [`built_in`] identity that keeps users and tokens in the
//! catalog, a real [`keystone`], and a [`proxy`] that has authenticated the caller already. Each turns the headers of
//! one request into a [`Caller`](salon_core::Caller), which is then passed down as a value and never kept anywhere else.

pub mod authenticator;
pub mod built_in;
pub mod headers;
pub mod keystone;
pub mod proxy;
pub mod secret;
pub mod seed;
#[cfg(test)]
mod testing;

pub use authenticator::{Authenticator, Credentials};
pub use built_in::BuiltIn;
pub use headers::strip_identity_headers;
pub use keystone::Keystone;
pub use proxy::Proxy;
pub use salon_core::Network;
pub use secret::Secret;
pub use seed::{Person, seed_dev};
