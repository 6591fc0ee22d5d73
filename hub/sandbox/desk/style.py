"""How the edit pages look: plain, light or dark as the person has it, readable on a phone."""

STYLE = """
:root { color-scheme: light dark; --ground: #f7f5f2; --paper: #fff; --ink: #22201d; --soft: #625d56; --line: #cfc8bf;
  --mark: #7a3e00; --on-mark: #fff; --good: #175c2e; --bad: #a3161a; }
@media (prefers-color-scheme: dark) { :root { --ground: #1b1917; --paper: #252220; --ink: #f0ece6; --soft: #b5ada3;
  --line: #4a453f; --mark: #f0a860; --on-mark: #22160a; --good: #7fd79b; --bad: #ff9b96; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
header { background: var(--paper); border-bottom: 3px solid var(--mark); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; max-width: 64rem; margin: auto; padding: .75rem 1rem; }
.home { font-weight: 700; }
main { max-width: 64rem; margin: auto; padding: .5rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
a { color: var(--mark); }
.crumbs { margin: .5rem 0 0; }
form, dl, table, .tiles li { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
form { padding: 1rem; margin: 1rem 0; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); gap: .75rem 1rem; }
.field { display: flex; flex-direction: column; gap: .2rem; min-width: 0; }
label { font-weight: 600; font-size: .9rem; overflow-wrap: anywhere; }
small { color: var(--soft); }
input, select, textarea { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft);
  border-radius: .35rem; padding: .4rem .5rem; width: 100%; }
button, .button { display: inline-block; font: inherit; font-weight: 600; cursor: pointer; text-decoration: none;
  color: var(--on-mark); background: var(--mark); border: 1px solid var(--mark); border-radius: .35rem;
  padding: .4rem .9rem; }
.fields + button { margin-top: .9rem; }
.fields:empty + button { margin-top: 0; }
button.grave { color: var(--bad); background: transparent; border-color: var(--bad); }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.bar { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; justify-content: space-between; }
.search { display: flex; gap: .75rem; align-items: end; padding: 0; border: 0; background: none; margin: .5rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(14rem, 100%), 1fr)); gap: 1rem;
  list-style: none; padding: 0; }
.tiles li { display: flex; flex-direction: column; align-items: start; gap: .75rem; padding: 1rem; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1rem; padding: .75rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: separate; border-spacing: 0; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; overflow-wrap: anywhere; }
th, td { text-align: left; padding: .4rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
tbody tr:last-child td { border-bottom: 0; }
.good, .bad { padding: .5rem 1rem; border-left: .3rem solid; background: var(--paper); overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.empty { color: var(--soft); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr { display: block; }
  td { display: grid; grid-template-columns: 7rem 1fr; gap: .5rem; border: 0; padding: .2rem .75rem; }
  td { overflow-wrap: anywhere; }
  td::before { content: attr(data-label); color: var(--soft); }
  tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  caption { display: block; padding: .5rem .75rem; }
}
""".lstrip()
