import { Command } from 'commander'
import t from 'tap'
import { addExamples, allExitCodesText, exitCodesText } from '../../cli/help.js'
import { EXIT } from '../../core/errors.js'

t.test('every exit code has a line', async (t) => {
  t.same(
    allExitCodesText()
      .split('\n')
      .map((line) => Number(line.trim().split(' ')[0])),
    Object.values(EXIT),
  )
  t.match(exitCodesText(['BROKER', 'OK']), /^ {2}0 {2}done\n {2}7 {2}broker/)
})

t.test('examples and exit codes end the help', async (t) => {
  let text = ''
  const command = new Command('score').configureOutput({ writeOut: (part) => (text += part) })
  addExamples(command, [['firsteight score a.pcap', 'scores a file']], ['MODEL'])
  command.outputHelp()
  t.match(
    text,
    /Examples:\n {2}firsteight score a\.pcap {2}scores a file\n\nExit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}5 .*\n$/,
  )
})
