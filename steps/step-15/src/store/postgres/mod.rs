//! Sessions and accounts in PostgreSQL, for as many servers as there are.

mod account_rows;
mod call;
mod name_column;
mod schema;
mod session_rows;

use std::fmt::{self, Debug, Formatter};

use deadpool_postgres::{Manager, Pool};
use tokio_postgres::{Config, NoTls};

use crate::store::postgres::call::{PATIENCE, why};
pub use crate::store::postgres::session_rows::LONGEST;

/// So many connections has a server, at most. A PostgreSQL lets in a hundred, unless its
/// administrator says otherwise.
const CONNECTIONS: usize = 16;

/// A store for several servers, each of which finds what any of them has kept.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    // ANCHOR: open
    /// Opens the database at this URL, such as `postgres://tea:tea@localhost/tea`, and
    /// brings its tables up to what this program expects.
    ///
    /// # Errors
    /// Says in one line, without the password, why not.
    pub async fn open(url: &str) -> Result<Self, String> {
        let config = url.parse().map_err(
            |_| "DATABASE_URL is not such as postgres://tea:tea@localhost/tea",
        )?;
        let manager = Manager::new(bounded(config), NoTls);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
        let pool = pool.map_err(|why| why.to_string())?;
        let store = Self { pool };
        schema::migrate(&store).await.map_err(|failed| why(&failed))?;
        Ok(store)
    }
    // ANCHOR_END: open
}

// ANCHOR: bounded
/// Has the database give up what a server does not wait for any more, and has the system
/// notice when the other machine has gone.
fn bounded(mut config: Config) -> Config {
    let most = PATIENCE.as_millis();
    let options = format!(
        "{} -c statement_timeout={most} -c idle_in_transaction_session_timeout={most}",
        config.get_options().unwrap_or_default()
    );
    config.application_name(env!("CARGO_PKG_NAME")).options(options);
    config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE);
    config.keepalives_idle(PATIENCE).keepalives_interval(PATIENCE);
    config.keepalives_retries(2);
    config
}
// ANCHOR_END: bounded

impl Debug for Postgres {
    /// Where it is has a password in it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}
