//! The targets, a file for each layer or dialect.

pub(crate) mod chime;
pub(crate) mod identity;
pub(crate) mod image;
pub(crate) mod inspect;
pub(crate) mod kit;
pub(crate) mod list;
pub(crate) mod plain;
pub(crate) mod policy;
pub(crate) mod sigv4;
pub(crate) mod v1;
pub(crate) mod v2;
