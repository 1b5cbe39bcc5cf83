//! What happens, as server-sent events.
//!
//! ```text
//!  new, or away for too long:  (reset) ─► board ─┐
//!  back in time:                events since ────┴─► events … ─► stopping
//! ```
//!
//! Invariant: a listener holds at most what it has not taken of one event. Where it is too slow it is not
//! waited for: it is told `reset`, and begins again with the board.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc, watch};

use crate::{
    domain::board::Board,
    http::{
        hub::{Begin, Client, EventId, Place, Sent, With},
        problem::Problem,
        state::Shared,
    },
};

/// How long a new listener waits for the first look of a server that has just begun.
const LOOK_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client waits before it comes back.
const RETRY: &str = "retry: 2000\n\n";
/// Says that we live, and finds out whether the client does.
const HEARTBEAT: &str = ":\n\n";

/// For clients that cannot set a header.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    last_event_id: Option<String>,
}

/// `GET /api/events`.
pub async fn stream(
    State(state): State<Shared>,
    headers: HeaderMap,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params.map_err(|e| Problem::usage(e.body_text()))?;
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let after = header.or(params.last_event_id.as_deref()).filter(|id| !id.is_empty());
    first_board(&state).await?;
    let place = state.hub.listen(after);
    let (outlet, inlet) = mpsc::channel(1);
    let client = state.hub.client();
    tokio::spawn(Stream { state, outlet, _client: client }.run(place, after.is_some()));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::new(Pieces(inlet))).into_response())
}

async fn first_board(state: &Shared) -> Result<(), Problem> {
    let mut boards = state.parts.boards.clone();
    let first = tokio::time::timeout(LOOK_PATIENCE, boards.wait_for(Option::is_some)).await;
    matches!(first, Ok(Ok(_))).then_some(()).ok_or_else(Problem::blind)
}

/// The client is gone.
struct Gone;

struct Stream {
    state: Shared,
    outlet: mpsc::Sender<Bytes>,
    _client: Client,
}

impl Stream {
    async fn run(self, place: Place, was_here: bool) {
        // Gone is an end like any other.
        let _ = self.pass_on(place, was_here).await;
    }

    async fn pass_on(&self, place: Place, was_here: bool) -> Result<(), Gone> {
        self.write(Bytes::from_static(RETRY.as_bytes())).await?;
        let Place { begin, newest, mut rest } = place;
        match begin {
            Begin::Resumed(since) => {
                for sent in &since {
                    self.tell(sent).await?;
                }
            }
            Begin::Anew if was_here => self.again(&newest, "this event is not known any more").await?,
            Begin::Anew => self.board(&newest).await?,
        }
        let mut ending = self.state.ending.clone();
        loop {
            let next = tokio::select! {
                biased;
                next = rest.recv() => next,
                () = tokio::time::sleep(self.state.parts.heartbeat) => {
                    self.write(Bytes::from_static(HEARTBEAT.as_bytes())).await?;
                    continue;
                }
                () = self.outlet.closed() => return Err(Gone),
                () = over(&mut ending) => return Ok(()),
            };
            match next {
                Ok(sent) => {
                    self.tell(&sent).await?;
                    if matches!(sent.with, With::End(_)) {
                        return Ok(());
                    }
                }
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    let place = self.state.hub.listen(None);
                    rest = place.rest;
                    self.again(&place.newest, &format!("too slow: {missed} events were missed")).await?;
                }
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            }
        }
    }

    async fn tell(&self, sent: &Sent) -> Result<(), Gone> {
        self.event(Some(&sent.id), sent.name, &sent.data).await
    }

    async fn again(&self, newest: &EventId, because: &str) -> Result<(), Gone> {
        if let Some(line) = self.state.hub.reset(because) {
            self.event(None, "reset", line.trim_end()).await?;
        }
        self.board(newest).await
    }

    /// The board is at least as new as that event: what follows may repeat what it shows already.
    async fn board(&self, newest: &EventId) -> Result<(), Gone> {
        let board: Option<Arc<Board>> = self.state.parts.boards.borrow().clone();
        let Some(board) = board else { return Ok(()) };
        self.write(head(Some(newest), "board").into()).await?;
        // Shared with all others who begin now: a thousand sessions are a megabyte.
        self.write(self.state.hub.picture(&board)).await?;
        self.write(Bytes::from_static(b"\n\n")).await
    }

    /// One line of JSON has no line break that would end it early.
    async fn event(&self, id: Option<&EventId>, name: &str, data: &str) -> Result<(), Gone> {
        self.write(format!("{}{data}\n\n", head(id, name)).into()).await
    }

    async fn write(&self, piece: Bytes) -> Result<(), Gone> {
        self.outlet.send(piece).await.map_err(|_| Gone)
    }
}

fn head(id: Option<&EventId>, name: &str) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: ")
}

async fn over(ending: &mut watch::Receiver<bool>) {
    // A sender that is gone is an end as well.
    let _ = ending.wait_for(|over| *over).await;
}

/// What the stream writes, as the connection takes it.
struct Pieces(mpsc::Receiver<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}
