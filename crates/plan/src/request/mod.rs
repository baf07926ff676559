//! What a request says about its own routing, in the words of the gateway that it was written for.
//!
//! Concentrate's `routing`, `OpenRouter`'s `provider` and `models`, LLM Gateway's `routing` and headers, Vercel's
//! `providerOptions.gateway` are read as they are into an [`Overlay`](crate::Overlay). Every member is accounted for;
//! `docs/requests.md` has the table.

mod body;
mod concentrate;
mod draft;
mod entry;
mod interval;
mod llm_gateway;
mod openrouter;
mod provider;
mod reader;
mod system;
mod variant;
mod vercel;

pub use entry::{Carried, Entry, UnreadableRouting};
pub use reader::{RequestReader, Routing, Session};
pub use system::{ReadAs, System};
