// Replays conversations in lab.wasm with the very machine of the page, and prints what came of
// them: node lab/tests/compiled.mjs < conversations.json
// LAB_WASM names another lab.wasm than the one that is committed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const lab = new URL("../../src/lab/", import.meta.url);
const { Machine } = createRequire(import.meta.url)(new URL("session-lab.js", lab).pathname);
const module = new WebAssembly.Module(readFileSync(process.env.LAB_WASM ?? new URL("lab.wasm", lab)));

function replay({ open, lines, bytes }) {
    const machine = new Machine(module);
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
