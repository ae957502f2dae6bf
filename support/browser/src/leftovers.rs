//! What stays when this process ends, and who clears it away.
//!
//! Tests hand on what takes long to start, and nobody knows which of them is the last. What they
//! share therefore stands in a `static`, and nothing drops that. A shell waits beside this process,
//! with a pipe as its input: it reads the end of it when this process ends, in whatever way, and
//! then ends what was [spawned](spawn) and removes the [`folder`].

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use tempfile::TempDir;

const END: &str = "read -r _; kill -9 \"-$0\"";
/// Once is not enough while a Chromium still writes.
const REMOVE: &str = "read -r _; until rm -rf \"$0\" 2>/dev/null; do sleep 0.1; done";

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    at_the_end(REMOVE, &folder.display().to_string()).expect("a shell starts");
    folder
});

/// A new folder for something that tests share.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in(&*FOLDER).expect("a folder below the temporary one")
}

/// Starts a process that ends with this one, with the processes that it starts and the temporary
/// files of all of them.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    command.env("TMPDIR", &*FOLDER);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let process = command.spawn()?;
    at_the_end(END, &process.id().to_string())?;
    Ok(process)
}

/// Has a shell run a script when this process has ended.
fn at_the_end(script: &str, argument: &str) -> io::Result<()> {
    let shell = Command::new("sh")
        .args(["-c", script, argument])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Its input stays open as long as this process lives.
    std::mem::forget(shell);
    Ok(())
}
