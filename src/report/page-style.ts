// The style of the report's page: readable on a screen, in the dark and on paper. Nothing else.

export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c2024; --faint: #5b6570; --line: #d9dee3; --ground: #fff; --card: #f6f8fa; --good: #116329; --bad: #a40e26; --warn: #8a5300 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --faint: #9aa4ae; --line: #343b42; --ground: #14171a; --card: #1d2227; --good: #57d37c; --bad: #ff7b84; --warn: #f0b04d } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 80rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem }
header p { color: var(--faint); margin: .4rem 0 } code { font: .88em ui-monospace, monospace; overflow-wrap: anywhere }
.verdict { border-left: 4px solid; padding: .6rem .9rem; background: var(--card); border-radius: 4px }
header .verdict { color: var(--ink); margin-top: 1rem } .good { border-color: var(--good) } .bad { border-color: var(--bad) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin-top: 1.5rem }
.card { background: var(--card); border-radius: 6px; padding: .75rem .9rem } .card b { display: block; font-size: 1.6rem } .card span { color: var(--faint) } .card.bad b { color: var(--bad) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .93em }
th { text-align: left; font-weight: 600; color: var(--faint) } th, td { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
time { white-space: nowrap } .badge { white-space: nowrap; color: var(--faint) }
.badge.active { color: var(--good) } .badge.rejected, .badge.unknown { color: var(--bad) } .badge.pending, .badge.paused, .badge.open { color: var(--warn) }
@media print { body { max-width: none; padding: 0; font-size: 11px } .wide { overflow: visible } }
`;
