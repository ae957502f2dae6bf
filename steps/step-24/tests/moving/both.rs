//! Both programs on one Redis, with nginx in front of them.

use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use engines::{Authority, Nginx, Redis};
use step_24::secret;
use tempfile::TempDir;
use trial::{Program, Start};

use crate::visitor::{PASSWORD, To, Visitor};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-24");
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../support/express");
pub(crate) const CONF: &str = include_str!("../../moving.conf");

/// How the provider knows step 24.
pub(crate) const CLIENT: &str = "tea:a-secret";

/// The secrets of Express, the newest first.
pub(crate) const SECRETS: [&str; 2] =
    ["the secret of this year", "that of last year"];

/// The real Express, which ends with this value.
pub(crate) struct Express {
    process: Child,
    pub(crate) port: u16,
}

impl Express {
    fn start(redis: &Redis) -> Self {
        let mut command = Command::new("node");
        command.arg("shop-to-move.mjs").current_dir(Path::new(SCRIPTS));
        command.env("REDIS_URL", redis.url()).env("PORT", "0");
        command.env("SESSION_SECRETS", SECRETS.join(",")).env("PASSWORD", PASSWORD);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("Node.js starts");
        let mut port = String::new();
        let output = process.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut port).expect("it prints its port");
        Self { process, port: port.trim().parse().expect("a port") }
    }
}

impl Drop for Express {
    fn drop(&mut self) {
        // It may have ended already; either way nothing is left behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) struct Both {
    pub(crate) redis: Redis,
    pub(crate) express: Express,
    pub(crate) tea: Program,
    nginx: Nginx,
    authority: Authority,
    _folder: TempDir,
}

impl Both {
    /// Both keep their sessions in the same Redis.
    pub(crate) fn start() -> Self {
        Self::start_with(CONF)
    }

    /// The same, with this configuration of nginx.
    pub(crate) fn start_with(configuration: &str) -> Self {
        let redis = Redis::start();
        let store = redis.url();
        Self::with(redis, &[("STORE", &store)], configuration)
    }

    /// The same, and this provider says who somebody is.
    pub(crate) fn start_with_provider(issuer: &str) -> Self {
        let redis = Redis::start();
        let store = redis.url();
        let more =
            [("STORE", &*store), ("PROVIDER", issuer), ("PROVIDER_CLIENT", CLIENT)];
        Self::with(redis, &more, CONF)
    }

    /// Only Express keeps its sessions there, and the disk has them.
    pub(crate) fn apart() -> Self {
        Self::with(
            Redis::start_with(&["appendonly yes", "appendfsync always"]),
            &[],
            CONF,
        )
    }

    fn with(redis: Redis, more: &[(&str, &str)], configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let secrets = path("express.secrets");
        fs::write(&secrets, SECRETS.join("\n")).expect("a file can be written");
        fs::set_permissions(&secrets, Permissions::from_mode(0o600)).expect("ours");
        let near = format!("sqlite:{}", path("shop.db"));
        let (accounts, url, key) =
            (path("accounts.db"), redis.url(), secret::new_key());
        let environment = [
            ("SESSION_KEY", key.as_str()),
            // If it is said once more, that counts.
            ("STORE", &near),
            ("ACCOUNTS_DB", &accounts),
            ("ORIGIN", "https://localhost:8443"),
            ("PROXIES", "127.0.0.1"),
            ("MOVE_FROM", &url),
            ("MOVE_SECRETS", &secrets),
        ];
        let environment = [&environment, more].concat();
        let tea = Start { program: PROGRAM, environment: &environment };
        let tea = Program::start(tea);
        let express = Express::start(&redis);
        let authority = Authority::new();
        let configuration = configuration
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", tea.port()))
            .replace("127.0.0.1:3001", &format!("127.0.0.1:{}", express.port));
        let nginx =
            Nginx::start(&configuration, &authority.certify(&["localhost"]));
        Self { redis, express, tea, nginx, authority, _folder: folder }
    }

    /// Somebody at a browser of her own.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::new(To {
            nginx: self.nginx.port(8443),
            authority: self.authority.path().display().to_string(),
            express: self.express.port,
        })
    }

    /// Makes an account at step 24, from another browser.
    pub(crate) fn add_member(&self, name: &str) {
        assert_eq!(self.visitor().register(name).status, 303);
    }

    /// The keys under which Express has sessions.
    pub(crate) fn left(&self) -> Vec<String> {
        let keys = self.redis.cli(&["--scan", "--pattern", "sess:*"]);
        keys.lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }
}
