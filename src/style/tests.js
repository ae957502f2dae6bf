// On a page, the name of a test is a link to where the test stands: appendix G lists them all.
for (const code of document.querySelectorAll("main code")) {
    const isName = /^[a-z0-9]+(_[a-z0-9]+){3,}$/.test(code.textContent);
    if (isName && !code.id && !code.closest("a, pre")) {
        const link = document.createElement("a");
        link.href = `${path_to_root}appendix-tests.html#${code.textContent}`;
        code.replaceWith(link);
        link.append(code);
    }
}
