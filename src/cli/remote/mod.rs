//! The verbs on a running server: `--server`, or `SERVER_HOST` and `SERVER_PORT`.
//!
//! ```text
//!  verb::far ─► Far::ask ─► client ─► server: the words of the very same verb, or JSON
//!                 │                      │
//!     refusals ◄──┘    stdout · exit ◄───┴── Said          Problem ─► Failure, as at home
//! ```
//!
//! Invariant: a flag that the server cannot obey is refused by name, never ignored; what the server says
//! is cleaned before it is printed.
//!
//! To let a verb travel: a function `far` in its file, its arm in `far` and its name in
//! `Verb::travels` above.

pub mod act;
mod call;
pub mod choice;
mod said;
mod trouble;

use std::time::Duration;

pub use call::{Called, called, stays};
pub use choice::encoded;
pub use said::{Body, Said, escaped};

use super::{
    Context,
    failure::{Failure, Kind},
    output,
};
use crate::client::{Answer, Client, Fault, Method, Wish};

/// For an answer to a question: the server holds its picture ready, the network may be slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// What kind of answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The words of the verb.
    Words,
    /// Its JSON.
    Json,
}

/// A server, and the command line that asks it.
pub struct Far<'a> {
    /// The command line.
    pub context: &'a Context,
    client: Client,
    called: Called,
}

impl<'a> Far<'a> {
    /// Ready to ask; refuses flags that cannot travel.
    ///
    /// # Errors
    /// Such a flag; a token that cannot be read.
    pub fn new(context: &'a Context, called: Called) -> Result<Self, Failure> {
        call::refuse(&context.common, &called)?;
        let token = call::token(context, &called.place)?;
        if !context.common.json {
            output::talk(&call::remark(&called, token.is_some()));
        }
        let place = called.place.clone();
        let client =
            Client::new(place, token).map_err(|fault| Failure::new(Kind::Internal, fault.to_string(), ""))?;
        Ok(Self { context, client, called })
    }

    /// As the flags say.
    pub fn form(&self) -> Form {
        if self.context.common.json { Form::Json } else { Form::Words }
    }

    /// Whom it asks, in words.
    pub fn place(&self) -> String {
        self.called.place.to_string()
    }

    /// The server is on this machine for certain: directories mean the same to both.
    pub fn is_here(&self) -> bool {
        matches!(self.called.place, crate::client::Place::Unix(_))
    }

    /// Refuses a flag.
    pub fn cannot(&self, flag: &str, why: &str) -> Failure {
        call::cannot(flag, why, &self.called)
    }

    /// Looks.
    ///
    /// # Errors
    /// No answer, or one that says why not.
    pub fn get(&self, path: String, form: Form) -> Result<Said, Failure> {
        self.read(&self.wish(Method::Get, path, form), form)
    }

    /// Asks for something that is done at once.
    ///
    /// # Errors
    /// As [`Far::get`].
    pub fn post(&self, path: String, body: String, form: Form) -> Result<Said, Failure> {
        self.read(&Wish { body: Some(body), ..self.wish(Method::Post, path, form) }, form)
    }

    /// Asks for something that takes its time and goes on when nobody waits; the fault is the caller's
    /// to explain.
    ///
    /// # Errors
    /// What came in between; inside, an answer that says why not.
    pub fn run(&self, path: String, patience: Duration) -> Result<Result<Said, Failure>, Fault> {
        let form = self.form();
        let body = Some("{}".to_owned());
        let wish = Wish { body, patience, watched: true, ..self.wish(Method::Post, path, form) };
        self.client.ask(&wish).map(|answer| self.judge(&answer, form))
    }

    /// What a fault means to a person.
    pub fn trouble(&self, fault: &Fault) -> Failure {
        self.called.explain(trouble::of_fault(fault, &self.called.place))
    }

    fn read(&self, wish: &Wish, form: Form) -> Result<Said, Failure> {
        let answer = self.client.ask(wish).map_err(|fault| self.trouble(&fault))?;
        self.judge(&answer, form)
    }

    fn judge(&self, answer: &Answer, form: Form) -> Result<Said, Failure> {
        if !(200..300).contains(&answer.status) {
            let why = trouble::of_answer(answer, &self.called.place, self.client.has_token());
            return Err(self.called.explain(why));
        }
        Said::read(answer, form, self.context.out.colour)
            .ok_or_else(|| self.called.explain(trouble::stranger(answer.status, &self.called.place)))
    }

    fn wish(&self, method: Method, path: String, form: Form) -> Wish {
        let out = &self.context.out;
        let words = [("colour", out.colour), ("ascii", out.ascii)];
        let words = words.into_iter().filter(|(_, is)| *is).map(|(word, _)| format!(", {word}"));
        let terminal = format!("width={}{}", out.width, words.collect::<String>());
        let accept = match form {
            Form::Words => "text/plain",
            Form::Json => "application/json",
        };
        Wish {
            method,
            path,
            accept,
            headers: vec![("goosetop-terminal", terminal)],
            body: None,
            patience: PATIENCE,
            watched: false,
        }
    }
}
