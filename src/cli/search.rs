//! `search WORDS`: every conversation that holds them, newest first, as they are found.

use std::{
    collections::HashSet,
    io::{self, IsTerminal},
    process::ExitCode,
    sync::atomic::Ordering,
};

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use super::{
    Context, blind,
    conversation::unreadable,
    failure::{Failure, Kind},
    output::{self, Meaning, Output},
    select::selection,
    sink::Sink,
    stop::Stop,
};
use crate::{
    clock::{Clock, SystemClock},
    domain::{
        self,
        board::Board,
        session::{Role, SessionId},
        snapshot::StoreState,
        text,
        transcript::{Hit, ReadError, Searched, Wanted},
    },
    sources::search::{self, Event, Store},
    wire::{HitDto, database_path, time},
};

/// Hits that are shown where `--limit` does not say how many.
const LIMIT: usize = 1_000;
/// Nothing was found; not an error, and not success.
const NOTHING: u8 = 1;

/// Who said it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Speaker {
    /// A person, or a tool's result
    User,
    /// The model
    Assistant,
}

/// Search every conversation, newest first
///
/// Shows the newest 1,000 messages that fit, or as many as `--limit` says, and says where there are
/// more. Exits with 0 where something was found, 1 where nothing was, above 63 on an error.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Words, found one after the other as they are typed here
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
    /// WORDS is a regular expression
    #[arg(short = 'E', long)]
    regex: bool,
    /// Only what was said by
    #[arg(long, value_name = "ROLE")]
    role: Option<Speaker>,
    /// Only calls and results of tools whose name contains this
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
    /// Messages that goose hides from people too: turn contexts, summaries
    #[arg(long)]
    hidden: bool,
    /// Not older than this: 3d, 12h, or a day (UTC) like 2026-11-01
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

/// Searches.
///
/// # Errors
/// A pattern or a time that cannot be read, or no store that can.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let wanted = Wanted {
        words: args.words.join(" "),
        regex: args.regex,
        role: args.role.map(|role| match role {
            Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
        }),
        tool: args.tool.clone(),
        hidden: args.hidden,
        // How many are left of them is not known here: `--filter` and its like turn some down.
        most: None,
        since: args.since.as_deref().map(since).transpose()?,
    };
    let board = context.world().board(false);
    output::talk(&blind::talk(&board));
    let stop = Stop::catch()?;
    let mut page = Page {
        context,
        board: &board,
        only: only(context, &board)?,
        sink: Sink::Stdout,
        left: context.common.limit.unwrap_or(LIMIT),
        more: false,
        found: false,
        failure: None,
        over: false,
        // A pipe's reader writes to the same terminal when it likes: it would meet half a line of ours.
        progress: context.out.terminal && io::stderr().is_terminal(),
    };
    let readable = |state| !matches!(state, StoreState::Absent | StoreState::NotGoose);
    if !board.stores.iter().any(|store| readable(store.state)) {
        let hint = "`goosetop doctor` says why; --db names another store";
        return Err(Failure::new(Kind::Unavailable, "there is no store to search", hint));
    }
    let legacy = context.config().store.legacy;
    let (places, stores): (Vec<usize>, Vec<Store<'_>>) = (board.stores.iter().enumerate())
        .filter(|(_, store)| readable(store.state))
        .map(|(place, store)| (place, Store { path: &store.path, legacy }))
        .unzip();
    let searched = search::run_all(&stores, &wanted, stop.flag(), &mut |store, event| {
        page.take(places[store], &event);
        if page.over {
            stop.flag().store(true, Ordering::SeqCst);
        }
    });
    let errors: Vec<ReadError> = match searched {
        Ok(all) => all.into_iter().filter_map(Result::err).filter(|e| *e != ReadError::Cancelled).collect(),
        Err(error) => vec![error],
    };
    page.clear();
    let (found, over) = (page.found, page.over);
    if page.more {
        let shown = page.shown();
        output::talk(&format!(
            "goosetop: the newest {shown} are shown and there are more; --limit shows more, --since fewer\n"
        ));
    }
    if let Some(failure) = page.failure {
        return Err(failure);
    }
    if stop.is_asked() && !over {
        return Ok(stop.code(ExitCode::SUCCESS));
    }
    match errors.first() {
        Some(error) if !found => Err(unreadable(error)),
        first => {
            if let Some(error) = first {
                output::talk(&format!("goosetop: {error}\n"));
            }
            Ok(if found { ExitCode::SUCCESS } else { ExitCode::from(NOTHING) })
        }
    }
}

