//! Keys in a file: what is read of it, when that counts, and how one is added.

#![cfg(unix)]

use std::{
    fs::{self, Permissions},
    os::unix::{
        self,
        fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::Duration as Std,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use step_20::{
    key_file::{self, Watch},
    secret::{self, Keys, SETTLES},
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_sessions::cookie::Key;
use trial::{Program, Start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step-20");

/// Makes something else of a file.
type Spoil = fn(&Path);

/// How often a test looks whether it is time.
const LOOK: Std = Std::from_millis(200);

/// A key, by a number that stands in it.
fn key(number: u8) -> Key {
    Key::from(&[number; 64])
}

fn base64(number: u8) -> String {
    BASE64_STANDARD.encode([number; 64])
}

/// A line of a key that was made so long ago.
fn line(number: u8, age: Duration) -> String {
    let made = (OffsetDateTime::now_utc() - age).format(&Rfc3339).expect("a date");
    format!("{made} {}\n", base64(number))
}

fn signs(text: &str) -> Key {
    Keys::parse(text).expect("keys").signing()
}

fn opens(keys: &Keys) -> Vec<Key> {
    keys.all().map(|(key, _)| key).collect()
}

/// A folder, and in it a file of keys with this text that nobody else may read.
fn with(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("session.key");
    write(&file, text);
    (folder, file)
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).expect("it is written");
    fs::set_permissions(file, Permissions::from_mode(0o600)).expect("it is ours");
}

#[test]
fn the_newest_key_that_is_five_minutes_old_signs() {
    const HALF: Duration = Duration::seconds(30);
    assert_eq!(SETTLES, Duration::minutes(5));
    let [old, older] = [line(1, Duration::days(2)), line(2, Duration::days(9))];
    for (age, signer) in [
        (SETTLES + HALF, 7),
        (SETTLES - HALF, 1),
        (Duration::ZERO, 1),
        // Made by a server whose clock is ahead.
        (-Duration::days(3), 1),
    ] {
        let new = line(7, age);
        for text in [format!("{old}{older}{new}"), format!("{new}{older}{old}")] {
            assert_eq!(signs(&text), key(signer), "{age}");
            let keys = Keys::parse(&text).expect("keys");
            assert_eq!(opens(&keys), [key(7), key(1), key(2)], "{age}");
        }
    }
}

#[test]
fn while_all_are_young_the_oldest_signs() {
    let [new, newest] =
        [line(1, Duration::minutes(2)), line(2, Duration::minutes(1))];
    assert_eq!(signs(&new), key(1));
    assert_eq!(signs(&format!("{newest}{new}")), key(1));
    // The clock was set back by a year: what signed yesterday may not, but a cookie opens.
    let [old, new] = [line(1, -Duration::days(363)), line(2, -Duration::days(365))];
    let keys = Keys::parse(&format!("{old}{new}")).expect("keys");
    assert_eq!((keys.signing(), opens(&keys).len()), (key(1), 2));
}

#[test]
fn the_file_of_the_chapters_before_is_the_oldest_key() {
    let before = base64(1);
    assert_eq!(signs(&before), key(1));
    assert_eq!(signs(&format!("{}\n{}\n", &before[..64], &before[64..])), key(1));
    let young = line(2, Duration::minutes(1));
    assert_eq!(signs(&format!("{before}\n{young}")), key(1));
    let settled = line(2, Duration::minutes(6));
    let both = Keys::parse(&format!("{before}\n{settled}")).expect("keys");
    assert_eq!((both.signing(), opens(&both)), (key(2), vec![key(2), key(1)]));
}

/// Before any other, even one of somebody whose clock begins at zero.
#[test]
fn a_key_without_a_date_is_older_than_any_date() {
    for made in
        ["1969-07-20T20:17:40Z", "1970-01-01T00:00:00Z", "0000-01-01T00:00:00Z"]
    {
        let keys = Keys::parse(&format!("{} {made} {}", base64(1), base64(2)));
        let keys = keys.expect("keys");
        assert_eq!((keys.signing(), opens(&keys)), (key(2), vec![key(2), key(1)]));
    }
}

#[test]
fn what_is_no_key_is_told_in_a_few_words_without_the_keys() {
    let [old, new] = [line(1, Duration::days(1)), line(2, Duration::days(2))];
    let made = "2026-01-01T00:00:00Z";
    for text in [
        String::new(),
        " \n".to_owned(),
        made.to_owned(),
        format!("{old}{made}"),
        format!("{old}{made} BwcH"),
        format!("{made}\n{old}"),
        format!("{}{}", base64(1), base64(2)),
        format!("# the keys of the shop\n{old}"),
        format!("{old}{old}x"),
        "\u{feff}".to_owned() + &old,
        "\0".repeat(88),
        // The crate `cookie` would take the first 64 bytes, and drop the second key.
        BASE64_STANDARD.encode([1; 66]).repeat(2),
        // So would a date that has lost what separates its parts.
        format!("20260101T000000Z {}", base64(1)),
    ] {
        let why = Keys::parse(&text).expect_err(&text);
        assert!(
            why.contains("no base64") || why.contains("64 are needed"),
            "{why}"
        );
        assert!(!why.contains("AQEB"), "{why}");
    }
    // An editor that is half-way through. Between two lines, nobody can tell.
    let whole = old + &new;
    let halves = 1..whole.trim_end().len();
    let read: Vec<usize> =
        halves.filter(|end| Keys::parse(&whole[..*end]).is_ok()).collect();
    let first = whole.find('\n').expect("two lines");
    assert_eq!(read, [first, first + 1]);
    let keys = Keys::parse(&whole).expect("keys");
    assert_eq!(format!("{keys:?}"), "Keys(2)");
}

/// Parts of a file, in an order that nobody would think of.
#[test]
fn whatever_is_in_a_file_no_key_of_it_is_dropped_and_nothing_breaks() {
    let keys = [1, 2, 3].map(base64);
    let mut parts: Vec<&str> = keys.iter().map(String::as_str).collect();
    parts.extend(keys.iter().flat_map(|key| [&key[..40], &key[40..]]));
    parts.extend([
        "0000-01-01T00:00:00+23:59",
        "2016-12-31T23:59:60Z",
        "2026-01-01t00:00:00.123456789-05:30",
        "9999-12-31T23:59:59-23:59",
        "2026-02-30T00:00:00Z",
        "2026-01-01",
        "20260101T000000Z",
    ]);
    parts.extend(["\n", "\r\n", " ", "\u{a0}", "\u{feff}", "\0", "#", "=", "é"]);
    // Any numbers will do, if they are the same each time.
    let mut seed = 1_u64;
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % end
    };
    let mut read = 0;
    for _ in 0..100_000 {
        let text: String =
            (0..below(10)).map(|_| parts[below(parts.len())]).collect();
        match Keys::parse(&text) {
            Ok(found) => {
                read += 1;
                let opens = opens(&found);
                assert!(opens.contains(&found.signing()), "{text}");
                for number in [1, 2, 3] {
                    let is_there = text.contains(&base64(number));
                    assert!(!is_there || opens.contains(&key(number)), "{text}");
                }
            }
            Err(why) => assert!(why.len() < 60, "{why}"),
        }
    }
    assert!(read > 100, "{read}");
}

#[test]
fn a_changed_file_counts_when_it_is_the_same_twice() {
    let old = line(1, Duration::days(1));
    let (_folder, file) = with(&old);
    let mut watch = Watch::begin(&file).expect("keys");
    let ring = watch.ring();
    let both = old.clone() + &line(2, Duration::days(0));
    for text in [both.as_str(), "", &both, &both[..150]] {
        write(&file, text);
        watch.look();
        assert_eq!(opens(&ring.keys()), [key(1)], "{text}");
    }
    write(&file, &both);
    for keys in [1, 2, 2] {
        watch.look();
        assert_eq!(opens(&ring.keys()).len(), keys);
    }
    let new = line(2, Duration::days(0));
    write(&file, &new);
    watch.look();
    watch.look();
    assert_eq!(opens(&ring.keys()), [key(2)], "a line is gone, and its key");
}

#[test]
fn what_is_no_file_of_keys_leaves_the_keys_and_one_line_in_the_log() {
    let log = trial::Log::default();
    let _guard = log.listen();
    let old = line(1, Duration::days(1));
    let spoils: [(&str, Spoil); 8] = [
        ("No such file", |file| fs::remove_file(file).expect("it is gone")),
        ("no file of keys", |file| {
            fs::remove_file(file).expect("it is gone");
            fs::create_dir(file).expect("a folder");
        }),
        ("no file of keys", |file| {
            fs::remove_file(file).expect("it is gone");
            let made = Command::new("mkfifo").arg(file).status();
            assert!(made.is_ok_and(|made| made.success()));
        }),
        ("no file of keys", |file| {
            fs::remove_file(file).expect("it is gone");
            unix::fs::symlink("/dev/zero", file).expect("a link");
        }),
        ("no file of keys", |file| write(file, &"A".repeat(65 * 1024))),
        ("64 are needed", |file| write(file, "")),
        ("no base64", |file| write(file, "a shopping list")),
        ("others may read it: `chmod 600 ", |file| {
            let shared = Permissions::from_mode(0o644);
            fs::set_permissions(file, shared).expect("it is ours");
        }),
    ];
    for (why, spoil) in spoils {
        let (_folder, file) = with(&old);
        let mut watch = Watch::begin(&file).expect("keys");
        spoil(&file);
        for _ in 0..4 {
            watch.look();
        }
        assert_eq!(opens(&watch.ring().keys()), [key(1)], "{why}");
        let lines = log.text();
        let lines: Vec<&str> = lines
            .lines()
            .filter(|line| line.contains(file.to_str().expect("text")))
            .collect();
        assert_eq!(lines.len(), 1, "{why}: {lines:?}");
        assert!(lines[0].contains("the keys stay as they are"), "{lines:?}");
        assert!(lines[0].contains(why), "{lines:?}");
        let _ = fs::remove_file(&file).or_else(|_| fs::remove_dir(&file));
        write(&file, &line(2, Duration::days(1)));
        watch.look();
        watch.look();
        assert_eq!(opens(&watch.ring().keys()), [key(2)], "{why}");
    }
}

/// `new-key`, in this folder.
fn new_key(folder: &Path, file: &str) -> Output {
    let mut program = Command::new(PROGRAM);
    program.args(["new-key", file]).current_dir(folder);
    program.output().expect("it starts")
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn new_key_adds_a_line_with_its_date_to_a_file_or_makes_one() {
    let before = base64(1);
    for text in [None, Some(before.clone()), Some(before + "\n\n")] {
        let (folder, file) = with(text.as_deref().unwrap_or_default());
        if text.is_none() {
            fs::remove_file(&file).expect("it is gone");
        }
        let mut count = usize::from(text.is_some());
        for _ in 0..3 {
            let said = new_key(folder.path(), "session.key");
            assert!(said.status.success() && said.stdout.is_empty(), "{said:?}");
            count += 1;
            let text = fs::read_to_string(&file).expect("it is text");
            assert_eq!(
                (text.lines().count(), mode(&file)),
                (count, 0o600),
                "{text}"
            );
            let keys = opens(&Keys::parse(&text).expect("keys"));
            assert_eq!(keys.len(), count);
            assert!(keys.windows(2).all(|two| two[0] != two[1]));
            let made = text.lines().last().and_then(|line| line.get(..20));
            let made = OffsetDateTime::parse(made.unwrap_or_default(), &Rfc3339);
            assert!(made.is_ok_and(|it| it.offset().is_utc()), "{text}");
        }
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
    }
}

#[test]
fn new_key_leaves_what_is_no_file_of_its_keys_as_it_is() {
    let line = line(1, Duration::days(1));
    let no_keys = ["every basket of the shop", ""];
    for text in no_keys {
        let (folder, file) = with(text);
        let said = new_key(folder.path(), "session.key");
        let message = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(
            !said.status.success() && message.lines().count() == 1,
            "{message}"
        );
        assert!(message.contains("makes no key: "), "{message}");
        assert_eq!(fs::read_to_string(&file).expect("it is there"), text);
    }
    let (folder, file) = with(&line);
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
    let said = new_key(folder.path(), "session.key");
    let message = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(message.contains("others may read it: `chmod 600 "), "{message}");
    // Somebody else adds one at this moment.
    write(&file, &line);
    fs::write(folder.path().join("session.key.new"), "").expect("it is written");
    let said = new_key(folder.path(), "session.key");
    let message = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(message.contains("session.key.new"), "{message}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), line);
    let said = new_key(folder.path(), "nowhere/session.key");
    assert!(!said.status.success());
    let said = new_key(folder.path(), ".");
    assert!(!said.status.success());
}

/// Whoever was told that it is there finds it.
#[test]
fn of_those_who_add_a_key_at_the_same_time_none_takes_anothers_away() {
    let (_folder, file) = with(&line(1, Duration::days(1)));
    let add = || (0..50).filter(|_| key_file::add_new_key(&file).is_ok()).count();
    let added: usize = thread::scope(|threads| {
        let adders = [(); 4].map(|()| threads.spawn(add));
        adders.map(|adder| adder.join().expect("it ends")).iter().sum()
    });
    let text = fs::read_to_string(&file).expect("it is text");
    assert_eq!(text.lines().count(), 1 + added);
}

#[test]
fn new_key_makes_no_file_that_a_server_would_not_read() {
    let keys = line(1, Duration::days(1)).repeat(500);
    let (folder, file) = with(&format!("\n{keys:>65535}"));
    Watch::begin(&file).expect("keys");
    let said = new_key(folder.path(), "session.key");
    Watch::begin(&file).expect("keys");
    let message = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        !said.status.success() && message.contains("no file of keys"),
        "{message}"
    );
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
}

/// Where the file is on a disk that is not there yet, another one would be made in its
/// place, with the new key alone.
#[test]
fn a_link_to_nowhere_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let link = folder.path().join("session.key");
    unix::fs::symlink("nowhere/session.key", &link).expect("a link");
    let said = new_key(folder.path(), "session.key");
    assert!(!said.status.success());
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
}

#[test]
fn a_link_to_the_file_stays_a_link() {
    let (folder, file) = with(&line(1, Duration::days(1)));
    let link = folder.path().join("link.key");
    unix::fs::symlink(&file, &link).expect("a link");
    assert!(new_key(folder.path(), "link.key").status.success());
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    let text = fs::read_to_string(&file).expect("it is there");
    assert_eq!(text.lines().count(), 2);
    assert!(key_file::add_new_key(&link).is_ok());
}

#[test]
fn a_server_does_not_start_with_a_file_that_others_may_read() {
    let (_folder, file) = with(&line(1, Duration::days(1)));
    let text = file.to_str().expect("text");
    for mode in [0o604, 0o660, 0o601, 0o610, 0o620, 0o444, 0o644] {
        fs::set_permissions(&file, Permissions::from_mode(mode))
            .expect("it is ours");
        let environment = [("SESSION_KEY_FILE", text)];
        let how = Start { program: PROGRAM, environment: &environment };
        let line = trial::refuses_to_start(how);
        let cure = format!("{text}: others may read it: `chmod 600 {text}`");
        assert!(line.contains(&cure), "{mode:o}: {line}");
    }
}

/// The variable would count, and nobody would notice that the file changes.
#[test]
fn a_server_does_not_start_with_a_file_that_does_not_count() {
    let (_folder, file) = with(&line(1, Duration::days(1)));
    let (file, key) = (file.to_str().expect("text"), base64(2));
    let environment = [("SESSION_KEY_FILE", file), ("SESSION_KEY", &key)];
    let how = Start { program: PROGRAM, environment: &environment };
    let line = trial::refuses_to_start(how);
    assert!(line.contains("SESSION_KEY and SESSION_KEY_FILE"), "{line}");
}

/// A service manager lends a file of its own in this way.
#[test]
fn the_group_may_read_a_file_of_keys_that_belongs_to_root() {
    let (_folder, file) = with(&line(1, Duration::days(1)));
    let is_roots = fs::metadata(&file).expect("it is there").uid() == 0;
    for mode in [0o440, 0o640] {
        fs::set_permissions(&file, Permissions::from_mode(mode))
            .expect("it is ours");
        assert_eq!(Watch::begin(&file).is_ok(), is_roots, "{mode:o}");
    }
    if is_roots {
        // Nobody else could give it away.
        unix::fs::chown(&file, Some(1), None).expect("it is given away");
    }
    let why = Watch::begin(&file).err();
    assert!(why.is_some_and(|why| why.contains("others may read it")));
}

#[test]
fn a_server_that_runs_takes_another_key_from_its_file() {
    let (folder, file) = with(&line(1, Duration::days(1)));
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let environment =
        [("SESSION_KEY_FILE", file.to_str().expect("text")), ("STORE", &store)];
    let program =
        Program::start(Start { program: PROGRAM, environment: &environment });
    let ada = trial::Browser::default();
    ada.send_form(&program.url("/basket"), &[("tea", "assam")]);
    let holds = || ada.get(&program.url("/")).body.contains("1 × Assam");
    assert!(holds());
    write(&file, &secret::new_key());
    // It looks every few seconds, and needs two looks.
    while holds() {
        thread::sleep(LOOK);
    }
}
