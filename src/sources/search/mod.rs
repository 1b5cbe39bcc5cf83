//! Search over conversations: to come.
