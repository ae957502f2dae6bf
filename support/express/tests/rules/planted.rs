//! Stores with one fault at a time: what the table says is what the store did, not what stands
//! between it and the rules.

use conformance::play;
use express::Stores;
use tower_sessions::{SessionStore, session::Id};

/// The rules that `MemoryStore` with these functions does not keep, each with what happened.
async fn broken(functions: &str) -> Vec<(&'static str, String)> {
    let stores = Stores::start();
    let column = play("planted", async || stores.planted(functions).await).await;
    let broken = column.broken().into_iter();
    broken.map(|(rule, what)| (rule, what.to_owned())).collect()
}

/// A fault, the rule that it breaks, and how.
const FAULTS: [(&str, &str, &str); 9] = [
    (
        "{ set(id, it, done) { done(new Error('the disk is full')) } }",
        "A new record takes no other's place, whatever identifier it asks for",
        "refused: Error: the disk is full",
    ),
    (
        "{ key: null, set(id, it, done) {
            this.key ??= id
            session.MemoryStore.prototype.set.call(this, this.key, it, done)
        }, get(id, done) { session.MemoryStore.prototype.get.call(this, this.key, done) } }",
        "Nor do two that ask for the same one at once",
        "one has the other's record",
    ),
    (
        "{ get(id, done) { done(null, JSON.parse(this.sessions[id] ?? 'null')) } }",
        "A session ends at its end, to 50 ms",
        "it ends later",
    ),
    (
        "{ set(id, it, done) {
            it.cookie.expires = JSON.parse(this.sessions[id] ?? '{}').cookie?.expires ?? it.cookie.expires
            session.MemoryStore.prototype.set.call(this, id, it, done)
        } }",
        "Its end can be moved, both ways",
        "the end stays",
    ),
    (
        "{ set(id, it, done) {
            if (it.cookie.maxAge >= 2 ** 31) it.cookie.maxAge = -1
            session.MemoryStore.prototype.set.call(this, id, it, done)
        } }",
        "An end in 60 days, in the year 9999, in another time zone",
        "in 60 days: gone at once",
    ),
    (
        "{ set(id, it, done) {
            if (it.value === null) delete it.value
            session.MemoryStore.prototype.set.call(this, id, it, done)
        } }",
        "It gives back each JSON value as it was",
        "null comes back as nothing",
    ),
    (
        "{ set(id, it, done) {
            const isTooBig = JSON.stringify(it).length > 1e6
            if (!isTooBig) return session.MemoryStore.prototype.set.call(this, id, it, done)
            delete this.sessions[id]
            done(new Error('too big'))
        } }",
        "A record too big is refused, or kept whole; the old one lives",
        "refused, and the old one is gone",
    ),
    (
        "{ left: undefined, get(id, done) {
            const answer = this.left
            this.left = this.sessions[id]
            done(null, JSON.parse(answer ?? this.left ?? 'null'))
        } }",
        "After 300 calls dropped half-way, each identifier has its own record",
        "one gets another's record",
    ),
    (
        "{ all(done) { done(null, Object.values(this.sessions).map((it) => JSON.parse(it))) } }",
        "Not those that have ended, or that are another's now",
        "others are among them",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_fault_of_a_store_is_told_as_it_is() {
    let without = broken("{}").await;
    for (functions, rule, what) in FAULTS {
        let told = (rule, what.to_owned());
        assert!(!without.contains(&told), "without a fault: {told:?}");
        let broken = broken(functions).await;
        assert!(broken.contains(&told), "{functions} {broken:#?}");
    }
}

/// It remembers who has ended, keeps values and no text, and hides the identifiers: in a way that
/// is of no use outside of a test.
const STRICT: &str = "{
    ended: new Set(),
    key: (id) => [...id].reverse().join(''),
    row(id) {
        const row = this.sessions[this.key(id)]
        if (row?.cookie.expires <= Date.now()) this.ended.add(id)
        return this.ended.has(id) ? undefined : row
    },
    set(id, { cookie, ...data }, done) {
        this.row(id)
        if (this.ended.has(id)) return done(new Error('the session has ended'))
        this.sessions[this.key(id)] = structuredClone({ ...data, cookie: cookie.data })
        done()
    },
    get(id, done) {
        done(null, structuredClone(this.row(id)))
    },
    destroy(id, done) {
        this.ended.add(id)
        done()
    },
    all(done) {
        const ids = Object.keys(this.sessions).map(this.key)
        done(null, ids.map((id) => this.row(id)).filter(Boolean))
    },
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_store_of_express_session_could_keep_all_but_one() {
    let broken = broken(STRICT).await;
    let what = "a session out of nothing".to_owned();
    assert_eq!(
        broken,
        [("What is saved under an identifier that nobody has is not kept", what)]
    );
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_process_that_ends_is_an_error_and_no_silence() {
    let store = Stores::start().planted("{ get() { process.exit() } }").await;
    let loaded = store.load(&Id::default()).await;
    assert!(loaded.is_err_and(|why| why.to_string().contains("Node.js has ended")));
}
