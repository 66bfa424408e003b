/** The style of the hosted page, of one piece so that it travels with the code. A theme sets --accent, --on-accent and --radius. */
export const pageStyle = `
:root { color-scheme: light dark; --accent: light-dark(#0d6b4e, #62cfa6); --on-accent: light-dark(#ffffff, #0d0f0f); --radius: 10px;
  --canvas: light-dark(#f6f6f3, #0d0f0f); --surface: light-dark(#ffffff, #151818); --hover: light-dark(#f1f1ee, #1d2121);
  --line: light-dark(#e0e0db, #2c3232); --edge: light-dark(#858884, #737b79); --ink: light-dark(#171a19, #ecefed);
  --soft: light-dark(#4d5351, #b4bbb8); --danger: light-dark(#b0251d, #ff948a); --danger-soft: light-dark(#fdf0ee, #2b1715);
  --good-soft: light-dark(#e9f4ee, #14261e); --good: light-dark(#0d6b4e, #62cfa6); --warn: light-dark(#7d5200, #efc36a);
  --warn-soft: light-dark(#fdf5e2, #282010); --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }
html[data-mode="light"] { color-scheme: light; } html[data-mode="dark"] { color-scheme: dark; }
html[data-corners="sharp"] { --radius: 0px; }
*, ::before, ::after { box-sizing: border-box; }
html { background: var(--canvas); -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); font: 16px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; min-height: 100dvh; display: flex; flex-direction: column; align-items: center; padding: 1rem; gap: 1rem; }
h1 { font-size: 1.375rem; line-height: 1.25; letter-spacing: -.01em; margin: 0; font-weight: 650; text-wrap: balance; }
h1 + p { margin-top: .35rem; }
h2 { font-size: 1rem; margin: 0 0 .5rem; font-weight: 600; }
p { margin: 0; } p + p { margin-top: .5rem; }
a { color: inherit; text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
[tabindex="-1"]:focus { outline: none; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--surface); padding: .5rem; z-index: 2; }
main { width: 100%; max-width: 31rem; background: var(--surface); border: 1px solid var(--line); border-radius: calc(var(--radius) * 1.4);
  padding: 1.25rem; display: flex; flex-direction: column; gap: 1.25rem; }
header, footer { width: 100%; max-width: 31rem; color: var(--soft); font-size: .875rem; }
header { display: flex; align-items: center; gap: .6rem; } header b { color: var(--ink); font-weight: 600; }
header svg { width: 1.5rem; height: 1.5rem; flex: none; color: var(--good); }
footer { padding: 0 .25rem; }
.soft { color: var(--soft); } .small { font-size: .875rem; }
.lead { display: flex; gap: .85rem; align-items: flex-start; } .lead > div { min-width: 0; }
.icon { width: 2.5rem; height: 2.5rem; flex: none; border-radius: 6px; background: #fff; padding: 5px; border: 1px solid var(--line); object-fit: contain; }
.note { border-radius: var(--radius); padding: .75rem .9rem; background: var(--hover); border: 1px solid var(--line); }
.note.bad { background: var(--danger-soft); border-color: var(--danger); } .note.bad h2 { color: var(--danger); }
.note.good { background: var(--good-soft); border-color: var(--good); }
.note.warn { background: var(--warn-soft); border-color: var(--warn); }
.note ul { margin: .35rem 0 0; padding-left: 1.1rem; }
ol.steps { margin: 0; padding-left: 1.4rem; } ol.steps li { padding-left: .2rem; } ol.steps li + li { margin-top: .3rem; } ol.steps + p { margin-top: .6rem; }
ul.plain { margin: 0; padding-left: 1.2rem; }
form { display: flex; flex-direction: column; gap: 1.1rem; margin: 0; }
form.inline { flex-direction: row; align-items: flex-end; gap: .6rem; } form.inline .row { flex: 1; }
.row { display: flex; flex-direction: column; gap: .3rem; border: 0; margin: 0; padding: 0; min-width: 0; }
label, legend { font-weight: 600; font-size: .9375rem; padding: 0; }
.hint { color: var(--soft); font-size: .875rem; }
.fault { color: var(--danger); font-size: .875rem; font-weight: 600; }
input, select, textarea { width: 100%; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--edge);
  border-radius: calc(var(--radius) * .6); padding: .55rem .7rem; min-height: 2.85rem; }
textarea { min-height: 8.5rem; font-family: var(--mono); font-size: .875rem; resize: vertical; }
[aria-invalid="true"] { border-color: var(--danger); border-width: 2px; }
input:focus-visible, select:focus-visible, textarea:focus-visible { outline-offset: 0; }
.with { display: flex; } .with input { border-start-end-radius: 0; border-end-end-radius: 0; min-width: 4rem; }
.with span { display: flex; align-items: center; padding: 0 .7rem; border: 1px solid var(--edge); border-left: 0; background: var(--hover);
  border-radius: 0 calc(var(--radius) * .6) calc(var(--radius) * .6) 0; color: var(--soft); }
.pick { display: flex; gap: .6rem; align-items: flex-start; font-weight: 400; } .pick input { width: 1.15rem; min-height: 1.15rem; height: 1.15rem; flex: none; margin: .2rem 0 0; accent-color: var(--accent); }
button, .button { display: inline-flex; align-items: center; justify-content: center; font: inherit; font-weight: 600; min-height: 2.85rem; padding: .5rem 1.1rem;
  border-radius: calc(var(--radius) * .6); cursor: pointer; text-decoration: none; border: 1px solid var(--edge); background: var(--surface); color: var(--ink); text-align: center; }
button.quiet { border-color: transparent; background: none; color: var(--soft); text-decoration: underline; text-underline-offset: 3px; font-weight: 400; padding-inline: 0; align-self: flex-start; }
button.main, .button.main { background: var(--accent); color: var(--on-accent); border-color: var(--edge); }
button:hover, .button:hover { filter: brightness(.96); }
.bar { display: flex; flex-direction: column; gap: .6rem; }
ul.list { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; }
ul.list li + li { border-top: 1px solid var(--line); }
ul.list a, ul.list .off { display: flex; gap: .8rem; align-items: center; padding: .7rem .85rem; min-height: 3.25rem; text-decoration: none; }
ul.list a:hover { background: var(--hover); } ul.list a:focus-visible { outline-offset: -3px; }
ul.list .icon { width: 2rem; height: 2rem; padding: 4px; } ul.list span { display: block; } ul.list .off { color: var(--soft); }
code, .made { font-family: var(--mono); font-size: .9em; }
.made { display: block; background: var(--hover); border: 1px dashed var(--edge); border-radius: calc(var(--radius) * .6); padding: .6rem .7rem; user-select: all; }
details summary { cursor: pointer; font-weight: 600; }
details[open] summary { margin-bottom: .5rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0; } dt { color: var(--soft); } dd { margin: 0; }
@media (min-width: 36rem) { body { padding: 3.5rem 1rem; } main { padding: 1.75rem; } .bar { flex-direction: row; } .bar button, .bar .button { min-width: 9rem; } }
body.framed { min-height: 0; padding: .25rem; background: transparent; align-items: stretch; }
@media (forced-colors: active) { .note { border: 1px solid; } }
`
