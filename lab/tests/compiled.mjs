// Replays conversations in the files of the parts with the very machine of the page, and prints what
// came of them: node lab/tests/compiled.mjs < conversations.json
// LAB_WASM names another folder of such files than the one that is committed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const lab = new URL("../../src/lab/", import.meta.url).pathname;
const { Machine, fileOf } = createRequire(import.meta.url)(`${lab}session-lab.js`);
const modules = {};

/** Without its version, which only the page's cache looks at. */
function compiled(address) {
    const [file] = address.split("?");
    modules[file] ??= new WebAssembly.Module(readFileSync(`${process.env.LAB_WASM ?? lab}/${file}`));
    return modules[file];
}

function replay({ open, lines, bytes, file = fileOf(open.open) }) {
    const machine = new Machine(compiled(file));
    try {
        let state = machine.ask(open);
        for (const line of lines) {
            state = machine.ask({ do: line });
            if (state.error) throw new Error(state.error);
        }
        if (bytes) machine.askBytes(new Uint8Array(bytes));
        return { ...state, transcript: machine.ask({ tell: "transcript" }) };
    } catch (error) {
        return { thrown: error.message };
    }
}

const conversations = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(conversations.map(replay)));
