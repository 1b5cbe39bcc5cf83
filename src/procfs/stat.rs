//! /proc/PID/stat (proc_pid_stat(5)): one line, whose second field is a name in parentheses that
//! may itself hold parentheses, blanks, line breaks and bytes that are no text.

/// Longer than any line the kernel writes: 51 numbers of at most 20 digits and a short name.
pub const LONGEST: usize = 2048;

/// `PF_KTHREAD` in the flags.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// The fields that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat<'a> {
    /// Process number.
    pub pid: u32,
    /// Short name, as the kernel gives it.
    pub comm: &'a [u8],
    /// State letter.
    pub state: char,
    /// Parent's number; 0 for none in this namespace.
    pub ppid: u32,
    /// Process group; `None` when its leader is outside this namespace.
    pub pgid: Option<u32>,
    /// Unix session; `None` as above.
    pub sid: Option<u32>,
    /// Has a controlling terminal.
    pub has_tty: bool,
    /// Its group is the one in front of that terminal.
    pub in_front: bool,
    /// Runs in the kernel only.
    pub kernel: bool,
    /// Own time (user and system), ticks.
    pub own_ticks: u64,
    /// Time of reaped children, ticks.
    pub reaped_ticks: u64,
    /// Start, ticks since boot.
    pub start: u64,
    /// Resident pages.
    pub rss_pages: u64,
    /// Where the program's stack, arguments and environment lie: a new program image has others.
    /// Zero where the kernel does not tell.
    pub image: [u64; 3],
}

/// Reads the line; `None` when it is not one.
pub fn parse(line: &[u8]) -> Option<Stat<'_>> {
    let open = line.iter().position(|b| *b == b'(')?;
    let close = line.iter().rposition(|b| *b == b')').filter(|close| *close > open)?;
    let pid = number(line[..open].trim_ascii())?;
    let rest: Vec<&[u8]> =
        line[close + 1..].split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).collect();
    // Numbered as in the manual, where the state is field 3.
    let field = |n: usize| rest.get(n - 3).copied();
    let signed = |n: usize| number::<i64>(field(n)?);
    let unsigned = |n: usize| number::<u64>(field(n)?);
    // Negative only by overflow in old kernels: then the value is unknown, and zero growth is told.
    let time = |n: usize| signed(n).map(|ticks| u64::try_from(ticks).unwrap_or(0));
    let group = |n: usize| signed(n).map(|id| u32::try_from(id).ok().filter(|id| *id > 0));
    Some(Stat {
        pid,
        comm: &line[open + 1..close],
        state: field(3).filter(|f| f.len() == 1).map(|f| char::from(f[0]))?,
        ppid: u32::try_from(signed(4)?).ok()?,
        pgid: group(5)?,
        sid: group(6)?,
        has_tty: signed(7)? != 0,
        in_front: signed(7)? != 0 && group(8)?.is_some() && group(8)? == group(5)?,
        kernel: unsigned(9)? & KERNEL_THREAD != 0,
        own_ticks: time(14)?.saturating_add(time(15)?),
        reaped_ticks: time(16)?.saturating_add(time(17)?),
        start: unsigned(22)?,
        rss_pages: time(24)?,
        image: [28, 48, 50].map(|n| unsigned(n).unwrap_or(0)),
    })
}

fn number<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAIL: &str = "S 10 11 12 34817 -1 4194304 1 2 3 4 50 60 70 80 20 0 1 0 98765 1000000 321 \
        18446744073709551615 1 2 777 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 5 6 7 888 9 999 10 0\n";

    fn line(comm: &[u8]) -> Vec<u8> {
        [b"42 (", comm, b") ", TAIL.as_bytes()].concat()
    }

    #[test]
    fn the_fields_are_those_of_the_manual() {
        let line = line(b"tmux: server");
        let stat = parse(&line).unwrap();
        let expected = Stat {
            pid: 42,
            comm: b"tmux: server",
            state: 'S',
            ppid: 10,
            pgid: Some(11),
            sid: Some(12),
            has_tty: true,
            in_front: false,
            kernel: false,
            own_ticks: 110,
            reaped_ticks: 150,
            start: 98765,
            rss_pages: 321,
            image: [777, 888, 999],
        };
        assert_eq!(stat, expected);
    }

    #[test]
    fn what_is_cut_or_no_line_is_refused() {
        for line in ["", "1", "1 (x", "1 (x)", "1 )x( S 1", "1 (x) S 1 2 3", "x (x) S 1 2 3"] {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_name_comes_back_as_it_was(comm in proptest::collection::vec(any::<u8>(), 0..64)) {
            let line = line(&comm);
            let stat = parse(&line).unwrap();
            prop_assert_eq!(stat.comm, &comm[..]);
            prop_assert_eq!((stat.ppid, stat.start, stat.rss_pages), (10, 98765, 321));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_numbers_panic(numbers in proptest::collection::vec(any::<i128>(), 0..60)) {
            let fields: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let _ = parse(format!("7 (x) S {}", fields.join(" ")).as_bytes());
        }
    }
}
