//! What a session holds.

use serde_json::{Value, json};

use crate::records::{Shared, created, found, record};
use crate::verdict::{Played, Verdict, expect};

pub(super) async fn each(subject: Shared) -> Played {
    let values = [
        Value::Null,
        json!(true),
        json!("\u{0}"),
        json!("\"\\\u{7f}\u{2028}\u{1f375}"),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(-0.0),
        json!(1e300),
        json!(0.1),
        json!([[], {}, [{ "": [null] }]]),
        json!({ "": "empty", "a.b": 1, "$set": { "\u{0}": 2 } }),
    ];
    for value in values.into_iter().filter(|value| subject.knows(value)) {
        let mut record = record(1);
        record.data.insert("value".to_owned(), value.clone());
        let refused = |why| Verdict::Instead(format!("{value} is refused: {why}"));
        subject.store().create(&mut record).await.map_err(refused)?;
        let loaded = subject.store().load(&record.id).await?;
        let back = loaded.and_then(|loaded| loaded.data.get("value").cloned());
        // As text: to `==`, 0 and -0 are the same.
        let (text, back) = (value.to_string(), back.as_ref().map(Value::to_string));
        let back = back.as_deref().unwrap_or("nothing");
        expect(text == back, &format!("{text} comes back as {back}"))?;
    }
    Ok(())
}

pub(super) async fn too_big(subject: Shared) -> Played {
    let old = created(&subject, 1).await?;
    let mut new = old.clone();
    new.data.insert("mark".to_owned(), 2.into());
    new.data.insert("much".to_owned(), "x".repeat(2_000_000).into());
    let saved = subject.store().save(&new).await;
    let (mark, instead) = match saved {
        Ok(()) => (2, "accepted, and not kept"),
        Err(_) => (1, "refused, and the old one is gone"),
    };
    expect(found(&subject, &old.id).await? == Some(mark), instead)
}