/// The sessions that `--project`, `--filter` and `--state` leave; `None` for all.
fn only(context: &Context, board: &Board) -> Result<Option<HashSet<(usize, SessionId)>>, Failure> {
    let common = &context.common;
    if common.project.is_none() && common.filter.is_none() && common.state.is_empty() {
        return Ok(None);
    }
    let common = super::Common { all: true, limit: None, ..common.clone() };
    let selection = selection(&common)?;
    let rows = selection.rows(board);
    Ok(Some(rows.iter().map(|view| (view.key().store, view.key().id.clone())).collect()))
}

/// What is printed while the search runs.
struct Page<'a> {
    context: &'a Context,
    board: &'a Board,
    only: Option<HashSet<(usize, SessionId)>>,
    sink: Sink,
    left: usize,
    /// There is one more than is shown.
    more: bool,
    found: bool,
    failure: Option<Failure>,
    /// Enough was found, or nobody reads any more.
    over: bool,
    progress: bool,
}

impl Page<'_> {
    fn take(&mut self, store: usize, event: &Event) {
        match event {
            Event::Hit(hit) => self.hit(store, hit),
            Event::Progress(so_far) if !self.over => self.say(*so_far),
            Event::Progress(_) => {}
        }
    }

    fn hit(&mut self, store: usize, hit: &Hit) {
        let fits = |only: &HashSet<_>| only.contains(&(store, hit.session.clone()));
        if self.over || !self.only.as_ref().is_none_or(fits) {
            return;
        }
        if self.left == 0 {
            (self.more, self.over) = (true, true);
            return;
        }
        self.clear();
        self.found = true;
        let line = if self.context.common.json {
            serde_json::to_string(&HitDto::new(hit, database_path(self.board, store))).unwrap_or_default()
        } else {
            line(&self.context.out, hit)
        };
        match self.sink.write(&(line + "\n")) {
            Ok(told) => self.over |= told.is_break(),
            Err(failure) => (self.failure, self.over) = (Some(failure), true),
        }
        self.left -= 1;
    }

    fn shown(&self) -> usize {
        self.context.common.limit.unwrap_or(LIMIT)
    }

    fn say(&self, so_far: Searched) {
        if self.progress {
            let words =
                format!("searched {} of {} messages, {} found", so_far.messages, so_far.of, so_far.hits);
            output::talk(&format!("\r{words}\x1b[K"));
        }
    }

    fn clear(&self) {
        if self.progress {
            output::talk("\r\x1b[K");
        }
    }
}

/// Columns of the longest usual speaker.
const SPEAKER: usize = 9;

/// `20261120_7  2026-11-20T13:37:05Z  user  … the words …`.
fn line(out: &Output, hit: &Hit) -> String {
    let speaker = hit.speaker();
    let at = hit.at.map_or_else(|| out.unknown().to_owned(), time);
    let head = format!("{}  {at:20}  {speaker:SPEAKER$}  ", hit.session);
    let excerpt = hit.excerpt.as_str();
    let parts =
        excerpt.get(..hit.fits.start).zip(excerpt.get(hit.fits.clone())).zip(excerpt.get(hit.fits.end..));
    let excerpt = parts.map_or_else(
        || text::line(excerpt).into_owned(),
        |((before, fits), after)| {
            format!(
                "{}{}{}",
                text::line(before),
                out.paint(Meaning::Found, &text::line(fits)),
                text::line(after)
            )
        },
    );
    format!("{}{excerpt}", out.paint(Meaning::Quiet, &head))
}

fn since(words: &str) -> Result<DateTime<Utc>, Failure> {
    domain::since::since(words, SystemClock.now()).ok_or_else(|| Failure {
        place: "--since".into(),
        ..Failure::new(
            Kind::Usage,
            format!("`{words}` is no time; write for example 3d, 12h, 2026-11-01 or 2026-11-01T13:00:00Z"),
            "",
        )
    })
}
