//! Model strings.
