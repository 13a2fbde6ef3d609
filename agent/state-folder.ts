import { join } from 'node:path'

/** What `firsteight enroll` puts into an agent's state folder, and what the agent keeps there. */
const NAMES = {
  /** Settings of `firsteight run`, YAML. */
  settings: 'firsteight.yaml',
  /** Keys whose signatures the agent trusts: core/signature/trusted-keys.ts. */
  trustedKeys: 'trusted-keys.json',
  /** The last good settings from the fleet, a signed file for each level. */
  desired: 'desired',
  /** Commands that were carried out, so that none is twice. */
  commands: 'commands.json',
  /** Alerts that the broker has not acknowledged. */
  spool: 'spool',
  /** Models from the fleet, and how far their rollout is. */
  models: 'models',
  /** Packets of flows that alerts told of, a file for each: agent/evidence/store.ts. */
  evidence: 'evidence',
  brokerAuthority: 'broker-ca.pem',
  brokerCertificate: 'broker-cert.pem',
  brokerKey: 'broker-key.pem',
  brokerPassword: 'broker-password',
} as const

export function statePath(folder: string, name: keyof typeof NAMES): string {
  return join(folder, NAMES[name])
}
