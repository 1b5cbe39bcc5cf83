//! The sessions: all that are wanted, and one of them explained.

use std::path::PathBuf;

use axum::{
    extract::{FromRequestParts, Query as UrlQuery, State},
    http::{HeaderMap, request::Parts},
    response::Response,
};
use serde::Deserialize;

use super::{answer, name::Name};
use crate::{
    domain::{
        board::{Board, SessionView},
        health::Health,
        query::{Query, Selection, Sort},
    },
    http::{
        problem::Problem,
        state::{Shared, State as Inner},
    },
    wire::{ExplainDto, ListDto},
};

/// The parameters that choose sessions; those of the command's flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(default)]
    all: bool,
    filter: Option<String>,
    project: Option<String>,
    working_dir: Option<PathBuf>,
    /// Several with commas.
    state: Option<String>,
    sort: Option<String>,
    limit: Option<usize>,
}

/// A choice of sessions, read from the URL.
pub struct Choice(pub Selection);

impl TryFrom<Params> for Choice {
    type Error = Problem;

    fn try_from(p: Params) -> Result<Self, Problem> {
        let unknown = |key: &str, word: &str| Problem::usage(format!("{key}: there is no `{word}`"));
        let words = p.state.as_deref().unwrap_or_default().split(',').filter(|w| !w.is_empty());
        let states = words.map(|w| w.parse::<Health>().map_err(|_| unknown("state", w)));
        let sort =
            p.sort.as_deref().map(|w| w.parse::<Sort>().map_err(|_| unknown("sort", w))).transpose()?;
        let query = Query::parse(p.filter.as_deref().unwrap_or_default());
        if p.working_dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
            return Err(Problem::usage("working_dir: a relative directory means nothing here"));
        }
        Ok(Self(Selection {
            all: p.all,
            query: query.map_err(|e| Problem::usage(format!("filter: {e}")))?,
            project: p.project,
            within: p.working_dir,
            states: states.collect::<Result<_, _>>()?,
            sort: sort.unwrap_or_default(),
            limit: p.limit,
        }))
    }
}

impl FromRequestParts<Shared> for Choice {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let read = UrlQuery::<Params>::from_request_parts(parts, state).await;
        read.map_err(|e| Problem::usage(e.body_text()))?.0.try_into()
    }
}

/// `GET /api/active-sessions`: what `list --json` says.
pub async fn active(
    State(state): State<Shared>,
    headers: HeaderMap,
    Choice(choice): Choice,
) -> Result<Response, Problem> {
    listed(&state, &headers, &Selection { all: false, ..choice })
}

/// `GET /api/sessions`: history too, where `all` asks for it.
pub async fn list(
    State(state): State<Shared>,
    headers: HeaderMap,
    Choice(choice): Choice,
) -> Result<Response, Problem> {
    listed(&state, &headers, &choice)
}

fn listed(state: &Inner, headers: &HeaderMap, choice: &Selection) -> Result<Response, Problem> {
    let board = state.board()?;
    let rows = choice.rows(&board);
    let rows: Vec<&SessionView> = rows.iter().map(AsRef::as_ref).collect();
    Ok(answer(
        headers,
        0,
        || ListDto::new(&board, rows.iter().copied()),
        |look| state.parts.words.list(look, &board, &rows),
    ))
}

/// `GET /api/sessions/{id}`: what `explain` says.
pub async fn explain(
    State(state): State<Shared>,
    headers: HeaderMap,
    Name(id): Name,
) -> Result<Response, Problem> {
    let board = state.board()?;
    let view = board.named(&id)?;
    // Conversations of history are read only when asked for.
    let board = if view.session.tail.is_some() {
        board.clone()
    } else {
        state.look(vec![view.key().clone()]).await?
    };
    let view = board.named(&id)?;
    let told = told(&state, &view, &board);
    Ok(answer(&headers, 0, || &told, |look| state.parts.words.explain(look, &view, &told)))
}

fn told(state: &Inner, view: &SessionView, board: &Board) -> ExplainDto {
    ExplainDto::new(view, board, &state.parts.limits)
}
