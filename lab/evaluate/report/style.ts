import { COLORS } from './chart.js'

/** The report's style sheet; it prints as it looks. */
export const STYLE = `
:root { color-scheme: light; }
body { margin: 0; background: #ffffff; color: ${COLORS.ink}; font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1020px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; }
h2 { font-size: 19px; margin: 36px 0 10px; border-bottom: 2px solid ${COLORS.faint}; }
h3 { font-size: 15px; margin: 16px 0 6px; }
.wide { overflow-x: auto; margin: 10px 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid ${COLORS.faint}; }
th { background: #f1f4f7; }
.left { text-align: left; }
.charts { display: flex; flex-wrap: wrap; gap: 16px; }
svg { max-width: 100%; height: auto; font: 11.5px system-ui, sans-serif; fill: ${COLORS.ink}; }
svg .title { font-size: 13px; font-weight: 600; }
svg .code { font-family: ui-monospace, monospace; }
figure { margin: 14px 0; overflow-x: auto; }
figcaption { font-size: 13px; }
summary { cursor: pointer; font-weight: 600; margin: 8px 0; }
b.clean { color: ${COLORS.clean}; }
b.attack { color: ${COLORS.attack}; }
`
