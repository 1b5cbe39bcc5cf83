//! `serve`: the API, until it is told to end.

mod end;
mod words;

use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use super::{
    Context,
    actions::Setting,
    audit,
    failure::{Failure, Kind},
    output,
};
use crate::{
    clock::SystemClock,
    config::{self, paths},
    domain::{plan::plan, text},
    effects::{random, socket::Socket, token},
    engine::{EngineHandle, Pace, actor::Actor},
    http::{AuditReader, Door, Metrics, Parts, Places, Problem, Server, Token},
    world::World,
};

/// Threads that answer: one that writes a long list does not hold up the others.
const THREADS: usize = 2;

/// Serve the API on a unix socket and on 127.0.0.1, until SIGTERM or Ctrl-C
///
/// On the socket the user's own programs may ask; on TCP whoever shows the token. TLS is left to a reverse
/// proxy or an SSH tunnel: ssh -L 3285:127.0.0.1:3285 HOST.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Address to listen on (127.0.0.1)
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port to listen on (3285)
    #[arg(short, long, value_name = "PORT")]
    port: Option<u16>,
    /// Unix socket to listen on instead of the usual one
    #[arg(long, value_name = "FILE")]
    socket: Option<PathBuf>,
    /// Listen on the unix socket alone
    #[arg(long, conflicts_with_all = ["host", "port"])]
    no_tcp: bool,
    /// Print the token that TCP clients must show, and end
    #[arg(long)]
    print_token: bool,
    /// Listen on an address that other machines can reach, without TLS
    #[arg(long)]
    i_know: bool,
    /// End every session when the server ends
    #[arg(long)]
    close_on_exit: bool,
}

impl Args {
    /// What the flags say about the configuration.
    pub fn settings(&self) -> Vec<Setting> {
        let values = [
            ("serve.host", "--host", self.host.clone()),
            ("serve.port", "--port", self.port.map(|p| p.to_string())),
            ("serve.close_on_exit", "--close-on-exit", self.close_on_exit.then(|| "true".into())),
        ];
        values.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect()
    }
}

