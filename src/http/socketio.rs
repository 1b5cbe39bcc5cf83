//! Socket.IO, for the JavaScript clients there are: the same events in the names they know.
//!
//! ```text
//!  guard ─► admit (places, who is known) ─► socketioxide ─► allowed (token) ─► close_all_sessions ─► api
//!  hub ───► tell ─► session_cleanup, project_cleanup_completed, stopping ─► all clients
//! ```
//!
//! Invariant: nobody hears or says anything here who is not known: by the unix socket, by the header, or
//! by `auth: { token }`. Whoever is not known within [`UNKNOWN`] is cut off.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;
use socketioxide::{
    SocketIo,
    extract::{AckSender, SocketRef, TryData},
    handler::ConnectHandler,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use super::{
    api::{self, Wish},
    guard::{Peer, shows_token},
    hub::{Sent, With},
    problem::Problem,
    state::Shared,
};
use crate::{
    domain::{board::Board, plan::Intent, session::SessionKey},
    effects::Report,
    wire::SessionCleanupDto,
};

/// Where clients look for it unless they are told otherwise.
pub const PATH: &str = "/socket.io/";

/// How long a client may take to say who it is.
const UNKNOWN: Duration = Duration::from_secs(5);
/// Between two pings, and for the answer: a client that cannot keep up is cut off by then.
const PING: Duration = Duration::from_secs(10);
/// Largest request: what clients say here is a line.
const MESSAGE: u64 = 16 * 1024;
/// Packets that wait for a slow client.
const BEHIND: usize = 64;
/// Clients at once; one that changes its transport counts twice.
const CLIENTS: usize = 256;
/// Of these, such as have not said who they are: the library reads up to 64 MiB of a message of theirs.
/// Whoever is refused keeps its place until [`UNKNOWN`] is over: guessing takes its time.
const STRANGERS: usize = 8;
/// Actions that clients may wait for at once.
const ASKED: usize = 8;
/// For the last event to be sent: the library drops what waits when it closes.
const LAST_WORDS: Duration = Duration::from_millis(150);

/// The route of it; must be called within a runtime.
pub fn mount(state: &Shared) -> Router<Shared> {
    let (service, io) = SocketIo::builder()
        .max_payload(MESSAGE)
        .max_buffer_size(BEHIND)
        .connect_timeout(UNKNOWN)
        .ping_interval(PING)
        .ping_timeout(PING)
        .build_svc();
    let asked = Arc::new(Semaphore::new(ASKED));
    let (gate, desk) = (state.clone(), state.clone());
    let connected = async move |socket: SocketRef| {
        let client = Arc::new(desk.hub.client());
        socket.on_disconnect(async move || drop(client));
        socket.on(
            "close_all_sessions",
            async move |socket: SocketRef, said: TryData<Words>, ack: AckSender| {
                answer(&socket, ack, close_all(&desk, &asked, said.0.ok()).await);
            },
        );
    };
    let allowed =
        async move |socket: SocketRef, TryData(auth): TryData<Auth>| allowed(&gate, &socket, auth.ok());
    io.ns("/", connected.clone().with(allowed.clone()));
    // The first is gone as soon as closing begins. Whoever has opened a connection and says only then who
    // it is must not find none at all: the library answers with an error that clients never come back from.
    if let Err(error) = io.dyn_ns("/", connected.with(allowed)) {
        tracing::error!(%error, "clients that connect while the server ends may not come back");
    }
    let (told, mut events) = (state.clone(), state.hub.listen(None).rest);
    tokio::spawn(async move {
        tell(&io, &told, &mut events).await;
        // The hub's end is not over before this is.
        io.close().await;
        drop(events);
    });
    let hall = Hall { all: Semaphore::new(CLIENTS).into(), strangers: Semaphore::new(STRANGERS).into() };
    let admit = middleware::from_fn_with_state((state.clone(), hall), admit);
    Router::new().route_service(PATH, service).layer(admit)
}

/// The places there are.
#[derive(Clone)]
struct Hall {
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

/// A place of [`Hall::all`], kept with the connection by the library.
#[derive(Clone)]
struct Place {
    _kept: Arc<OwnedSemaphorePermit>,
}

/// Whether the request that opened a connection showed who it is; if not, its place among the strangers
/// until it has.
#[derive(Clone)]
enum Known {
    Yes,
    NotYet(Arc<Mutex<Option<OwnedSemaphorePermit>>>),
}

/// Takes a place for what opens a connection.
async fn admit(State((state, hall)): State<(Shared, Hall)>, mut request: Request, next: Next) -> Response {
    let known = match request.extensions().get::<Peer>() {
        Some(Peer::Unix) => Ok(true),
        _ if !request.headers().contains_key(header::AUTHORIZATION) => Ok(false),
        _ => shows_token(request.headers(), &state.parts.token).map(|()| true),
    };
    let known = match known {
        Ok(known) => known,
        Err(problem) => return problem.into_response(),
    };
    let query = request.uri().query().unwrap_or_default();
    let says = |word: &str| query.split('&').any(|part| part.starts_with(word));
    let (opens, keeps) = (!says("sid="), says("transport=websocket"));
    if opens && state.hub.is_ending() {
        return busy("the server is ending").again_in(1).into_response();
    }
    if opens || keeps {
        let Ok(place) = hall.all.try_acquire_owned() else { return full(CLIENTS).into_response() };
        request.extensions_mut().insert(Place { _kept: Arc::new(place) });
    }
    if opens && known {
        request.extensions_mut().insert(Known::Yes);
    } else if opens {
        let Ok(place) = hall.strangers.try_acquire_owned() else { return full(STRANGERS).into_response() };
        request.extensions_mut().insert(Known::NotYet(Arc::new(Mutex::new(Some(place)))));
    }
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    // What a client says is a line; it does not trickle in.
    let said = tokio::time::timeout(UNKNOWN, next.run(request)).await;
    said.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

fn full(places: usize) -> Problem {
    busy(format!("{places} connections of this kind are open already")).again_in(5)
}

fn busy(what: impl AsRef<str>) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", what)
}

/// What a client shows with its first message.
#[derive(Debug, Default, Deserialize)]
struct Auth {
    token: Option<String>,
}

fn allowed(state: &Shared, socket: &SocketRef, auth: Option<Auth>) -> Result<(), &'static str> {
    let known = socket.req_parts().extensions.get::<Known>();
    match (auth.and_then(|auth| auth.token), known) {
        (_, Some(Known::Yes)) => Ok(()),
        (Some(token), Some(Known::NotYet(place))) if state.parts.token.is(token.as_bytes()) => {
            place.lock().unwrap_or_else(PoisonError::into_inner).take();
            Ok(())
        }
        (Some(_), _) => Err("unauthorized: this is not the token"),
        (None, _) => {
            Err("unauthorized: a token is needed: auth: { token }, or the header Authorization: Bearer …")
        }
    }
}

/// What comes with an event, which may be nothing. The library puts the event's name before it.
#[derive(Debug, Deserialize)]
struct Words(Vec<Value>);

/// What comes with `close_all_sessions`: the body of `POST /api/close-all-sessions`, or nothing.
fn wish(said: Option<Words>) -> Result<Wish, Problem> {
    let refused = |why: String| Problem::usage(format!("close_all_sessions: {why}"));
    let one_object = || refused("one object with the wishes, or nothing, must come with it".into());
    let Words(mut said) = said.ok_or_else(one_object)?;
    match (said.pop(), said.len()) {
        // The name alone.
        (_, 0) | (Some(Value::Null), 1) => Ok(Wish::default()),
        (Some(wish @ Value::Object(_)), 1) => {
            serde_json::from_value(wish).map_err(|e| refused(e.to_string()))
        }
        _ => Err(one_object()),
    }
}

async fn close_all(
    state: &Shared,
    asked: &Semaphore,
    said: Option<Words>,
) -> Result<Vec<Arc<Report>>, Problem> {
    let wish = wish(said)?;
    let Ok(_place) = asked.try_acquire() else {
        let what = format!("{ASKED} actions are waiting already");
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", what).hint("nothing was done"));
    };
    api::close_all(state, &wish).await
}

/// The report, or why there is none; a client that did not ask for an answer hears of the latter.
fn answer(socket: &SocketRef, ack: AckSender, outcome: Result<Vec<Arc<Report>>, Problem>) {
    let said = match outcome {
        Ok(reports) => ack.send(&api::told(&reports)),
        Err(problem) => {
            let body = problem.body();
            let error = body.get("error").unwrap_or(&Value::Null);
            socket.emit("error", error).and_then(|()| ack.send(&body))
        }
    };
    if let Err(error) = said {
        tracing::debug!(%error, "a client could not be answered");
    }
}

/// Tells all clients, until the server ends.
async fn tell(io: &SocketIo, state: &Shared, events: &mut broadcast::Receiver<Sent>) {
    loop {
        let with = match events.recv().await {
            Ok(sent) => sent.with,
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "events were not told by Socket.IO");
                continue;
            }
            Err(broadcast::error::RecvError::Closed) => return,
        };
        match with {
            With::Nothing => {}
            With::Report(report) => {
                let board = state.parts.boards.borrow().clone();
                for closed in report.closed() {
                    let project = project(&report, board.as_deref(), &closed.key);
                    emit(io, "session_cleanup", &SessionCleanupDto::new(closed, project, &report)).await;
                }
            }
            With::Project(done) => emit(io, "project_cleanup_completed", &*done).await,
            With::End(because) => {
                emit(io, "stopping", &serde_json::json!({ "because": &*because })).await;
                return tokio::time::sleep(LAST_WORDS).await;
            }
        }
    }
}

/// A client whose buffer is full misses it, and is cut off at its next ping.
async fn emit(io: &SocketIo, name: &str, what: &impl serde::Serialize) {
    if let Err(error) = io.emit(name, what).await {
        tracing::debug!(%error, name, "not everybody was told");
    }
}

/// What goose says; where that is not known, what was to be cleaned up.
fn project<'a>(report: &'a Report, board: Option<&'a Board>, key: &SessionKey) -> Option<&'a str> {
    let live = board.and_then(|b| b.families().find(|v| v.key() == key).map(|v| &v.session));
    let session = live.or_else(|| board?.ended.iter().find(|s| s.key == *key));
    let named = || match &report.plan.intent {
        Intent::CleanupProject { project, .. } => Some(project.as_str()),
        _ => None,
    };
    session.and_then(|s| s.project.as_deref()).or_else(named)
}
