import { yaml } from './yaml.js'

/** The configuration is three levels deep: room for mistakes, none for a parser's stack to run out. */
const MAXIMUM_FLOW_DEPTH = 16
const MAXIMUM_COLUMN = 64

/** What the lexer marks documents and scalars with; not in the text itself. */
const MARKS = ['\u0002', '\u0018', '\u001f', '\u0003']

/**
 * Where YAML text nests deeper than a recursive parser should follow, as an offset into it; undefined when nowhere.
 * Brackets are counted. Outside them each level stands further to the right than the one above, so a limit on the
 * column of `-`, `?` and `:` limits the depth.
 */
export function tooDeepAt(text: string): number | undefined {
  let offset = 0
  let lineStart = 0
  let flowDepth = 0
  const { Lexer } = yaml()
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flowDepth++
    if (token === ']' || token === '}') flowDepth--
    const isIndicator = token === '-' || token === '?' || token === ':'
    const isFarRight = flowDepth <= 0 && isIndicator && offset - lineStart > MAXIMUM_COLUMN
    if (flowDepth > MAXIMUM_FLOW_DEPTH || isFarRight) return offset
    if (MARKS.includes(token)) continue
    offset += token.length
    if (token.includes('\n')) lineStart = offset - (token.length - 1 - token.lastIndexOf('\n'))
  }
  return undefined
}
