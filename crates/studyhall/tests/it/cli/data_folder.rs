//! The data folder: made for this user, and for one server at a time.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
};

use twinbase_testkit::process::Ended;

use super::program::Place;

/// Nobody on Debian and most others; any user that owns nothing of ours will do.
const NOBODY: u32 = 65_534;

#[test]
fn the_folder_is_made_for_this_user_alone() {
    let place = Place::new();
    place.run(&["migrate", "--data-dir", "a/b"]).expect(0, &[]);
    for folder in ["a", "a/b"] {
        let mode = fs::metadata(place.path().join(folder)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_a_sentence_with_a_remedy() {
    let place = Place::new();
    fs::write(place.path().join("file"), "kept").unwrap();
    for folder in ["file", "file/below"] {
        place.run(&["--data-dir", folder, "--port", "0"]).expect(
            1,
            &[
                &format!("the data folder {folder} cannot be made"),
                "A file is in the way",
                "--data-dir",
            ],
        );
    }
    assert_eq!(
        fs::read_to_string(place.path().join("file")).unwrap(),
        "kept"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_a_sentence_with_a_remedy() {
    let place = Place::new();
    let folder = place.path().join("locked");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = place.command(&["--data-dir", "locked", "--port", "0"]);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        // Permissions do not bind root; and nobody may not reach the folder of the build.
        let copy = place.path().join("studyhall");
        fs::copy(env!("CARGO_BIN_EXE_studyhall"), &copy).unwrap();
        command = std::process::Command::new(copy);
        command
            .args(["--data-dir", "locked", "--port", "0"])
            .current_dir(place.path())
            .uid(NOBODY);
    }
    Ended::of(&mut command).expect(
        1,
        &[
            "the data folder locked cannot be written",
            "Permission denied",
            "Make it writable",
        ],
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_in_use_is_refused_with_the_process_that_uses_it() {
    let place = Place::new();
    let running = place.start(&[]).await;
    let process = format!("process {}", running.child.id());
    for arguments in [&[][..], &["serve"], &["worker"]] {
        place
            .run(&[arguments, &["--port", "0"]].concat())
            .expect(1, &["studyhall-data is in use", &process, "--data-dir"]);
    }
    // Visitors are welcome, and the one that was there goes on.
    for arguments in [
        &["migrate"][..],
        &["health"],
        &["verify"],
        &["demo", "--people", "2", "--days", "9"],
    ] {
        place.run(arguments).expect(0, &[]);
    }
    assert_eq!(running.get("/health").await["status"], "healthy");
    running.stop().await;
    place.start(&[]).await.stop().await;
}

#[tokio::test]
async fn a_server_and_a_worker_share_a_folder_and_two_servers_do_not() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    let server = place.start(&["serve"]).await;
    let worker = place.start(&["worker"]).await;
    place
        .run(&["serve", "--port", "0"])
        .expect(1, &["is its server"]);
    place.run(&["worker"]).expect(1, &["is its worker"]);
    worker.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn a_killed_process_leaves_no_lock() {
    let place = Place::new();
    let mut running = place.start(&[]).await;
    running.child.kill().unwrap();
    place.start(&[]).await.stop().await;
}
