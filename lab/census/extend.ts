import type { Census } from './census.js'

/**
 * A census with captures added that were counted with its masks. What it holds of a program that is recorded again is
 * replaced.
 */
export function extendCensus(census: Census, added: Census): Census {
  const again = new Set(added.captures.map(({ program }) => program))
  const stays = ({ program }: { program: string }) => !again.has(program)
  return {
    captures: [...census.captures.filter(stays), ...added.captures],
    masks: new Map([...added.masks, ...census.masks]),
    rows: [...census.rows.filter(stays), ...added.rows],
    ...(census.cuts && { cuts: census.cuts.filter(stays) }),
  }
}
