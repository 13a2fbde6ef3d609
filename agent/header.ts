import { type Header, SCHEMA_VERSION } from '../core/messages.js'

/** Who speaks, since which start. */
export type Speaker = Pick<Header, 'site' | 'node' | 'bootId'>

/**
 * The header of a message of now.
 * @param sequence number of the last alert of this boot
 */
export function headerOf({ site, node, bootId }: Speaker, sequence: number): Header {
  return {
    schemaVersion: SCHEMA_VERSION,
    site,
    node,
    bootId,
    sequence,
    publishedAtMicroseconds: Date.now() * 1000,
  }
}
