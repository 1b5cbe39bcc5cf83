//! A conversation, a page at a time.

use axum::{
    extract::{Query as UrlQuery, State, rejection::QueryRejection},
    http::HeaderMap,
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{answer, name::Name};
use crate::{
    domain::{
        board::SessionView,
        text,
        transcript::{self, Anchor, Page, Place},
    },
    http::{problem::Problem, state::Shared},
    render::{Story, Title},
    wire::{MessageDto, SCHEMA_VERSION},
};

/// Messages of a page where nobody says how many.
const TAIL: usize = 50;
/// Messages of the largest page.
const MOST: usize = 1000;

/// Which part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The newest so many.
    tail: Option<usize>,
    /// `tail` counts those alone that people see in goose; others in between come along.
    #[serde(default)]
    visible: bool,
    /// Older than this place: `before` of the page after it.
    before: Option<String>,
    /// Newer than this place: `after` of the page before it.
    after: Option<String>,
}

/// A page.
#[derive(Serialize)]
struct PageDto {
    schema_version: u32,
    session_id: String,
    messages: Vec<MessageDto>,
    /// Ask with `before` this for older ones; `null` where there are none.
    before: Option<String>,
    /// Ask with `after` this for newer ones, now or later; `null` where there is no message yet.
    after: Option<String>,
    /// There are newer ones now.
    more_after: bool,
}

/// `GET /api/sessions/{id}/transcript`.
pub async fn read(
    State(state): State<Shared>,
    headers: HeaderMap,
    Name(id): Name,
    part: Result<UrlQuery<Part>, QueryRejection>,
) -> Result<Response, Problem> {
    let UrlQuery(part) = part.map_err(|e| Problem::usage(e.body_text()))?;
    let count = part.tail.unwrap_or(TAIL).clamp(1, MOST);
    let anchor = anchor(&part)?;
    let board = state.board()?;
    let view = board.named_to_read(&id)?.into_owned();
    let reading = state.clone();
    let key = view.key().clone();
    let page = tokio::task::spawn_blocking(move || {
        let mut talk = (reading.parts.opener)(&key)?;
        if !part.visible {
            return talk.page(anchor, count);
        }
        let place = transcript::before_newest(&mut *talk, count, |message| message.user_visible)?;
        talk.page(place.map_or(Anchor::Start, Anchor::After), MOST)
    });
    let page = page.await;
    let page = page.map_err(|_| Problem::blind())??;
    Ok(answer(
        &headers,
        0,
        || shown(&view, &page),
        |look| {
            let mut story = Story::new(false);
            let mut entries: Vec<_> = page.messages.iter().cloned().flat_map(|m| story.push(m)).collect();
            entries.extend(story.flush());
            state.parts.words.transcript(look, &title(&view), &entries)
        },
    ))
}

fn anchor(part: &Part) -> Result<Anchor, Problem> {
    if part.visible && (part.before.is_some() || part.after.is_some()) {
        return Err(Problem::usage("visible is for the newest: it excludes before and after"));
    }
    match (&part.before, &part.after) {
        (Some(_), Some(_)) => Err(Problem::usage("before and after exclude each other")),
        (Some(before), None) => Ok(Anchor::Before(place("before", before)?)),
        (None, Some(after)) => Ok(Anchor::After(place("after", after)?)),
        (None, None) => Ok(Anchor::End),
    }
}

/// `SECONDS-ROW`, as [`shown`] writes it.
fn place(key: &str, word: &str) -> Result<Place, Problem> {
    let both = word.rsplit_once('.').and_then(|(at, row)| Some((at.parse().ok()?, row.parse().ok()?)));
    let (at, row) = both.ok_or_else(|| Problem::usage(format!("{key}: `{word}` is no place of a page")))?;
    Ok(Place { at, row })
}

fn shown(view: &SessionView, page: &Page) -> PageDto {
    let name = |place: Place| format!("{}.{}", place.at, place.row);
    PageDto {
        schema_version: SCHEMA_VERSION,
        session_id: view.key().id.to_string(),
        messages: page.messages.iter().map(MessageDto::from).collect(),
        before: page.messages.first().filter(|_| page.more_before).map(|m| name(m.place)),
        after: page.messages.last().map(|m| name(m.place)),
        more_after: page.more_after,
    }
}

fn title(view: &SessionView) -> Title {
    let name = text::line(&view.session.name).into_owned();
    Title { id: view.key().id.to_string(), name, facts: Vec::new() }
}
