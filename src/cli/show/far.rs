//! The conversation of a session on a server, page by page.

use std::{ops::ControlFlow, process::ExitCode, time::Duration};

use serde_json::Value;

use super::{
    Args,
    follow::{POLL, TICK},
    form::render,
};
use crate::{
    cli::{
        failure::{Failure, Kind},
        output,
        remote::{Far, Form, encoded},
        sink::Sink,
        stop::Stop,
    },
    domain::text,
    render::Title,
};

/// Messages of the largest page that a server gives.
const MOST: usize = 1000;

/// Before every message, in a database as in a file.
const BEGINNING: &str = "-1.-1";

/// Between two looks at whether somebody drives the session.
const OWNER_EVERY: Duration = Duration::from_secs(5);

/// Shows it.
///
/// # Errors
/// No such session; flags that only the store itself can obey; a server that cannot be asked.
pub fn far(args: &Args, far: &Far<'_>) -> Result<ExitCode, Failure> {
    let json = far.form() == Form::Json;
    let own = [
        ("--raw", args.raw),
        ("--full", args.full && !json),
        ("--hidden without --json", args.hidden && !json),
    ];
    if let Some((flag, _)) = own.into_iter().find(|(_, given)| *given) {
        return Err(far.cannot(flag, "it tells conversations in one form only"));
    }
    if args.tail.is_some_and(|count| !(1..=MOST).contains(&count)) {
        let what = format!("--tail: a server gives 1 to {MOST} messages");
        return Err(Failure::new(Kind::Usage, what, "without --tail it gives all of them, page by page"));
    }
    let session = format!("/api/sessions/{}", encoded(args.target.wanted()));
    let sink = Sink::paged(far.context, !json && !args.follow && !args.no_pager);
    let told = far.get(session.clone(), Form::Json)?;
    let mut talk = Talk { args, far, path: format!("{session}/transcript"), sink };
    if !json && talk.sink.write(&head(far, told.json()))?.is_break() {
        return Ok(ExitCode::SUCCESS);
    }
    let place = match args.tail {
        Some(count) => talk.newest(count)?,
        None => talk.all(BEGINNING.into())?,
    };
    match place {
        ControlFlow::Continue(place) if args.follow => talk.follow(&session, place, told.json()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The title as `show` writes it at home.
fn head(far: &Far<'_>, told: &Value) -> String {
    let session = &told["session"];
    let word = |value: &Value| value.as_str().map(|word| text::line(word).into_owned());
    let facts = [
        ("directory", &session["working_dir"]),
        ("project", &session["project"]),
        ("begun", &session["created_at"]),
        ("model", &session["model"]),
        ("host", &told["host"]),
        ("state", &session["health"]),
        ("as of", &told["generated_at"]),
    ];
    let facts = facts.into_iter().filter_map(|(label, value)| Some((label.to_owned(), word(value)?)));
    let name = |value: &Value| word(value).unwrap_or_default();
    let title = Title { id: name(&session["id"]), name: name(&session["name"]), facts: facts.collect() };
    render(&far.context.out, &title, &[])
}

struct Talk<'a> {
    args: &'a Args,
    far: &'a Far<'a>,
    path: String,
    sink: Sink,
}

/// The place that was reached; `Break` where nobody reads any more.
type Reached = ControlFlow<(), String>;

impl Talk<'_> {
    fn page(&self, part: &str) -> Result<Value, Failure> {
        Ok(self.far.get(format!("{}?{part}", self.path), Form::Json)?.json().clone())
    }

    /// The newest so many.
    fn newest(&mut self, count: usize) -> Result<Reached, Failure> {
        // Hidden ones use up nothing of the number, as at home.
        let part = format!("tail={count}{}", if self.args.hidden { "" } else { "&visible=true" });
        let page = self.page(&part)?;
        let Some(last) = page["after"].as_str() else { return Ok(Reached::Continue(BEGINNING.into())) };
        // A message that came since then is in these words already; told twice is better than not at all.
        match self.tell(&page, &part)? {
            ControlFlow::Continue(()) if page["more_after"] == Value::Bool(true) => self.all(last.to_owned()),
            flow => Ok(flow.map_continue(|()| last.to_owned())),
        }
    }

    /// Everything after a place.
    fn all(&mut self, mut place: String) -> Result<Reached, Failure> {
        loop {
            let page = self.page(&format!("after={}&tail={MOST}", encoded(&place)))?;
            let count = page["messages"].as_array().map_or(0, Vec::len);
            let Some(last) = page["after"].as_str().filter(|_| count > 0) else {
                return Ok(Reached::Continue(place));
            };
            // So many again: not one that came since then.
            if self.tell(&page, &format!("after={}&tail={count}", encoded(&place)))?.is_break() {
                return Ok(Reached::Break(()));
            }
            // A server that stays where it was would be asked for ever.
            let stays = last == place;
            last.clone_into(&mut place);
            if stays || page["more_after"] != Value::Bool(true) {
                return Ok(Reached::Continue(place));
            }
        }
    }

    fn tell(&mut self, page: &Value, part: &str) -> Result<ControlFlow<()>, Failure> {
        if self.far.form() == Form::Words {
            let words = self.far.get(format!("{}?{part}", self.path), Form::Words)?.text()?;
            // Its title: ours stands above all pages.
            let entries = words.split_once('\n').map_or("", |(_, entries)| entries);
            return self.sink.write(entries);
        }
        let mut lines = String::new();
        for message in page["messages"].as_array().into_iter().flatten() {
            if self.args.hidden || message["user_visible"] == Value::Bool(true) {
                lines += &crate::cli::remote::escaped(&serde_json::to_string(message)?);
                lines.push('\n');
            }
        }
        self.sink.write(&lines)
    }

    fn follow(&mut self, session: &str, mut place: String, told: &Value) -> Result<ExitCode, Failure> {
        if is_over(told) {
            output::talk("goosetop: nobody drives this session; nothing will follow\n");
            return Ok(ExitCode::SUCCESS);
        }
        let stop = Stop::catch()?;
        let mut looked = Duration::ZERO;
        loop {
            for _ in 0..POLL.as_millis() / TICK.as_millis() {
                if stop.is_asked() {
                    return Ok(stop.code(ExitCode::SUCCESS));
                }
                std::thread::sleep(TICK);
            }
            looked += POLL;
            let over = looked >= OWNER_EVERY && {
                looked = Duration::ZERO;
                is_over(self.far.get(session.to_owned(), Form::Json)?.json())
            };
            match self.all(place)? {
                Reached::Continue(reached) => place = reached,
                Reached::Break(()) => return Ok(ExitCode::SUCCESS),
            }
            if over {
                output::talk("goosetop: the session's owner has ended\n");
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

/// Nobody drives the session, and that is certain.
fn is_over(told: &Value) -> bool {
    told["session"]["owner"].is_null() && told["session"]["health"] != "unknown"
}
