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
    let shown = file.display();
    if mode(file) & 0o007 != 0 {
        return Err(format!(
            "{name} is {shown}, which others on this machine may read or write: \
             `chmod 600 {shown}`."
        ));
    }
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // In a folder such as /tmp, nobody replaces a file of somebody else's.
    if mode(folder) & 0o1002 == 0o002 {
        let folder = folder.display();
        return Err(format!(
            "{name} is {shown}, and others may put another file in its place: \
             `chmod o-w {folder}`."
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse(_: &str, _: &Path) -> Result<(), String> {
    Ok(())
}

/// Whether whoever takes this program over has the whole machine.
#[cfg(target_os = "linux")]
pub(super) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().is_ok_and(|about| about.uid() == 0)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_root() -> bool {
    false
}
