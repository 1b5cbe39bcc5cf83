//! Where a server is, as a person writes it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::domain::text;

/// The port of `goosetop serve` where nobody says another.
pub const PORT: u16 = 3285;

/// Longest name of a host that DNS knows.
const LONGEST_HOST: usize = 253;

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A host by name or address (an IPv6 one without its brackets), and a port.
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A unix socket of this machine.
    Unix(PathBuf),
}

impl Place {
    /// From what was written: `http://host:port`, `host:port`, `unix`, the path of a socket. `usual` is
    /// the socket that `unix` means.
    ///
    /// # Errors
    /// What it cannot be, as a sentence and what to do.
    pub fn parse(word: &str, usual: Option<&Path>) -> Result<Self, (String, String)> {
        let word = word.trim();
        if word == "unix" {
            let none =
                || ("there is no usual place for a socket".to_owned(), "set XDG_RUNTIME_DIR".to_owned());
            return usual.map(|path| Self::Unix(path.to_owned())).ok_or_else(none);
        }
        if let Some(path) = word.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(wrong(word)) } else { Ok(Self::Unix(path.into())) };
        }
        if word.starts_with(['/', '.']) {
            return Ok(Self::Unix(word.into()));
        }
        authority_of(without_scheme(word)?).ok_or_else(|| wrong(word))
    }

    /// From `SERVER_HOST` and `SERVER_PORT`. The host may bring its port, as people write it, where no other
    /// one is given.
    ///
    /// # Errors
    /// As [`Place::parse`].
    pub fn of(host: &str, port: Option<&str>) -> Result<Self, (String, String)> {
        let host = host.trim();
        let apart = || "SERVER_HOST is a host alone; the port goes into SERVER_PORT".to_owned();
        let bare = without_scheme(host)?;
        let address = bare.trim_matches(['[', ']']);
        let is_v6 = address.parse::<std::net::Ipv6Addr>().is_ok();
        let authority = if is_v6 { format!("[{address}]") } else { bare.to_owned() };
        let Some(place) = authority_of(&authority) else { return Err((wrong(host).0, apart())) };
        let Some(port) = port.map(str::trim) else { return Ok(place) };
        if !is_v6 && authority.contains(':') && !authority.ends_with(']') {
            return Err((format!("`{}` brings a port of its own", text::line(host)), apart()));
        }
        let whole = format!("{authority}:{port}");
        authority_of(&whole)
            .ok_or_else(|| (wrong(&whole).0, "SERVER_PORT is a number from 1 to 65535".into()))
    }

    /// It is this machine, or the near end of a tunnel: what is sent there crosses no network in the open.
    pub fn is_near(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => {
                host.eq_ignore_ascii_case("localhost")
                    || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// What `Host` must say.
    pub(super) fn host(&self) -> String {
        match self {
            Self::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port } => format!("{host}:{port}"),
            Self::Unix(_) => "goosetop".into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { .. } => write!(f, "http://{}", self.host()),
            Self::Unix(path) => f.write_str(&text::path(path, None)),
        }
    }
}

/// What stands behind `http://`, or the whole.
fn without_scheme(word: &str) -> Result<&str, (String, String)> {
    match word.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => Err((
            "goosetop speaks no TLS: that is a tunnel's or a proxy's affair".into(),
            format!("ssh -L {PORT}:127.0.0.1:{PORT} HOST, then --server 127.0.0.1:{PORT}"),
        )),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
            Ok(rest.strip_suffix('/').unwrap_or(rest))
        }
        Some(_) => Err(wrong(word)),
        None => Ok(word),
    }
}

fn authority_of(word: &str) -> Option<Place> {
    let (host, port) = if let Some(rest) = word.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
    } else {
        match word.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (word, None),
        }
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || host.len() > LONGEST_HOST || !host.chars().all(is_name) {
        return None;
    }
    let port = port.map_or(Some(PORT), |port| port.parse().ok()).filter(|port| *port > 0)?;
    Some(Place::Tcp { host: host.to_owned(), port })
}

