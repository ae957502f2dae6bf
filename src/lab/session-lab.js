// The lab in a page: <session-lab step="3">. The server, the browsers' cookies, the ladder and the
// transcript are compiled Rust, part-1.wasm and so on beside this file; here they are only shown.
//
// No framework, no build step, and no request but the one for the part's file, once a lab comes near.
(() => {
    "use strict";

    // ---- The machine: what the compiled lab needs of a system (WASI preview 1), and no more. ----

    const OK = 0;
    const NOT_SUPPORTED = 52;

    /** One running lab. Its clock stands still but for waiting; waiting takes no time. */
    class Machine {
        /** Without a start of its own, two machines draw the same identifiers: undo relies on it. */
        constructor(module, start = Date.now()) {
            this.start = BigInt(start) * 1_000_000n;
            this.waited = 0n;
            this.seed = 2026;
            this.input = new Uint8Array();
            this.output = [];
            this.errors = [];
            const own = this.system();
            const imports = { wasi_snapshot_preview1: {} };
            for (const { module: from, name } of WebAssembly.Module.imports(module)) {
                (imports[from] ??= {})[name] = own[name] ?? (() => NOT_SUPPORTED);
            }
            this.exports = new WebAssembly.Instance(module, imports).exports;
            this.exports._initialize?.();
        }

        /** Asks one question (lab/src/lib.rs says which there are) and returns the answer. */
        ask(question) {
            return this.askBytes(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
        }

        /** Throws what the server said last if it panics; the machine is of no use after that. */
        askBytes(bytes) {
            this.input = bytes;
            this.output = [];
            this.errors = [];
            try {
                this.exports.ask();
            } catch (trap) {
                throw new Error(text(this.errors).trim() || String(trap));
            }
            return JSON.parse(text(this.output));
        }

        system() {
            const view = () => new DataView(this.exports.memory.buffer);
            const bytes = (at, length) => new Uint8Array(this.exports.memory.buffer, at, length);
            const pieces = (at, count) => Array.from({ length: count }, (_, n) => bytes(
                view().getUint32(at + 8 * n, true),
                view().getUint32(at + 8 * n + 4, true),
            ));
            const nothing = (count, size) => {
                view().setUint32(count, 0, true);
                view().setUint32(size, 0, true);
                return OK;
            };
            return {
                clock_time_get: (clock, _precision, out) => {
                    const now = clock === 0 ? this.start + this.waited : this.waited;
                    view().setBigUint64(out, now, true);
                    return OK;
                },
                random_get: (at, length) => {
                    bytes(at, length).forEach((_, n, all) => { all[n] = this.random(); });
                    return OK;
                },
                fd_read: (_file, at, count, out) => {
                    let read = 0;
                    for (const piece of pieces(at, count)) {
                        const part = this.input.subarray(0, piece.length);
                        piece.set(part);
                        this.input = this.input.subarray(part.length);
                        read += part.length;
                    }
                    view().setUint32(out, read, true);
                    return OK;
                },
                fd_write: (file, at, count, out) => {
                    const written = pieces(at, count).map((piece) => piece.slice());
                    (file === 2 ? this.errors : this.output).push(...written);
                    view().setUint32(out, written.reduce((sum, part) => sum + part.length, 0), true);
                    return OK;
                },
                // Waits for the first clock that was asked for, by moving this one.
                poll_oneoff: (asked, answered, _count, out) => {
                    const [wait, absolute] =
                        [view().getBigUint64(asked + 24, true), view().getUint16(asked + 40, true) & 1];
                    this.waited = absolute ? wait : this.waited + wait;
                    bytes(answered, 32).fill(0);
                    view().setBigUint64(answered, view().getBigUint64(asked, true), true);
                    view().setUint32(out, 1, true);
                    return OK;
                },
                environ_sizes_get: nothing,
                environ_get: () => OK,
                args_sizes_get: nothing,
                args_get: () => OK,
                sched_yield: () => OK,
                proc_exit: (code) => { throw new Error(`the server ended with ${code}`); },
            };
        }

        /** The same bytes each time (mulberry32): a lab must do again what it did. Not for secrets. */
        random() {
            this.seed = (this.seed + 0x6d2b79f5) | 0;
            let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
            mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
            return (mixed ^ (mixed >>> 14)) & 0xff;
        }
    }

    function text(parts) {
        const decoder = new TextDecoder();
        return parts.map((part) => decoder.decode(part, { stream: true })).join("");
    }

    // The last step of each part of the book, and the file that has the part's steps. lab/build writes
    // the hash of its content, so that no cache holds an older one against us.
    const PARTS = [
        [4, "part-1.wasm?v=da7663e2e0ae7153"],
        [8, "part-2.wasm?v=f3f05d2f10bdff32"],
        [12, "part-3.wasm?v=5aeffe3ae41f8509"],
        [18, "part-4.wasm?v=c1336127fbe79ee2"],
        [22, "part-5.wasm?v=3e2cdf95a32c469d"],
    ];

    /** The file that has this step's server. */
    function fileOf(step) {
        const part = PARTS.find(([last]) => step >= 1 && step <= last);
        if (!part) throw new Error(`no file of the lab has step ${step}`);
        return part[1];
    }

    // The tests run this very machine in Node, where there is no page.
    if (typeof document === "undefined") {
        module.exports = { Machine, fileOf };
        return;
    }

    // ---- The page ----

    // mdBook copies this script to src/lab/ and what stands beside it to lab/.
    const FOLDER = new URL("../../lab/", document.currentScript.src);
    const STYLE = `
session-lab { display: block; margin: 2em 0; }
.lab { border: 1px solid var(--lab-border, #888); border-radius: 6px; padding: 1em; font-size: 0.9em; overflow-wrap: anywhere; }
.lab > * + * { margin-top: 1em; }
.lab p { margin: 0.4em 0; }
.lab .name { font-weight: bold; margin: 0 0 0.5em; font-size: 1.1em; }
.lab .side { display: grid; gap: 1em; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); align-items: start; }
.lab .box, .lab .scenario { border: 1px solid var(--lab-border, #888); border-radius: 4px; padding: 0.75em; min-width: 0; background: var(--bg); }
.lab .scenario ol { font-family: var(--mono-font, monospace); margin: 0.4em 0; padding-inline-start: 2em; }
.lab .box.attacks { border: 2px solid var(--attacker, #b3001b); }
.lab .line { display: flex; flex-wrap: wrap; gap: 0.4em; align-items: center; margin: 0.4em 0; }
.lab .line input { flex: 1 1 7rem; }
.lab button, .lab input, .lab select { font: inherit; color: var(--fg); background: var(--bg); border: 1px solid currentColor; border-radius: 4px; padding: 0.25em 0.6em; min-width: 0; min-height: 2em; max-width: 100%; box-sizing: border-box; }
.lab input { font-family: var(--mono-font, monospace); }
.lab button { cursor: pointer; }
.lab button.main { font-weight: bold; }
.lab button[aria-pressed="true"] { background: var(--fg); color: var(--bg); }
.lab [hidden] { display: none; }
.lab button:not([aria-pressed="true"]):hover { background: var(--quote-bg, #eee); }
.lab :is(button, input, select, summary, iframe):focus-visible { outline: 3px solid var(--links, #20609f); outline-offset: 1px; }
.lab ul { list-style: none; padding: 0; margin: 0; }
.lab ul > li + li { margin-top: 0.5em; }
.lab iframe { width: 100%; height: 24rem; border: 1px solid var(--lab-border, #888); border-radius: 4px; resize: vertical; box-sizing: border-box; }
.lab .wide { overflow-x: auto; }
.lab table { margin: 0; width: 100%; }
.lab tbody th { text-align: start; }
.lab .expired { font-style: italic; }
.lab .expired .id { text-decoration: line-through; }
.lab td { vertical-align: top; }
.lab td > span { display: inline-block; }
.lab .id { white-space: nowrap; }
.lab .alert { border-left: 4px solid var(--attacker, #b3001b); padding-left: 0.75em; white-space: pre-wrap; }
.lab :is(.alert, .line):empty { display: none; }
.lab pre { max-height: 24rem; overflow: auto; white-space: pre-wrap; margin: 0.5em 0; }
.lab .ladder { margin: 0.5em 0; }
.lab .scenario > details { margin: 0.4em 0; }
.lab details > summary { cursor: pointer; }
`;
    // Nothing in a shown page may fetch, run or leave, whatever a visitor put into it.
    const FENCE = "<base target=\"_blank\"><meta http-equiv=\"Content-Security-Policy\" content=\""
        + "default-src 'none'; style-src 'unsafe-inline'; img-src data:\">";
    // The lines of a ladder before what was said: the element, and the names of its lanes.
    const HEAD = 2;
    const OTHERS = ["Ada", "Grace", "Mallory"];
    const NAIVE = "The server is naive: ";
    const TAB = "Tab";
    // The calls of the store after which a lab with tabs can hold an answer back.
    const HELD = ["load", "save"];
    // A SHA-256 in hexadecimal, and as much of it as the server's log writes.
    const HASH = 64;
    const BRIEF = 8;
    const SPANS = ["10 seconds", "1 minute", "5 minutes", "30 minutes", "1 day", "14 days", "365 days"];

    /** Where a request comes from, in the words of a script: as the browser would tell it. */
    const SITES = {
        "from here": "",
        "by a link on another site": " | from a link on another site | header sec-fetch-site: cross-site",
        "by a form on another site": " | from a form on another site | header origin: https://coffee.example | header sec-fetch-site: cross-site",
        "by a form at localhost:4000": " | header origin: http://localhost:4000 | header sec-fetch-site: same-site",
    };

    /** The names of the challenges that were solved in this browser, for as long as it keeps them. */
    const solved = {
        KEY: "session-lab-solved",
        names() {
            try {
                return new Set(JSON.parse(localStorage.getItem(this.KEY) ?? "[]"));
            } catch {
                return new Set();
            }
        },
        add(name) {
            const names = this.names();
            if (names.has(name)) return;
            try {
                localStorage.setItem(this.KEY, JSON.stringify([...names, name]));
            } catch {
                // A browser that keeps nothing for this page forgets it.
            }
        },
    };

    const compiled = new Map();
    /** Fetches and compiles a file once for all labs of a page; tries again after a failure. */
    async function compile(step) {
        const url = new URL(fileOf(step), FOLDER);
        if (!compiled.has(url.href)) compiled.set(url.href, load(url));
        try {
            return await compiled.get(url.href);
        } catch (why) {
            compiled.delete(url.href);
            throw why;
        }
    }

    async function load(url) {
        const answer = await fetch(url);
        if (!answer.ok) throw new Error(`${url.pathname}: ${answer.status}`);
        // From the bytes, so that it does not matter which type the host says they are.
        return WebAssembly.compile(await answer.arrayBuffer());
    }

    /** An element with attributes, listeners (on…) and children; text is never markup. */
    function make(tag, attributes = {}, ...children) {
        const element = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) {
            if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
            else if (value === true) element.setAttribute(name, "");
            else if (value !== false && value !== undefined) element.setAttribute(name, value);
        }
        element.append(...children);
        return element;
    }

    function button(label, onclick, more = {}) {
        return make("button", { type: "button", onclick, ...more }, label);
    }

    /** One person's browser: address line, cookies, page. */
    class Browser {
        constructor(lab, name) {
            this.lab = lab;
            this.name = name;
            this.title = make("p", { class: "name" });
            this.method = make("select", { "aria-label": `Method of ${name}'s request`, onchange: () => this.fields() });
            this.method.append(...["GET", "POST", "PUT", "DELETE"].map((method) => make("option", {}, method)));
            this.path = make("input", { "aria-label": `Path of ${name}'s request`, value: "/", spellcheck: "false", autocomplete: "off" });
            this.form = make("input", { "aria-label": `Form fields of ${name}'s request`, placeholder: "name=Ada&tea=green", spellcheck: "false", autocomplete: "off", hidden: true });
            this.token = make("input", { "aria-label": `Token of ${name}'s request`, placeholder: "<access-1>", spellcheck: "false", autocomplete: "off" });
            this.held = make("select", { "aria-label": `When the answer comes to ${name}`, hidden: !lab.hasAttribute("tabs") },
                make("option", { value: "" }, "answered at once"),
                ...HELD.map((call) => make("option", { value: call }, `held after ${call}`)));
            this.site = make("select", { "aria-label": `Where ${name}'s request comes from`, hidden: !lab.hasAttribute("sites") },
                ...Object.entries(SITES).map(([where, value]) => make("option", { value }, where)));
            this.send = make("button", { class: "main" }, "Visit");
            const address = make("form", { class: "line", onsubmit: (event) => this.submit(event) }, this.method, this.path, this.token, this.form, this.site, this.held, this.send);
            this.waiting = make("p", { class: "line", hidden: true }, "The server holds an answer back. ",
                button(`Let the answer come to ${name}`, () => {
                    lab.act(`The answer comes to ${name}.`);
                    this.path.focus();
                }));
            this.cookies = make("ul");
            this.copies = make("p", { class: "line" });
            this.fresh = make("input", { "aria-label": `A cookie for ${name} to write by hand`, placeholder: "id=…; HttpOnly", spellcheck: "false", autocomplete: "off" });
            const write = make("form", { class: "line", onsubmit: (event) => this.write(event) }, this.fresh, make("button", {}, "Write a cookie"));
            this.jar = make("div", {}, make("p", {}, make("strong", {}, "Cookies")), this.cookies);
            this.tokens = make("ul");
            this.purse = make("div", {}, make("p", {}, make("strong", {}, "Tokens")), this.tokens);
            this.writing = write;
            this.shown = make("p");
            this.text = make("p", { hidden: true });
            this.page = make("iframe", { sandbox: "", title: `The page in ${name}'s browser`, hidden: true });
            this.box = make("section", { class: "box", role: "group" },
                this.title, address, this.waiting, this.shown, this.text, this.page,
                this.jar, this.purse, this.copies, write);
        }

        /** Whether it keeps tokens instead of cookies, and brings JSON instead of forms. */
        isProgram() {
            return this.lab.programs.has(this.lab.owner(this.name));
        }

        /** Its name, and whether it is a browser. */
        called(tabOf) {
            if (this.isProgram()) return tabOf ? `${this.name}, another tab of ${tabOf}` : `${this.name}: it is Ada's, and no browser`;
            return tabOf ? `${this.name}, another tab of ${tabOf}'s browser` : `${this.name}'s browser`;
        }

        fields() {
            this.form.hidden = this.method.value === "GET";
            this.send.textContent = this.form.hidden && !this.isProgram() ? "Visit" : "Send";
        }

        submit(event) {
            event.preventDefault();
            const body = this.form.value.startsWith("{") || this.isProgram() ? "json" : "form";
            const isEmpty = this.form.hidden || (body === "json" && !this.form.value);
            const form = isEmpty ? "" : ` | ${body} ${this.form.value}`;
            const token = this.token.hidden || !this.token.value ? "" : ` | bearer ${this.token.value}`;
            const held = this.held.value ? ` | answered after ${this.held.value}` : "";
            this.lab.act(`${this.name}: ${this.method.value} ${this.path.value}${token}${this.site.value}${held}${form}`);
        }

        write(event) {
            event.preventDefault();
            this.lab.act(`${this.name} writes the cookie ${this.fresh.value} by hand.`);
        }

        show(state) {
            const { attacks = false, waits = false, tabOf, cookies = [], tokens = [], page = null } = state ?? {};
            const isProgram = this.isProgram();
            this.box.classList.toggle("attacks", attacks);
            this.title.textContent = this.called(tabOf);
            this.box.setAttribute("aria-label", isProgram ? this.name : `${this.name}'s browser`);
            this.form.setAttribute("aria-label", `${isProgram ? "JSON" : "Form fields"} of ${this.name}'s request`);
            this.form.placeholder = isProgram ? "{\"name\":\"Ada\",…}" : "name=Ada&tea=green";
            this.fields();
            this.jar.hidden = this.writing.hidden = isProgram;
            this.purse.hidden = this.token.hidden = !isProgram && tokens.length === 0;
            this.tokens.replaceChildren(...tokens.map((token) => this.kept(token)));
            if (tokens.length === 0) this.tokens.append(make("li", {}, "none"));
            this.waiting.hidden = !waits;
            this.cookies.replaceChildren(...cookies.map((cookie) => this.cookie(cookie)));
            if (cookies.length === 0) this.cookies.append(make("li", {}, "none"));
            const own = this.lab.owner(this.name);
            const others = this.lab.names().filter((name) => this.lab.owner(name) !== own);
            const carried = [...(cookies.length > 0 ? ["cookies"] : []), ...(tokens.length > 0 ? ["tokens"] : [])];
            this.copies.replaceChildren(...carried.flatMap((what) => others.map((other) => button(
                `${other} copies ${this.name}'s ${what}`,
                () => this.lab.act(`${other} copies ${this.name}'s ${what}.`),
            ))));
            this.showPage(page);
        }

        showPage(page) {
            this.page.hidden = !page?.html || Boolean(page.text);
            this.text.hidden = !page?.text;
            if (!page) {
                this.shown.textContent = this.isProgram() ? "No answer yet." : "No page yet.";
                return;
            }
            this.shown.replaceChildren(make("code", {}, page.path), ` → ${page.status}`);
            if (page.text) {
                this.text.replaceChildren(make("code", {}, page.text));
                return;
            }
            const html = page.html.includes("<head>")
                ? page.html.replace("<head>", `<head>${FENCE}`)
                : FENCE + page.html;
            if (this.page.srcdoc !== html) this.page.srcdoc = html;
        }

        kept(token) {
            const bring = button(`Bring ${token.label}`, () => {
                this.token.value = token.label;
                this.token.focus();
            }, { "aria-label": `Bring ${token.label} with ${this.name}'s request` });
            const says = token.says ? [" says ", make("code", {}, token.says)] : [];
            return make("li", {}, `${token.name}: ${token.label}${token.lives ? `, ${token.lives};` : ""}`, ...says, " ", bring);
        }

        cookie(cookie) {
            const value = make("input", { "aria-label": `${this.name}'s cookie ${cookie.name}`, value: cookie.written, spellcheck: "false", autocomplete: "off" });
            const change = (event) => {
                event.preventDefault();
                this.lab.act(`${this.name} writes the cookie ${value.value} by hand.`);
            };
            const remove = () => {
                this.lab.act(`${this.name} deletes the cookie ${cookie.name}.`);
                this.fresh.focus();
            };
            const about = make("span", {}, cookie.label ? `this is ${cookie.label}, ` : "", `${cookie.lives}; `);
            about.append(cookie.httpOnly ? make("strong", {}, "HttpOnly: no script can read it") : "no HttpOnly: a script can read it");
            return make("li", {}, about, make("form", { class: "line", onsubmit: change }, value,
                make("button", { "aria-label": `Change ${this.name}'s cookie ${cookie.name}` }, "Change"),
                button("Delete", remove, { "aria-label": `Delete ${this.name}'s cookie ${cookie.name}` })));
        }
    }

    class SessionLab extends HTMLElement {
        connectedCallback() {
            if (this.step) return;
            this.step = Number(this.getAttribute("step"));
            const near = new IntersectionObserver((seen) => {
                if (!seen.some((entry) => entry.isIntersecting)) return;
                near.disconnect();
                this.open();
            }, { rootMargin: "400px" });
            near.observe(this);
        }

        async open() {
            const began = performance.now();
            this.alert ??= make("p", { class: "alert", role: "alert" });
            try {
                this.module = await compile(this.step);
            } catch (why) {
                this.append(this.alert);
                this.alert.replaceChildren(`The lab cannot be loaded: ${why.message} `, button("Try again", () => this.open()));
                return;
            }
            this.start = Date.now();
            this.alert.remove();
            if (!this.root) this.build();
            this.begin();
            this.dataset.ready = (performance.now() - began).toFixed(1);
        }

        build() {
            if (!document.getElementById("session-lab-style")) {
                document.head.append(make("style", { id: "session-lab-style" }, STYLE));
            }
            const scenarios = [...this.querySelectorAll(":scope > section")];
            const recorded = [...this.children].filter((child) => !scenarios.includes(child));
            this.challenges = [];
            this.browsers = new Map();
            this.programs = new Set(this.getAttribute("programs")?.split(/\s+/));
            this.opened = new Set((this.getAttribute("browsers") ?? "Ada").split(/\s+/));
            this.status = make("p", { role: "status" });
            this.side = make("div", { class: "side" });
            this.more = make("p", { class: "line" });
            this.ladder = make("div");
            this.exchange = make("pre", { tabindex: "0", "aria-label": "The last exchange" });
            this.log = make("pre", { tabindex: "0", "aria-label": "The server's log" });
            this.root = make("div", { class: "lab" },
                make("p", { class: "name" }, `Step ${String(this.step).padStart(2, "0")}, running in this page`),
                ...this.scenarios(scenarios), this.side, this.more, this.server(), this.controls(), this.status, this.alert, this.ladder,
                make("details", {}, make("summary", {}, "The last exchange, as text"), this.exchange),
                make("details", {}, make("summary", {}, "The server's log"), this.log),
                ...(recorded.length > 0 ? [make("details", {}, make("summary", {}, "As a test recorded it"), ...recorded)] : []),
                this.differences());
            // mdBook turns the page at an arrow key; here the arrows move in a field.
            this.root.addEventListener("keydown", (event) => event.stopPropagation());
            this.append(this.root);
        }

        /** One scenario at a time: its question, what will be done, and the answer once it is played. */
        scenarios(sections) {
            if (sections.length === 0) return [];
            const names = sections.map((section) => section.querySelector("strong")?.textContent ?? "Scenario");
            const choices = names.map((name, chosen) => button(name, () => choose(chosen)));
            const choose = (chosen) => sections.forEach((section, n) => {
                section.hidden = n !== chosen;
                choices[n].setAttribute("aria-pressed", String(n === chosen));
            });
            sections.forEach((section, n) => (section.dataset.solved ? this.challenge : this.playable).call(this, section, names[n]));
            choose(0);
            return [make("div", { class: "line", role: "group", "aria-label": "Scenarios" }, ...choices), ...sections];
        }

        playable(section, name) {
            const answer = section.querySelector("details");
            if (answer) answer.hidden = true;
            const play = button(`Play: ${name}`, () => {
                this.play([...section.querySelectorAll("li")].map((line) => line.textContent.trim()));
                if (answer) [answer.hidden, answer.open] = [false, true];
            }, { class: "main" });
            section.classList.add("scenario");
            (answer ?? section.lastElementChild).before(play);
        }

        /** A scenario that the reader brings to its end; the lab says when it is solved. */
        challenge(section, name) {
            const folded = section.querySelectorAll(":scope > details");
            const solution = [...folded].at(-1);
            const begin = [...section.querySelectorAll(":scope > ol li")];
            const all = [...section.querySelectorAll("li")];
            const player = (label, lines, more) => button(label, () => this.play(lines.map((line) => line.textContent.trim())), more);
            const told = make("p", { role: "status" });
            section.classList.add("scenario");
            folded[0].before(player(`Begin: ${name}`, begin, { class: "main" }), told);
            solution.append(player("Play the solution", all));
            const naive = begin.map((line) => line.textContent.trim()).find((line) => line.startsWith(NAIVE));
            this.challenges.push({ name, events: section.dataset.solved, server: serverOf(naive), told });
        }

        showChallenges() {
            const before = solved.names();
            for (const { name, events, server, told } of this.challenges) {
                // At another server, it may come about by itself.
                const isSolved = server === this.standing && this.machine.ask({ solved: events }) === true;
                if (isSolved) solved.add(name);
                const unsolved = before.has(name) ? "Solved before, and not yet again." : "Not solved yet.";
                const text = isSolved ? "Solved." : unsolved;
                if (told.textContent !== text) told.textContent = text;
            }
        }

        server() {
            this.rows = make("tbody");
            const head = make("tr", {}, ...["Session", "Data"].map((name) => make("th", { scope: "col" }, name)));
            const table = make("table", {}, make("thead", {}, head), this.rows);
            this.clock = make("p");
            this.which = make("select", { "aria-label": "Which server", onchange: () => this.choose() });
            this.question = make("p", { class: "alert", role: "alert" });
            this.answers = make("p", { class: "line" });
            this.choice = make("div", { hidden: true }, make("p", { class: "line" }, this.which), this.question, this.answers);
            this.beside = make("p", { class: "line", hidden: true });
            this.keys = make("tbody");
            this.changes = make("div", { role: "group", "aria-label": "Changes of the keys", tabindex: "-1" });
            const columns = make("tr", {}, ...["Server", "Signs", "Opens"].map((name) => make("th", { scope: "col" }, name)));
            this.keyed = make("div", { hidden: true }, make("p", { class: "name" }, "The keys"),
                make("div", { class: "wide" }, make("table", {}, make("thead", {}, columns), this.keys)), this.changes);
            const pass = SPANS.map((span) => button(span, () => this.act(`${span} pass.`), { "aria-label": `Let ${span} pass` }));
            return make("section", { class: "box", role: "group", "aria-label": "The server" }, this.choice, this.beside, this.keyed, make("p", { class: "name" }, "The server holds"),
                make("div", { class: "wide" }, table), this.clock,
                make("p", { class: "line" }, "Let pass: ", ...pass),
                make("p", { class: "line" }, button("Restart the server", () => this.act("The server restarts."))));
        }

        /** Asks first if what was done would be lost; the focus stays, for whoever picks by arrow keys. */
        choose() {
            const [picked, name] = [this.which.value, this.which.selectedOptions[0].textContent];
            this.withdraw();
            if (picked === this.standing) return;
            if (this.done.every((line) => line.startsWith(NAIVE))) {
                this.take(picked);
                return;
            }
            const answer = (label, act) => button(label, () => { act(); this.which.focus(); });
            this.question.textContent = `“${name}” starts the lab over: what you did so far goes.`;
            this.answers.replaceChildren(
                answer(`Start over with “${name}”`, () => this.take(picked)),
                answer("Keep what stands", () => this.keep()));
        }

        /** Another server takes over, and all begins anew. */
        take(name) {
            this.play(name ? [`${NAIVE}${name}.`] : [], name ? undefined : "You start over.");
        }

        keep() {
            this.withdraw();
            this.which.value = this.standing;
            this.status.textContent = "Nothing has changed.";
        }

        /** A question that was not answered, but passed over, asks no more. */
        withdraw() {
            this.question.textContent = "";
            this.answers.replaceChildren();
        }

        controls() {
            return make("p", { class: "line" }, button("Undo the last step", () => this.undo()), button("Start over", () => this.begin("You start over.")));
        }

        differences() {
            return make("details", {}, make("summary", {}, "How this differs from cargo run"), make("p", {},
                "The server is the step's own code, compiled to WebAssembly. There is no socket and no TLS here: "
                + "no Date header, and the status line is written by the recorder. The browsers are the recorder's "
                + "and follow RFC 6265bis; they follow no redirect by themselves, and links in a shown page do nothing. "
                + "The clock moves only when you move it. Session identifiers are drawn from the same numbers each "
                + "time, so that a step can be undone: they are not secure, and yours will differ."));
        }

        /** A new server, new browsers, and the clock where it was at first. */
        begin(said = "Ready.", title = undefined) {
            this.done = [];
            for (const name of this.names()) if (!this.opened.has(name)) this.browsers.delete(name);
            for (const name of this.opened) this.browser(name);
            this.machine = new Machine(this.module, this.start);
            const state = this.machine.ask({ open: this.step, title });
            if (state.error) this.alert.textContent = state.error;
            else this.show(state, said);
        }

        /** Does one thing, measured from the click to the drawn ladder. */
        act(line) {
            const began = performance.now();
            this.alert.textContent = "";
            const state = this.ask(line);
            if (state) this.show(state, this.told(line, state));
            this.root.getBoundingClientRect();
            this.dataset.took = (performance.now() - began).toFixed(1);
        }

        ask(line) {
            try {
                const state = this.machine.ask({ do: line });
                if (!state.error) {
                    this.done.push(line);
                    return state;
                }
                this.alert.textContent = state.error;
            } catch (panic) {
                this.begin();
                this.alert.textContent = `The server panicked, and a new one has taken its place: ${panic.message}`;
            }
            return undefined;
        }

        undo() {
            const lines = this.done.slice(0, -1);
            const last = this.done.at(-1);
            this.play(lines, last ? `Undone: ${last}` : "There is nothing to undo.");
        }

        play(lines, said = undefined) {
            this.alert.textContent = "";
            this.begin();
            let state;
            for (const line of lines) {
                state = this.ask(line);
                if (!state) return;
            }
            if (state) this.show(state, said ?? this.told(lines.at(-1), state));
            else if (said) this.status.textContent = said;
        }

        told(line, state) {
            const [, who] = line.match(/^(\S+): /) ?? [];
            const { page, waits } = state.browsers.find((browser) => browser.name === who) ?? {};
            const calls = who && state.calls.length > 0 ? ` The store was asked: ${state.calls.join(", ")}.` : "";
            const status = waits ? "no answer yet" : page?.status;
            return (status ? `${line} → ${status}.${calls}` : line) + ` The server holds ${state.rows.length} row${state.rows.length === 1 ? "" : "s"}.`;
        }

        names() {
            return [...this.browsers.keys()];
        }

        /** In whose browser this is a tab, or else the one of this name. */
        owner(name) {
            return this.state?.browsers.find((browser) => browser.name === name)?.tabOf ?? name;
        }

        browser(name) {
            if (!this.browsers.has(name)) this.browsers.set(name, new Browser(this, name));
            return this.browsers.get(name);
        }

        show(state, said) {
            this.state = state;
            const known = new Map(state.browsers.map((browser) => [browser.name, browser]));
            for (const name of known.keys()) this.browser(name);
            for (const [name, browser] of this.browsers) browser.show(known.get(name));
            const boxes = [...this.browsers.values()].map((browser) => browser.box);
            // Moving a box would reload its page and lose the focus: add and remove only.
            for (const old of [...this.side.children]) if (!boxes.includes(old)) old.remove();
            for (const box of boxes) if (!box.isConnected) this.side.append(box);
            this.showServer(state);
            this.showMore();
            this.showLadder(state.ladder);
            this.showChallenges();
            this.exchange.textContent = state.exchange || "Nothing has been said yet.";
            this.log.textContent = state.log.join("\n") || "The server has logged nothing.";
            this.status.textContent = said;
        }

        showMore() {
            const closed = OTHERS.filter((name) => !this.browsers.has(name));
            this.more.replaceChildren(...closed.map((name) => button(`Open ${name}'s browser`, () => {
                this.opened.add(name);
                this.browser(name);
                this.show(this.state, `${name}'s browser is open.`);
                this.browser(name).path.focus();
            })));
            if (!this.hasAttribute("tabs") || this.browsers.has(TAB)) return;
            const [program] = this.programs;
            this.more.append(button(`Open another tab of ${program ?? "Ada's browser"}`, () => {
                this.act(`${TAB} shares ${program ? `${program}'s tokens` : "Ada's cookies"}.`);
                this.browser(TAB).path.focus();
            }));
        }

        /** Where there can be more than one server, a button for each, and one for another. */
        showServers([count, answering, canGrow]) {
            this.beside.hidden = count === 1 && !canGrow;
            const one = (_, before) => button(`Server ${before + 1}`, () => this.act(`Server ${before + 1} answers.`), { "aria-pressed": String(before + 1 === answering) });
            const another = canGrow ? [button("Add a server", () => this.act("Another server joins."))] : [];
            this.beside.replaceChildren("Who answers: ", ...Array.from({ length: count }, one), ...another);
        }

        /** Where keys can be changed: those of each server, and a button for each change. */
        showKeys(keys) {
            this.keyed.hidden = keys.length === 0;
            const named = keys.map(({ signs, opens, changes }, before) => [`Server ${before + 1}`, signs, opens, changes]);
            this.keys.replaceChildren(...named.map(([name, signs, opens]) => make("tr", {},
                make("th", { scope: "row" }, name), make("td", {}, signs), make("td", {}, opens.join(", ")))));
            const focused = [...this.changes.children].findIndex((line) => line.contains(document.activeElement));
            this.changes.replaceChildren(...named.map(([name, _signs, _opens, changes]) => make("p", { class: "line" },
                ...changes.map((change) => button(`${name} ${change}`, () => this.act(`${name} ${change}.`))))));
            // The button that was pressed is gone: whoever goes by the keyboard stays near.
            if (focused >= 0) (this.changes.children[focused]?.firstElementChild ?? this.changes.querySelector("button") ?? this.changes).focus();
        }

        showServer(state) {
            this.showServers(state.servers);
            this.showKeys(state.keys);
            this.choice.hidden = state.naive.length === 0;
            if (this.which.length === 0) {
                this.which.append(make("option", { value: "" }, "The server of this chapter"),
                    ...state.naive.map((name) => make("option", { value: name }, `Naive: ${name}`)));
            }
            const naive = state.done.findLast((line) => line.startsWith(NAIVE));
            this.standing = serverOf(naive);
            this.which.value = this.standing;
            this.withdraw();
            this.rows.replaceChildren(...state.rows.map((row) => make("tr", { class: row.expired ? "expired" : "" },
                make("td", {}, ...called(row), make("span", {}, row.lives ?? "for ever")), make("td", {}, data(row)))));
            if (state.rows.length === 0) this.rows.append(make("tr", {}, make("td", { colspan: "2" }, "nothing")));
            this.clock.textContent = `The clock: ${new Date(state.now * 1000).toISOString().replace("T", " ").slice(0, 16)} UTC`;
        }

        /**
         * The lab has escaped what stands in a ladder. It grows at its end: what stands already
         * stays, and need not be laid out anew.
         */
        showLadder(ladder) {
            const lines = ladder.split("\n");
            const old = this.ladder.firstElementChild;
            const same = lines.findIndex((line, n) => n >= HEAD && line !== this.drawn?.[n]);
            if (!old || !ladder) {
                this.ladder.replaceChildren(...read(lines));
            } else if (same >= 0) {
                const [fresh] = read([...lines.slice(0, HEAD), ...lines.slice(same)]);
                for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
                const [lanes, ...items] = fresh.children;
                if (!lanes.isEqualNode(old.firstElementChild)) old.firstElementChild.replaceWith(lanes);
                [...old.children].slice(same - 1).forEach((gone) => gone.remove());
                old.append(...items);
            }
            this.drawn = lines;
        }
    }

    /** The name of the naive server that this line chooses; of the step's own, if there is no line. */
    function serverOf(line) {
        return line?.slice(NAIVE.length, -1) ?? "";
    }

    /** What the store finds a row by. A hash stands as in the log, beside its label. */
    function called(row) {
        const parts = row.id.length === HASH
            ? [row.label, `${row.id.slice(0, BRIEF)}…`]
            : [row.label ?? (row.id || "nobody's")];
        return parts.filter(Boolean).flatMap((part) => [make("span", { class: "id" }, part), " "]);
    }

    /** What a row holds. Its lines break between the fields, if they can. */
    function data(row) {
        const fields = row.data.split(/(?<=,)(?=")/);
        return make("code", {}, ...fields.flatMap((field) => [field, make("wbr")]));
    }

    function read(lines) {
        const drawn = document.createElement("template");
        drawn.innerHTML = lines.join("");
        return drawn.content.children;
    }

    /** A list of challenges: each item's link is called as its challenge is, without the first word. */
    class ChallengeList extends HTMLElement {
        connectedCallback() {
            const names = solved.names();
            const items = [...this.querySelectorAll("li")];
            const isSolved = (item) => names.has(`Challenge: ${item.querySelector("a").textContent}`);
            for (const item of items) {
                item.querySelector("strong")?.remove();
                if (isSolved(item)) item.append(make("strong", {}, " Solved."));
            }
            this.told ??= make("p", { role: "status" });
            this.told.textContent = `You have solved ${items.filter(isSolved).length} of ${items.length} in this browser.`;
            this.append(this.told);
        }
    }

    customElements.define("session-lab", SessionLab);
    customElements.define("challenge-list", ChallengeList);
    globalThis.SessionLab = { Machine, compile };
})();
