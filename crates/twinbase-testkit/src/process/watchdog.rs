//! A small shell that outlives us only to clean up after us.
//!
//! `Drop` does not run in a process that is killed. The watchdog waits for the end of its standard input, which the kernel
//! closes with us whatever the way; then it ends the process that it guards and removes its folder.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `$1` is the group with a minus before it, `$2` the folder to remove, or empty. `-s` it is, because dash reads
/// `kill -INT -- 1` as a mistake.
const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT
read -r _
kill -s INT -- "$1" 2>/dev/null
tries=50
while kill -s 0 -- "$1" 2>/dev/null && [ "$tries" -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
kill -s KILL -- "$1" 2>/dev/null
[ -z "$2" ] || rm -rf -- "$2"
"#;

/// Guards a group of processes; dropping it calls the guard off.
pub struct Watchdog(Child);

impl Watchdog {
    /// Guards the group which the process `id` leads, and the `folder` that it uses.
    ///
    /// # Errors
    /// When there is no `sh`.
    pub fn over(id: u32, folder: Option<&Path>) -> io::Result<Self> {
        Command::new("sh")
            .args(["-c", SCRIPT, "watchdog", &format!("-{id}")])
            .arg(folder.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C in the terminal is for us, not for it.
            .process_group(0)
            .spawn()
            .map(Self)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // It is killed before its input is closed, so it never acts while we are alive.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
