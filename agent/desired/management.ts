import { TrustStore } from '../../core/signature/trust-store.js'
import type { WriteStep } from '../../core/write-file.js'
import type { Config } from '../config.js'
import type { AgentPart } from '../part.js'
import { statePath } from '../state-folder.js'
import { ConfigPart, type ConfigPartDependencies } from './config-part.js'
import { FleetConfig } from './fleet-config.js'
import { KeysPart } from './keys-part.js'
import { Serial } from './serial.js'
import { DesiredStore } from './store.js'

/** What lets the fleet manage an agent. */
export interface Management {
  /** The keys whose signatures it obeys. */
  trust: TrustStore
  /** What the fleet wants, as far as it was last heard. */
  fleet: FleetConfig
}

/**
 * @param local the machine's own settings
 * @param step hears of each step of a durable write; for tests that end the process there
 * @param now microseconds since 1970
 * @returns undefined for an agent without a state folder, which nobody manages
 * @throws FirsteightError FILE_UNREADABLE, FILE_UNWRITABLE, TRUST_INVALID
 */
export async function openManagement(
  local: Config,
  step: WriteStep | undefined,
  now: number,
): Promise<Management | undefined> {
  const { stateFolder, site, node } = local
  if (stateFolder === '') return undefined
  const trust = await TrustStore.open({
    path: statePath(stateFolder, 'trustedKeys'),
    receiver: { site, node },
    ...(step && { step }),
  })
  const store = await DesiredStore.open(statePath(stateFolder, 'desired'), step)
  return { trust, fleet: await FleetConfig.open({ store, trust, local }, now) }
}

/** The parts that obey the fleet's settings, exceptions and keys. */
export function managedParts(
  { trust, fleet }: Management,
  dependencies: Omit<ConfigPartDependencies, 'fleet' | 'serial'>,
): AgentPart[] {
  const shared = { ...dependencies, serial: new Serial() }
  const config = new ConfigPart({ ...shared, fleet })
  return [config, new KeysPart({ ...shared, trust, changed: () => config.keysChanged() })]
}
