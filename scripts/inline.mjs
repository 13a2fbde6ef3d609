// A transform of asc: a line `// inline` before a function gives it AssemblyScript's decorator @inline, which is no
// TypeScript and would keep the formatter and other tools from reading the file.
import { Node } from 'assemblyscript/dist/assemblyscript.js'
import { Transform } from 'assemblyscript/transform'

const MARK = /(?:^|\n)\/\/ inline\n(?:export )?$/

export default class extends Transform {
  afterParse(parser) {
    for (const source of parser.sources) {
      for (const statement of source.statements) {
        const { start } = statement.range
        if (
          statement.signature === undefined ||
          !MARK.test(source.text.slice(Math.max(0, start - 40), start))
        )
          continue
        const name = Node.createIdentifierExpression('inline', statement.range)
        const decorator = Node.createDecorator(name, null, statement.range)
        statement.decorators = [...(statement.decorators ?? []), decorator]
      }
    }
  }
}
