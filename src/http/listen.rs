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
    guard::Peer,
    hub::{self, Hub},
    metrics::Metrics,
    plans::Plans,
    route::router,
    state::{Parts, Shared, State},
};
use crate::engine::actor::Actor;

/// Connections at once. Streams hold one each; past it new ones wait to be taken in.
const CONNECTIONS: usize = 512;
/// How long a client may take to send its head: it is a few lines.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
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
        let metrics = Arc::new(Metrics::default());
        let acts = Acts::start(actor, hub.clone(), metrics.clone());
        tokio::spawn(hub::feed(parts.boards.clone(), hub.clone()));
        let (ending, ended) = watch::channel(false);
        let state = Arc::new(State { parts, hub, acts, plans: Plans::default(), metrics, ending: ended });
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
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let tcp = self.places.tcp.map(listening).transpose()?;
        let unix = self.places.unix.map(UnixListener::from_std).transpose()?;
        let Self { state, router, ending, .. } = self;
        let mut open = JoinSet::new();
        tokio::pin!(end);
        loop {
            // All places taken is no reason not to hear of the end.
            let place = tokio::select! {
                () = &mut end => break,
                place = places.clone().acquire_owned() => place,
            };
            let Ok(place) = place else { break };
            let taken = tokio::select! {
                () = &mut end => break,
                taken = accept_tcp(tcp.as_ref()) => taken,
                taken = accept_unix(unix.as_ref()) => taken,
            };
            match taken {
                Ok((stream, peer)) => {
                    open.spawn(serve(stream, peer, router.clone(), state.ending.clone(), place));
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
async fn serve(
    stream: Box<dyn Stream>,
    peer: Peer,
    router: Router,
    mut ending: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let service = service_fn(move |request| call(router.clone(), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
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

type Taken = io::Result<(Box<dyn Stream>, Peer)>;

async fn accept_tcp(listener: Option<&(TcpListener, SocketAddr)>) -> Taken {
    let Some((listener, address)) = listener else { return std::future::pending().await };
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((Box::new(stream), Peer::Tcp(*address)))
}

async fn accept_unix(listener: Option<&UnixListener>) -> Taken {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        let (stream, _) = listener.accept().await?;
        let uid = stream.peer_cred()?.uid();
        // The folder keeps others out; this holds where somebody opened it.
        if uid == 0 || uid == rustix::process::getuid().as_raw() {
            return Ok((Box::new(stream), Peer::Unix));
        }
        tracing::warn!(uid, "another user came to the socket and was turned away");
    }
}

fn listening(listener: std::net::TcpListener) -> io::Result<(TcpListener, SocketAddr)> {
    let address = listener.local_addr()?;
    Ok((TcpListener::from_std(listener)?, address))
}

async fn call(
    mut router: Router,
    peer: Peer,
    mut request: Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(peer);
    router.call(request.map(Body::new)).await
}
