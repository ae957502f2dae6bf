//! Whether others get at the files of the store. The file of the keys looks after itself.

use std::path::Path;

use crate::settings::{store::Where, whole::Settings};

/// Refuses files that others may read or change, and folders in which they may put others
/// in their place. A group may: there are programs that give a volume to one.
pub(super) fn look(settings: &Settings) -> Result<(), String> {
    match &settings.store {
        Where::Sqlite(path) => refuse("STORE", Path::new(path)),
        store if store.is_for_sessions_only() => {
            refuse("ACCOUNTS_DB", &settings.accounts)
        }
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn refuse(name: &str, file: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    // What is not there yet is made for nobody else.
    let mode = |path: &Path| path.metadata().map_or(0, |about| about.mode());
    for end in ["", "-wal", "-shm"] {
        let mut part = file.as_os_str().to_owned();
        part.push(end);
        if mode(Path::new(&part)) & 0o007 != 0 {
            let part = part.display();
            return Err(format!(
                "{name} is {part}, which others on this machine may read or write: \
                 `chmod 600 {part}`."
            ));
        }
    }
    // In a folder such as /tmp, nobody replaces a file of somebody else's.
    let open = [file.to_owned(), real(file)].into_iter().find_map(|path| {
        let mut folders = path.ancestors().skip(1);
        folders.find(|it| mode(it) & 0o1002 == 0o002).map(Path::to_owned)
    });
    open.map_or(Ok(()), |folder| {
        let (shown, folder) = (file.display(), folder.display());
        Err(format!(
            "{name} is {shown}, and others may put another file in its place: \
             `chmod o-w {folder}`."
        ))
    })
}

/// Where a file really is, or will be.
#[cfg(unix)]
fn real(file: &Path) -> std::path::PathBuf {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().and_then(|folder| folder.canonicalize().ok());
    let made = folder.zip(file.file_name()).map(|(folder, name)| folder.join(name));
    file.canonicalize().ok().or(made).unwrap_or(file)
}

#[cfg(not(unix))]
fn refuse(_: &str, _: &Path) -> Result<(), String> {
    Ok(())
}

/// The number of the user as whom this runs, where that can be told. That of root is 0.
#[cfg(target_os = "linux")]
pub(super) fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().ok().map(|about| about.uid())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn user() -> Option<u32> {
    None
}
