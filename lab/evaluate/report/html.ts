import { escapeUnprintable } from '../../../core/text.js'
import type { Table } from '../tables.js'

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that stands for itself in HTML and in quoted attributes. */
export function escapeHtml(text: string): string {
  return escapeUnprintable(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** Rows of a table before the rest is only counted. */
const LISTED = 200

/** A table; long ones end with a count of what is left out. */
export function htmlTable({ heading, rows, left }: Table): string {
  const cell = (tag: 'th' | 'td') => (text: string, column: number) =>
    `<${tag}${left.includes(column) ? ' class="left"' : ''}>${escapeHtml(text)}</${tag}>`
  const line = (tag: 'th' | 'td', cells: readonly string[]) => `<tr>${cells.map(cell(tag)).join('')}</tr>`
  const more = rows.length - LISTED
  return [
    '<div class="wide"><table>',
    `<thead>${line('th', heading)}</thead>`,
    `<tbody>${rows
      .slice(0, LISTED)
      .map((row) => line('td', row))
      .join('\n')}</tbody>`,
    '</table></div>',
    more > 0 ? `<p>... and ${more} more; <code>--json</code> lists all.</p>` : '',
  ].join('\n')
}
