//! Writes the record of a newly built `src/lab/part-1.wasm`, and its hash into the script that fetches
//! it; `lab/build` calls it with the folder of the repository, the number of the part, the size when
//! gzipped, and the versions of the tools.

use std::{env, fs, path::Path};

use lab::record::{addresses, hash, ingredients};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [root, part, gzipped, rustc, wasm_opt] = &arguments[..] else {
        panic!("lab-record FOLDER PART GZIPPED RUSTC WASM-OPT");
    };
    let (root, name) = (Path::new(root), format!("part-{part}.wasm"));
    let part = part.parse().expect("a part's number");
    let folder = root.join("src/lab");
    let wasm = fs::read(folder.join(&name)).expect("lab/build has built it");
    let head = [
        format!(
            "# What {name} was made from. Written by lab/build; a test fails when it is stale."
        ),
        format!("rustc: {rustc}"),
        format!("wasm-opt: {wasm_opt}"),
        format!("bytes: {}, gzipped: {gzipped}", wasm.len()),
        format!("{} {name}", hash(&wasm)),
    ];
    let lines: Vec<String> = head.into_iter().chain(ingredients(root, part)).collect();
    let record = folder.join(format!("part-{part}.record"));
    fs::write(record, lines.join("\n") + "\n").expect("it can be written");
    name_it_in_the_script(&folder.join("session-lab.js"), &addresses(root));
}

fn name_it_in_the_script(script: &Path, addresses: &str) {
    let text = fs::read_to_string(script).expect("the element's script");
    let (before, rest) = text.split_once("const PARTS = [\n").expect("it lists the parts");
    let (_, after) = rest.split_once("    ];\n").expect("the list ends");
    fs::write(script, format!("{before}{addresses}{after}")).expect("it can be written");
}
