//! What a conversation is waiting for. The rows alone mislead (goose stores a round only after its
//! tools finished), so living processes and open model calls decide first.

pub mod derive;
pub mod rows;

use chrono::{DateTime, Utc};
use strum::{Display, EnumString, IntoStaticStr};

/// What is waited for. The words are part of the JSON contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TurnState {
    /// No message yet.
    Empty,
    /// The model has answered; a person is next.
    WaitingForUser,
    /// A model call is open.
    WaitingForModel,
    /// A tool is at work.
    RunningTool,
    /// A person is asked to allow something.
    WaitingForApproval,
    /// In the middle of a turn, and no owner alive.
    Interrupted,
    /// The last thing stored is an error.
    Failed,
    /// Complete, and no owner.
    Finished,
    /// Cannot be told; the signs say why.
    #[default]
    Unknown,
}

impl TurnState {
    /// Nothing goes on until somebody says something.
    pub fn waits_for_a_person(self) -> bool {
        matches!(self, Self::WaitingForUser | Self::WaitingForApproval)
    }

    /// What every list says of it where nothing more telling is known.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Empty => "no message yet",
            Self::WaitingForUser => "waiting for you",
            Self::WaitingForModel => "model",
            Self::RunningTool => "a tool",
            Self::WaitingForApproval => "waiting for your approval",
            Self::Interrupted => "interrupted mid-turn",
            Self::Failed => "ended in an error",
            Self::Finished => "finished",
            Self::Unknown => "cannot be told",
        }
    }
}

/// A turn with its proof.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// What is waited for.
    pub state: TurnState,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// The tool's name, where one is running.
    pub tool: Option<String>,
    /// What it runs, cleaned.
    pub command: Option<String>,
    /// What was seen, one short sentence each.
    pub signs: Vec<String>,
}