/// Serves.
///
/// # Errors
/// A place that cannot be listened on; a token that cannot be read or made.
pub fn run(args: &Args, context: &Context) -> Result<ExitCode, Failure> {
    let word = the_token(context)?;
    // A word that would not be accepted is not printed either.
    let token = Token::new(&word).map_err(|why| unfit(&why, context))?;
    if args.print_token {
        output::write(&format!("{word}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let tcp = if args.no_tcp { None } else { Some(bind(args, context)?) };
    let socket = bind_socket(args, context)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .map_err(|e| internal(&format!("no threads: {e}")))?;
    let metrics = Arc::new(Metrics::default());
    let engine = engine(context, metrics.clone())?;
    let served = runtime.block_on(async {
        let places = Places { tcp, unix: Some(socket.listener.try_clone()?) };
        let way = Way { token, places, metrics };
        serve(context, &engine, way, &socket).await
    });
    runtime.shutdown_timeout(end::LAST);
    engine.stop();
    served.map_err(|e| internal(&format!("the server broke off: {e}")))
}

/// What the server is given besides the world.
struct Way {
    token: Token,
    places: Places,
    metrics: Arc<Metrics>,
}

async fn serve(
    context: &Context,
    engine: &EngineHandle,
    way: Way,
    socket: &Socket,
) -> std::io::Result<ExitCode> {
    let Way { token, places, metrics } = way;
    let config = context.config();
    let executor = World::executor_for(&context.env, config).ok_or(std::io::ErrorKind::Unsupported)?;
    let actor = Actor::start(engine, executor, plan)?;
    let parts = Parts {
        boards: engine.boards(),
        looker: engine.looker(),
        terms: World::terms(config, None),
        limits: config.health.clone(),
        opener: World::opener(config),
        words: Box::new(words::CommandLine),
        metrics,
        clock: Arc::new(SystemClock),
        token,
        door: door(&config.serve),
        audit: audit_reader(context),
        heartbeat: config.timeouts.heartbeat,
    };
    let tcp = places.tcp.as_ref().map(TcpListener::local_addr).transpose()?;
    let run = random::word()?;
    let server = Server::new(parts, actor, places, &run[..8]);
    output::talk(&greeting(socket, tcp));
    let end = end::End::catch()?;
    let state = server.state().clone();
    tokio::select! {
        over = server.run(end.asked(&state, config.serve.close_on_exit), end::ENDS) => over?,
        () = end.insisted(&state) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn greeting(socket: &Socket, tcp: Option<SocketAddr>) -> String {
    let tcp = tcp.map(|address| format!(" and http://{address}")).unwrap_or_default();
    format!("goosetop: serving on {}{tcp}\n", text::path(socket.path(), None))
}

fn engine(context: &Context, metrics: Arc<Metrics>) -> Result<EngineHandle, Failure> {
    let config = context.config();
    let pace = Pace { interval: config.poll.interval, sweep: config.poll.sweep, all: false };
    let (sources, assess, clock) = context.world().into_parts(false);
    let tell = Box::new(move |took| metrics.looked(took));
    EngineHandle::start_told(sources, assess, pace, clock, tell)
        .map_err(|e| internal(&format!("no thread for the engine: {e}")))
}

fn the_token(context: &Context) -> Result<String, Failure> {
    let path = paths::token_file(&context.env).ok_or_else(|| {
        Failure::new(Kind::Unavailable, "there is no place for a token", "set HOME or XDG_STATE_HOME")
    })?;
    token::read_or_make(&path).map_err(|why| Failure::new(Kind::Unavailable, why, ""))
}

fn unfit(why: &str, context: &Context) -> Failure {
    let place = paths::token_file(&context.env).map(|path| text::path(&path, None)).unwrap_or_default();
    let hint = "remove the file to get a new one";
    Failure::new(Kind::Config, format!("the token file {place} cannot be used: {why}"), hint)
}

fn door(serve: &config::Serve) -> Door {
    Door {
        origins: serve.origins.clone(),
        hosts: serve.hosts.clone(),
        connections: serve.connections,
        requests: serve.requests,
        patience: serve.patience,
    }
}

fn audit_reader(context: &Context) -> AuditReader {
    let path = World::audit_log(&context.env);
    Box::new(move |tail| {
        let path = path.as_ref().ok_or_else(|| Problem::unavailable("there is no place for an audit log"))?;
        let unreadable = |e| Problem::unavailable(format!("the audit log cannot be read: {e}"));
        audit::document(path, tail).map_err(unreadable)
    })
}

fn bind(args: &Args, context: &Context) -> Result<TcpListener, Failure> {
    let serve = &context.config().serve;
    let address = address(&serve.host)?;
    if !address.is_loopback() && !args.i_know {
        let what = format!("{address} can be reached from other machines, and this server knows no TLS");
        let hint = "use ssh -L or a reverse proxy; --i-know listens there all the same";
        return Err(Failure::new(Kind::Usage, what, hint));
    }
    let place = SocketAddr::new(address, serve.port);
    let listener = TcpListener::bind(place).and_then(|l| l.set_nonblocking(true).map(|()| l));
    listener.map_err(|e| {
        let hint = "--port takes another one; --no-tcp listens on the unix socket alone";
        Failure::new(Kind::Unavailable, format!("{place} cannot be listened on: {e}"), hint)
    })
}

fn address(host: &str) -> Result<IpAddr, Failure> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    host.trim_matches(['[', ']']).parse().map_err(|_| {
        Failure::new(
            Kind::Usage,
            format!("serve.host: `{host}` is no address"),
            "for example 127.0.0.1 or ::1",
        )
    })
}

fn bind_socket(args: &Args, context: &Context) -> Result<Socket, Failure> {
    let path = args.socket.clone().or_else(|| paths::socket(&context.env)).ok_or_else(|| {
        Failure::new(
            Kind::Unavailable,
            "there is no place for a socket",
            "set XDG_RUNTIME_DIR, or name one with --socket",
        )
    })?;
    Socket::bind(&path).map_err(|why| Failure::new(Kind::Unavailable, why, "--socket names another place"))
}

fn internal(what: &str) -> Failure {
    Failure::new(Kind::Internal, what, "")
}
