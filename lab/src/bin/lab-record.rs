//! Writes the record of a newly built `src/lab/lab.wasm`, and its hash into the script that fetches
//! it; `lab/build` calls it with the folder of the repository, the size when gzipped, and the
//! versions of the tools.

use std::{env, fs, path::Path};

use lab::record::{address, hash, ingredients};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [root, gzipped, rustc, wasm_opt] = &arguments[..] else {
        panic!("lab-record FOLDER GZIPPED RUSTC WASM-OPT");
    };
    let folder = Path::new(root).join("src/lab");
    let wasm = fs::read(folder.join("lab.wasm")).expect("lab/build has built it");
    let head = [
        "# What lab.wasm was made from. Written by lab/build; a test fails when it is stale."
            .to_owned(),
        format!("rustc: {rustc}"),
        format!("wasm-opt: {wasm_opt}"),
        format!("bytes: {}, gzipped: {gzipped}", wasm.len()),
        format!("{} lab.wasm", hash(&wasm)),
    ];
    let lines: Vec<String> = head.into_iter().chain(ingredients(Path::new(root))).collect();
    fs::write(folder.join("lab.record"), lines.join("\n") + "\n").expect("it can be written");
    name_it_in_the_script(&folder.join("session-lab.js"), &address(&wasm));
}

fn name_it_in_the_script(script: &Path, address: &str) {
    let text = fs::read_to_string(script).expect("the element's script");
    let (before, rest) = text.split_once("lab.wasm?v=").expect("it fetches lab.wasm");
    let (_, after) = rest.split_once('"').expect("the address ends");
    fs::write(script, format!("{before}{address}\"{after}")).expect("it can be written");
}
