//! One request and its answer.

use std::{io, time::Duration};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{self, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime::Runtime,
};

use super::{fault::Fault, place::Place, secret::Secret};

/// For a connection: a server that is there takes it at once, and a person waits.
const CONNECT: Duration = Duration::from_secs(3);
/// Largest head of an answer.
const HEAD: usize = 64 * 1024;
/// Largest answer: a list of a hundred thousand sessions is smaller.
const LARGEST: usize = 64 * MIB;
const MIB: usize = 1024 * 1024;

/// How a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Looks.
    Get,
    /// Acts.
    Post,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How.
    pub method: Method,
    /// Path and query, encoded.
    pub path: String,
    /// What kind of answer: `application/json`, `text/plain`.
    pub accept: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
    /// For the whole answer, once there is a connection.
    pub patience: Duration,
    /// A signal ends the waiting with [`Fault::Interrupted`], and not the program.
    pub watched: bool,
}

/// What came back, from whomever.
#[derive(Debug)]
pub struct Answer {
    /// 200, ...
    pub status: u16,
    headers: HeaderMap,
    /// As it came.
    pub body: Bytes,
}

impl Answer {
    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Asks one server.
#[derive(Debug)]
pub struct Client {
    place: Place,
    token: Option<Secret>,
    runtime: Option<Runtime>,
}

impl Client {
    /// Ready to ask; the token goes to a server on TCP only.
    ///
    /// # Errors
    /// No runtime can be made.
    pub fn new(place: Place, token: Option<Secret>) -> Result<Self, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Fault::Here(e.to_string()))?;
        Ok(Self { place, token, runtime: Some(runtime) })
    }

    /// Whom it asks.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Shows a token.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Asks, over a connection of its own.
    ///
    /// # Errors
    /// No connection, no answer in time, too much of one, or a signal.
    pub fn ask(&self, wish: &Wish) -> Result<Answer, Fault> {
        let gone = || Fault::Here("the runtime has ended".into());
        let runtime = self.runtime.as_ref().ok_or_else(gone)?;
        let request = self.request(wish)?;
        runtime.block_on(async {
            let exchange = exchange(&self.place, request, wish.patience);
            if !wish.watched {
                return exchange.await;
            }
            let stop = stop().map_err(|e| Fault::Here(e.to_string()))?;
            tokio::select! {
                answer = exchange => answer,
                signal = stop => Err(Fault::Interrupted(signal)),
            }
        })
    }

    fn request(&self, wish: &Wish) -> Result<Request<Full<Bytes>>, Fault> {
        let method = match wish.method {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(&wish.path)
            .header(header::HOST, self.place.host())
            .header(header::ACCEPT, wish.accept)
            .header(header::CONNECTION, "close");
        if let (Some(token), Place::Tcp { .. }) = (&self.token, &self.place) {
            request = request.header(header::AUTHORIZATION, token.header());
        }
        for (name, value) in &wish.headers {
            request = request.header(HeaderName::from_static(name), value);
        }
        if wish.body.is_some() {
            request = request.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = Full::from(wish.body.clone().unwrap_or_default());
        request.body(body).map_err(|e| Fault::Here(e.to_string()))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A name that is still being looked up must not hold up the end.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(place: &Place) -> io::Result<Box<dyn Stream>> {
    match place {
        Place::Tcp { host, port } => Ok(Box::new(TcpStream::connect((host.as_str(), *port)).await?)),
        #[cfg(unix)]
        Place::Unix(path) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Place::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

async fn exchange(place: &Place, request: Request<Full<Bytes>>, patience: Duration) -> Result<Answer, Fault> {
    let connected = tokio::time::timeout(CONNECT, connect(place)).await;
    let stream = connected.map_err(|_| Fault::NoConnection(CONNECT))?.map_err(Fault::connecting)?;
    tokio::time::timeout(patience, talk(stream, request)).await.map_err(|_| Fault::Late(patience))?
}

async fn talk(stream: Box<dyn Stream>, request: Request<Full<Bytes>>) -> Result<Answer, Fault> {
    let talking = |e: hyper::Error| Fault::talking(&e);
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(talking)?;
    // It carries bytes while the answer is waited for, and ends with it.
    let carrier = tokio::spawn(connection);
    let answered = match sender.send_request(request).await {
        Ok(response) => read(response).await,
        Err(error) => Err(talking(error)),
    };
    carrier.abort();
    answered
}

async fn read(response: Response<Incoming>) -> Result<Answer, Fault> {
    let (head, body) = response.into_parts();
    let body =
        Limited::new(body, LARGEST).collect().await.map_err(|e| match e.downcast::<hyper::Error>() {
            Ok(error) => Fault::talking(&error),
            Err(other) if other.is::<LengthLimitError>() => Fault::TooLarge(LARGEST / MIB),
            Err(other) => Fault::Broken(other.to_string()),
        })?;
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
}

/// Over when a signal asks for the end; from the call on they are caught.
#[cfg(unix)]
fn stop() -> io::Result<impl Future<Output = u8>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut int = signal(SignalKind::interrupt())?;
    let mut term = signal(SignalKind::terminate())?;
    let mut hup = signal(SignalKind::hangup())?;
    Ok(async move {
        let kind = tokio::select! {
            _ = int.recv() => SignalKind::interrupt(),
            _ = term.recv() => SignalKind::terminate(),
            _ = hup.recv() => SignalKind::hangup(),
        };
        u8::try_from(kind.as_raw_value()).unwrap_or_default()
    })
}

#[cfg(not(unix))]
fn stop() -> io::Result<impl Future<Output = u8>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        2
    })
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
    };

    use super::*;

    fn asked(port: u16, path: &str) -> Result<Answer, Fault> {
        let client = Client::new(Place::Tcp { host: "127.0.0.1".into(), port }, None)?;
        client.ask(&Wish {
            method: Method::Get,
            path: path.into(),
            accept: "text/plain",
            headers: Vec::new(),
            body: None,
            patience: Duration::from_millis(300),
            watched: true,
        })
    }

    #[test]
    fn who_never_ends_is_not_waited_for() {
        for said in ["", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let thread = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                // Nobody answers before he was asked.
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let head = lines.by_ref().take_while(|line| !line.is_empty()).count();
                stream.write_all(said.as_bytes()).unwrap();
                // To the end of what the other side has to say.
                head + lines.count()
            });
            assert!(matches!(asked(port, "/"), Err(Fault::Late(_))), "{said:?}");
            assert!(thread.join().unwrap() > 0);
        }
    }

    #[test]
    fn nobody_there_and_no_path_are_faults() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert!(matches!(asked(port, "/"), Err(Fault::NobodyListens(_))));
        assert!(matches!(asked(port, "no path"), Err(Fault::Here(_))));
        let client = Client::new(Place::Unix("/no/such/socket".into()), None).unwrap();
        assert_eq!((client.has_token(), client.place().to_string().as_str()), (false, "/no/such/socket"));
    }
}
