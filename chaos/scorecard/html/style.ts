/** How the page looks, by day and by night; no fonts or pictures from elsewhere. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6472; --line: #dfe3e9; --ground: #ffffff; --raised: #f6f7f9;
  --agent: #1d63d8; --restarter: #c4561a; --nobody: #7b8494; --good: #1e7d4f; --bad: #b3261e; --warn: #9a6200; --dull: #77808e; --on: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #a2abb9; --line: #333b47; --ground: #12161c; --raised: #1a2028;
  --agent: #74a9ff; --restarter: #f2a16f; --nobody: #9aa4b3; --good: #57c08c; --bad: #ff8a80; --warn: #e3b04b; --dull: #8993a1; --on: #12161c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px 20px 64px; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 8px; } h3 { font-size: 15px; margin: 18px 0 4px; }
p { margin: 4px 0 12px; } .soft, figcaption, .axis { color: var(--soft); } a { color: var(--agent); }
code { font: 13px ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: 13px; } td.number, th.number { text-align: right; }
.wide { overflow-x: auto; }
.met { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
svg { width: 100%; height: auto; display: block; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg text.axis { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--line); } .edge { stroke: var(--soft); stroke-dasharray: 3 3; }
.bar { max-width: 720px; margin: 2px 0 10px; } .bar text { fill: var(--on); }
.c-agent { fill: var(--agent); stroke: var(--agent); } .c-restarter { fill: var(--restarter); stroke: var(--restarter); } .c-nobody { fill: var(--nobody); stroke: var(--nobody); }
g.c-nobody > rect, .entry.c-nobody rect { fill: var(--ground); stroke-width: 2; }
.course { fill: none; stroke-width: 2; stroke-linejoin: round; } .c-nobody .course { stroke-dasharray: 5 4; stroke-width: 1.5; } .change { stroke: none; }
.legend { display: flex; gap: 18px; flex-wrap: wrap; font-size: 13px; } .entry { display: inline-flex; gap: 6px; align-items: center; color: var(--ink); } .entry svg { width: 16px; }
.o-fixed rect, .o-escalated rect, .o-left-alone rect { fill: var(--good); } .o-harmed rect { fill: var(--bad); }
.o-wrongly-acted rect, .o-missed rect { fill: var(--warn); } .o-aborted rect, .o-broken rect, .o-unwatched rect { fill: var(--dull); }
.badge { display: inline-block; min-width: 96px; padding: 1px 8px; border-radius: 4px; font-size: 13px; text-align: center; color: var(--on); background: var(--dull); }
.badge.o-fixed, .badge.o-escalated, .badge.o-left-alone { background: var(--good); } .badge.o-harmed { background: var(--bad); } .badge.o-wrongly-acted, .badge.o-missed { background: var(--warn); }
details { border-bottom: 1px solid var(--line); } summary { cursor: pointer; padding: 7px 0; } summary .soft { margin-left: 8px; font-size: 13px; }
details > div { padding: 2px 0 18px 4px; } figure { margin: 10px 0; max-width: 860px; } figcaption { font-size: 13px; }
.timeline td { font-size: 13px; } .timeline .because { color: var(--soft); }
`;
