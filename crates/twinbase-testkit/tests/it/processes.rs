//! Child processes: output, signals, ends.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use twinbase_testkit::process::{Child, Signal, Stream};
use twinbase_testkit::wait;

const DEADLINE: Duration = Duration::from_mins(1);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn exists(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

/// The letter by which the kernel tells what a process does: `T` for stopped.
fn state(id: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[tokio::test]
async fn the_streams_of_a_child_are_told_apart() {
    let mut child = Child::spawn(&mut shell("echo data; echo warning >&2; exit 3")).unwrap();
    assert_eq!(child.exit(DEADLINE).await.unwrap().code(), Some(3));
    assert_eq!(child.output(Some(Stream::Stdout)), ["data"]);
    assert_eq!(child.output(Some(Stream::Stderr)), ["warning"]);
}

#[tokio::test]
async fn a_grandchild_that_holds_the_output_does_not_hold_up_the_test() {
    let mut child = Child::spawn(&mut shell("sleep 600 & echo $!")).unwrap();
    assert!(child.exit(DEADLINE).await.unwrap().success());
    let grandchild = child.output(None)[0].clone();
    Command::new("kill").arg(grandchild).status().unwrap();
}

#[tokio::test]
async fn a_child_that_ends_before_its_line_is_an_error_with_what_it_said() {
    let mut child = Child::spawn(&mut shell("echo port in use; exit 1")).unwrap();
    let error = child.line("ready", DEADLINE).await.unwrap_err().to_string();
    assert!(
        error.contains("ended before") && error.contains("port in use"),
        "{error}"
    );
}

#[tokio::test]
async fn a_paused_child_goes_on_when_it_is_resumed() {
    let script = "trap 'echo asked; exit 0' TERM; echo up; while :; do :; done";
    let mut child = Child::spawn(&mut shell(script)).unwrap();
    child.line("up", DEADLINE).await.unwrap();
    child.signal(Signal::STOP).unwrap();
    wait::until("the stop", DEADLINE, async || {
        state(child.id()) == Some('T')
    })
    .await;
    child.signal(Signal::TERM).unwrap();
    assert!(child.try_wait().unwrap().is_none());
    child.signal(Signal::CONT).unwrap();
    child.line("asked", DEADLINE).await.unwrap();
    assert!(child.exit(DEADLINE).await.unwrap().success());
}

#[tokio::test]
async fn a_dropped_child_is_gone() {
    let child = Child::spawn(&mut shell("exec sleep 600")).unwrap();
    let id = child.id();
    assert!(exists(id));
    drop(child);
    assert!(!exists(id));
}

#[tokio::test]
async fn a_group_ends_with_its_leader() {
    let mut child = Child::spawn(&mut shell("sleep 600 & echo $!; wait")).unwrap();
    let grandchild: u32 = child.line("", DEADLINE).await.unwrap().parse().unwrap();
    assert!(exists(grandchild));
    drop(child);
    wait::until("the end of the grandchild", DEADLINE, async || {
        matches!(state(grandchild), None | Some('Z'))
    })
    .await;
}

#[tokio::test]
async fn a_killed_child_takes_no_signal() {
    let mut child = Child::spawn(&mut shell("exec sleep 600")).unwrap();
    child.kill().unwrap();
    let error = child.signal(Signal::STOP).unwrap_err().to_string();
    assert!(error.contains("it has ended"), "{error}");
}

/// Runs the test below in a process of its own and kills that, so that nothing of it is dropped.
#[tokio::test]
async fn a_watchdog_ends_the_children_of_a_killed_test() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "processes::leaves_a_child_behind_when_it_is_told_where",
        "--nocapture",
    ]);
    command.env(LEAVE_IN, folder.path());
    let mut test = Child::spawn(&mut command).unwrap();
    let line = test.line("child ", DEADLINE).await.unwrap();
    let id: u32 = line.rsplit_once("child ").unwrap().1.parse().unwrap();
    assert!(exists(id));
    test.kill().unwrap();
    wait::until("the end of the child", DEADLINE, async || !exists(id)).await;
    wait::until("the end of its folder", DEADLINE, async || {
        !folder.path().join("data").exists()
    })
    .await;
}

const LEAVE_IN: &str = "TWINBASE_TEST_LEAVE_IN";

#[tokio::test]
async fn leaves_a_child_behind_when_it_is_told_where() {
    let Some(folder) = std::env::var_os(LEAVE_IN) else {
        return;
    };
    let data = Path::new(&folder).join("data");
    std::fs::create_dir(&data).unwrap();
    let child = Child::spawn_with(&mut shell("exec sleep 600"), Some(&data)).unwrap();
    println!("child {}", child.id());
    std::future::pending::<()>().await;
    drop(child);
}
