//! What the program makes of the settings of moving.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use step_24::{moving::Moving, secret};
use trial::Start;

/// What is wrong with these settings. None if nothing is.
fn wrong(settings: &[(&str, &str)]) -> Option<String> {
    let find = |name: &str| settings.iter().find(|(it, _)| *it == name);
    Moving::parse(|name| find(name).map(|(_, value)| value.into())).err()
}

fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("it can be written");
    fs::set_permissions(file.path(), Permissions::from_mode(mode)).expect("ours");
    file
}

#[test]
fn nobody_moves_unless_it_is_set() {
    assert!(Moving::parse(|_| None).expect("nothing is wrong").is_none());
}

#[test]
fn what_is_wrong_with_the_settings_of_moving_is_said_without_what_is_secret() {
    let good = file("a-secret\n", 0o600);
    let good = good.path().to_str().expect("text");
    let from = ("MOVE_FROM", "redis://:a-secret@localhost");
    let secrets = ("MOVE_SECRETS", good);
    let (open, empty) = (file("a-secret\n", 0o644), file("\n", 0o600));
    let [open, empty] = [&open, &empty].map(|it| it.path().to_str().expect("text"));
    for (settings, why) in [
        (vec![secrets], "MOVE_SECRETS is set, and MOVE_FROM is not."),
        (vec![("MOVE_COOKIE", "sid")], "MOVE_COOKIE is set, and MOVE_FROM is not."),
        (vec![from], "MOVE_FROM needs MOVE_SECRETS"),
        (
            vec![from, ("MOVE_SECRETS", "/nowhere")],
            "MOVE_SECRETS /nowhere: No such",
        ),
        (vec![from, ("MOVE_SECRETS", open)], "others may read it: `chmod 600"),
        (vec![from, ("MOVE_SECRETS", empty)], "there is no secret in it"),
        (vec![secrets, ("MOVE_FROM", "a-secret")], "MOVE_FROM is not such as"),
        (vec![secrets, ("MOVE_FROM", "rediss://:a-secret@a")], "MOVE_FROM is not"),
        (vec![from, secrets, ("MOVE_COOKIE", "")], "MOVE_COOKIE is not such as"),
        (vec![from, secrets, ("MOVE_COOKIE", "a; b")], "MOVE_COOKIE is not"),
        (vec![from, secrets, ("MOVE_COOKIE", "__Host-id")], "MOVE_COOKIE is not"),
        (vec![from, secrets, ("MOVE_PREFIX", "")], "MOVE_PREFIX is not such as"),
        (vec![from, secrets, ("MOVE_PREFIX", "te")], "MOVE_PREFIX is not such as"),
        (vec![from, secrets, ("MOVE_PREFIX", "tea:s")], "MOVE_PREFIX is not"),
    ] {
        let said = wrong(&settings).expect(why);
        assert!(said.contains(why), "{said}");
        assert!(!said.contains("a-secret"), "{said}");
    }
    let fine =
        [from, secrets, ("MOVE_COOKIE", "__Host-tea.sid"), ("MOVE_PREFIX", "s:")];
    assert_eq!(wrong(&fine), None);
}

#[test]
fn the_program_does_not_start_with_half_of_the_settings() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let key = secret::new_key();
    let environment = [
        ("SESSION_KEY", key.as_str()),
        ("STORE", &store),
        ("MOVE_FROM", "redis://localhost"),
    ];
    let start =
        Start { program: env!("CARGO_BIN_EXE_step-24"), environment: &environment };
    let line = trial::refuses_to_start(start);
    assert!(line.contains("cannot start: MOVE_FROM needs MOVE_SECRETS"), "{line}");
}
