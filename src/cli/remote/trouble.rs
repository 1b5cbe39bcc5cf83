//! Why a server gave no answer, or another than was hoped for, in the words and codes of this machine.

use serde::Deserialize;
use strum::IntoEnumIterator;

use crate::{
    cli::failure::{Failure, Kind},
    client::{Answer, Fault, PORT, Place},
    domain::text,
};

/// Characters of a sentence that a server may say.
const LONGEST: usize = 2000;

/// No answer.
pub fn of_fault(fault: &Fault, place: &Place) -> Failure {
    let tunnel = format!("ssh -L {PORT}:127.0.0.1:{PORT} HOST, then --server 127.0.0.1:{PORT}");
    let (kind, hint) = match (fault, place) {
        (Fault::NobodyListens(_), Place::Unix(_)) => (Kind::Unavailable, "start `goosetop serve`".to_owned()),
        (Fault::NobodyListens(_), place) if place.is_near() => {
            (Kind::Unavailable, format!("start `goosetop serve`; to one of another machine: {tunnel}"))
        }
        (Fault::NobodyListens(_) | Fault::Unreachable(_) | Fault::NoConnection(_), Place::Tcp { .. }) => {
            (Kind::Unavailable, format!("goosetop serves its own machine alone; to reach it: {tunnel}"))
        }
        (Fault::Unreachable(_) | Fault::NoConnection(_), Place::Unix(_)) => {
            (Kind::Unavailable, "the socket is its user's own".to_owned())
        }
        (Fault::Late(_), _) => {
            (Kind::Unavailable, "`goosetop doctor` on that machine may say why".to_owned())
        }
        (Fault::TooLarge(_), _) => (Kind::Unavailable, "--limit and --filter ask for less".to_owned()),
        (Fault::Broken(_), _) => (Kind::Unavailable, no_goosetop_hint()),
        (Fault::Interrupted(_) | Fault::Here(_), _) => (Kind::Internal, String::new()),
    };
    let retryable = !matches!(fault, Fault::TooLarge(_) | Fault::Here(_));
    Failure { place: place.to_string(), retryable, ..Failure::new(kind, fault.to_string(), hint) }
}

#[derive(Deserialize)]
struct Document {
    error: Said,
}

#[derive(Deserialize)]
struct Said {
    kind: String,
    message: String,
    hint: Option<String>,
    #[serde(default)]
    retryable: bool,
}

/// A server that says why not.
pub fn of_answer(answer: &Answer, place: &Place, has_token: bool) -> Failure {
    let Ok(Document { error }) = serde_json::from_slice(&answer.body) else {
        return stranger(answer.status, place);
    };
    let what = text::cut(&error.message, LONGEST);
    let hint = error.hint.map(|hint| text::cut(&hint, LONGEST)).unwrap_or_default();
    match answer.status {
        401 => wrong_token(&what, place, has_token),
        421 => Failure {
            place: place.to_string(),
            ..Failure::new(
                Kind::Unavailable,
                what,
                format!(
                    "it knows itself by its own port: give a tunnel the same one at both ends, ssh -L {PORT}:127.0.0.1:{PORT} HOST"
                ),
            )
        },
        _ => {
            let kind = kind(&error.kind);
            let hint = if hint.is_empty() { own_hint(kind).to_owned() } else { hint };
            Failure { retryable: error.retryable, ..Failure::new(kind, what, hint) }
        }
    }
}

fn wrong_token(what: &str, place: &Place, has_token: bool) -> Failure {
    let own = if has_token || place.is_near() { "" } else { " (this machine's own is shown to no other)" };
    let hint = format!(
        "`goosetop serve --print-token` prints it on that machine; hand it over in GOOSETOP_TOKEN, or in a file with --token-file{own}"
    );
    Failure { place: place.to_string(), ..Failure::new(Kind::Unavailable, what, hint) }
}

/// Whoever it is.
pub fn stranger(status: u16, place: &Place) -> Failure {
    let what = format!("what answers there is no goosetop that this one understands (status {status})");
    Failure { place: place.to_string(), ..Failure::new(Kind::Unavailable, what, no_goosetop_hint()) }
}

fn no_goosetop_hint() -> String {
    format!("`goosetop serve` listens on port {PORT} where nobody says another")
}

/// The kind of that word; what only servers say is something that is not there.
fn kind(word: &str) -> Kind {
    match word {
        "identity_changed" => Kind::NotFound,
        _ => Kind::iter().find(|kind| <&str>::from(*kind) == word).unwrap_or(Kind::Unavailable),
    }
}

fn own_hint(kind: Kind) -> &'static str {
    match kind {
        Kind::ReadOnly => "actions.read_only is set there",
        Kind::NotFound => "`goosetop list` shows what is there",
        Kind::Unavailable => "`goosetop doctor` on that machine says why",
        _ => "",
    }
}
