//! Certificates that nobody believes but a test.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A certificate authority of a test's own, whose key goes with it.
pub struct Authority {
    folder: TempDir,
}

/// What a server shows, and the key that proves that it may. Both are PEM.
pub struct Certificate {
    /// The certificate.
    pub shown: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// If there is no `openssl`, or none of version 3.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Self { folder };
        authority.make(
            "authority",
            "/CN=A test's own authority",
            &["basicConstraints=critical,CA:TRUE"],
            &[],
        );
        authority
    }

    /// Where its own certificate is, for those who are to believe it.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Says that whoever has this key is the server of these names.
    ///
    /// # Panics
    /// If a name is none.
    pub fn certify(&self, names: &[&str]) -> Certificate {
        let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        let names = format!("subjectAltName={}", names.join(","));
        self.make(
            "server",
            "/CN=A test's own server",
            &["basicConstraints=critical,CA:FALSE", &names],
            &["-CA", "authority.pem", "-CAkey", "authority.key"],
        );
        let read =
            |file| fs::read_to_string(self.folder.path().join(file)).expect("it was made");
        Certificate { shown: read("server.pem"), key: read("server.key") }
    }

    fn make(&self, file: &str, subject: &str, extensions: &[&str], signed_by: &[&str]) {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let (shown, its_key) = (format!("{file}.pem"), format!("{file}.key"));
        let files = ["-out", &shown, "-keyout", &its_key];
        let extensions = extensions.iter().flat_map(|it| ["-addext", it]);
        let mut openssl = Command::new("openssl");
        openssl
            .current_dir(self.folder.path())
            .args(["req", "-x509", "-days", "2", "-subj", subject])
            .args(key.iter().chain(&files).chain(signed_by))
            .args(extensions)
            .stdin(Stdio::null());
        let made = openssl.output().expect("openssl is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
