/** The style of the reference pages, of one piece so that it travels with the code. */
export const referenceStyle = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e9ee); --soft: light-dark(#59636e, #9aa4b1);
  --page: light-dark(#ffffff, #0f1216); --card: light-dark(#f7f8fa, #171b21); --line: light-dark(#dfe3e8, #2a303a);
  --link: light-dark(#0b57d0, #8ab4f8); --get: light-dark(#0b6b3a, #5fd39a); --post: light-dark(#0b57d0, #8ab4f8);
  --patch: light-dark(#8a5a00, #f0c06a); --delete: light-dark(#b3261e, #ff8f87);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
a { color: var(--link); text-underline-offset: .2em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--page); padding: .5rem; z-index: 2; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem; border-right: 1px solid var(--line); font-size: .875rem; }
nav h2 { margin: 1.25rem 0 .25rem; font-size: .75rem; font-weight: 600; color: var(--soft); }
nav h2::first-letter, main h2::first-letter { text-transform: uppercase; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .2rem .4rem; border-radius: 5px; color: var(--ink); text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { background: var(--card); }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 64rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.02em; text-wrap: balance; }
h1 small { font-size: .9rem; font-weight: 400; color: var(--soft); }
main h2 { margin: 3rem 0 1rem; font-size: 1.3rem; }
h3 { margin: 0 0 .4rem; font-size: 1.02rem; overflow-wrap: anywhere; }
h4 { margin: 1.1rem 0 .35rem; font-size: .85rem; } h4 small, td small, p small { color: var(--soft); font-weight: 400; }
p { margin: .35rem 0; max-width: 46rem; }
article { padding: 1.1rem 1.25rem; margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
article:target { border-color: var(--link); }
code, pre, .m { font-family: var(--mono); font-size: .86em; }
pre { overflow-x: auto; padding: .8rem 1rem; background: var(--page); border: 1px solid var(--line); border-radius: 7px; }
.m { text-transform: uppercase; font-weight: 700; font-size: .72em; letter-spacing: .04em; color: var(--soft); }
.m.get { color: var(--get); } .m.post { color: var(--post); } .m.patch { color: var(--patch); } .m.delete { color: var(--delete); }
.chip { font: .8rem var(--mono); padding: .1rem .45rem; border: 1px solid var(--line); border-radius: 99px; background: var(--page); }
.needs { color: var(--soft); font-size: .875rem; } .next::before { content: "→ "; color: var(--soft); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; } td:nth-child(2) { min-width: 9rem; }
details > summary { cursor: pointer; color: var(--soft); font-size: .875rem; margin-top: .75rem; }
.jump { display: none; }
.plain { display: block; } .plain main { margin: 12vh auto 0; max-width: 38rem; }
@media (max-width: 820px) {
  body { display: flex; flex-direction: column; }
  nav { order: 2; position: static; height: auto; border: 0; border-top: 1px solid var(--line); }
  nav a { padding: .6rem .4rem; font-size: 1rem; } .jump { display: inline-block; margin-bottom: 1rem; padding: .4rem 0; }
  td:first-child { white-space: normal; }
}
`
