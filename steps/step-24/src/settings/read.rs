//! The way from the environment to the settings.

use std::{env, ffi::OsString, path::PathBuf};

use tracing::Level;
use zeroize::Zeroizing;

use crate::{
    edge::site::Site,
    members::credentials::is_good_password,
    moving::Moving,
    session::secret::Keys,
    settings::{
        distance, files, safe,
        show::show,
        store::Where,
        text::{refuse_blanks, shown, text},
        whole::{KeysFrom, Log, Settings},
    },
};

const HOW: &str = "Make one with `cargo run -p step-24 -- new-key session.key` \
                   and start with SESSION_KEY_FILE=session.key.";

/// A change of the file would count for nothing, and nobody would notice.
const BOTH: &str =
    "SESSION_KEY and SESSION_KEY_FILE are both set. Unset one of them.";

/// A container often does, and there it is less than the whole machine.
const ROOT: &str = "this runs as root: whoever takes it over has the whole machine. Give \
                    it a user of its own";

impl Settings {
    /// What the environment of this program says.
    ///
    /// # Errors
    /// Says in one line what is wrong or unsafe, and what it would be.
    pub fn of_environment() -> Result<Self, String> {
        let mut settings = Self::read(|name| env::var_os(name))?;
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        settings.look_around(names, files::user())?;
        files::look(&settings)?;
        Ok(settings)
    }

    /// Looks at what else is set, and at who runs this.
    ///
    /// # Errors
    /// Says which name is written wrongly.
    pub fn look_around(
        &mut self,
        names: impl Iterator<Item = String>,
        user: Option<u32>,
    ) -> Result<(), String> {
        self.doubts.extend(distance::look(names)?);
        if self.is_public() && user == Some(0) {
            self.doubts.push(ROOT.to_owned());
        }
        Ok(())
    }

    /// The table of all settings, with what the environment says.
    pub fn shown() -> String {
        show(|name| env::var_os(name))
    }

    /// What all settings come to, of which `var` gives the value.
    ///
    /// # Errors
    /// Says in one line what is wrong or unsafe, and what it would be. No password or key
    /// is in it.
    // ANCHOR: read
    pub fn read(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let read = |name: &str| text(&var, name);
        let path = |name: &str| match var(name) {
            Some(path) if path.is_empty() => Err(format!("{name} is empty.")),
            path => Ok(path.map(PathBuf::from)),
        };
        refuse_blanks(&var)?;
        let mut settings = Self {
            log: log(read("LOG")?, read("LOG_FORMAT")?)?,
            site: Site::parse(&var)?,
            port: port(read("PORT")?)?,
            keys: keys(read("SESSION_KEY")?, path("SESSION_KEY_FILE")?)?,
            accounts: path("ACCOUNTS_DB")?.unwrap_or("accounts.db".into()),
            administrator: administrator(read("ADMINISTRATOR_PASSWORD")?)?,
            moving: Moving::parse(&var)?,
            moving_from: moving_from(read("MOVE_FROM")?)?,
            store: read("STORE")?.as_deref().unwrap_or("sqlite:shop.db").parse()?,
            doubts: Vec::new(),
        };
        let is_set = |name: &str| var(name).is_some();
        safe::refuse(&settings, is_set)?;
        settings.doubts = safe::doubts(&settings, is_set);
        Ok(settings)
    }
    // ANCHOR_END: read
}

fn log(level: Option<String>, format: Option<String>) -> Result<Log, String> {
    let level = level.map_or(Ok(Level::INFO), |level| level.parse());
    let level =
        level.map_err(|_| "LOG is none of error, warn, info, debug and trace.")?;
    let is_json = match format.as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        _ => return Err("LOG_FORMAT is neither text nor json.".to_owned()),
    };
    Ok(Log { level, is_json })
}

fn moving_from(url: Option<String>) -> Result<Option<Where>, String> {
    let from = url.map(|it| it.parse()).transpose();
    from.map_err(|why: String| why.replacen("STORE", "MOVE_FROM", 1))
}

fn port(text: Option<String>) -> Result<u16, String> {
    let Some(text) = text else { return Ok(8080) };
    let wrong = || format!("PORT is {}, and not such as 8081.", shown(&text));
    text.parse().map_err(|_| wrong())
}

fn keys(text: Option<String>, file: Option<PathBuf>) -> Result<KeysFrom, String> {
    match (text, file) {
        (Some(_), Some(_)) => Err(BOTH.to_owned()),
        (Some(text), _) => {
            let keys = Keys::parse(&Zeroizing::new(text));
            keys.map(KeysFrom::Here).map_err(|why| format!("{why}. {HOW}"))
        }
        (_, Some(file)) => Ok(KeysFrom::File(file)),
        _ => Ok(KeysFrom::Nowhere),
    }
}

fn administrator(
    password: Option<String>,
) -> Result<Option<Zeroizing<String>>, String> {
    let password = password.map(Zeroizing::new);
    match &password {
        Some(it) if !is_good_password("administrator", it) => Err(
            "ADMINISTRATOR_PASSWORD is no password: the administrator's password must \
             have 8 to 128 characters, and be none of the commonest."
                .to_owned(),
        ),
        _ => Ok(password),
    }
}
