//! Asking a person.

use std::io::{self, IsTerminal};

use crate::cli::{
    failure::{Failure, Kind},
    output,
};

/// A question and the word that agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `y`.
    Yes,
    /// This word, typed out: for what ends many things at once.
    Word(&'static str),
}

/// Whether to ask before a plan is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Ask, unless `--yes` was given.
    Ask(Ask),
    /// It was given with an earlier question, which named this too.
    Given,
}

/// Checks before anything else that consent can be had at all.
///
/// # Errors
/// JSON, or no terminal, and no `--yes`.
pub fn possible(yes: bool, json: bool) -> Result<(), Failure> {
    let hint = "--dry-run shows what would be done; --yes does it without asking";
    if yes {
        Ok(())
    } else if json {
        Err(Failure::new(Kind::Usage, "with --json nobody is asked, so nothing is done", hint))
    } else if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        Err(Failure::new(Kind::Usage, "there is no terminal to ask on, so nothing is done", hint))
    } else {
        Ok(())
    }
}

/// Asks on standard error, reads one line.
///
/// # Errors
/// Any other answer than the one that agrees.
pub fn ask(ask: Ask) -> Result<(), Failure> {
    let (question, wanted) = match ask {
        Ask::Yes => ("Do this? [y/N] ".to_owned(), "y"),
        Ask::Word(word) => (format!("Type `{word}` to do this: "), word),
    };
    output::talk(&question);
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|e| Failure::new(Kind::Io, format!("the answer cannot be read: {e}"), ""))?;
    if agrees(ask, &answer) {
        return Ok(());
    }
    let hint = format!("the answer that agrees is `{wanted}`");
    Err(Failure::new(Kind::Declined, "not confirmed; nothing was done", hint))
}

fn agrees(ask: Ask, answer: &str) -> bool {
    let answer = answer.trim();
    match ask {
        Ask::Yes => matches!(answer, "y" | "Y" | "yes"),
        Ask::Word(word) => answer == word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_that_was_asked_for_agrees() {
        for (ask, answer, good) in [
            (Ask::Yes, "y\n", true),
            (Ask::Yes, "\n", false),
            (Ask::Yes, "no\n", false),
            (Ask::Word("clean"), "clean\n", true),
            (Ask::Word("clean"), "y\n", false),
            (Ask::Word("clean"), "", false),
        ] {
            assert_eq!(agrees(ask, answer), good, "{ask:?} {answer:?}");
        }
    }
}
