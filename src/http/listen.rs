//! Takes connections in, knows where each comes from, and ends them all in order.
//!
//! Invariant: no connection is served whose way in is not known, and from the moment the end is asked
//! for the server is gone within [`Ends::patience`] and the time that closing takes.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tower::Service;

use super::{
    act::Acts,
    guard::{Peer, Rate},
    hub::{self, Hub},
    patient::Patient,
    plans::Plans,
    route::router,
    state::{Parts, Shared, State},
};
use crate::engine::actor::Actor;

/// Largest head that is read.
const HEAD_LIMIT: usize = 16 * 1024;
/// After an accept failed (no file descriptors left, usually).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where it listens; both ways may be open.
pub struct Places {
    /// Loopback.
    pub tcp: Option<std::net::TcpListener>,
    /// For the user's own programs.
    #[cfg(unix)]
    pub unix: Option<std::os::unix::net::UnixListener>,
}

/// How it ends.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// What answers are given to be sent.
    pub patience: Duration,
}

/// A server that can be run.
pub struct Server {
    state: Shared,
    router: Router,
    places: Places,
    ending: watch::Sender<bool>,
}

impl Server {
    /// Ready to take connections; must be called within a runtime. `run` names this run.
    pub fn new(parts: Parts, actor: Actor, places: Places, run: &str) -> Self {
        let hub = Hub::new(run, parts.clock.clone());
        let acts = Acts::start(actor, hub.clone(), parts.metrics.clone());
        tokio::spawn(hub::feed(parts.boards.clone(), hub.clone()));
        let (ending, ended) = watch::channel(false);
        let rate = Rate::new(parts.door.requests);
        let plans = Plans::default();
        let state = Arc::new(State { parts, hub, acts, plans, rate, ending: ended });
        Self { router: router(state.clone()), state, places, ending }
    }

    /// What handlers have.
    pub fn state(&self) -> &Shared {
        &self.state
    }

    /// Serves until `end` is over, then ends all connections in order: streams are closed, answers
    /// that are under way get `ends.patience`.
    ///
    /// # Errors
    /// A listener that the runtime cannot take.
    pub async fn run(self, end: impl Future<Output = ()>, ends: Ends) -> io::Result<()> {
        // Past them new ones wait to be taken in. Each way has its own: whoever fills TCP fills TCP alone.
        let places = || Arc::new(Semaphore::new(self.state.parts.door.connections));
        let (tcp_places, unix_places) = (places(), places());
        let tcp = self.places.tcp.map(TcpListener::from_std).transpose()?;
        let unix = self.places.unix.map(UnixListener::from_std).transpose()?;
        let Self { state, router, ending, .. } = self;
        let mut open = JoinSet::new();
        tokio::pin!(end);
        loop {
            let taken = tokio::select! {
                () = &mut end => break,
                taken = accept_tcp(tcp.as_ref(), &tcp_places) => taken,
                taken = accept_unix(unix.as_ref(), &unix_places) => taken,
            };
            match taken {
                Ok((guest, place)) => {
                    open.spawn(serve(guest, router.clone(), state.clone(), place));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            while open.try_join_next().is_some() {}
        }
        let _ = ending.send(true);
        let closed = async { while open.join_next().await.is_some() {} };
        // Whoever has not read its answer by then never will.
        let _ = tokio::time::timeout(ends.patience, closed).await;
        Ok(())
    }
}

/// One connection, to its end; when the server ends, the answer under way is its last.
async fn serve(guest: Guest, router: Router, state: Shared, _place: OwnedSemaphorePermit) {
    let Guest { stream, peer } = guest;
    let mut ending = state.ending.clone();
    let door = &state.parts.door;
    let service = service_fn(move |request| call(router.clone(), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(door.head())
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(Patient::new(stream, door.patience)), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = over(&mut ending) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A client that goes away or talks nonsense is its own affair.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn over(ending: &mut watch::Receiver<bool>) {
    // A sender that is gone is an end as well.
    let _ = ending.wait_for(|over| *over).await;
}

/// Either way in.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Somebody who came in.
struct Guest {
    stream: Box<dyn Stream>,
    peer: Peer,
}

type Taken = io::Result<(Guest, OwnedSemaphorePermit)>;

/// A place first: who finds none waits outside, where waiting costs nothing.
async fn place(places: &Arc<Semaphore>) -> io::Result<OwnedSemaphorePermit> {
    places.clone().acquire_owned().await.map_err(io::Error::other)
}

async fn accept_tcp(listener: Option<&TcpListener>, places: &Arc<Semaphore>) -> Taken {
    let Some(listener) = listener else { return std::future::pending().await };
    let place = place(places).await?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    // Where it came in, not where we listen: that may be every address there is.
    let at = stream.local_addr()?;
    let at = SocketAddr::new(at.ip().to_canonical(), at.port());
    Ok((Guest { stream: Box::new(stream), peer: Peer::Tcp(at) }, place))
}

async fn accept_unix(listener: Option<&UnixListener>, places: &Arc<Semaphore>) -> Taken {
    let Some(listener) = listener else { return std::future::pending().await };
    let place = place(places).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let uid = stream.peer_cred()?.uid();
        // The folder keeps others out; this holds where somebody opened it.
        if uid == 0 || uid == rustix::process::getuid().as_raw() {
            return Ok((Guest { stream: Box::new(stream), peer: Peer::Unix }, place));
        }
        tracing::warn!(uid, "another user came to the socket and was turned away");
    }
}

async fn call(
    mut router: Router,
    peer: Peer,
    mut request: Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(peer);
    router.call(request.map(Body::new)).await
}
