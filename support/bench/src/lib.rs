//! What stores hold after generations of visitors who come once and never return, and what the
//! machine tells of who is measured.

pub mod machine;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

/// What a session holds.
pub type Data = std::collections::HashMap<String, Value>;

/// Who visits, and how often.
#[derive(Clone, Debug)]
pub struct Visits {
    /// How many generations come, one after the other.
    pub generations: usize,
    /// How many visitors a generation has. All of their sessions expire before the next one comes.
    pub visitors: usize,
    /// How many come at the end, and have not expired when somebody looks.
    pub late: usize,
    /// What each session holds.
    pub data: Data,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// How many records.
    pub records: usize,
    /// How many bytes they take, where that was measured.
    pub bytes: i64,
}

impl Visits {
    /// What the store holds after each generation and after those at the end. `sweep` is called when a
    /// generation has expired, `look` says what is there.
    ///
    /// # Panics
    /// If the store refuses a session.
    pub async fn of(
        &self,
        store: &impl SessionStore,
        sweep: impl AsyncFn(),
        look: impl Fn() -> Held,
    ) -> Vec<Held> {
        let mut held = Vec::new();
        for _ in 0..self.generations {
            for mut record in self.come(store, self.visitors).await {
                record.expiry_date = OffsetDateTime::now_utc() - Duration::SECOND;
                store.save(&record).await.expect("it is there");
            }
            sweep().await;
            held.push(look());
        }
        self.come(store, self.late).await;
        held.push(look());
        held
    }

    async fn come(&self, store: &impl SessionStore, count: usize) -> Vec<Record> {
        let mut records = Vec::new();
        for _ in 0..count {
            let expiry_date = OffsetDateTime::now_utc() + Duration::minutes(30);
            let mut record = Record { id: Id::default(), data: self.data.clone(), expiry_date };
            store.create(&mut record).await.expect("there is room");
            records.push(record);
        }
        records
    }

    /// What express-session's `MemoryStore` holds after the same visits. With `asks`, the server asks
    /// it for all sessions after each generation.
    ///
    /// # Panics
    /// If Node.js or express-session is missing.
    pub fn of_express_session(&self, asks: bool) -> Vec<Held> {
        let Self { generations, visitors, late, data } = self;
        let given = json!({
            "visitors": visitors, "generations": generations, "late": late, "data": data, "asks": asks,
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../express/visitors.js");
        let mut command = Command::new("node");
        command.arg("--expose-gc").arg(script).arg(given.to_string()).stderr(Stdio::inherit());
        let said = command.output().expect("Node.js starts").stdout;
        let said = String::from_utf8(said).expect("it prints text");
        let held = |line| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let number = |field: &str| line[field].as_i64().expect("a number");
            Held { records: number("records") as usize, bytes: number("bytes") }
        };
        said.lines().map(held).collect()
    }
}
