//! One file for each command.

pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod convert;
pub(crate) mod migrate;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod replay;
pub(crate) mod sanitize;
pub(crate) mod simulate;
pub(crate) mod slug;