fn wrong(word: &str) -> (String, String) {
    // Somebody may have written a password into it.
    let shown = if word.contains('@') { "this".to_owned() } else { format!("`{}`", text::line(word)) };
    (
        format!("{shown} names no server"),
        format!(
            "http://HOST:PORT, HOST:PORT (port {PORT} where none is named), unix, or the path of a socket"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Place {
        Place::Tcp { host: host.into(), port }
    }

    #[test]
    fn a_server_can_be_written_in_several_ways() {
        let unix = |path: &str| Place::Unix(path.into());
        for (word, place) in [
            ("http://127.0.0.1:3285", Some(tcp("127.0.0.1", 3285))),
            ("http://web-01:80/", Some(tcp("web-01", 80))),
            ("HTTP://web-01", Some(tcp("web-01", PORT))),
            ("web-01:99", Some(tcp("web-01", 99))),
            ("localhost", Some(tcp("localhost", PORT))),
            ("[::1]:99", Some(tcp("::1", 99))),
            ("unix", Some(unix("/run/usual.sock"))),
            ("unix:/x/api.sock", Some(unix("/x/api.sock"))),
            ("unix:///x/api.sock", Some(unix("/x/api.sock"))),
            ("/x/api.sock", Some(unix("/x/api.sock"))),
            ("./api.sock", Some(unix("./api.sock"))),
            ("https://web-01", None),
            ("ftp://web-01", None),
            ("http://me:secret@web-01", None),
            ("http://web-01/api", None),
            ("web-01:0", None),
            ("web-01:99999", None),
            ("::1", None),
            ("[web]:1", None),
            ("a b", None),
            ("a\r\nX: y", None),
            ("unix:", None),
            ("", None),
        ] {
            assert_eq!(Place::parse(word, Some(Path::new("/run/usual.sock"))).ok(), place, "{word:?}");
        }
        let (what, hint) = Place::parse("https://web-01:1", None).unwrap_err();
        assert!(what.contains("TLS") && hint.contains("ssh -L"), "{what} {hint}");
        assert!(!Place::parse("http://me:secret@web-01", None).unwrap_err().0.contains("secret"));
    }

    #[test]
    fn a_host_may_bring_its_port_where_no_other_is_given() {
        for (host, port, place) in [
            ("web-01", None, Some(tcp("web-01", PORT))),
            ("127.0.0.1:21111", None, Some(tcp("127.0.0.1", 21111))),
            ("http://web-01:99/", None, Some(tcp("web-01", 99))),
            ("http://web-01", Some("7"), Some(tcp("web-01", 7))),
            ("::1", Some("7"), Some(tcp("::1", 7))),
            ("[::1]", Some("7"), Some(tcp("::1", 7))),
            ("[::1]:99", None, Some(tcp("::1", 99))),
            ("::1", None, Some(tcp("::1", PORT))),
            ("a/b", Some("7"), None),
            ("a", Some("x"), None),
            ("", None, None),
            ("https://web-01", None, None),
        ] {
            assert_eq!(Place::of(host, port).ok(), place, "{host} {port:?}");
        }
        for (host, port) in [("web-01:99", "7"), ("[::1]:99", "7"), ("http://web-01:99", "99")] {
            let (what, hint) = Place::of(host, Some(port)).unwrap_err();
            assert_eq!(what, format!("`{host}` brings a port of its own"));
            assert_eq!(hint, "SERVER_HOST is a host alone; the port goes into SERVER_PORT");
        }
        assert!(!Place::of("me:secret@web-01", Some("7")).unwrap_err().0.contains("secret"));
    }

    #[test]
    fn near_is_what_no_network_lies_between() {
        for (word, near) in [("127.0.0.9:1", true), ("LocalHost:1", true), ("[::1]:1", true), ("/s", true)] {
            assert_eq!(Place::parse(word, None).map(|p| p.is_near()), Ok(near), "{word}");
        }
        for word in ["10.0.0.1:1", "localhost.evil.example:1", "127.evil.example:1"] {
            assert_eq!(Place::parse(word, None).map(|p| p.is_near()), Ok(false), "{word}");
        }
    }
}
