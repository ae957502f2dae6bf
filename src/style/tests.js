// Code breaks where its parts end. What a search has led to stays whole: mdBook marks no text across elements.
const isSought = new URLSearchParams(location.search).has("highlight");
function breakAfter(code, ends) {
    if (isSought || code.childElementCount) return;
    const parts = code.textContent.split(ends);
    code.replaceChildren(...parts.flatMap(part => [part, document.createElement("wbr")]).slice(0, -1));
}

// On a page, the name of a test is a link to where the test stands: appendix G lists them all.
for (const code of document.querySelectorAll("main :not(pre) > code")) {
    const isName = /^[a-z0-9]+(_[a-z0-9]+){3,}$/.test(code.textContent);
    if (isName && !code.id && !code.closest("a")) {
        const link = document.createElement("a");
        link.href = `${path_to_root}appendix-tests.html#${code.textContent}`;
        code.replaceWith(link);
        link.append(code);
    }
    if (isName) breakAfter(code, /(?<=_)/);
    else if (code.closest("td")) breakAfter(code, /(?<=[^/.][/.=(])|(?<=::)/);
    else if (code.textContent.length <= 24) code.classList.add("short");
}
