import type { TrustAnchor, ZoneFile } from '../zones/signing.js'
import { REFUSED_CLIENT } from '../zones/zone-data.js'
import { type AuthoritativeServer, type ResolvingServer, type ServerPlace, splitFamilies } from './server.js'

const READY = /\brunning\b/

/** BIND, answering from its zones only; anyone may transfer and update. */
export const bind: AuthoritativeServer = {
  name: 'bind',
  programs: ['named'],
  start(place, zones) {
    const statements = zones.map((zone) => primaryZone(zone))
    return startNamed(place, ['recursion no', 'dnssec-validation no', 'minimal-responses no'], statements)
  },
}

/** BIND, answering from its zones and for everything below them as well, as a small network's one server does. */
export const bindForAll: AuthoritativeServer = {
  name: 'bind',
  programs: ['named'],
  start(place, zones) {
    const statements = zones.map((zone) => primaryZone(zone))
    return startNamed(
      place,
      ['recursion yes', 'allow-recursion { any; }', 'dnssec-validation no'],
      statements,
    )
  },
}

/** BIND as a validating resolver. */
export const bindResolver: ResolvingServer = {
  name: 'bind-resolver',
  refuses: true,
  programs: ['named'],
  start: (place, { hints, anchor }) =>
    startNamed(
      place,
      [...RESOLVER_OPTIONS, `allow-query { !${REFUSED_CLIENT}; any; }`],
      [hintZone(hints), trustAnchors(anchor)],
    ),
}

/** BIND as a validating resolver that first wants a server cookie over UDP (RFC 7873), and answers BADCOOKIE. */
export const bindCookieResolver: ResolvingServer = {
  name: 'bind-cookie',
  programs: ['named'],
  start: (place, { hints, anchor }) =>
    startNamed(
      place,
      [...RESOLVER_OPTIONS, 'require-server-cookie yes', 'minimal-any yes'],
      [hintZone(hints), trustAnchors(anchor)],
    ),
}

const RESOLVER_OPTIONS = [
  'recursion yes',
  'allow-recursion { any; }',
  'dnssec-validation yes',
  'empty-zones-enable no',
]

/** Starts named with these options and statements. */
export async function startNamed(
  place: ServerPlace,
  options: readonly string[],
  statements: readonly string[],
) {
  const { stage, namespace, addresses } = place
  const { ipv4, ipv6 } = splitFamilies(addresses)
  const folder = stage.folder
  const name = `named-${addresses[0]}`
  const file = await stage.write(
    `${name}.conf`,
    `options {
  directory "${folder}";
  pid-file none;
  session-keyfile "${folder}/${name}.key";
  managed-keys-directory "${folder}";
  listen-on { ${ipv4.map((address) => `${address}; `).join('')}};
  listen-on-v6 { ${ipv6.map((address) => `${address}; `).join('')}};
  server-id hostname;
  max-udp-size 4096;
  allow-transfer { any; };
  ${options.map((option) => `${option};`).join('\n  ')}
};
controls { };
${statements.join('\n')}
`,
  )
  return stage.start(namespace, 'named', ['-g', '-n', '1', '-c', file], READY)
}

function primaryZone({ origin, file }: ZoneFile): string {
  const updates = origin === 'dynamic.example.' ? 'allow-update { any; };' : ''
  return `zone "${origin}" { type primary; file "${file}"; notify no; ${updates} };`
}

function hintZone(hints: string): string {
  return `zone "." { type hint; file "${hints}"; };`
}

function trustAnchors({ keyTag, algorithm, digestType, digest }: TrustAnchor): string {
  return `trust-anchors { . static-ds ${keyTag} ${algorithm} ${digestType} "${digest}"; };`
}
