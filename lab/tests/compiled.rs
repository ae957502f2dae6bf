//! The lab as the page has it, a file for each part such as `src/lab/part-1.wasm` driven by
//! `src/lab/session-lab.js`, comes to the very transcripts and ladders that the steps' tests recorded.

mod scripts;

use std::{
    io::Write,
    process::{Command, Stdio},
};

use scripts::{all, root};
use serde_json::{Value, json};

/// Plays conversations in Node and returns how things stand after each.
fn play(conversations: &Value) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(root().join("lab/tests/compiled.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut input = node.stdin.take().expect("a pipe");
    input.write_all(conversations.to_string().as_bytes()).expect("node listens");
    drop(input);
    let out = node.wait_with_output().expect("node ends");
    assert!(out.status.success(), "node failed");
    serde_json::from_slice(&out.stdout).expect("JSON")
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js: apt-get install nodejs")]
fn every_recorded_conversation_comes_out_the_same() {
    let scripts = all();
    let conversations: Vec<Value> = scripts
        .iter()
        .map(|script| {
            let open = json!({"open": script.step, "title": script.title});
            json!({"open": open, "lines": script.lines})
        })
        .collect();
    let states = play(&json!(conversations));
    assert_eq!(states.len(), scripts.len());
    for (script, state) in scripts.iter().zip(states) {
        assert_eq!(state["thrown"], Value::Null, "{}", script.name);
        assert_eq!(state["transcript"], script.transcript(), "{}", script.name);
        assert_eq!(state["ladder"], script.ladder(), "{}", script.name);
    }
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js: apt-get install nodejs")]
fn the_same_is_drawn_again_and_a_panic_says_why() {
    let visit = json!({"open": {"open": 3}, "lines": ["Ada: GET /"]});
    // Not UTF-8: the one question that no page can ask.
    let panic = json!({"open": {"open": 3}, "lines": [], "bytes": [0xff, 0x0a]});
    let states = play(&json!([visit, visit, panic]));
    assert_eq!(states[0]["rows"][0]["id"], states[1]["rows"][0]["id"], "undo draws it again");
    let thrown = states[2]["thrown"].as_str().expect("a panic is thrown");
    assert!(thrown.contains("the page writes whole lines of UTF-8"), "{thrown}");
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js: apt-get install nodejs")]
fn the_clock_moves_by_waiting() {
    let lines = ["Ada: GET /", "30 minutes pass."];
    let states = play(&json!([
        {"open": {"open": 4}, "lines": lines[..1]},
        {"open": {"open": 4}, "lines": lines},
    ]));
    let now = |state: &Value| state["now"].as_i64().expect("seconds");
    assert_eq!((now(&states[1]) - now(&states[0]) + 1) / 60, 30);
    assert_eq!(states[1]["rows"][0]["lives"], "for 20130 minutes");
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js: apt-get install nodejs")]
fn the_file_of_a_part_has_its_steps_and_no_others() {
    let conversations: Vec<Value> = (1..=lab::parts().count())
        .flat_map(|part| {
            let file = format!("part-{part}.wasm");
            let open = move |step| json!({"file": file, "open": {"open": step}, "lines": []});
            lab::parts().flatten().map(open)
        })
        .collect();
    let mut states = play(&json!(conversations)).into_iter();
    for own in lab::parts() {
        for step in lab::parts().flatten() {
            let error = &states.next().expect("a state for each question")["error"];
            let known: Vec<String> = own.iter().map(u64::to_string).collect();
            let known = known.join(", ");
            let refused = format!("there is no step {step} in this lab; it has steps {known}");
            assert_eq!(*error, if own.contains(&step) { Value::Null } else { json!(refused) });
        }
    }
}
