// What scrolls can be reached by the keyboard: tables and blocks of code that are wider than their column.
// The theme wraps tables when the page is ready, so this runs when everything is loaded, and after a change of width.
function reachable() {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
