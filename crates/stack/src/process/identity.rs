//! Telling our process from another one that was given the same id later.

use std::fs;
use std::io;

use serde::{Deserialize, Serialize};

/// A process for good: ids are used again, start times are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Process id.
    pub pid: i32,
    /// When it was started: field 22 of `/proc/PID/stat` (proc(5)), in clock ticks since boot.
    pub start_ticks: u64,
}

impl ProcessIdentity {
    /// The process that has `pid` now.
    pub fn of(pid: i32) -> io::Result<Self> {
        let stat = read_stat(pid)?;
        Ok(Self {
            pid,
            start_ticks: stat.start_ticks,
        })
    }

    /// Whether this very process still runs. A zombie does not: it holds nothing but its exit code. But
    /// a process whose first thread has ended runs, and holds its ports, while other threads end.
    #[must_use]
    pub fn is_running(&self) -> bool {
        read_stat(self.pid).is_ok_and(|stat| stat.start_ticks == self.start_ticks && stat.runs())
    }

    /// Whether this very process has ended but was not collected by its parent.
    pub(crate) fn is_zombie(&self) -> bool {
        read_stat(self.pid).is_ok_and(|stat| stat.start_ticks == self.start_ticks && !stat.runs())
    }

    /// The running children of this process.
    pub fn children(&self) -> io::Result<Vec<Self>> {
        let mut children = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // A process that ended while the directory was read is no child any more.
            let Ok(stat) = read_stat(pid) else { continue };
            if stat.parent == self.pid && stat.runs() {
                children.push(Self {
                    pid,
                    start_ticks: stat.start_ticks,
                });
            }
        }
        Ok(children)
    }
}

struct Stat {
    state: char,
    parent: i32,
    threads: u32,
    start_ticks: u64,
}

impl Stat {
    fn runs(&self) -> bool {
        !matches!(self.state, 'Z' | 'X') || self.threads > 1
    }
}

fn read_stat(pid: i32) -> io::Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_stat(&text)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unreadable /proc/PID/stat"))
}

/// Fields are counted from after the command's closing parenthesis: the name may hold anything.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let threads = fields.nth(15)?.parse().ok()?;
    let start_ticks = fields.nth(1)?.parse().ok()?;
    Some(Stat {
        state,
        parent,
        threads,
        start_ticks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(state: char, threads: u32) -> Stat {
        let text = format!(
            "42 (a) R 1 (b)) {state} 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 {threads} 0 987654 1"
        );
        parse_stat(&text).unwrap()
    }

    #[test]
    fn a_hostile_command_name_does_not_shift_the_fields() {
        let stat = stat('S', 9);
        let fields = (stat.state, stat.parent, stat.threads, stat.start_ticks);
        assert_eq!(fields, ('S', 7, 9, 987_654));
    }

    #[test]
    fn a_process_runs_until_its_last_thread_has_ended() {
        assert!(stat('S', 1).runs());
        assert!(stat('Z', 2).runs());
        assert!(!stat('Z', 1).runs());
        assert!(!stat('X', 0).runs());
    }

    #[test]
    fn this_process_runs_and_one_with_another_start_does_not() {
        let own = ProcessIdentity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.is_running());
        assert!(
            !ProcessIdentity {
                start_ticks: own.start_ticks + 1,
                ..own
            }
            .is_running()
        );
    }
}
