//! What a failed turn failed of, in words that say whose turn it is now.
//!
//! goose 1.52 stores an error block with a kind (`authentication`, `contextLengthExceeded`,
//! `creditsExhausted`, `other`) and its provider's sentence; a rate limit is `other`, so the sentence
//! decides. goose before that stored the sentence as the assistant's own words.

use crate::domain::session::{Block, Role, TailMessage};

/// How goose began a failed turn's last words before it had error blocks.
const IN_WORDS: &str = "Ran into this error: ";

/// goose's own sentences for a provider's failures, and what each means.
const SENTENCES: [(&str, Failure); 7] = [
    ("Authentication error: ", Failure::Key),
    ("Context length exceeded: ", Failure::Context),
    ("Rate limit exceeded: ", Failure::Rate),
    ("Credits exhausted: ", Failure::Credits),
    ("Server error: ", Failure::Server),
    ("Network error: ", Failure::Network),
    ("Endpoint not found (404): ", Failure::Address),
];

/// Whose fault it is, as far as goose tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 401, 403: the provider does not take the key.
    Key,
    /// 429: too many requests or tokens.
    Rate,
    /// 402: nothing is left to pay with.
    Credits,
    /// The conversation does not fit into the model's context.
    Context,
    /// 5xx.
    Server,
    /// No connection.
    Network,
    /// 404: there is no such model or address.
    Address,
    /// Anything else.
    Other,
}

impl Failure {
    /// The failure of the turn that this message ends, with its sentence.
    pub fn of(message: &TailMessage) -> Option<(Self, &str)> {
        message.blocks.iter().rev().find_map(|block| match block {
            Block::Error { kind, message } => Some((Self::named(kind, message), message.as_str())),
            Block::Text { preview } if message.role == Role::Assistant => {
                let sentence = preview.strip_prefix(IN_WORDS)?;
                Some((Self::named("", sentence), sentence))
            }
            _ => None,
        })
    }

    fn named(kind: &str, sentence: &str) -> Self {
        match kind {
            "authentication" => Self::Key,
            "contextLengthExceeded" => Self::Context,
            "creditsExhausted" => Self::Credits,
            _ => SENTENCES
                .iter()
                .find(|(words, _)| sentence.contains(words))
                .map_or(Self::Other, |(_, failure)| *failure),
        }
    }

    /// Why, for a sentence's end; `None` where only goose's own words tell.
    pub fn why(self) -> Option<&'static str> {
        Some(match self {
            Self::Key => "the provider refuses the key",
            Self::Rate => "the provider limits the rate",
            Self::Credits => "the provider's credits are used up",
            Self::Context => "the conversation is too long for the model",
            Self::Server => "the provider's server fails",
            Self::Network => "the provider cannot be reached",
            Self::Address => "the provider knows no such model or address",
            Self::Other => return None,
        })
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Key => "renew the key with `goose configure`, then ask again",
            Self::Rate => "wait, or choose another model with `goose configure`, then ask again",
            Self::Credits => "add credits at the provider, then ask again",
            Self::Context => "say /compact in it, or go on in a new session",
            Self::Server => "wait, then ask again",
            Self::Network => "look at the network and the provider's address, then ask again",
            Self::Address => "choose a model that exists with `goose configure`, then ask again",
            Self::Other => "read the newest error, then ask again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_decides_before_the_sentence() {
        assert_eq!(Failure::named("authentication", "Rate limit exceeded: x"), Failure::Key);
        assert_eq!(Failure::named("other", "Rate limit exceeded: x"), Failure::Rate);
        assert_eq!(Failure::named("other", "Rate limits are discussed"), Failure::Other);
        assert_eq!(Failure::Other.why(), None);
    }
}
