//! Words nobody guesses.

use std::io;

/// 32 random bytes in hexadecimal, from the system.
///
/// # Errors
/// What the system says.
pub fn word() -> io::Result<String> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |word, byte| format!("{word}{byte:02x}")))
}

#[cfg(target_os = "linux")]
fn fill(bytes: &mut [u8]) -> io::Result<()> {
    use rustix::rand::{GetRandomFlags, getrandom};
    let got = rustix::io::retry_on_intr(|| getrandom(&mut *bytes, GetRandomFlags::empty()))?;
    if got == bytes.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(not(target_os = "linux"))]
fn fill(bytes: &mut [u8]) -> io::Result<()> {
    use io::Read;
    std::fs::File::open("/dev/urandom")?.read_exact(bytes)
}
