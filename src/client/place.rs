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
        let authority = match word.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => {
                return Err((
                    "goosetop speaks no TLS: that is a tunnel's or a proxy's affair".into(),
                    format!("ssh -L {PORT}:127.0.0.1:{PORT} HOST, then --server 127.0.0.1:{PORT}"),
                ));
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
                rest.strip_suffix('/').unwrap_or(rest)
            }
            Some(_) => return Err(wrong(word)),
            None => word,
        };
        authority_of(authority).ok_or_else(|| wrong(word))
    }

    /// From a host and a port that were given apart.
    ///
    /// # Errors
    /// As [`Place::parse`].
    pub fn of(host: &str, port: &str) -> Result<Self, (String, String)> {
        let bare = host.trim_matches(['[', ']']);
        let host = if bare.contains(':') { format!("[{bare}]") } else { bare.to_owned() };
        authority_of(&format!("{host}:{port}")).ok_or_else(|| wrong(&format!("{host}:{port}")))
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
        assert_eq!(Place::of("::1", "7").ok(), Some(tcp("::1", 7)));
        assert!(Place::of("a/b", "7").is_err() && Place::of("a", "x").is_err());
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
