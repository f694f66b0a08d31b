//! Empty: cargo wants a target, and this crate exists only for its dependency.
