//! What a server refuses to begin with.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::Gate;

/// Exit code and stderr of a server that must not come up.
fn refused(home: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goosetop"));
    command.env_clear().env("HOME", home).current_dir(home).stdin(Stdio::null());
    let out = command.args(["serve", "--db", "none.db", "--read-only"]).args(args).output().unwrap();
    assert!(out.status.code().is_some_and(|code| code > 3), "{out:?}");
    assert!(out.stdout.is_empty(), "{out:?}");
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn a_public_address_is_not_listened_on_unless_one_says_so() {
    let home = tempfile::tempdir().unwrap();
    for host in ["0.0.0.0", "::", "192.0.2.7"] {
        let said = refused(home.path(), &["--port", "0", "--host", host]);
        assert!(said.contains("can be reached from other machines") && said.contains("--i-know"), "{said}");
    }
    assert!(refused(home.path(), &["--port", "0", "--host", "board.example.com"]).contains("is no address"));
}

#[test]
fn a_public_server_is_called_by_its_address_and_its_names() {
    let gate = Gate::open(&["--host", "0.0.0.0", "--i-know", "--set", "serve.hosts=goosetop.example.com"]);
    let port = gate.api.port;
    let ask = |host: &str| {
        gate.api.raw(&format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).status
    };
    // Called at 127.0.0.1, it is that and not every address that it listens on.
    assert_eq!(ask(&format!("127.0.0.1:{port}")), 200);
    assert_eq!(ask("goosetop.example.com"), 200);
    assert_eq!(ask(&format!("0.0.0.0:{port}")), 421);
    assert_eq!(ask(&format!("192.0.2.7:{port}")), 421);
    assert_eq!(ask(&format!("evil.example:{port}")), 421);
}

#[test]
fn a_token_that_is_none_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".local/state/goosetop");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("api-token");
    let put = |word: &[u8], mode: u32| {
        fs::write(&file, word).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    };
    let good = "0123456789abcdef".repeat(4);
    for (word, mode, sentence) in [
        (&b""[..], 0o600, "the token has 0 characters"),
        (b"\n \n", 0o600, "the token has 0 characters"),
        (b"test", 0o600, "the token has 4 characters; 32 are the least"),
        ("ä".repeat(40).as_bytes(), 0o600, "characters that no header can carry"),
        (&[0xff; 64], 0o600, "cannot be read"),
        (good.as_bytes(), 0o644, "may be read by others; chmod 600"),
        (good.as_bytes(), 0o620, "may be read by others; chmod 600"),
    ] {
        put(word, mode);
        for args in [&["--port", "0"][..], &["--print-token"]] {
            let said = refused(home.path(), args);
            assert!(said.contains(sentence) && said.contains("api-token"), "{said}");
            assert!(!said.contains(&good), "{said}");
        }
        assert_eq!(fs::read(&file).unwrap(), word, "it is left as it was");
    }
}
