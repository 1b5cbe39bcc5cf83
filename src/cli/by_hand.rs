//! Stands in for the hands of the dashboard until they are wired: says what to do by hand.

use std::sync::Arc;

use crate::{
    domain::{board::Board, session::SessionKey},
    tui::hands::{Handling, Hands, Preflight, Saver},
};

/// Does nothing, and says what to do instead.
pub struct ByHand;

impl Hands for ByHand {
    fn preflight(&mut self, _: &Board, session: &SessionKey, fork: bool) -> Preflight {
        let command = format!("goose session --resume --session-id {}", session.id);
        Preflight {
            key: session.clone(),
            fork,
            can_fork: false,
            command,
            notes: Vec::new(),
            obstacle: Some("not yet: resume it by hand, in its own folder".into()),
        }
    }

    fn resume(&mut self, preflight: &Preflight) -> Result<Handling, String> {
        Err(format!("not yet: by hand: {}", preflight.command))
    }

    fn attach(&mut self, _: &Board, session: &SessionKey) -> Result<Handling, String> {
        Err(format!("not yet: go to the terminal that runs {} by hand", session.id))
    }

    fn saver(&self) -> Saver {
        Arc::new(|_| Err("not yet: the audit log has it".into()))
    }
}
