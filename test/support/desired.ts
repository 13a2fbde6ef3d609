import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Config, loadConfig } from '../../agent/config.js'
import { ExceptionList } from '../../agent/desired/exception-list.js'
import type { FleetConfig } from '../../agent/desired/fleet-config.js'
import { managedParts, openManagement } from '../../agent/desired/management.js'
import type { Mailbox } from '../../agent/link/mailbox.js'
import type { AgentPart } from '../../agent/part.js'
import { statePath } from '../../agent/state-folder.js'
import { type DesiredConfig, encodeDesiredConfig, NOTHING_DESIRED } from '../../core/desired-config.js'
import type { AlertException } from '../../core/exceptions.js'
import { type Statement, signStatement } from '../../core/signature/envelope.js'
import type { Target } from '../../core/signature/target.js'
import type { TrustStore } from '../../core/signature/trust-store.js'
import { formatTrustFile } from '../../core/signature/trusted-keys.js'
import { createListLog } from './link.js'
import { NOW, type TestKey, testStatement, trusting } from './signing.js'

export const ALL: Target = { site: '', node: '' }
export const SITE: Target = { site: 'branch-17', node: '' }
export const NODE: Target = { site: 'branch-17', node: 'gate' }

/** Settings by path, and what else a level wants. */
export function desired(
  settings: Record<string, unknown>,
  more: Partial<Omit<DesiredConfig, 'settings'>> = {},
): DesiredConfig {
  return { ...NOTHING_DESIRED, ...more, settings: new Map(Object.entries(settings)) }
}

/** An envelope with this config, for the node unless said otherwise. */
export function signedConfig(
  key: TestKey,
  revision: number,
  config: DesiredConfig,
  change: Partial<Statement> = {},
): Uint8Array {
  const payload = encodeDesiredConfig(config)
  return signStatement(testStatement({ payload, revision, target: NODE, ...change }), key.signing)
}

export function anException(change: Partial<AlertException> = {}): AlertException {
  return {
    id: 'scanner',
    owner: 'Dana',
    reason: 'our own scanner',
    expiresAt: NOW + 3_600_000_000,
    peer: { address: Uint8Array.of(10, 0, 0, 1), prefixLength: 32 },
    ...change,
  }
}

/** The state folder of an enrolled agent branch-17/gate. */
export function enrolledFolder(t: Test, ...keys: TestKey[]): string {
  const folder = join(t.testdir(), 'state')
  mkdirSync(folder)
  writeFileSync(statePath(folder, 'trustedKeys'), formatTrustFile(trusting(...keys)))
  return folder
}

export function localConfig(settings: Record<string, unknown> = {}): Config {
  const all = { site: NODE.site, node: NODE.node, ...settings }
  const flags = Object.entries(all).map(([path, value]) => ({ name: path, path, value }))
  return loadConfig({ environment: {}, flags })
}

export interface TestParts {
  trust: TrustStore
  fleet: FleetConfig
  exceptions: ExceptionList
  /** Settings put into force, the last one last. */
  applied: Config[]
  parts: AgentPart[]
  log: string[]
}

/** The parts of an agent that obey the fleet, not yet started. */
export async function testParts(
  folder: string,
  mailbox: Mailbox,
  options: { local?: Config; now?: () => number } = {},
): Promise<TestParts> {
  const { local = localConfig({ stateFolder: folder }), now = () => NOW } = options
  const { trust, fleet } = (await openManagement(local, undefined, now()))!
  const exceptions = new ExceptionList(now)
  const applied: Config[] = []
  const { log, lines } = createListLog()
  const parts = managedParts(
    { trust, fleet },
    {
      started: fleet.wanted,
      exceptions,
      apply: (config) => void applied.push(config),
      mailbox,
      speaker: { ...NODE, bootId: randomUUID() },
      now,
      log,
      reportPauseMilliseconds: 10,
    },
  )
  return { trust, fleet, exceptions, applied, parts, log: lines }
}
