/** Elements that have no end tag. */
const VOID = new Set(['meta', 'br', 'hr', 'img', 'input', 'link', 'wbr'])

/**
 * What is wrong with a page's tags, attributes and entities, by a stricter grammar than HTML's own: every element
 * closed in order, attributes quoted, each `&` an entity.
 */
export function htmlFaults(page: string): string[] {
  const faults: string[] = []
  const open: string[] = []
  const body = page.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/g, '')
  if (body.length === page.length) faults.push('no doctype')
  const TAG = /<(\/?)([a-z][a-zA-Z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<]*")?)*) ?(\/?)>/g
  let end = 0
  for (const tag of body.matchAll(TAG)) {
    const between = body.slice(end, tag.index)
    if (/[<>]/.test(between)) faults.push(`loose bracket in ${JSON.stringify(between.slice(0, 80))}`)
    if (/&(?!(amp|lt|gt|quot|#39);)/.test(`${between}${tag[3]}`))
      faults.push(`bare & in ${between.slice(0, 80)}`)
    end = tag.index + tag[0].length
    const [, closing, name, , selfClosing] = tag
    if (closing) {
      if (open.pop() !== name) faults.push(`</${name}> closes nothing`)
    } else if (!selfClosing && !VOID.has(name!)) open.push(name!)
  }
  if (body.slice(end).trim() !== '') faults.push('text after the end')
  return [...faults, ...open.map((name) => `<${name}> is never closed`)]
}

/** Whatever would make a browser load something else or run something. */
export function foreignParts(page: string): string[] {
  return [
    ...page.matchAll(
      /<(script|link|img|iframe|object|embed|base|form|image|use)\b|\b(src|href|on[a-z]+)=|url\(|@import|https?:\/\//gi,
    ),
  ].map(([part]) => part)
}
